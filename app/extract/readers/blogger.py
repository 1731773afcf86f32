"""Blogger's exports: the Atom file of Settings → Back up, and `feed.atom` of Google Takeout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, Final

from lxml import etree

from app.extract.draft import ExtractError
from app.extract.readers.addresses import web_address
from app.extract.readers.fields import NO_TEXT, comment, moment, public_name, slug_of, unique, unreadable
from app.extract.readers.html import to_body, to_line
from app.extract.readers.item import CommentStatus, Item, ItemComment, LooseComment, Unreadable
from app.extract.readers.seen import Seen
from app.extract.readers.xml import read_entries

_KIND_SCHEME = "http://schemas.google.com/g/2005#kind"
_LABEL_SCHEMES = ("http://www.blogger.com/atom/ns#", "tag:blogger.com,")
_PREFIXES = {
    "http://www.w3.org/2005/Atom": "",
    "http://schemas.google.com/blogger/2018": "blogger:",
    "http://schemas.google.com/g/2005": "gd:",
    "http://purl.org/atom/app#": "app:",
    "http://www.w3.org/2007/app": "app:",
    "http://purl.org/syndication/thread/1.0": "thr:",
}
_COMMENT_STATES: Final[dict[str, CommentStatus]] = {"LIVE": "approved", "SPAM": "spam", "EMPTIED": "deleted"}
_COMMENT_ADDRESS = re.compile(r"/comments/default/(\d+)")


def read_blogger(stream: BinaryIO) -> Iterator[Item | LooseComment | Unreadable]:
    """Yield the posts and pages of an export in its order, then the comments in theirs.

    The stream must be seekable: it is read twice, so that comments follow their articles wherever
    they stand, in memory that does not grow with the file. `Item.key` is the Atom id. Drafts and
    scheduled posts are drafts; the trash with its comments, settings and templates are left out.
    E-mail addresses never leave this function, and nothing that the file names is fetched.

    Raises `ExtractError` as `read_entries` does.
    """
    start = stream.tell()
    seen = _Met()
    with suppress(ExtractError):  # the second reading meets it again, after all that came before it
        yield from _posts(stream, seen)
    stream.seek(start)
    yield from _comments(stream, seen)


@dataclass(slots=True)
class _Met:
    """The ids met so far: articles that were read, articles that were left out, comments."""

    articles: Seen = field(default_factory=Seen)
    left_out: Seen = field(default_factory=Seen)
    comments: Seen = field(default_factory=Seen)


def _posts(stream: BinaryIO, seen: _Met) -> Iterator[Item | Unreadable]:
    home: str | None = None
    for element in read_entries(stream, frozenset(["feed"]), frozenset(["entry", "link"])):
        if element.get("rel") == "alternate":
            home = web_address(element.get("href"))
        entry = _Entry(element)
        if entry.kind not in ("POST", "PAGE"):
            continue
        if entry.key in seen.articles:
            yield Unreadable(entry.key, "An entry before it has the same id.")
        elif entry.trashed:
            seen.left_out.add(entry.key)
        else:
            item = _item(entry, home)
            (seen.articles if isinstance(item, Item) else seen.left_out).add(entry.key)
            yield item


def _item(entry: _Entry, home: str | None) -> Item | Unreadable:
    title, html = to_line(entry.text("title")), entry.html()
    if reason := unreadable(title, html):
        return Unreadable(entry.key, reason)
    path = entry.text("blogger:filename")
    url = web_address(entry.link("alternate") or path, home)
    markdown, credit = to_body(html, url)
    if not markdown:
        return Unreadable(entry.key, NO_TEXT)
    draft = entry.text("app:control/app:draft") == "yes" or entry.text("blogger:status") not in ("", "LIVE")
    undated = draft and entry.text("blogger:status") != "SCHEDULED"
    return Item(
        key=entry.key,
        title=title,
        markdown=markdown,
        status="draft" if draft else "published",
        published_at=None if undated else moment(entry.text("published")) or moment(entry.text("blogger:created")),
        updated_at=moment(entry.text("updated")),
        slug=slug_of(path or url or ""),
        summary=to_line(entry.text("blogger:metaDescription")) or None,
        authors=unique([public_name(entry.text("author/name"))]),
        tags=entry.labels(),
        url=url,
        credit=credit,
    )


def _comments(stream: BinaryIO, seen: _Met) -> Iterator[LooseComment | Unreadable]:
    for element in read_entries(stream, frozenset(["feed"]), frozenset(["entry"])):
        entry = _Entry(element)
        if entry.kind != "COMMENT" or entry.trashed:
            continue
        item_key = next((key for key in entry.parents() if key in seen.articles), None)
        if entry.key in seen.comments:
            yield Unreadable(entry.key, "A comment before it has the same id.")
        elif item_key is not None:
            seen.comments.add(entry.key)
            read = _comment(entry, item_key)
            yield LooseComment(item_key, read) if isinstance(read, ItemComment) else read
        elif not any(key in seen.left_out for key in entry.parents()):
            yield Unreadable(entry.key, "The article that it belongs to is not in the file.")


def _comment(entry: _Entry, item_key: str) -> ItemComment | Unreadable:
    status = _COMMENT_STATES.get(entry.text("blogger:status") or "LIVE", "pending")
    if entry.text("app:control/app:draft") == "yes":
        status = "pending"
    return comment(
        entry.key,
        next((key for key in entry.parents() if key != item_key), None),
        entry.text("author/name"),
        entry.html(),
        moment(entry.text("published")) or moment(entry.text("blogger:created")),
        status,
    )


class _Entry:
    """An Atom entry by the usual names of its parts."""

    def __init__(self, element: etree._Element) -> None:
        self._parts: dict[str, list[etree._Element]] = {}
        for child in element:
            self._parts.setdefault(_name(child.tag), []).append(child)
        self.key = self.text("id")
        self.trashed = bool(self.text("blogger:trashed")) or "TRASH" in self.text("blogger:status")
        self.kind = self.text("blogger:type") or self._legacy_kind()

    def _legacy_kind(self) -> str:
        terms = (c.get("term", "") for c in self._parts.get("category", []) if c.get("scheme") == _KIND_SCHEME)
        return next(terms, "").rpartition("#")[2].upper()

    def text(self, path: str) -> str:
        """The text of its first part of this name, or of a part in it, without white space around it."""
        outer, _, inner = path.partition("/")
        found = self._parts.get(outer, [])
        if inner:
            found = [child for part in found for child in part if _name(child.tag) == inner]
        return (found[0].text or "").strip() if found else ""

    def link(self, relation: str) -> str:
        return next((link.get("href", "") for link in self._parts.get("link", []) if link.get("rel") == relation), "")

    def labels(self) -> tuple[str, ...]:
        labels = [c for c in self._parts.get("category", []) if c.get("scheme", "").startswith(_LABEL_SCHEMES)]
        return unique(to_line(term) for label in labels for term in label.get("term", "").split("\n"))

    def html(self) -> str:
        content = next(iter(self._parts.get("content", []) or self._parts.get("summary", [])), None)
        if content is None:
            return ""
        if content.get("type") == "xhtml":
            return "".join(etree.tostring(child, encoding="unicode", with_tail=False) for child in content)
        return content.text or ""

    def parents(self) -> Iterator[str]:
        """The ids of what a comment answers: its article, and perhaps another comment."""
        yield from filter(None, (self.text("blogger:parent"), self.text("blogger:inReplyTo")))
        yield from filter(None, (part.get("ref") for part in self._parts.get("thr:in-reply-to", [])))
        # Older files name the comment that is answered only by its address in the interface.
        if number := _COMMENT_ADDRESS.search(self.link("related")):
            yield f"{self.key.rpartition('post-')[0]}post-{number[1]}"


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    """The element's name with its usual prefix."""
    namespace, _, local = tag.rpartition("}")
    prefix = _PREFIXES.get(namespace[1:])
    return tag if prefix is None else f"{prefix}{local}"
