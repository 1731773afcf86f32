from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
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
from sqlalchemy.orm import Load, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeEngine

from app.articles.counters import FeedCount, unseen
from app.articles.groups import FormerSlug, Group
from app.articles.models import (
    Article,
    ArticleSlug,
    Byline,
    Citation,
    FeedRow,
    Label,
    Masthead,
    Rendition,
    Revision,
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

_PUBLIC: list[ColumnElement[str]] = [literal_column("'published'"), literal_column("'scheduled'")]
"""Written out: a list of parameters would be spelt anew at each execution."""


def published(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether an article's status and time let readers see it. A permission may still forbid it."""
    return and_(Article.status.in_(_PUBLIC), Article.published_at <= at)


def visible(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether readers may see an article at that moment. Every public query has this, or hangs on one that has."""
    return and_(published(at), permitted(Article.id, at))


def readable(reference: str, at: datetime) -> Select[Article, bool]:
    """The published article with this id, slug or former slug, whole, and whether a permission still covers it."""
    return (
        select(Article, permitted(Article.id, at))
        .where(is_called(reference), published(at))
        .options(*whole_parts(), selectinload(Article.corrections))
    )


def whole(ids: Iterable[UUID]) -> Select[Article]:
    """These articles, whole, for a page whose query found them visible."""
    return select(Article).where(Article.id.in_(list(ids))).options(*whole_parts(), selectinload(Article.corrections))


@cache
def masthead() -> Select[Masthead]:
    """Under which name and addresses this site publishes."""
    return select(Masthead).options(joinedload(Masthead.source))


def publish_requires() -> Select[str]:
    """What the site asks of quotes, as `Masthead` has it."""
    return select(Masthead.publish_requires)


def in_time(row: Any, at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether the stretch of a rendition, or of its row in a feed, covers the moment."""
    return and_(row.visible_from <= at, or_(row.visible_until.is_(None), row.visible_until > at))


AT = bindparam("at", type_=UtcDateTime())
"""The moment of which statements ask that are made once."""


def found(reference: str, at: datetime) -> tuple[Select[Article], dict[str, Any]]:
    """The visible article with this id, slug or former slug, by itself: the statement, which is made once, and its
    parameters."""
    if identifier := id_from(reference):
        return _FOUND_BY_ID, {"reference": identifier, "at": at}
    return _FOUND_BY_SLUG, {"reference": reference, "at": at}


_FOUND_BY_ID = select(Article).where(Article.id == bindparam("reference", type_=Uuid()), visible(AT))
_FOUND_BY_SLUG = (
    select(Article)
    .join(ArticleSlug, ArticleSlug.article_id == Article.id)
    .where(ArticleSlug.slug == bindparam("reference", type_=Text()), visible(AT))
)


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


def updated_after(moment: BindParameter[datetime], at: BindParameter[datetime]) -> Select[UUID]:
    """Articles whose words readers got anew after that moment."""
    return select(Rendition.article_id).where(in_time(Rendition, at), Rendition.updated_at > moment)


def rows_of(row: type[Rendition] | type[FeedRow]) -> Select[UUID]:
    return select(row.article_id)


CLOCK_PAST = 4
"""How many of the moments of `CLOCK` lie in the past; the others are to come."""


def _clock() -> Select[*tuple[datetime | None, ...]]:
    public = Article.status.in_(_PUBLIC)
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


def edition(article_id: UUID, at: datetime) -> Select[Edition, Revision]:
    """What readers got of the article at that moment, with the revision that it shows, whole."""
    return (
        select(Edition, Revision)
        .join(Revision, Revision.id == Edition.revision_id)
        .where(Edition.article_id == article_id, Edition.since <= at, or_(Edition.until.is_(None), Edition.until > at))
        .options(*held(Load(Revision)))
    )


def corrections_by(article_id: UUID, number: int) -> Select[Correction]:
    """The corrections that the article had when this revision was the current one, oldest first."""
    return (
        select(Correction)
        .join(Revision, Revision.id == Correction.revision_id)
        .where(Revision.article_id == article_id, Revision.number <= number)
        .order_by(Correction.published_at, Correction.id)
    )


def slug_owner(slug: str) -> Select[UUID]:
    return select(ArticleSlug.article_id).where(ArticleSlug.slug == slug)


def owners(slugs: Collection[str]) -> Select[str, UUID]:
    """Those of these slugs that an article has, or once had, each with its id."""
    return select(ArticleSlug.slug, ArticleSlug.article_id).where(ArticleSlug.slug.in_(slugs))


def led_on(group: Group, slug: str | BindParameter[str]) -> Select[UUID]:
    """The tag or author that readers once knew by this slug."""
    return select(getattr(FormerSlug, group.owner)).where(FormerSlug.kind == group.name, FormerSlug.slug == slug)


def present_slug(group: Group, slug: str) -> tuple[Select[str], dict[str, Any]]:
    """What the slug of that tag or author is now: the statement, which is made once, and its parameters."""
    return _present_slug(group), {"slug": slug}


@cache
def _present_slug(group: Group) -> Select[str]:
    owner = led_on(group, bindparam("slug", type_=Text())).scalar_subquery()
    return select(group.thing.slug).where(group.thing.id == owner)


def is_called(reference: str) -> ColumnElement[bool]:
    if identifier := id_from(reference):
        return Article.id == identifier
    return Article.id == slug_owner(reference).scalar_subquery()


AT_ONCE = 30_000
"""Quotes whose stations one statement loads, instead of 500; SQLite takes 32,766 parameters."""


def whole_parts() -> list[ExecutableOption]:
    return [
        *held(Load(Article).joinedload(Article.revision)),
        selectinload(Article.slugs),
        selectinload(Article.bylines).joinedload(Byline.author),
        selectinload(Article.labels).joinedload(Label.tag),
        selectinload(Article.permissions).joinedload(Permission.assigner),
    ]


def held(revision: Load) -> list[ExecutableOption]:
    """What hangs on a revision."""
    return [
        revision.selectinload(Revision.placements).joinedload(Placement.speaker),
        revision.selectinload(Revision.placements).joinedload(Placement.quote, innerjoin=True),
        revision.selectinload(Revision.placements)
        .selectinload(Placement.hops, chunksize=AT_ONCE)
        .joinedload(Hop.source),
        revision.selectinload(Revision.citations).joinedload(Citation.source),
        revision.selectinload(Revision.illustrations).joinedload(Illustration.image),
    ]
