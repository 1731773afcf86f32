from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Load, contains_eager, defer, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeEngine

from app.accounts.models import User
from app.articles.counters import FeedCount, unseen
from app.articles.groups import AUTHORS, TAGS, FormerSlug, Group
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
from app.corrections.models import Correction
from app.db import UtcDateTime
from app.editions.models import Edition
from app.media.models import Illustration
from app.permissions.models import Permission
from app.permissions.queries import begun, permitted
from app.quotes.models import Hop, Placement
from app.schemas import id_from
from app.search.models import SearchDocument


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


def whole(ids: Iterable[UUID]) -> Select[Article]:
    """These articles, whole, for a page whose query found them visible."""
    return select(Article).where(Article.id.in_(list(ids))).options(*_whole(), selectinload(Article.corrections))


def in_state(status: str, at: datetime) -> ColumnElement[bool]:
    """Whether `Article.state` is this one at that moment."""
    if status == "published":
        return published(at)
    waiting = or_(Article.status != "scheduled", Article.published_at > at)
    return and_(Article.status == status, waiting)


def staff_cards() -> Select[Article]:
    return select(Article).join(Article.revision).options(contains_eager(Article.revision))


def masthead() -> Select[Masthead]:
    """Under which name and addresses this site publishes."""
    return select(Masthead).options(joinedload(Masthead.source))


