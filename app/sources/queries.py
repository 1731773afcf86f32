from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.db import begins
from app.schemas import id_from
from app.sources.models import Source, SourceName, SourceRole


def by_reference(reference: str) -> Select[Source]:
    """The source with this slug or id, with all that describes it; a merged one too, as a signpost."""
    return select(Source).where(is_called(reference)).options(*_whole())


def id_of(reference: str) -> Select[UUID]:
    """The id of the source with this slug or id, or of the one that took it in."""
    return select(func.coalesce(Source.merged_into_id, Source.id)).where(is_called(reference))


def is_called(reference: str) -> ColumnElement[bool]:
    """Whether a row's slug or id is `reference`."""
    if identifier := id_from(reference):
        return Source.id == identifier
    return Source.slug == reference


def by_ids(ids: Iterable[UUID]) -> Select[Source]:
    """These sources, and this site's own."""
    return select(Source).where(or_(Source.id.in_(list(ids)), Source.is_site))


def site() -> Select[Source]:
    """The source that stands for this site."""
    return select(Source).where(Source.is_site)


def is_named(folded: str) -> ColumnElement[bool]:
    """Whether a row has this name, folded, among its names."""
    return Source.id.in_(select(SourceName.source_id).where(SourceName.folded == folded))


def named(folded: str) -> Select[Source]:
    """Sources that have this name, folded, and were not merged away; the oldest first."""
    return select(Source).where(is_named(folded), Source.merged_into_id.is_(None)).order_by(Source.id)


def named_among(folded: Collection[str]) -> Select[str, Source]:
    """Sources with each of these names, folded, that were not merged away; the oldest first."""
    return (
        select(SourceName.folded, Source)
        .join(Source, Source.id == SourceName.source_id)
        .where(SourceName.folded.in_(folded), Source.merged_into_id.is_(None))
        .order_by(Source.id)
    )


def slugs_among(slugs: Iterable[str]) -> Select[str]:
    """Those of these slugs that a source has."""
    return select(Source.slug).where(Source.slug.in_(slugs))


def slug_like(slug: str) -> Select[str]:
    """Slugs that begin with this one."""
    return select(Source.slug).where(begins(Source.slug, slug))


def all_sources() -> Select[Source]:
    """Every source for staff, merged ones left out."""
    return select(Source).where(Source.merged_into_id.is_(None)).options(*_whole())


def organizations(source_id: UUID) -> Select[Source]:
    """Where the source has or had a role."""
    return (
        select(Source)
        .join(SourceRole, SourceRole.organization_id == Source.id)
        .where(SourceRole.source_id == source_id)
    )


def roles_of(source_ids: Collection[UUID]) -> Select[SourceRole, Source | None]:
    """What these sources were, each with where, in the order in which it was entered."""
    return (
        select(SourceRole, Source)
        .outerjoin(Source, Source.id == SourceRole.organization_id)
        .where(SourceRole.source_id.in_(source_ids))
        .order_by(SourceRole.id)
    )


def members(source_id: UUID) -> Select[UUID]:
    """Who has or had a role there."""
    return select(SourceRole.source_id).where(SourceRole.organization_id == source_id).distinct()


def is_named_like(words: str) -> ColumnElement[bool]:
    """Whether one of the source's names begins with the words, folded."""
    return Source.id.in_(select(SourceName.source_id).where(SourceName.folded.startswith(words, autoescape=True)))


def named_with(words: Collection[str], kind: str | None) -> Select[Source, str]:
    """Names, of sources of this kind, in which one of these words stands somewhere; the merged ones are left out."""
    has_one = or_(false(), *(SourceName.folded.contains(word, autoescape=True) for word in words))
    named = select(Source, SourceName.name).join(SourceName, SourceName.source_id == Source.id)
    query = named.where(has_one, Source.merged_into_id.is_(None)).order_by(SourceName.id)
    return query if kind is None else query.where(Source.kind == kind)


def _whole() -> tuple[ExecutableOption, ...]:
    return selectinload(Source.names), selectinload(Source.roles), selectinload(Source.links)
