"""IPTC ninjs 1 to 3 (iptc.org/std/ninjs): one item, a list of items, or one a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from app.extract.readers.addresses import web_address
from app.extract.readers.fields import (
    NO_TEXT,
    Feed,
    moment,
    paragraphs,
    public_name,
    several,
    slug_of,
    string,
    unique,
    unreadable,
)
from app.extract.readers.html import to_body, to_line
from app.extract.readers.item import Cited, Item, Unreadable
from app.extract.readers.json import read_values

_LATER_NAMES = {"by": "byline", "people": "person", "organisations": "organisation", "subjects": "subject"}
"""What versions 2 and 3 call what version 1 has; version 3 also writes capitals inside names."""


def read_ninjs(stream: BinaryIO) -> Iterator[Item | Unreadable]:
    """Yield the text items of a file in its order; `Item.key` is the uri.

    What is withheld or canceled becomes a draft. The copyright holder, else the provider, is the `assigner`.
    Raises `ExtractError` as `read_values` does.
    """
    feed = Feed()
    for _, value in read_values(stream):
        yield feed.once(_item(value)) if isinstance(value, dict) else Unreadable("?", "It is no object.")


def _item(value: dict[str, Any]) -> Item | Unreadable:
    fields = {_LATER_NAMES.get(name.lower(), name.lower()): found for name, found in value.items()}
    key = string(fields.get("uri")) or ""
    kind = string(fields.get("type")) or "text"
    if kind not in ("text", "composite"):
        return Unreadable(key, f"It is of the type “{kind}”, not a text.")
    title = to_line(_named_text(fields, "headline") or string(fields.get("title")) or "")
    html, text = _body(fields)
    if reason := unreadable(title, html or text):
        return Unreadable(key, reason)
    url = web_address(key)
    markdown, credit = to_body(html, url) if html else paragraphs(text)
    if not markdown:
        return Unreadable(key, NO_TEXT)
    assigner = to_line(string(fields.get("copyrightholder")) or "") or _provider(fields)
    located = [string(fields.get("located"))]
    return Item(
        key=key,
        title=title,
        markdown=markdown,
        status="published" if fields.get("pubstatus", "usable") == "usable" else "draft",
        published_at=_moment(fields, "embargoed", "embargoeduntil", "firstcreated", "contentcreated", "versioncreated"),
        updated_at=_moment(fields, "versioncreated"),
        slug=slug_of(url or ""),
        summary=to_line(_named_text(fields, "description") or "") or None,
        language=string(fields.get("language")),
        authors=unique([public_name(_without_by(string(fields.get("byline")) or ""))]),
        tags=unique(to_line(name or "") for name in [*_names(fields, "subject"), *located]),
        url=url,
        credit=credit or (_credit(fields, assigner) if assigner else None),
        assigner=assigner,
        cited=tuple(
            [Cited(name, "person") for name in _names(fields, "person")]
            + [Cited(name, "organization") for name in _names(fields, "organisation")]
        ),
    )


def _body(fields: dict[str, Any]) -> tuple[str, str]:
    """The body as HTML, and as plain text where there is none."""
    bodies = [body for body in several(fields.get("bodies")) if isinstance(body, dict)]
    kinds = {string({k.lower(): v for k, v in body.items()}.get("contenttype")): body for body in bodies}
    typed = {("text" if kind == "text/plain" else "html"): string(body.get("value")) for kind, body in kinds.items()}
    html = next((text for name in ("body_xhtml", "body_html") if (text := string(fields.get(name)))), typed.get("html"))
    return html or "", string(fields.get("body_text")) or typed.get("text") or ""


def _named_text(fields: dict[str, Any], name: str) -> str | None:
    """A text that version 1 has by itself or as `…_text`, later versions in a list, the main one first."""
    listed = [row for row in several(fields.get(f"{name}s")) if isinstance(row, dict)]
    listed.sort(key=lambda row: row.get("role") not in ("main", "headline", None))
    texts = [fields.get(name), fields.get(f"{name}_text"), *(row.get("value") for row in listed)]
    return next((text for text in texts if isinstance(text, str) and text), None)


def _names(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    return unique(to_line(string(row.get("name")) or "") for row in several(fields.get(name)) if isinstance(row, dict))


def _provider(fields: dict[str, Any]) -> str | None:
    rows = [row for name in ("infosource", "infosources") for row in several(fields.get(name)) if isinstance(row, dict)]
    return (
        next((to_line(string(row.get("name")) or "") for row in rows if row.get("role") != "contributor"), None) or None
    )


def _credit(fields: dict[str, Any], assigner: str) -> str:
    notice = to_line(string(fields.get("copyrightnotice")) or "") or f"© {assigner}"
    return " ".join(filter(None, (notice, to_line(string(fields.get("usageterms")) or ""))))


def _moment(fields: dict[str, Any], *names: str) -> Any:
    return next(filter(None, (moment(string(fields.get(name))) for name in names)), None)


def _without_by(byline: str) -> str:
    return byline[3:] if byline[:3].lower() == "by " else byline