def in_time(row: Any, at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether the stretch of a rendition, or of its row in a feed, covers the moment."""
    return and_(row.visible_from <= at, or_(row.visible_until.is_(None), row.visible_until > at))


AT = bindparam("at", type_=UtcDateTime())
"""The moment of which statements ask that are made once."""


def rendition(reference: str, at: datetime) -> tuple[Select[*tuple[Any, ...]], dict[str, Any]]:
    """The ready article with this id or present slug, if readers see it at that moment: the statement, which is
    made once, and its parameters."""
    if identifier := id_from(reference):
        return _READY_BY_ID, {"reference": identifier, "at": at}
    return _READY_BY_SLUG, {"reference": reference, "at": at}


def _ready(column: str, kind: TypeEngine[Any]) -> Select[*tuple[Any, ...]]:
    # Of tables, not of classes: the ORM's part in loading a row of bytes costs more than the database's.
    article, ready = Article.__table__.c, Rendition.__table__.c
    return (
        select(
            ready.article_id, ready.document, ready.etag, ready.changed_at, ready.visible_until, article.canonical_url
        )
        .join_from(Article.__table__, Rendition.__table__)
        .where(article[column] == bindparam("reference", type_=kind))
        .where(in_time(ready, AT))
    )


_READY_BY_ID = _ready("id", Uuid())
_READY_BY_SLUG = _ready("slug", Text())


def listed(key: str | BindParameter[str], at: datetime | BindParameter[datetime]) -> Select[UUID]:
    """The articles of a feed that readers see at that moment."""
    return select(FeedRow.article_id).where(FeedRow.key == key, in_time(FeedRow, at))


def total(key: ColumnElement[str] | str, at: datetime) -> ColumnElement[int]:
    """How many articles of a list readers see at that moment: its counter, less the few rows that they do not see."""
    counted = select(FeedCount.total).where(FeedCount.key == key).scalar_subquery()
    rows = select(func.count()).select_from(FeedRow).where(FeedRow.key == key)
    hidden = (rows.where(way).scalar_subquery() for way in unseen(at))
    return sum((-many for many in hidden), start=func.coalesce(counted, 0))


def listed_total(key: str, at: datetime) -> Select[int]:
    return select(total(key, at))


def sizes() -> Select[str, int]:
    """Each list with the number of its rows."""
    return select(FeedRow.key, func.count().label("rows")).group_by(FeedRow.key)


def sizes_within(article_ids: Iterable[UUID]) -> Select[str, int]:
    """The lists that these articles are in, with the number of their rows there."""
    return sizes().where(FeedRow.article_id.in_(list(article_ids)))


def seen(hits: Select[*tuple[Any, ...]], at: datetime) -> Select[UUID]:
    """Of what a search matches the articles that readers see at that moment."""
    return (
        hits.join(Rendition, Rendition.article_id == SearchDocument.article_id)
        .where(in_time(Rendition, at))
        .with_only_columns(Rendition.article_id)
    )


def among(article_ids: FromClause, at: datetime) -> Select[UUID]:
    """Of the articles in the column `article_id` those that readers see at that moment, by their renditions."""
    return (
        select(Rendition.article_id)
        .join(article_ids, article_ids.c.article_id == Rendition.article_id)
        .where(in_time(Rendition, at))
    )


def ready(article_ids: Collection[UUID], at: datetime) -> Select[UUID, bytes, bytes, datetime]:
    """What readers get of these articles: the id, the card, the document and the last change of each."""
    columns = (Rendition.article_id, Rendition.card, Rendition.document, Rendition.changed_at)
    return select(*columns).where(Rendition.article_id.in_(article_ids), in_time(Rendition, at))


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


def citing(source_id: UUID) -> Select[UUID]:
    """The articles with renditions that show the source."""
    return select(FeedRow.article_id).where(FeedRow.key == f"source:{source_id}").distinct()


def coming_from(urls: Iterable[str]) -> Select[UUID]:
    """The articles with a quote that came by one of these pages, in whatever state."""
    by_page = select(Placement.revision_id).join(Hop, Hop.placement_id == Placement.id).where(Hop.url.in_(list(urls)))
    return select(Revision.article_id).where(Revision.is_current, Revision.id.in_(by_page))


def updated_after(moment: BindParameter[datetime], at: BindParameter[datetime]) -> Select[UUID]:
    """Articles whose words readers got anew after that moment."""
    return select(Rendition.article_id).where(in_time(Rendition, at), Rendition.updated_at > moment)


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


def rows_of(row: type[Rendition] | type[FeedRow]) -> Select[UUID]:
    return select(row.article_id)


CLOCK_PAST = 4
"""How many of the moments of `CLOCK` lie in the past; the others are to come."""


def _clock() -> Select[*tuple[datetime | None, ...]]:
    # Written out: a list of parameters would be spelt anew for each reader.
    public = Article.status.in_([literal_column("'published'"), literal_column("'scheduled'")])
    of_public = exists().where(Article.id == Permission.article_id, public, Article.published_at <= AT)
    edges = [(Article.published_at, public), (Permission.valid_from, of_public), (Permission.valid_through, of_public)]
    past = [select(column).where(column <= AT, only).order_by(column.desc()).limit(1) for column, only in edges]
    past[0] = past[0].where(begun(Article.id, AT))  # while its permission is to come, it has changed nothing
    coming = [select(column).where(column > AT, only).order_by(column).limit(1) for column, only in edges]
    last = select(func.max(Article.modified_at))
    return select(*(found.scalar_subquery() for found in (last, *past, *coming)))


CLOCK = _clock()
"""The moments when the public record last changed, by a hand or by a date, and when dates will change it next."""


def public_revisions(article_id: UUID) -> Select[Revision]:
    """The versions that readers could see."""
    return select(Revision).where(Revision.article_id == article_id, Revision.public_number.is_not(None))


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
        .options(*_held(Load(Revision)))
    )


def edition(article_id: UUID, at: datetime) -> Select[Edition, Revision]:
    """What readers got of the article at that moment, with the revision that it shows, whole."""
    return (
        select(Edition, Revision)
        .join(Revision, Revision.id == Edition.revision_id)
        .where(Edition.article_id == article_id, Edition.since <= at, or_(Edition.until.is_(None), Edition.until > at))
        .options(*_held(Load(Revision)))
    )


def corrections_by(article_id: UUID, number: int) -> Select[Correction]:
    """The corrections that the article had when this revision was the current one, oldest first."""
    return (
        select(Correction)
        .join(Revision, Revision.id == Correction.revision_id)
        .where(Revision.article_id == article_id, Revision.number <= number)
        .order_by(Correction.published_at, Correction.id)
    )


def highest_numbers(article_id: UUID) -> Select[int, int | None]:
    """The article's last revision number and last public one."""
    return select(func.max(Revision.number), func.max(Revision.public_number)).where(Revision.article_id == article_id)


def last_public(article_id: UUID) -> Select[datetime | None]:
    """When readers last got a new revision of the article."""
    return select(func.max(Revision.public_at)).where(Revision.article_id == article_id)


def slug_owner(slug: str) -> Select[UUID]:
    return select(ArticleSlug.article_id).where(ArticleSlug.slug == slug)


def slugs_like(slug: str) -> Select[str]:
    return select(ArticleSlug.slug).where(ArticleSlug.slug.startswith(slug, autoescape=True))


def authors_named(names: Iterable[str]) -> Select[Author]:
    return select(Author).where(Author.name.in_(list(names)))


def tags_named(names: Iterable[str]) -> Select[Tag]:
    return select(Tag).where(Tag.name.in_(list(names)))


def author_slugs(slug: str) -> Select[str]:
    return _slugs(AUTHORS, lambda column: column.startswith(slug, autoescape=True))


def tag_slugs(slug: str) -> Select[str]:
    return _slugs(TAGS, lambda column: column.startswith(slug, autoescape=True))


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


def led_on(group: Group, slug: str) -> Select[UUID]:
    """The tag or author that readers once knew by this slug."""
    return select(getattr(FormerSlug, group.owner)).where(FormerSlug.kind == group.name, FormerSlug.slug == slug)


def present_slug(group: Group, slug: str) -> Select[str]:
    """What the slug of that tag or author is now."""
    return select(group.thing.slug).where(group.thing.id == led_on(group, slug).scalar_subquery())


def _is_called(reference: str) -> ColumnElement[bool]:
    if identifier := id_from(reference):
        return Article.id == identifier
    return Article.id == slug_owner(reference).scalar_subquery()


AT_ONCE = 30_000
"""Quotes whose stations one statement loads, instead of 500; SQLite takes 32,766 parameters."""


def _whole() -> list[ExecutableOption]:
    return [
        *_held(Load(Article).joinedload(Article.revision)),
        selectinload(Article.slugs),
        selectinload(Article.bylines).joinedload(Byline.author),
        selectinload(Article.labels).joinedload(Label.tag),
        selectinload(Article.permissions).joinedload(Permission.assigner),
    ]


def _held(revision: Load) -> list[ExecutableOption]:
    """What hangs on a revision."""
    return [
        revision.selectinload(Revision.placements).joinedload(Placement.speaker),
        revision.selectinload(Revision.placements)
        .selectinload(Placement.hops, chunksize=AT_ONCE)
        .joinedload(Hop.source),
        revision.selectinload(Revision.citations).joinedload(Citation.source),
        revision.selectinload(Revision.illustrations).joinedload(Illustration.image),
    ]
