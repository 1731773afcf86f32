"""Which known sources a name may mean: for whoever reads one and must not make a second of somebody."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from sqlalchemy.orm import Session

from app.search.words import fold
from app.sources import actions, queries
from app.sources.models import Source

MOST = 20
LEAST_SCORE = 0.4
LOOKED_AT = 2_000
"""Names that share a word with the one asked for and are compared; beyond them the common words are not worth it."""


def candidates(session: Session, name: str, *, kind: str | None) -> list[tuple[Source, str, float]]:
    """Sources that the name may mean, each with the name of it that comes nearest and how near, 0 to 1; best first.

    Compared are words without case and accents, but a word has to be there as it is spelt for its source to be looked
    at. The cost grows with the number of all names.
    """
    words = fold(name).split()
    best: dict[Source, tuple[str, float]] = {}
    for source, other in session.execute(queries.named_with(actions.fold(name).split(), kind).limit(LOOKED_AT)):
        score = likeness(words, fold(other).split())
        if score >= LEAST_SCORE and score > best.get(source, ("", 0.0))[1]:
            best[source] = other, score
    ranked = sorted(best.items(), key=lambda found: (-found[1][1], found[0].name, found[0].id))
    return [(source, other, score) for source, (other, score) in ranked[:MOST]]


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """How surely two names are of the same: 1 for the same words, less for another order, initials, a part, a slip.

    >>> likeness(["ida", "holm"], ["ida", "holm"]), likeness(["holm", "ida"], ["ida", "holm"])
    (1.0, 0.95)
    >>> likeness(["i", "holm"], ["ida", "holm"]), likeness(["holm"], ["ida", "holm"])
    (0.85, 0.7)
    >>> likeness(["ida", "holm"], ["bo", "holm"])
    0.0
    """
    if one == other:
        return 1.0
    if sorted(one) == sorted(other):
        return 0.95
    if len(one) == len(other) and one[-1:] == other[-1:] and all(map(_may_be, one, other)):
        return 0.85
    short, long = sorted((set(one), set(other)), key=len)
    if short and short <= long:
        return 0.4 + 0.6 * len(short) / len(long)
    ratio = SequenceMatcher(None, " ".join(sorted(one)), " ".join(sorted(other)), autojunk=False).ratio()
    return round(0.8 * ratio, 2) if ratio >= 0.85 else 0.0


def _may_be(one: str, other: str) -> bool:
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
