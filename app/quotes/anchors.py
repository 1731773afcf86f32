"""Finding a quote again after its article was edited (W3C Web Annotation, TextQuoteSelector)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

CONTEXT = 32
"""Code points of prefix and suffix, as the W3C's examples and its implementations keep them."""

CERTAIN = 6
"""Code points of unchanged context, on either side, that make one of several equal passages the one that was meant."""

MOST = 200
"""Equal passages that are told apart; nobody can say which of more of them was meant, and looking costs time."""


@dataclass(frozen=True)
class Edit:
    """A text, and what an editor made of it."""

    old: str
    new: str

    def find(self, exact: str, prefix: str, suffix: str, *, start: int | None) -> int | None:
        """Where the quote that began at `start` (None: nowhere) begins now.

        None where it is gone, or where it cannot be told from others with the same words.

        >>> Edit("He said no.", "no. Later he said no.").find("no", "He said ", ".", start=8)
        18
        """
        if start is not None and (place := self._untouched(start, start + len(exact))) is not None:
            return place
        places = list(islice(occurrences(exact, self.new), MOST + 1))
        known = list(islice(occurrences(exact, self.old), MOST + 1))
        rivals = [place for place in known if place != start]
        if not places or max(len(places), len(known)) > MOST:
            return None
        if len(places) == 1 and not rivals:
            return places[0]
        fits = {place: agreement(exact, prefix, suffix, self.new, place) for place in places}
        place = max(places, key=lambda place: sum(fits[place]))
        before, after = fits.pop(place)
        if before < min(CERTAIN, len(prefix)) or after < min(CERTAIN, len(suffix)):
            return None
        others = [*fits.values(), *(self._fit(exact, rival, place) for rival in rivals)]
        if any(sum(other) >= before + after for other in others):
            return None
        if start in known and len(known) == len(places) and known.index(start) != places.index(place):
            return place if before + after == len(prefix) + len(suffix) else None
        return place

    def _untouched(self, start: int, end: int) -> int | None:
        """Where a stretch lies now that is wholly before or wholly after everything that was changed."""
        if end <= self._head:
            return start
        return start + len(self.new) - len(self.old) if start >= len(self.old) - self._tail else None

    @cached_property
    def _head(self) -> int:
        return _shared(self.old, self.new)

    @cached_property
    def _tail(self) -> int:
        return _shared(self.old[::-1], self.new[::-1])

    def _fit(self, exact: str, rival: int, place: int) -> tuple[int, int]:
        """How well another passage with the same words would fit there."""
        end = rival + len(exact)
        prefix, suffix = self.old[max(0, rival - CONTEXT) : rival], self.old[end : end + CONTEXT]
        return agreement(exact, prefix, suffix, self.new, place)


def occurrences(words: str, text: str) -> Iterator[int]:
    """Every place where the words stand, overlapping ones too."""
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + 1)


def agreement(exact: str, prefix: str, suffix: str, text: str, place: int) -> tuple[int, int]:
    """How many code points next to the place agree with the selector's: before it, and after it."""
    end = place + len(exact)
    before = text[max(0, place - len(prefix)) : place]
    return _shared(prefix[::-1], before[::-1]), _shared(suffix, text[end : end + len(suffix)])


def _shared(one: str, other: str) -> int:
    """How many code points both texts begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
