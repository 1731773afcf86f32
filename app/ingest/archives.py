"""Archives of other systems: many articles in one file, each with its comments imported once and by itself."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO, Literal
from uuid import UUID

from pydantic import ValidationError
from slugify import slugify
from sqlalchemy.orm import Session

from app.articles.actions import create, publish
from app.articles.body import from_plain
from app.articles.models import Article, ArticleSlug, Citation
from app.articles.queries import slug_owner
from app.articles.schemas import ArticleIn
from app.comments.actions import recount
from app.comments.models import Comment
from app.comments.rules import MAX_LENGTH, to_html
from app.db import Database, now
from app.errors import Problem
from app.events.actions import Actor, take_turn
from app.extract import extract_body
from app.extract.credits import read_credit
from app.extract.draft import FoundPermission
from app.extract.readers.formats import Read, recognise
from app.extract.readers.item import Cited, Item, ItemComment, Unreadable
from app.ingest import queries
from app.ingest.actions import attach
from app.ingest.models import Origin
from app.schemas import id_from
from app.sources.actions import resolve


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
    return recognise(head)


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
    slug = next((slug for slug in _slugs(session, [item.slug])), None)
    article = create(session, _article_in(item, slug, at), by=by, at=at)
    for former in _slugs(session, item.former_slugs):
        session.add(ArticleSlug(slug=former, article_id=article.id, created_at=at))
    session.add(Origin(key=key, article_id=article.id, imported_at=at))
    draft = replace(extract_body(article.revision.text), permission=_permission(item))
    article = attach(session, article, draft, by=by, at=at)
    _cite(session, article, item.cited, by=by, at=at)
    made = _add_comments(session, article, item.comments, at=at)
    is_due = item.published_at is None or item.published_at <= at
    if public and item.status == "published" and is_due:
        article.updated_at = item.updated_at if item.updated_at and item.updated_at <= at else None
        publish(session, article, by=by, at=at)
    return Outcome(item.key, "created", slug=article.slug, comments=made)


def _import_loose(session: Session, key: str, comment: ItemComment) -> None:
    """Add a comment whose article came before it; without that article it has no place."""
    take_turn(session)
    if article := session.scalar(queries.imported_as(key)):
        _add_comments(session, article, [comment], at=now())


def _slugs(session: Session, names: Iterable[str | None]) -> Iterator[str]:
    """The old names in addresses as slugs that no article has or had, so that old addresses go on leading here."""
    for name in names:
        slug = slugify(name or "", max_length=120)
        if slug and id_from(slug) is None and session.scalar(slug_owner(slug)) is None:
            yield slug


def _permission(item: Item) -> FoundPermission | None:
    if item.credit and item.assigner:
        return FoundPermission(item.assigner[:200], item.credit[:500])
    return read_credit(item.credit) if item.credit else None


def _cite(session: Session, article: Article, cited: Iterable[Cited], *, by: Actor, at: datetime) -> None:
    """Note what the source itself says that the article is about."""
    known = {(row.source_id, row.role) for row in article.revision.citations}
    for found in cited:
        source = resolve(session, name=found.name[:200], kind=found.kind, by=by, at=at)
        if (source.id, "cited") not in known:
            known.add((source.id, "cited"))
            article.revision.citations.append(Citation(source=source, source_id=source.id, role="cited"))
    session.flush()


def _article_in(item: Item, slug: str | None, at: datetime) -> ArticleIn:
    published_at = item.published_at if item.published_at and item.published_at <= at else None
    return ArticleIn(
        title=item.title,
        markdown=item.markdown,
        summary=item.summary[:2000] if item.summary else None,
        slug=slug,
        language=(item.language or "en").replace("_", "-"),
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
