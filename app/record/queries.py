from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, distinct, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from app.articles.groups import TAGS, Group
from app.articles.models import Article, Author, Citation, FeedRow, Label, Rendition, Revision, Tag
from app.articles.queries import in_time, led_on, slug_owner, total, visible
from app.corrections.models import Correction
from app.media.models import Illustration, Image
from app.permissions.models import Permission
from app.permissions.queries import has_begun
from app.quotes.models import Hop, Placement, Quote
from app.schemas import id_from
from app.sources.models import Source, SourceName, SourceRole
from app.sources.queries import is_called


def quotes(at: datetime) -> Select[Placement, Article]:
    """Quotes as the current revisions of visible articles have them, each with its article's card."""
    return _quotes().where(visible(at))


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


def quote(quote_id: str, at: datetime) -> Select[Placement, Article]:
    """The quote with this id, unless it was rejected."""
    identifier = id_from(quote_id)
    if identifier is None:
        return quotes(at).where(false())
    return quotes(at).where(Placement.quote_id == identifier, Placement.review != "rejected")


def staff_quotes() -> Select[Placement, Article]:
    """Quotes as the current revisions of all articles have them, those in the trash left out, each with its article."""
    return _quotes().where(Article.status != "trashed")


def said_by(reference: str) -> ColumnElement[bool]:
    return Placement.speaker_id.in_(select(Source.id).where(is_called(reference)))


def came_through(reference: str, at: datetime) -> ColumnElement[bool]:
    """Whether the source is among the stations between the speaker and this site, the first publisher included."""
    ids = select(Source.id).where(is_called(reference))
    return or_(
        exists().where(Hop.placement_id == Placement.id, Hop.source_id.in_(ids)),
        exists().where(Permission.article_id == Article.id, Permission.assigner_id.in_(ids), has_begun(at)),
    )


def is_tagged(slug: str) -> ColumnElement[bool]:
    """Whether the article bears the tag, which readers know by this slug or once did."""
    of_tag = select(Label.article_id).join(Tag, Tag.id == Label.tag_id)
    return Article.id.in_(of_tag.where(or_(Tag.slug == slug, Tag.id == led_on(TAGS, slug).scalar_subquery())))


def said_on() -> ScalarSelect[date | None]:
    """The date of the quote's first station that has one; none if no station has."""
    dated = Hop.placement_id == Placement.id, Hop.date.is_not(None)
    return select(Hop.date).where(*dated).order_by(Hop.position).limit(1).correlate(Placement).scalar_subquery()


def sources(at: datetime) -> Select[Source]:
    """Sources that a visible article relies on, and this site's own; merged ones are left out."""
    return select(Source).where(Source.merged_into_id.is_(None), or_(Source.is_site, _is_cited(at)))


def source(reference: str, at: datetime) -> Select[Source, int, int]:
    """The source if readers may see it, with its quotes as a speaker and its articles; merged ones as signposts."""
    spoken = (
        select(func.count())
        .select_from(Placement)
        .join(Revision, Revision.id == Placement.revision_id)
        .join(Article, Article.id == Revision.article_id)
        .where(Placement.speaker_id == Source.id, Placement.review != "rejected", Revision.is_current, visible(at))
    )
    relying = (
        select(func.count(distinct(Article.id)))
        .join(Revision, Revision.article_id == Article.id)
        .join(Citation, Citation.revision_id == Revision.id)
        .where(Citation.source_id == Source.id, Revision.is_current, visible(at), _is_known(at))
    )
    return (
        select(Source, spoken.correlate(Source).scalar_subquery(), relying.correlate(Source).scalar_subquery())
        .where(is_called(reference), or_(Source.is_site, Source.merged_into_id.is_not(None), _is_cited(at)))
        .options(selectinload(Source.names), selectinload(Source.roles), selectinload(Source.links))
    )


def said_and_passed_on(source: UUID, into: UUID) -> ColumnElement[bool]:
    """Whether a station is the speaker himself once these two sources are one."""
    one = (source, into)
    return and_(Hop.source_id.in_(one), exists().where(Placement.id == Hop.placement_id, Placement.speaker_id.in_(one)))


def passed_on_twice(source: UUID, into: UUID) -> ColumnElement[bool]:
    """Whether a station of `source` is one too many beside one of `into`."""
    other = aliased(Hop)
    return and_(
        Hop.source_id == source, exists().where(other.placement_id == Hop.placement_id, other.source_id == into)
    )


def cited_twice(source: UUID, into: UUID) -> ColumnElement[bool]:
    """Whether a revision relies on `source` as it does on `into`."""
    other = aliased(Citation)
    return and_(
        Citation.source_id == source,
        exists().where(other.revision_id == Citation.revision_id, other.source_id == into, other.role == Citation.role),
    )


def placements_of(quote_ids: Collection[UUID]) -> Select[UUID]:
    """Where these quotes stand, in every revision."""
    return select(Placement.id).where(Placement.quote_id.in_(quote_ids))


def revisions_of(quote_ids: Collection[UUID]) -> Select[UUID]:
    """The revisions that have one of these quotes."""
    return select(Placement.revision_id).where(Placement.quote_id.in_(quote_ids)).distinct()


def passed_by(source_id: UUID, quote_ids: Collection[UUID]) -> Select[UUID]:
    """Those of these quotes that the source said or passed on, in any revision."""
    through = exists().where(Hop.placement_id == Placement.id, Hop.source_id == source_id)
    return (
        select(Placement.quote_id)
        .where(Placement.quote_id.in_(quote_ids), or_(Placement.speaker_id == source_id, through))
        .distinct()
    )


def cites_for_quotes(revision_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Whether a citation of these revisions stands there because of a quote."""
    return and_(Citation.revision_id.in_(revision_ids), Citation.role.in_(("speaker", "via")))


def relied_on_by_quotes(source_id: UUID, revision_ids: Collection[UUID]) -> Iterator[Select[UUID, UUID | None, str]]:
    """What citations of the source the quotes of these revisions make: as a speaker, and as a station."""
    placed = Placement.revision_id.in_(revision_ids), Placement.review != "rejected"
    yield (
        select(Placement.revision_id, Placement.speaker_id, literal("speaker"))
        .where(Placement.speaker_id == source_id, *placed)
        .distinct()
    )
    yield (
        select(Placement.revision_id, Hop.source_id, literal("via"))
        .join(Hop, Hop.placement_id == Placement.id)
        .where(Hop.source_id == source_id, *placed)
        .distinct()
    )


def organizations(source_id: UUID) -> Select[Source]:
    """Where the source has or had a role."""
    return (
        select(Source)
        .join(SourceRole, SourceRole.organization_id == Source.id)
        .where(SourceRole.source_id == source_id)
    )


def is_named_like(words: str) -> ColumnElement[bool]:
    """Whether one of the source's names begins with the words, folded."""
    return Source.id.in_(select(SourceName.source_id).where(SourceName.folded.startswith(words, autoescape=True)))


def named_with(words: Collection[str], kind: str | None) -> Select[Source, str]:
    """Names, of sources of this kind, in which one of these words stands somewhere; the merged ones are left out."""
    has_one = or_(false(), *(SourceName.folded.contains(word, autoescape=True) for word in words))
    named = select(Source, SourceName.name).join(SourceName, SourceName.source_id == Source.id)
    query = named.where(has_one, Source.merged_into_id.is_(None)).order_by(SourceName.id)
    return query if kind is None else query.where(Source.kind == kind)


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
    """The languages of visible articles."""
    return select(Article.language).distinct().where(visible(at)).order_by(Article.language)


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
