from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select
from sqlalchemy.orm import aliased

from app.quotes.models import Hop, Placement


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
