from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, contains_eager, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.articles.models import Article, ArticleSlug, Author, Byline, Citation, Label, Revision, Tag
from app.corrections.models import Correction
from app.permissions.models import Permission
from app.permissions.queries import has_any, permitted
from app.quotes.models import Hop, Placement
from app.sources.models import Source


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


def cards(at: datetime) -> Select[Article, int]:
    """Visible articles as lists show them, with the number of their quotes."""
    return select(Article, _quote_count()).join(Article.revision).where(visible(at)).options(*_card())


def whole(ids: Iterable[UUID]) -> Select[Article]:
    """These articles, whole, for a page whose query found them visible."""
    return select(Article).where(Article.id.in_(list(ids))).options(*_whole(), selectinload(Article.corrections))


def staff_cards() -> Select[Article]:
    return select(Article).join(Article.revision).options(contains_eager(Article.revision))


def tagged(slug: str) -> ColumnElement[bool]:
    return Article.id.in_(select(Label.article_id).join(Label.tag).where(Tag.slug == slug))


def written_by(slug: str) -> ColumnElement[bool]:
    return Article.id.in_(select(Byline.article_id).join(Byline.author).where(Author.slug == slug))


def relies_on(source: ColumnElement[bool], roles: Iterable[str] = ()) -> ColumnElement[bool]:
    """Whether the article's current revision cites the source, in one of the roles if any are given."""
    citing = (
        select(Revision.article_id)
        .join(Citation, Citation.revision_id == Revision.id)
        .join(Source, Source.id == Citation.source_id)
        .where(Revision.is_current, source)
    )
    wanted = list(roles)
    return Article.id.in_(citing.where(Citation.role.in_(wanted)) if wanted else citing)


def in_language(tag: str) -> ColumnElement[bool]:
    """Basic filtering of RFC 4647: `en` finds `en-GB` too."""
    return or_(Article.language == tag, Article.language.startswith(f"{tag}-", autoescape=True))


def is_reprint() -> ColumnElement[bool]:
    return has_any(Article.id)


def is_corrected() -> ColumnElement[bool]:
    return exists().where(Correction.article_id == Article.id)


def clock(at: datetime) -> Select[*tuple[datetime | None, ...]]:
    """When the set of public articles, or anything of one, last changed; and when it will next change by itself."""
    moments = (Article.published_at, Permission.valid_from, Permission.valid_through)

    def edge(column: InstrumentedAttribute[Any], *, ahead: bool) -> Any:
        wanted = select(func.min(column) if ahead else func.max(column)).where(column > at if ahead else column <= at)
        if column is Article.published_at:
            return wanted.where(Article.status.in_(("published", "scheduled"))).scalar_subquery()
        return wanted.where(
            Permission.article_id.in_(select(Article.id).where(Article.status.in_(("published", "scheduled"))))
        ).scalar_subquery()

    past = [select(func.max(Article.modified_at)).scalar_subquery(), *(edge(m, ahead=False) for m in moments)]
    coming = [edge(moment, ahead=True) for moment in moments]
    return select(*past, *coming)


def public_revisions(article_id: UUID) -> Select[Revision]:
    """The versions that readers could see, newest first."""
    return (
        select(Revision)
        .where(Revision.article_id == article_id, Revision.public_number.is_not(None))
        .order_by(Revision.public_number.desc())
    )


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


def _quote_count() -> Any:
    return (
        select(func.count(case((Placement.review != "rejected", 1))))
        .where(Placement.revision_id == Revision.id)
        .scalar_subquery()
    )


def _card() -> list[ExecutableOption]:
    return [
        contains_eager(Article.revision).defer(Revision.markdown).defer(Revision.html).defer(Revision.text),
        selectinload(Article.bylines).joinedload(Byline.author),
        selectinload(Article.labels).joinedload(Label.tag),
        selectinload(Article.permissions).joinedload(Permission.assigner),
    ]


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
