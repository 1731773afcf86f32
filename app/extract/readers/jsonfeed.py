"""JSON Feed 1 and 1.1 (jsonfeed.org)."""

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
from app.extract.readers.item import Item, Unreadable
from app.extract.readers.json import read_values


def read_json_feed(stream: BinaryIO) -> Iterator[Item | Unreadable]:
    """Yield the items of a JSON Feed in its order; `Item.key` is the id.

    Raises `ExtractError` as `read_values` does.
    """
    feed = Feed()
    for name, value in read_values(stream, frozenset(["items"])):
        if name == "items":
            item = _json_item(value, feed) if isinstance(value, dict) else Unreadable("?", "It is no object.")
            yield feed.once(item)
        elif name == "language":
            feed.language = string(value)
        elif name == "home_page_url":
            feed.home = web_address(string(value))
        elif name in ("authors", "author"):
            feed.authors = feed.authors or _json_authors(value)


def _json_item(value: dict[str, Any], feed: Feed) -> Item | Unreadable:
    url = web_address(string(value.get("url")), feed.home)
    key = str(url or "" if value.get("id") is None else value["id"])
    title, html, text = (string(value.get(name)) or "" for name in ("title", "content_html", "content_text"))
    if reason := unreadable(title := to_line(title), html or text):
        return Unreadable(key, reason)
    markdown, credit = to_body(html, url) if html else paragraphs(text)
    if not markdown:
        return Unreadable(key, NO_TEXT)
    return Item(
        key=key,
        title=title,
        markdown=markdown,
        status="published",
        published_at=moment(string(value.get("date_published"))),
        updated_at=moment(string(value.get("date_modified"))),
        slug=slug_of(url or ""),
        summary=to_line(string(value.get("summary")) or "") or None,
        language=string(value.get("language")) or feed.language,
        authors=_json_authors(value.get("authors") or value.get("author")) or feed.authors,
        tags=unique(to_line(tag) for tag in several(value.get("tags")) if isinstance(tag, str)),
        url=url,
        canonical_url=web_address(string(value.get("external_url"))),
        credit=credit,
    )


def _json_authors(value: Any) -> tuple[str, ...]:
    return unique(public_name(string(row.get("name"))) for row in several(value) if isinstance(row, dict))
