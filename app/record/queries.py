from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from app.articles.groups import Group
from app.articles.models import Article, Author, Citation, FeedRow, Rendition, Revision, Tag
from app.articles.queries import in_time, slug_owner, total, visible
from app.corrections.models import Correction
from app.media.models import Illustration, Image
from app.permissions.models import Permission
from app.permissions.queries import has_begun
from app.quotes.models import Hop, Placement, Quote
from app.schemas import id_from
from app.search.models import QuoteDocument
from app.sources.models import Source
from app.sources.queries import is_called


def in_review(review: str) -> Select[Placement, Article]:
    """Quotes in this state of review, as current revisions have them, each with its article, unless that is trashed."""
    return _quotes().where(Article.status != "trashed", Placement.review == review)


def in_article(reference: str) -> ColumnElement[bool]:
    """Whether the article's id is, or its slug is or was, `reference`."""
    if identifier := id_from(reference):
        return Article.id == identifier
    return Article.id == slug_owner(reference).scalar_subquery()


def articles_of(quote_ids: Collection[UUID]) -> Select[UUID, UUID]:
    """These quotes, each with the id of its article."""
    return select(Quote.id, Quote.article_id).where(Quote.id.in_(quote_ids))


def quote(quote_id: str, at: datetime) -> Select[*tuple[Any, ...]]:
    """The quote with this id as readers get it, its review, its last change, and its article's id and language."""
    ready = (QuoteDocument.card, QuoteDocument.review, QuoteDocument.changed_at, QuoteDocument.article_id)
    return (
        select(*ready, Article.language)
        .join(Article, Article.id == QuoteDocument.article_id)
        .where(QuoteDocument.quote_id == (id_from(quote_id) or UUID(int=0)), in_time(QuoteDocument, at))
    )


def article_id(reference: str) -> Select[UUID]:
    return select(Article.id).where(in_article(reference))


def staff_quotes() -> Select[Placement, Article]:
    """Quotes as the current revisions of all articles have them, those in the trash left out, each with its article."""
    return _quotes().where(Article.status != "trashed")


def said_by(reference: str) -> ColumnElement[bool]:
    return Placement.speaker_id.in_(select(Source.id).where(is_called(reference)))


def sources(at: datetime) -> Select[Source]:
    """Sources that a visible article relies on, and this site's own; merged ones are left out."""
    return select(Source).where(Source.merged_into_id.is_(None), or_(Source.is_site, _is_cited(at)))


def source(reference: str, at: datetime) -> Select[Source]:
    """The source if readers may see it, with all that describes it; merged ones as signposts."""
    return (
        select(Source)
        .where(is_called(reference), or_(Source.is_site, Source.merged_into_id.is_not(None), _is_cited(at)))
        .options(selectinload(Source.names), selectinload(Source.roles), selectinload(Source.links))
    )


def counts(source_id: UUID, at: datetime) -> Select[int, int]:
    """How many quotes readers have of the source as a speaker, and how many articles that rely on it."""
    spoken = select(func.count()).where(QuoteDocument.speaker_id == source_id, in_time(QuoteDocument, at))
    return select(spoken.scalar_subquery(), total(f"source:{source_id}", at))


def cited_twice(source: UUID, into: UUID) -> ColumnElement[bool]:
    """Whether a revision relies on `source` as it does on `into`."""
    other = aliased(Citation)
    return and_(
        Citation.source_id == source,
        exists().where(other.revision_id == Citation.revision_id, other.source_id == into, other.role == Citation.role),
    )


