"""What every reader of a format yields: one article as its source had it, before quotes are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.extract.draft import SourceKind

ItemStatus = Literal["published", "draft"]
CommentStatus = Literal["approved", "pending", "spam", "deleted"]


@dataclass(frozen=True, slots=True)
class ItemComment:
    """A reader's comment. `key` and `parent_key` are the source's own ids; e-mail and address never get this far."""

    key: str
    parent_key: str | None
    author_name: str
    text: str
    created_at: datetime | None
    status: CommentStatus


@dataclass(frozen=True, slots=True)
class Cited:
    """Somebody or something that the source itself says the article is about."""

    name: str
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class Item:
    """One article. `key` is the source's own id, unique within its format; `markdown` is the body, in which
    everything that was not meant as Markdown is escaped.

    `slug` and `former_slugs` are the last parts of the addresses that it has and had there. `assigner` is who
    gave the right to print it, where the source says so apart from the `credit` line.
    """

    key: str
    title: str
    markdown: str
    status: ItemStatus
    published_at: datetime | None = None
    updated_at: datetime | None = None
    slug: str | None = None
    former_slugs: tuple[str, ...] = ()
    summary: str | None = None
    language: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    url: str | None = None
    canonical_url: str | None = None
    credit: str | None = None
    assigner: str | None = None
    cited: tuple[Cited, ...] = ()
    comments_open: bool | None = None
    comments: tuple[ItemComment, ...] = ()


@dataclass(frozen=True, slots=True)
class LooseComment:
    """A comment that its file holds apart from its article; `item_key` is the article's `Item.key`."""

    item_key: str
    comment: ItemComment


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that cannot become an article: which one, and one plain sentence why."""

    key: str
    reason: str


Entry = Item | LooseComment | Unreadable
"""What a reader yields, one after the other."""
