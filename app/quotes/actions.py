"""Placements: made at a place, copied to a new revision, changed there. Nothing here touches an old revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Invalid
from app.quotes.anchors import CONTEXT, Edit, folded
from app.quotes.models import Hop, Placement, Quote
from app.quotes.schemas import HopIn
from app.sources.actions import referred


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, end exclusive, in code points."""

    start: int
    end: int


def place(quote: Quote, text: str, span: Span) -> Placement:
    """A bare placement of the quote at this stretch of a revision's text."""
    return Placement(
        quote=quote,
        exact=text[span.start : span.end],
        prefix=text[max(0, span.start - CONTEXT) : span.start],
        suffix=text[span.end : span.end + CONTEXT],
        start=span.start,
        end=span.end,
        kind="direct",
        review="suggested",
        anchor="anchored",
        hops=[],
    )


def check_span(text: str, exact: str, start: int, end: int) -> Span:
    """Raises `Invalid` unless `text[start:end] == exact`."""
    if not start < end <= len(text):
        raise Invalid(
            "The place is outside the text.",
            errors=[{"pointer": "/end", "detail": f"the text has {len(text)} code points"}],
        )
    if text[start:end] != exact:
        raise Invalid(
            "Other words stand at this place.",
            errors=[{"pointer": "/exact", "detail": "must equal body.text[start:end], in code points"}],
        )
    return Span(start, end)


def carry(placements: Sequence[Placement], old: str, new: str) -> list[Placement]:
    """The placements for a revision with the text `new`, each found again there or marked orphaned."""
    edit = Edit(old, new)
    return [_carry(placement, edit) for placement in placements]


def unsettled(before: Sequence[Placement], after: Sequence[Placement]) -> list[Placement]:
    """The placements that an editor should look at since: they have lost their place, or have other words."""
    was = {placement.quote_id: placement.anchor for placement in before}
    return [p for p in after if p.anchor in ("orphaned", "changed") and was.get(p.quote_id, p.anchor) != p.anchor]


def lapse(before: Sequence[Placement], after: Sequence[Placement]) -> list[Placement]:
    """Who vouched for a quote vouched for its words: if they are others now, typography apart, it is unverified.

    The placements of which the verification lapsed.
    """
    lapsed = []
    words = {placement.quote_id: folded(placement.exact) for placement in before}
    for placement in after:
        has_others = placement.quote_id in words and words[placement.quote_id] != folded(placement.exact)
        if has_others and placement.quote.verification != "unverified":
            placement.quote.verification = "unverified"
            lapsed.append(placement)
    return lapsed


def _carry(before: Placement, edit: Edit) -> Placement:
    if edit.old == edit.new:
        return _copied(before)
    span = edit.find(before.exact, before.prefix, before.suffix, start=before.start)
    after = _copied(before)
    # Mention and cue have no context of their own to be found again by.
    after.mention_start = after.mention_end = after.cue_start = after.cue_end = None
    if span is None:
        after.start, after.end, after.anchor = None, None, "orphaned"
        return after
    start, end = span
    new = edit.new
    after.start, after.end, after.exact = start, end, new[start:end]
    after.prefix, after.suffix = new[max(0, start - CONTEXT) : start], new[end : end + CONTEXT]
    if before.anchor == "changed" or folded(after.exact) != folded(before.exact):
        after.anchor = "changed"  # until an editor has looked at it
    else:
        after.anchor = "anchored" if start == before.start else "moved"
    return after


def _copied(before: Placement) -> Placement:
    return Placement(
        quote_id=before.quote_id,
        quote=before.quote,
        kind=before.kind,
        exact=before.exact,
        prefix=before.prefix,
        suffix=before.suffix,
        start=before.start,
        end=before.end,
        speaker_id=before.speaker_id,
        speaker=before.speaker,
        mention_start=before.mention_start,
        mention_end=before.mention_end,
        cue_start=before.cue_start,
        cue_end=before.cue_end,
        parent_id=before.parent_id,
        review=before.review,
        anchor=before.anchor,
        confidence=before.confidence,
        rule=before.rule,
        hops=[
            Hop(position=h.position, source_id=h.source_id, source=h.source, role=h.role, url=h.url, date=h.date)
            for h in before.hops
        ],
    )


def attribute(session: Session, placement: Placement, speaker: str | None, hops: Sequence[HopIn] | None) -> None:
    """Set who said it and through whom it came; `hops` of None leaves the way as it is.

    A first hop with the role `speaker` may repeat the speaker, or name him if `speaker` does not. Raises `Invalid`.
    """
    stations = list(hops or ())
    named = stations.pop(0) if stations and stations[0].role == "speaker" else None
    if any(hop.role == "speaker" for hop in stations):
        raise Invalid(
            "Only the first station can be the speaker.",
            errors=[{"pointer": "/attribution", "detail": "role `speaker` after the first"}],
        )
    said_by = referred(session, speaker, "/speaker") if speaker else None
    if named is not None:
        first = referred(session, named.source, "/attribution/0/source")
        if said_by is not None and first.id != said_by.id:
            raise Invalid(
                "`speaker` and the first station differ.",
                errors=[{"pointer": "/attribution/0/source", "detail": "not the speaker"}],
            )
        said_by = first
    placement.speaker = said_by
    placement.speaker_id = said_by.id if said_by else None
    if hops is not None:
        offset = len(hops) - len(stations)
        placement.hops = [
            Hop(position=n, source=found, source_id=found.id, role=hop.role, url=hop.url, date=hop.date)
            for n, hop in enumerate(stations)
            for found in [referred(session, hop.source, f"/attribution/{n + offset}/source")]
        ]
    _check_path(placement)


def _check_path(placement: Placement) -> None:
    stations = [hop.source_id for hop in placement.hops]
    path: list[UUID | None] = [placement.speaker_id, *stations] if placement.speaker_id else list(stations)
    if len(set(path)) != len(path):
        raise Invalid(
            "The way of a quote cannot pass the same source twice.",
            errors=[{"pointer": "/attribution", "detail": "a source occurs twice"}],
        )