def cites_for_quotes(revision_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Whether a citation of these revisions stands there because of a quote."""
    return and_(Citation.revision_id.in_(revision_ids), Citation.role.in_(("speaker", "via")))


def tags(at: datetime) -> Select[Tag, int]:
    """Tags of visible articles, with how many bear them."""
    return _counted(Tag, "tag", at)


def authors(at: datetime) -> Select[Author, int]:
    """Authors of visible articles, with how many they wrote."""
    return _counted(Author, "author", at)


def staff_groups(group: Group) -> Select[Any, int]:
    """All tags, or all authors, with the number of articles in any state."""
    counted = select(func.count()).select_from(group.link).where(owner(group) == group.thing.id)
    return select(group.thing, counted.correlate(group.thing).scalar_subquery())


def under(group: Group, group_id: UUID) -> Select[UUID]:
    """The articles under this tag or author, in whatever state."""
    return select(group.link.article_id).where(owner(group) == group_id).order_by(group.link.article_id)


def namesake(group: Group, name: str) -> Select[UUID]:
    return select(group.thing.id).where(group.thing.name == name)


def is_listed(key: str) -> Select[bool]:
    """Whether readers can see, or will see, an article in the list of this key."""
    return select(exists().where(FeedRow.key == key))


def owner(group: Group) -> Any:
    """The column by which an article is under a tag or author."""
    return getattr(group.link, group.owner)


def corrections(at: datetime) -> Select[Correction, Article]:
    """Corrections of visible articles, each with its article."""
    return (
        select(Correction, Article)
        .join(Article, Article.id == Correction.article_id)
        .join(Article.revision)
        .where(visible(at))
        .options(contains_eager(Article.revision))
    )


def shown_image(digest: str, at: datetime) -> Select[Image, datetime | None]:
    """The image of this digest if readers see an article that shows it, and until when they will, as far as known."""
    return (
        select(Image, Rendition.visible_until)
        .join(Illustration, Illustration.image_id == Image.id)
        .join(Revision, Revision.id == Illustration.revision_id)
        .join(Rendition, Rendition.article_id == Revision.article_id)
        .where(Image.digest == digest, Revision.is_current, in_time(Rendition, at))
        .order_by(Rendition.visible_until.is_(None).desc(), Rendition.visible_until.desc())
        .limit(1)
    )


def showing(image_id: UUID) -> Select[UUID]:
    """The articles whose current revision shows the image, in whatever state."""
    return (
        select(Revision.article_id)
        .join(Illustration, Illustration.revision_id == Revision.id)
        .where(Illustration.image_id == image_id, Revision.is_current)
        .distinct()
        .order_by(Revision.article_id)
    )


def using(image_id: UUID, limit: int) -> Select[str]:
    """The slugs of articles any of whose revisions shows the image."""
    revisions = select(Revision.article_id).join(Illustration, Illustration.revision_id == Revision.id)
    of_image = revisions.where(Illustration.image_id == image_id)
    return select(Article.slug).where(Article.id.in_(of_image)).order_by(Article.slug).limit(limit)


def languages(at: datetime) -> Select[str]:
    """The languages of visible articles. The index is asked for one after the other, never all articles for theirs."""
    first = select(func.min(Article.language).label("language")).cte("languages", recursive=True)
    later = select(func.min(Article.language)).where(Article.language > first.c.language).scalar_subquery()
    every = first.union_all(select(later).select_from(first).where(first.c.language.is_not(None)))
    shown = exists().where(Article.language == every.c.language, visible(at))
    return select(every.c.language).where(shown).order_by(every.c.language)


def named(thing: type[Tag] | type[Author] | type[Source], keys: Collection[str]) -> Select[Any, str, str]:
    """What these keys of lists stand for: the key, the slug and the name of each. Sources go by id, others by slug."""
    if thing is Source:
        return select(Source.id, Source.slug, Source.name).where(Source.id.in_([UUID(key) for key in keys]))
    return select(thing.slug, thing.slug, thing.name).where(thing.slug.in_(keys))


def _quotes() -> Select[Placement, Article]:
    return (
        select(Placement, Article)
        .join(Revision, Revision.id == Placement.revision_id)
        .join(Article, Article.id == Revision.article_id)
        .where(Revision.is_current)
        .options(
            joinedload(Placement.speaker),
            joinedload(Placement.quote, innerjoin=True),
            selectinload(Placement.hops).joinedload(Hop.source),
            contains_eager(Article.revision),
            selectinload(Article.permissions).joinedload(Permission.assigner),
        )
    )


def _is_cited(at: datetime) -> ColumnElement[bool]:
    return exists().where(
        Citation.source_id == Source.id,
        Citation.revision_id == Revision.id,
        Revision.is_current,
        Revision.article_id == Article.id,
        visible(at),
        _is_known(at),
    )


def _is_known(at: datetime) -> ColumnElement[bool]:
    """Whether readers may know of a citation: of whoever has given a permission, once that has begun."""
    given = (Permission.article_id == Article.id, Permission.assigner_id == Citation.source_id)
    return or_(Citation.role != "reprinted_from", exists().where(*given, has_begun(at)))


def _counted(thing: Any, kind: str, at: datetime) -> Select[Any]:
    many = total(kind + ":" + thing.slug, at)
    return select(thing, many).where(many > 0)
