"""Articles described in schema.org's words as JSON-LD, on their own or inside web pages."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from app.extract.credits import read_credit
from app.extract.draft import SourceKind
from app.extract.readers.addresses import web_address
from app.extract.readers.fields import (
    NO_TEXT,
    Feed,
    comment,
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
from app.extract.readers.item import Cited, Item, ItemComment, Unreadable
from app.extract.readers.json import read_values

_ARTICLE = re.compile(r"(?:https?://schema\.org/|schema:)?(?:\w*Article|\w*BlogPosting|Report|Review\w*|Report\w*)")
_MARKUP = re.compile(r"<(?:p|br|div|h[1-6]|ul|blockquote)\b", re.IGNORECASE)
_CITED: dict[str, SourceKind] = {
    "Person": "person",
    "Organization": "organization",
    "NewsMediaOrganization": "publication",
}
_DEEPEST = 12


def read_json_ld(stream: BinaryIO) -> Iterator[Item | Unreadable]:
    """Yield the articles of a JSON-LD file in its order; `Item.key` is the `@id`, else the address, else a digest.

    Raises `ExtractError` as `read_values` does.
    """
    feed = Feed()
    for _, value in read_values(stream):
        for node in articles_in(value):
            yield feed.once(read_article(node))


def articles_in(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Every article among these nodes, in lists and graphs, and what a page says it is mainly about."""
    if isinstance(value, list):
        for element in value:
            yield from articles_in(element, depth)
    elif isinstance(value, dict) and depth < _DEEPEST:
        if any(isinstance(kind, str) and _ARTICLE.fullmatch(kind) for kind in several(value.get("@type"))):
            yield value
        else:
            for name in ("@graph", "mainEntity", "itemListElement", "item"):
                yield from articles_in(value.get(name), depth + 1)


def read_article(node: dict[str, Any]) -> Item | Unreadable:
    """The article that a node describes."""
    url = web_address(_address(node.get("url")) or _address(node.get("mainEntityOfPage")))
    key = (
        string(node.get("@id"))
        or url
        or f"sha256:{hashlib.sha256(json.dumps(node, sort_keys=True).encode()).hexdigest()}"
    )
    title, body = to_line(_one(node, "headline", "name")), _one(node, "articleBody", "text")
    if reason := unreadable(title, body):
        return Unreadable(key, reason)
    markdown, last = to_body(body, url) if _MARKUP.search(body) else paragraphs(body)
    if not markdown:
        return Unreadable(key, NO_TEXT)
    credit, assigner = read_rights(node)
    comments = [_comment(row) for row in several(node.get("comment")) if isinstance(row, dict)]
    return Item(
        key=key,
        title=title,
        markdown=markdown,
        status="published",
        published_at=moment(_one(node, "datePublished", "dateCreated")),
        updated_at=moment(_one(node, "dateModified")),
        slug=slug_of(url or ""),
        summary=to_line(_one(node, "description", "abstract")) or None,
        language=_one(node, "inLanguage") or None,
        authors=authors_of(node),
        tags=tags_of(node),
        url=url,
        credit=last or credit,
        assigner=assigner,
        cited=tuple(_cited(node)),
        comments=tuple(read for read in comments if isinstance(read, ItemComment)),
    )


def authors_of(node: dict[str, Any]) -> tuple[str, ...]:
    return unique(map(public_name, map(_name, several(node.get("author") or node.get("creator")))))


def tags_of(node: dict[str, Any]) -> tuple[str, ...]:
    """Keywords, which may be one text with commas, and sections."""
    words = [_name(row) for row in several(node.get("keywords"))]
    split = [part for text in words for part in (text or "").split(",")]
    return unique(to_line(text or "") for text in [*split, *map(_name, several(node.get("articleSection")))])


def read_rights(node: dict[str, Any]) -> tuple[str | None, str | None]:
    """The credit line and who gave the right: from a work that it is based on, else from a credit that names one."""
    credit = to_line(_one(node, "creditText")) or None
    for work in several(node.get("isBasedOn") or node.get("isBasedOnUrl")):
        publisher = _name(work.get("publisher")) if isinstance(work, dict) else None
        named = publisher or (string(work.get("name")) if isinstance(work, dict) else None)
        if assigner := to_line(named or "") or urlsplit(web_address(_address(work)) or "").hostname:
            terms = web_address(_address(node.get("license")))
            line = credit or f"Originally published in {assigner}"
            return (f"{line} ({terms})" if terms else line), assigner
    found = read_credit(credit) if credit else None
    return (credit, found.assigner) if found else (None, None)


def _comment(row: dict[str, Any]) -> ItemComment | Unreadable:
    text = _one(row, "text")
    key = (
        string(row.get("@id"))
        or string(row.get("url"))
        or hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
    )
    name = next(iter(several(row.get("author"))), None)
    parent = _address(row.get("parentItem"))
    at = moment(_one(row, "dateCreated", "datePublished"))
    return comment(key, parent, _name(name), text, at, "approved", line_breaks=True)


def _cited(node: dict[str, Any]) -> Iterator[Cited]:
    for row in [*several(node.get("about")), *several(node.get("mentions"))]:
        if isinstance(row, dict) and (name := to_line(_name(row) or "")):
            kind = next((_CITED[k] for k in several(row.get("@type")) if isinstance(k, str) and k in _CITED), None)
            if kind:
                yield Cited(name, kind)


def _one(node: dict[str, Any], *names: str) -> str:
    """The first text of a member with one of these names."""
    values = (value for name in names for value in several(node.get(name)))
    return next((text for value in values if (text := _name(value))), "")


def _name(value: Any) -> str | None:
    """The text that a value is, or that names it."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    return string(value)


def _address(value: Any) -> str | None:
    """The address that a value is, or has."""
    if isinstance(value, list):
        value = next(iter(value), None)
    return string(value.get("url") or value.get("@id")) if isinstance(value, dict) else string(value)
