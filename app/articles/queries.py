from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.articles.models import (
    Article,
    ArticleSlug,
    Author,
    Byline,
    Citation,
    FeedRow,
    Label,
    Masthead,
    Rendition,
    Revision,
    Tag,
)
from app.permissions.models import Permission
from app.permissions.queries import permitted
from app.quotes.models import Hop, Placement


def published(at: datetime) -> ColumnElement[bool]:
    """Whether an article's status and time let readers see it. A permission may still forbid it."""
    return and_(Article.status.in_(("published", "scheduled")), Article.published_at <= at)


def visible(at: datetime) -> ColumnElement[bool]:
    """Whether readers may see an article at that moment. Every public query has this, or hangs on one that has."""
    return and_(published(at), permitted(Article.id, at))


def readable(reference: str, at: datetime) -> Select[Article, bool]:
    """The published article with this id, slug or former slug, whole, and whether a permission still covers it."""
    return (
        select(Article, permitted(Article.id, at))
        .where(_is_called(reference), published(at))
        .options(*_whole(), selectinload(Article.corrections))
    )


def found(reference: str, at: datetime) -> Select[Article]:
    """The visible article with this id, slug or former slug, by itself."""
    return select(Article).where(_is_called(reference), visible(at))


def for_staff(reference: str) -> Select[Article]:
    """The article in any state, whole."""
    return (
        select(Article)
        .where(_is_called(reference))
        .options(*_whole(), selectinload(Article.corrections))
        .execution_options(populate_existing=True)
    )


def locked(reference: str) -> Select[Article]:
    """The same, with PostgreSQL holding off others who would change it; SQLite has one writer anyway."""
    return for_staff(reference).with_for_update(of=Article)


def whole(ids: Iterable[UUID]) -> Select[Article]:
    """These articles, whole, for a page whose query found them visible."""
    return select(Article).where(Article.id.in_(list(ids))).options(*_whole(), selectinload(Article.corrections))


def staff_cards() -> Select[Article]:
    return select(Article).join(Article.revision).options(contains_eager(Article.revision))


def masthead() -> Select[Masthead]:
    """Under which name and addresses this site publishes."""
    return select(Masthead).options(joinedload(Masthead.source))


def rendition(reference: str, at: datetime) -> Select[*tuple[Any, ...]]:
    """The ready article with this id or present slug, if readers see it at that moment."""
    try:
        called = Rendition.article_id == UUID(reference)
    except ValueError:
        called = Rendition.article_id == select(Article.id).where(Article.slug == reference).scalar_subquery()
    wanted = (Rendition.article_id, Rendition.document, Rendition.changed_at, Rendition.visible_until)
    return (
        select(*wanted, Article.canonical_url)
        .join(Article, Article.id == Rendition.article_id)
        .where(called, in_time(Rendition, at))
    )


def in_time(row: type[Rendition] | type[FeedRow], at: datetime) -> ColumnElement[bool]:
    """Whether the stretch of a rendition, or of its row in a feed, covers the moment."""
    return and_(row.visible_from <= at, or_(row.visible_until.is_(None), row.visible_until > at))


def listed(key: str, at: datetime) -> Select[UUID]:
    """The articles of a feed that readers see at that moment."""
    return select(FeedRow.article_id).where(FeedRow.key == key, in_time(FeedRow, at))


def feed_keys(article_ids: Iterable[UUID]) -> Select[str]:
    """The lists that these articles are in."""
    return select(FeedRow.key).where(FeedRow.article_id.in_(list(article_ids))).distinct()


def any_whole(ids: Iterable[UUID]) -> Select[Article]:
    """These articles in any state, whole, as the transaction has them."""
    return whole(ids).execution_options(populate_existing=True)


def next_public(after: UUID, limit: int) -> Select[UUID]:
    """The next articles that have, or may need, renditions; in the order of their ids."""
    rendered = select(Rendition.article_id)
    return (
        select(Article.id)
        .where(Article.id > after, or_(Article.status.in_(("published", "scheduled")), Article.id.in_(rendered)))
        .order_by(Article.id)
        .limit(limit)
    )


def citing(source_id: UUID) -> Select[UUID]:
    """The articles with renditions that show the source."""
    return select(FeedRow.article_id).where(FeedRow.key == f"source:{source_id}").distinct()


def updated_after(moment: datetime, at: datetime) -> Select[UUID]:
    """Articles whose words readers got anew after that moment."""
    return select(Rendition.article_id).where(in_time(Rendition, at), Rendition.updated_at > moment)


def rows_of(row: type[Rendition] | type[FeedRow]) -> Select[UUID]:
    return select(row.article_id)


CLOCK_PAST = 4
"""How many of the moments of `clock` lie in the past; the others are to come."""


def clock(at: datetime) -> Select[*tuple[datetime | None, ...]]:
    """The moments when the public record last changed, by a hand or by a date, and when dates will change it next."""
    public = Article.status.in_(("published", "scheduled"))
    of_public = exists().where(Article.id == Permission.article_id, public)
    edges = [(Article.published_at, public), (Permission.valid_from, of_public), (Permission.valid_through, of_public)]
    past = [select(column).where(column <= at, only).order_by(column.desc()).limit(1) for column, only in edges]
    coming = [select(column).where(column > at, only).order_by(column).limit(1) for column, only in edges]
    last = select(func.max(Article.modified_at))
    return select(*(found.scalar_subquery() for found in (last, *past, *coming)))


def public_revisions(article_id: UUID) -> Select[Revision]:
    """The versions that readers could see."""
    return select(Revision).where(Revision.article_id == article_id, Revision.public_number.is_not(None))


def highest_numbers(article_id: UUID) -> Select[int, int | None]:
    """The article's last revision number and last public one."""
    return select(func.max(Revision.number), func.max(Revision.public_number)).where(Revision.article_id == article_id)


def slug_owner(slug: str) -> Select[UUID]:
    return select(ArticleSlug.article_id).where(ArticleSlug.slug == slug)


def slugs_like(slug: str) -> Select[str]:
    return select(ArticleSlug.slug).where(ArticleSlug.slug.startswith(slug, autoescape=True))


def authors_named(names: Iterable[str]) -> Select[Author]:
    return select(Author).where(Author.name.in_(list(names)))


def tags_named(names: Iterable[str]) -> Select[Tag]:
    return select(Tag).where(Tag.name.in_(list(names)))


def author_slugs(slug: str) -> Select[str]:
    return select(Author.slug).where(Author.slug.startswith(slug, autoescape=True))


def tag_slugs(slug: str) -> Select[str]:
    return select(Tag.slug).where(Tag.slug.startswith(slug, autoescape=True))


def for_export() -> Select[Article]:
    """Every article, whole and in any state, in the order of entry."""
    return select(Article).order_by(Article.id).options(*_whole(), selectinload(Article.corrections))


def _is_called(reference: str) -> ColumnElement[bool]:
    try:
        return Article.id == UUID(reference)
    except ValueError:
        return Article.id == slug_owner(reference).scalar_subquery()


def _whole() -> list[ExecutableOption]:
    revision = joinedload(Article.revision)
    return [
        revision.selectinload(Revision.placements).joinedload(Placement.speaker),
        revision.selectinload(Revision.placements).selectinload(Placement.hops).joinedload(Hop.source),
        revision.selectinload(Revision.citations).joinedload(Citation.source),
        selectinload(Article.slugs),
        selectinload(Article.bylines).joinedload(Byline.author),
        selectinload(Article.labels).joinedload(Label.tag),
        selectinload(Article.permissions).joinedload(Permission.assigner),
    ]
