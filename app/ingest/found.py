"""What the extractor found becomes quotes, for an editor to confirm; what an editor has decided stays."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from app.db import new_id
from app.extract import Draft, FoundQuote
from app.quotes.actions import Span, place
from app.quotes.models import Hop, Placement, Quote
from app.sources.models import Source

SourceOf = Callable[[str, str], Source]
"""The source with this name and of this kind."""


def placements_of(draft: Draft, text: str, source_of: SourceOf, *, article_id: UUID, at: datetime) -> list[Placement]:
    """A new quote, suggested, for each passage that was found."""
    kinds = {found.name: found.kind for found in draft.sources}
    made = {"article_id": article_id, "verification": "unverified", "created_at": at}
    quotes = [Quote(id=new_id(), **made) for _ in draft.quotes]
    placements = []
    for quote, found in zip(quotes, draft.quotes, strict=True):
        placement = place(quote, text, Span(found.start, found.end))
        placement.id, placement.quote_id = new_id(), quote.id
        placement.parent_id = quotes[found.parent].id if found.parent is not None else None
        _describe(placement, found)
        _attribute(placement, found, kinds, source_of)
        placements.append(placement)
    return placements


def suggest(placements: list[Placement], fresh: Iterable[Placement], quotes: Mapping[UUID, Quote]) -> None:
    """Put what was found now in the place of what machines suggested before, in `placements`.

    What an editor confirmed, rejected or added stays as it is, and nothing is suggested again for its words. A
    passage that was suggested at the same place before stays the same quote, one of the article's `quotes`.
    """
    kept = [placement for placement in placements if not _is_suggested(placement)]
    before = {(p.start, p.end): p.quote_id for p in placements if _is_suggested(p)}
    decided = [(p.start, p.end) for p in kept if p.start is not None and p.end is not None]
    same: dict[UUID, UUID] = {}
    new = []
    for placement in fresh:
        if any(_is_same(placement, start, end) for start, end in decided):
            continue
        if known := before.get((placement.start, placement.end)):
            same[placement.quote_id] = known
            placement.quote, placement.quote_id = quotes[known], known
        new.append(placement)
    ids = {placement.quote_id for placement in [*kept, *new]}
    for placement in new:
        parent = same.get(placement.parent_id, placement.parent_id) if placement.parent_id else None
        placement.parent_id = parent if parent in ids else None
    placements[:] = [*kept, *new]


def _is_suggested(placement: Placement) -> bool:
    return placement.review == "suggested" and placement.confidence is not None


def _is_same(placement: Placement, start: int, end: int) -> bool:
    """Whether the placement and the stretch share more than half of the words that either has."""
    if placement.start is None or placement.end is None:
        return False
    shared = min(placement.end, end) - max(placement.start, start)
    return 2 * shared > max(placement.end, end) - min(placement.start, start)


def _describe(placement: Placement, found: FoundQuote) -> None:
    placement.kind = found.kind
    placement.confidence = round(found.confidence, 3)
    placement.rule = found.rule
    if found.speaker is not None:
        placement.mention_start, placement.mention_end = found.speaker.start, found.speaker.end
    if found.cue is not None:
        placement.cue_start, placement.cue_end = found.cue.start, found.cue.end


def _attribute(placement: Placement, found: FoundQuote, kinds: Mapping[str, str], source_of: SourceOf) -> None:
    if name := found.source_name:
        kind = found.speaker_kind if found.speaker_name and found.speaker_kind else "unnamed"
        placement.speaker = source_of(name, kind)
        placement.speaker_id = placement.speaker.id
    stations = [source_of(via.name, kinds.get(via.name) or "publication") for via in found.via]
    ways = [station for station in dict.fromkeys(stations) if station is not placement.speaker]
    if ways:  # most have none, and to set none takes as long
        placement.hops = [
            Hop(placement_id=placement.id, position=n, source=station, source_id=station.id, role="via")
            for n, station in enumerate(ways)
        ]
