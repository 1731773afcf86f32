"""What staff's work asks of articles in any state; what readers ask is in `queries`."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Load, contains_eager, defer, selectinload

from app.accounts.models import User
from app.articles.counters import FeedCount
from app.articles.groups import AUTHORS, TAGS, FormerSlug, Group
from app.articles.models import (
    Article,
    ArticleSlug,
    Author,
    FeedRow,
    Rendition,
    Revision,
    Tag,
)
from app.articles.queries import held, is_called, published, whole, whole_parts
from app.db import begins
from app.events.models import AuditEntry
from app.quotes.models import Hop, Placement


def for_staff(reference: str) -> Select[Article]:
    """The article in any state, whole."""
    return (
        select(Article)
        .where(is_called(reference))
        .options(*whole_parts(), selectinload(Article.corrections))
        .execution_options(populate_existing=True)
    )


def in_state(status: str, at: datetime) -> ColumnElement[bool]:
    """Whether `Article.state` is this one at that moment."""
    if status == "published":
        return published(at)
    waiting = or_(Article.status != "scheduled", Article.published_at > at)
    return and_(Article.status == status, waiting)


def staff_cards() -> Select[Article]:
    return select(Article).join(Article.revision).options(contains_eager(Article.revision))


def feed_counts() -> Select[str, int]:
    """Each list with the number of rows that its counter says it has."""
    return select(FeedCount.key, FeedCount.total)


def sizes() -> Select[str, int]:
    """Each list with the number of its rows."""
    return select(FeedRow.key, func.count().label("rows")).group_by(FeedRow.key)


def sizes_within(article_ids: Iterable[UUID]) -> Select[str, int]:
    """The lists that these articles are in, with the number of their rows there."""
    return sizes().where(FeedRow.article_id.in_(list(article_ids)))


def bare(ids: Iterable[UUID]) -> Select[Article]:
    """These articles in any state, with no more than `Article.touch` must know."""
    found = select(Article).where(Article.id.in_(list(ids)))
    return found.order_by(Article.id).options(selectinload(Article.permissions))


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


def citing(source_ids: Iterable[UUID]) -> Select[UUID]:
    """The articles with renditions that show one of the sources."""
    return select(FeedRow.article_id).where(FeedRow.key.in_([f"source:{each}" for each in source_ids])).distinct()


def coming_from(urls: Iterable[str]) -> Select[UUID]:
    """The articles with a quote that came by one of these pages, in whatever state."""
    by_page = select(Placement.revision_id).join(Hop, Hop.placement_id == Placement.id).where(Hop.url.in_(list(urls)))
    return select(Revision.article_id).where(Revision.is_current, Revision.id.in_(by_page))


def counted(article_ids: Iterable[UUID], at: datetime) -> Select[*tuple[Any, ...]]:
    """The ready bytes of these articles from that moment on, each with the article's number of comments."""
    columns = (Rendition.article_id, Rendition.visible_from, Rendition.document, Rendition.card, Rendition.changed_at)
    return (
        select(*columns, Article.comment_count, Article.modified_at)
        .join(Article, Article.id == Rendition.article_id)
        .where(Rendition.article_id.in_(list(article_ids)))
        .where(or_(Rendition.visible_until.is_(None), Rendition.visible_until > at))
    )


def spans(article_ids: Iterable[UUID]) -> Select[UUID, datetime, datetime | None]:
    """From when on, and until when, readers see each of these articles."""
    columns = (Rendition.article_id, Rendition.visible_from, Rendition.visible_until)
    return select(*columns).where(Rendition.article_id.in_(list(article_ids)))


def told_of(article_ids: Iterable[UUID]) -> Select[Article, int | None]:
    """These articles by themselves, with the number of the revision that readers know, in the order of their dates."""
    return (
        select(Article, Revision.public_number)
        .join(Revision, and_(Revision.article_id == Article.id, Revision.is_current))
        .where(Article.id.in_(list(article_ids)))
        .order_by(Article.published_at, Article.id)
    )


def saves(article_id: UUID) -> Select[Revision, str | None]:
    """Every revision of the article, with the name of the user who saved it; for a list, without the body."""
    return (
        select(Revision, User.name)
        .outerjoin(User, User.id == Revision.author_id)
        .where(Revision.article_id == article_id)
        .options(*(defer(column, raiseload=True) for column in (Revision.markdown, Revision.html, Revision.text)))
    )


def save(article_id: UUID, number: int) -> Select[Revision, str | None]:
    """This revision of the article, whole, with the name of the user who saved it."""
    return (
        select(Revision, User.name)
        .outerjoin(User, User.id == Revision.author_id)
        .where(Revision.article_id == article_id, Revision.number == number)
        .options(*held(Load(Revision)))
    )


def sealed_saves() -> Select[int, UUID, dict[str, Any], Revision | None]:
    """Audit entries that hold the digest of a save, in their order: number, article's id, what was kept, the save."""
    after = AuditEntry.after
    same = and_(Revision.article_id == AuditEntry.object_id, Revision.number == after["revision"].as_integer())
    entries = select(AuditEntry.number, AuditEntry.object_id, after, Revision).outerjoin(Revision, same)
    sealed = entries.where(AuditEntry.object_kind == "article", after["digest"].as_string().is_not(None))
    return sealed.order_by(AuditEntry.number).execution_options(yield_per=100)


def highest_numbers(article_id: UUID) -> Select[int, int | None]:
    """The article's last revision number and last public one."""
    return select(func.max(Revision.number), func.max(Revision.public_number)).where(Revision.article_id == article_id)


def last_public(article_id: UUID) -> Select[datetime | None]:
    """When readers last got a new revision of the article."""
    return select(func.max(Revision.public_at)).where(Revision.article_id == article_id)


def slugs_like(slug: str) -> Select[str]:
    return select(ArticleSlug.slug).where(begins(ArticleSlug.slug, slug))


def authors_named(names: Iterable[str]) -> Select[Author]:
    return select(Author).where(Author.name.in_(list(names)))


def tags_named(names: Iterable[str]) -> Select[Tag]:
    return select(Tag).where(Tag.name.in_(list(names)))


def author_slugs(slug: str) -> Select[str]:
    return _slugs(AUTHORS, lambda column: begins(column, slug))


def tag_slugs(slug: str) -> Select[str]:
    return _slugs(TAGS, lambda column: begins(column, slug))


def slugs_among(slugs: Iterable[str]) -> Select[str]:
    """Those of these slugs that an article has, or once had."""
    return select(ArticleSlug.slug).where(ArticleSlug.slug.in_(slugs))


def author_slugs_among(slugs: Iterable[str]) -> Select[str]:
    return _slugs(AUTHORS, lambda column: column.in_(slugs))


def tag_slugs_among(slugs: Iterable[str]) -> Select[str]:
    return _slugs(TAGS, lambda column: column.in_(slugs))


def _slugs(group: Group, which: Callable[[Any], ColumnElement[bool]]) -> Select[str]:
    """Those slugs that one of the group has, or under which readers once knew one."""
    has = select(group.thing.slug.label("slug")).where(which(group.thing.slug))
    had = select(FormerSlug.slug).where(FormerSlug.kind == group.name, which(FormerSlug.slug))
    return select(has.union(had).subquery().c.slug)
