"""Archives of other systems: many articles in one file, each with its comments imported once and by itself."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, Literal
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.articles.actions import create, publish
from app.articles.body import from_plain
from app.articles.models import Article
from app.articles.schemas import ArticleIn
from app.comments.actions import recount
from app.comments.models import Comment
from app.comments.rules import MAX_LENGTH, to_html
from app.db import Database, now
from app.errors import Problem
from app.events.actions import Actor, take_turn
from app.extract import extract_body
from app.extract.credits import read_credit
from app.extract.readers.blogger import read_blogger
from app.extract.readers.item import Item, ItemComment, LooseComment, Unreadable
from app.extract.readers.wordpress import read_wxr
from app.ingest import queries
from app.ingest.actions import attach
from app.ingest.models import Origin

Read = Callable[[BinaryIO], Iterator[Item | LooseComment | Unreadable]]

HEAD = 65_536
"""Bytes at the head of a file that tell its format."""

MARKS: tuple[tuple[bytes, str, Read], ...] = (
    (b"wordpress.org/export/1.", "wordpress", read_wxr),
    (b"schemas.google.com/blogger/20", "blogger", read_blogger),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry of an archive."""

    key: str
    outcome: Literal["created", "unchanged", "failed", "would be created"]
    slug: str | None = None
    comments: int = 0
    reason: str | None = None


def format_of(head: bytes) -> tuple[str, Read] | None:
    """The name and the reader of the archive that begins so; None if it is none."""
    return next(((name, read) for mark, name, read in MARKS if mark in head), None)


def import_archive(
    database: Database, stream: BinaryIO, *, name: str, read: Read, by: Actor, public: bool
) -> Iterator[Outcome]:
    """Import an archive, one transaction for each entry, so that what was done stays done; `public` publishes what
    was published there. Run again, it goes on where it stopped. Raises `ExtractError` where the file breaks off."""
    for entry in read(stream):
        if isinstance(entry, Unreadable):
            yield Outcome(entry.key, "failed", reason=entry.reason)
            continue
        key = entry.key if isinstance(entry, Item) else entry.item_key
        try:
            with database.writer.session() as session:
                if isinstance(entry, Item):
                    yield _import_item(session, f"{name}:{key}", entry, by=by, public=public)
                else:
                    _import_loose(session, f"{name}:{key}", entry.comment)
        except ValidationError as error:
            found = error.errors(include_input=False)[0]
            yield Outcome(key, "failed", reason=f"{'.'.join(map(str, found['loc']))}: {found['msg']}")
        except Problem as error:
            yield Outcome(key, "failed", reason=error.detail)


def preview(stream: BinaryIO, read: Read) -> Iterator[Outcome]:
    """What the entries of an archive would become; nothing is changed. Raises `ExtractError`."""
    for entry in read(stream):
        if isinstance(entry, Unreadable):
            yield Outcome(entry.key, "failed", reason=entry.reason)
        elif isinstance(entry, Item):
            yield Outcome(entry.key, "would be created", comments=len(entry.comments))


def _import_item(session: Session, key: str, item: Item, *, by: Actor, public: bool) -> Outcome:
    take_turn(session)
    at = now()
    if known := session.scalar(queries.imported_as(key)):
        return Outcome(item.key, "unchanged", slug=known.slug)
    article = create(session, _article_in(item, at), by=by, at=at)
    session.add(Origin(key=key, article_id=article.id, imported_at=at))
    draft = replace(extract_body(article.revision.text), permission=read_credit(item.credit) if item.credit else None)
    article = attach(session, article, draft, by=by, at=at)
    made = _add_comments(session, article, item.comments, at=at)
    if public and item.status == "published":
        publish(session, article, by=by, at=at)
    return Outcome(item.key, "created", slug=article.slug, comments=made)


def _import_loose(session: Session, key: str, comment: ItemComment) -> None:
    """Add a comment whose article came before it; without that article it has no place."""
    take_turn(session)
    if article := session.scalar(queries.imported_as(key)):
        _add_comments(session, article, [comment], at=now())


def _article_in(item: Item, at: datetime) -> ArticleIn:
    published_at = item.published_at if item.published_at and item.published_at <= at else None
    return ArticleIn(
        title=item.title,
        markdown=item.markdown,
        summary=item.summary,
        language=item.language or "en",
        authors=list(item.authors[:50]),
        tags=list(item.tags[:50]),
        canonical_url=item.canonical_url,
        published_at=published_at,
        comments_state="closed" if item.comments_open is False else "open",
    )


def _add_comments(session: Session, article: Article, found: Iterable[ItemComment], *, at: datetime) -> int:
    """Comments with the states they had; those that are there already stay as they are. The number of new ones."""
    made = []
    for comment in found:
        identifier = comment_id(article, comment.key)
        if session.get(Comment, identifier) is not None:
            continue
        text = from_plain(comment.text.split("\n"))[:MAX_LENGTH]
        made.append(
            Comment(
                id=identifier,
                article_id=article.id,
                parent_id=_parent(session, article, comment),
                kind="comment",
                status=comment.status,
                author_name=comment.author_name[:200],
                text=text,
                html=to_html(text),
                reply_count=0,
                created_at=comment.created_at or at,
            )
        )
        session.add(made[-1])
        session.flush()
    recount(session, made, at=at)
    return len(made)


def _parent(session: Session, article: Article, comment: ItemComment) -> UUID | None:
    """The comment that this one answers, if it was imported."""
    if comment.parent_key is None:
        return None
    identifier = comment_id(article, comment.parent_key)
    return identifier if session.get(Comment, identifier) is not None else None


def comment_id(article: Article, key: str) -> UUID:
    """The same UUIDv7 for the same comment of an article each time: the article's moment, and a digest of the key."""
    moment = int(article.created_at.timestamp() * 1000)
    tail = int.from_bytes(hashlib.sha256(f"{article.id}:{key}".encode()).digest()[:10])
    return UUID(int=moment << 80 | 7 << 76 | (tail >> 62 & 0xFFF) << 64 | 2 << 62 | tail & (1 << 62) - 1)
