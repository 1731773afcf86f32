"""What the standards allow of the members that an article uses, written down from their definitions.

schema.org: for each type the properties with the types of their values (schema.org, release 29). ninjs: the members of
a news object of IPTC ninjs 3.1 that may occur here; its own schema, like these, allows no others.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

Json = dict[str, Any]

TEXT, URL, DATE, NUMBER = "Text", "URL", "Date", "Integer"

_THING = {"name": {TEXT}, "url": {URL}, "description": {TEXT}, "disambiguatingDescription": {TEXT}, "sameAs": {URL}}
_AGENT = {"Person", "Organization"}
_WORK = _THING | {
    "abstract": {TEXT},
    "about": {"Thing"},
    "author": _AGENT,
    "citation": {"CreativeWork", TEXT},
    "commentCount": {NUMBER},
    "copyrightHolder": _AGENT,
    "correction": {"CorrectionComment", TEXT, URL},
    "creativeWorkStatus": {TEXT},
    "creditText": {TEXT},
    "dateModified": {DATE},
    "datePublished": {DATE},
    "discussionUrl": {URL},
    "expires": {DATE},
    "hasPart": {"CreativeWork"},
    "headline": {TEXT},
    "image": {"ImageObject", URL},
    "inLanguage": {TEXT},
    "isBasedOn": {"CreativeWork", URL},
    "isPartOf": {"CreativeWork", URL},
    "keywords": {TEXT},
    "mainEntityOfPage": {"CreativeWork", URL},
    "publisher": _AGENT,
    "text": {TEXT},
    "version": {TEXT, NUMBER},
}
PROPERTIES: dict[str, dict[str, set[str]]] = {
    "Person": _THING,
    "Organization": _THING,
    "NewsMediaOrganization": _THING,
    "CreativeWork": _WORK,
    "NewsArticle": _WORK | {"articleBody": {TEXT}},
    "Quotation": _WORK | {"spokenByCharacter": _AGENT},
    "CorrectionComment": _WORK,
    "ImageObject": _WORK | {"caption": {TEXT}},
}
PARENTS = {
    "NewsMediaOrganization": {"Organization"},
    "NewsArticle": {"CreativeWork"},
    "Quotation": {"CreativeWork"},
    "CorrectionComment": {"CreativeWork"},
    "ImageObject": {"CreativeWork"},
}


def schema_org_faults(node: Json, path: str = "$") -> Iterator[str]:
    """What in a schema.org node the vocabulary does not allow."""
    kind = node.get("@type", "")
    allowed = PROPERTIES.get(kind)
    if allowed is None:
        yield f"{path}: no type {kind!r}"
        return
    for name, value in node.items():
        if name in ("@context", "@type", "@id"):
            continue
        if name not in allowed:
            yield f"{path}.{name}: not of {kind}"
            continue
        for each in value if isinstance(value, list) else [value]:
            if not _fits(each, allowed[name]):
                yield f"{path}.{name}: {each!r} is none of {sorted(allowed[name])}"
            if isinstance(each, dict):
                yield from schema_org_faults(each, f"{path}.{name}")


def _fits(value: Any, kinds: set[str]) -> bool:
    if isinstance(value, dict):
        kind = value.get("@type", "")
        return "Thing" in kinds or bool(({kind} | PARENTS.get(kind, set())) & kinds)
    if isinstance(value, int):
        return NUMBER in kinds
    if DATE in kinds:
        return _is_date(value)
    return (TEXT in kinds and bool(value)) or (URL in kinds and is_url(value))


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_url(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and value.isascii() and " " not in value


def _object(required: list[str] | None = None, /, **properties: Json) -> Json:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required or []}


def _list(item: Json) -> Json:
    return {"type": "array", "minItems": 1, "items": item}


_STRING: Json = {"type": "string"}
_URI: Json = {"type": "string", "format": "uri"}
_MOMENT: Json = {"type": "string", "format": "date-time"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_VALUE = {"role": _STRING, "contentType": _STRING, "value": _STRING}
_RELATED = _object(name=_STRING, rel=_STRING, uri=_URI, literal=_STRING)
_RENDITION = _object(["name"], name=_STRING, href=_URI, contentType=_STRING, title=_STRING)
_MEMBERS: Json = {
    "uri": _URI,
    "type": {"enum": ["text", "picture"]},
    "representationType": {"enum": ["full", "partial"]},
    "version": _STRING,
    "versionCreated": _MOMENT,
    "contentCreated": _MOMENT,
    "pubStatus": {"enum": ["usable", "withheld", "canceled"]},
    "copyrightHolder": _STRING,
    "copyrightNotice": _STRING,
    "language": {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
    "descriptions": _list(_object(["value"], **_VALUE)),
    "bodies": _list(_object(["value"], **_VALUE, charCount=_COUNT, wordCount=_COUNT)),
    "headlines": _list(_object(["value"], **_VALUE)),
    "people": _list(_RELATED),
    "organisations": _list(_RELATED),
    "subjects": _list(_RELATED),
    "infoSources": _list(_object(name=_STRING, role=_STRING, uri=_URI, literal=_STRING)),
    "title": _STRING,
    "by": _STRING,
    "slugline": _STRING,
    "renditions": _list(_RENDITION),
    "altIds": _list(_object(role=_STRING, value=_STRING)),
    "standard": _object(name={"const": "ninjs"}, version={"const": "3.1"}, schema=_URI),
}
_ASSOCIATED = _object(["name", "uri"], **_MEMBERS, name=_STRING, rel=_STRING)
NINJS = jsonschema_rs.Draft202012Validator(
    _object(["uri"], **_MEMBERS, associations=_list(_ASSOCIATED)), validate_formats=True
)
