"""From phrasings to what they have to do with each other: which are alike, and which of those are misquotes."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.variants import queries
from app.variants.models import Likeness, Phrasing
from app.variants.reading import forget, key_of, parts, settle
from app.variants.words import are_alike, labels

Said = Mapping[UUID, frozenset[UUID]]


WORD_PAIRS = 20_000_000
"""How much is compared in one transaction: words of one phrasing times words of another, over all two."""


def pair(session: Session, phrasings: Sequence[Phrasing], *, at: datetime) -> None:
    """Compare these phrasings, of very long ones only the first, with all that share a fingerprint with them, and
    settle what comes of it."""
    words = {phrasing.id: phrasing.words.split() for phrasing in phrasings}
    near: dict[UUID, list[UUID]] = {phrasing_id: [] for phrasing_id in words}
    for own, other, text in session.execute(queries.candidates(list(words))):
        words.setdefault(other, text.split())
        near[own].append(other)
    ids = stretch({own: len(words[own]) * sum(len(words[other]) for other in others) for own, others in near.items()})
    twos = {(own, other) if own < other else (other, own) for own in ids for other in near[own]}
    likes = {(a, b) for a, b in twos if are_alike(words[a], words[b])}
    forget(session, ids)
    if likes:
        rows = [{"phrasing_id": a, "other_id": b} for two in likes for a, b in (two, two[::-1])]
        session.execute(insert(Likeness), rows)
    said = _speakers(session, {*ids, *(each for two in likes for each in two)})
    found: dict[str, dict[str, Any]] = {}
    # Whoever has both in one article knows of both: a quote within a quote, or a report of the difference.
    known = {(own, other) for own, other in session.execute(queries.together(ids))}
    for a, b in {*zip(ids, ids, strict=True), *likes} - known - {(b, a) for a, b in known}:
        for label, key in _misquotes(a, b, words, said):
            found[key] = {"label": label, "phrasing_id": a, "other_id": b}
    settle(session, queries.misquotes_of(ids), found, at=at)
    session.execute(update(Phrasing).where(Phrasing.id.in_(ids)).values(is_pending=False))


def stretch(costs: Mapping[UUID, int]) -> list[UUID]:
    """The first of these that together cost no more than `WORD_PAIRS`; one at least.

    >>> [each.int for each in stretch({UUID(int=1): 15_000_000, UUID(int=2): 5_000_000, UUID(int=3): 1})]
    [1, 2]
    """
    sums = accumulate(costs.values())
    return list(costs)[: max(1, sum(cost <= WORD_PAIRS for cost in sums))]


def _speakers(session: Session, phrasing_ids: Collection[UUID]) -> Said:
    said: dict[UUID, set[UUID]] = defaultdict(set)
    for some in parts(list(phrasing_ids)):
        for phrasing_id, speaker_id in session.execute(queries.speakers(some)):
            said[phrasing_id].add(speaker_id)
    return defaultdict(frozenset, {phrasing_id: frozenset(ids) for phrasing_id, ids in said.items()})


def _misquotes(one: UUID, two: UUID, words: Mapping[UUID, list[str]], said: Said) -> Iterator[tuple[str, str]]:
    """The labels that make two phrasings, or one and the same, a matter for an editor, each with its key."""
    if one != two and "changed_words" in labels(words[one], words[two]):
        yield "changed_words", key_of("changed_words", one, two)
    both = said[one] | said[two]
    is_split = len(both) > 1 if one == two else bool(said[one] and said[two]) and not said[one] & said[two]
    if is_split:
        yield "attributed", key_of("attributed", one, two, *sorted(both))
