"""Finding a quote again after its article was edited (W3C Web Annotation, TextQuoteSelector).

What an editor left alone is known by stretches of text that stand once in the old text and once in the new one
(the idea of patience diff), wherever they went. A quote that lies in one has its place by that; one whose ends lie in
two has been changed between them; for any other its words and what stands next to them must decide, or nothing does.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

CONTEXT = 32
"""Code points of prefix and suffix, as the W3C's examples and its implementations keep them."""

CERTAIN = 6
"""Code points of unchanged context, on either side, that make one of several equal passages the one that was meant."""

TELLING = 40
"""So many code points are nobody's by chance: where they stand once, they need no context but their marks."""

MOST = 200
"""Equal passages that are told apart; nobody can say which of more of them was meant, and looking costs time."""

WINDOW = 24
"""Code points, from the beginning of a word on, by which a stretch of unchanged text is recognised."""

_TYPOGRAPHY = str.maketrans("“”„‟«»‘’‚‛‹›–—−\u00a0\u202f", "\"\"\"\"\"\"''''''---  ")
_WORD = re.compile(r"\b\w")


def folded(text: str) -> str:
    """The text with plain marks, dashes and spaces, code point for code point: what differs in no more is the same."""
    return text.translate(_TYPOGRAPHY)


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many code points that were left alone: from `old` on in the old text, from `new` on in the new one."""

    old: int
    new: int
    size: int

    def image(self, place: int) -> int:
        return place - self.old + self.new

    def has(self, start: int, end: int) -> bool:
        return self.old <= start and end <= self.old + self.size

    def gives(self, start: int, end: int) -> bool:
        return self.new <= start and end <= self.new + self.size


@dataclass(frozen=True)
class Edit:
    """A text, and what an editor made of it."""

    old: str
    new: str

    def find(self, exact: str, prefix: str, suffix: str, *, start: int | None) -> tuple[int, int] | None:
        """From where to where the quote that began at `start` (None: nowhere) stands now; changed words included.

        None where it is gone, or where it cannot be told from others with the same words.

        >>> Edit("He said no.", "no. Later he said no.").find("no", "He said ", ".", start=8)
        (18, 20)
        """
        exact, prefix, suffix = folded(exact), folded(prefix), folded(suffix)
        if start is not None:
            end = start + len(exact)
            marked = max(0, start - 1), min(end + 1, len(self.old))  # the same words without its marks are others
            if images := {stretch.image(start) for stretch in self._left_alone if stretch.has(*marked)}:
                return self._only(images, start, end)
            if changed := self._changed(start, end):
                return changed
        place = self._recognised(exact, prefix, suffix, start)
        return None if place is None else (place, place + len(exact))

    def _only(self, images: set[int], start: int, end: int) -> tuple[int, int] | None:
        """The one place to which the quote went, unless other words have a claim to it, or it to another place."""
        place = images.pop()
        span = (place, place + end - start)
        others = [s for s in self._left_alone if s.image(start) != place]
        taken = any(s.gives(*span) or min(s.old + s.size, end) - max(s.old, start) >= WINDOW for s in others)
        return None if images or taken else span

    def _changed(self, start: int, end: int) -> tuple[int, int] | None:
        """From the image of its first code point to that of its last, if what lies between is its own and half of it
        or more."""
        inside = [s for s in self._left_alone if s.old < end and s.old + s.size > start]
        if len(inside) < 2 or inside[0].old > start or inside[-1].old + inside[-1].size < end:
            return None
        span = inside[0].image(start), inside[-1].image(end)
        foreign = any(s.new < span[1] and s.new + s.size > span[0] for s in self._left_alone if s not in inside)
        parts = [(max(s.old, start), min(s.old + s.size, end), s) for s in inside]
        images = [(s.image(since), s.image(to)) for since, to, s in parts]
        in_order = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(images))
        kept = sum(to - since for since, to, _ in parts)
        is_its_own = in_order and not foreign and span[0] < span[1] <= span[0] + 2 * kept
        return span if is_its_own and 2 * kept >= end - start else None

    def _recognised(self, exact: str, prefix: str, suffix: str, start: int | None) -> int | None:
        """Where the words stand, by what stands next to them; stretches that were left alone are out of question."""
        size = len(exact)
        places = list(islice(occurrences(exact, self._new), MOST + 1))
        known = list(islice(occurrences(exact, self._old), MOST + 1))
        if max(len(places), len(known)) > MOST:
            return None
        places = [p for p in places if not any(s.gives(p, p + size) for s in self._left_alone)]
        rivals = [p for p in known if p != start and not any(s.has(p, p + size) for s in self._left_alone)]
        if not places:
            return None
        fits = {place: agreement(exact, prefix, suffix, self._new, place) for place in places}
        place = max(places, key=lambda place: sum(fits[place]))
        before, after = fits.pop(place)
        if (
            size >= TELLING
            and not fits
            and not rivals
            and before >= min(1, len(prefix))
            and after >= min(1, len(suffix))
        ):
            return place
        if before < min(CERTAIN, len(prefix)) or after < min(CERTAIN, len(suffix)):
            return None
        others = [*fits.values(), *(self._fit(exact, rival, place) for rival in rivals)]
        return None if any(sum(other) >= before + after for other in others) else place

    @cached_property
    def _old(self) -> str:
        return folded(self.old)

    @cached_property
    def _new(self) -> str:
        return folded(self.new)

    @cached_property
    def _left_alone(self) -> list[Stretch]:
        """In the order of the old text; each as long as it can be, so that two may share some code points."""
        old, new = self._old, self._new
        head, tail = shared_after(old, 0, new, 0), shared_before(old, len(old), new, len(new))
        found = {Stretch(0, 0, head), Stretch(len(old) - tail, len(new) - tail, tail)}
        there, past = windows(new), head
        for window, place in windows(old).items():
            image = there.get(window, -1)
            if place < 0 or image < 0 or place + WINDOW <= past:
                continue
            back, on = shared_before(old, place, new, image), shared_after(old, place, new, image)
            found.add(Stretch(place - back, image - back, back + on))
            past = place + on
        return sorted((stretch for stretch in found if stretch.size), key=lambda stretch: stretch.old)

    def _fit(self, exact: str, rival: int, place: int) -> tuple[int, int]:
        """How well another passage with the same words would fit there."""
        end = rival + len(exact)
        prefix, suffix = self._old[max(0, rival - CONTEXT) : rival], self._old[end : end + CONTEXT]
        return agreement(exact, prefix, suffix, self._new, place)


def windows(text: str) -> dict[str, int]:
    """Where each stretch of `WINDOW` code points stands that begins with a word; -1 where it does repeatedly."""
    found: dict[str, int] = {}
    for word in _WORD.finditer(text, 0, max(0, len(text) - WINDOW + 1)):
        place = word.start()
        window = text[place : place + WINDOW]
        found[window] = -1 if window in found else place
    return found


def occurrences(words: str, text: str) -> Iterator[int]:
    """Every place where the words stand, overlapping ones too."""
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + 1)


def agreement(exact: str, prefix: str, suffix: str, text: str, place: int) -> tuple[int, int]:
    """How many code points next to the place agree with the selector's: before it, and after it."""
    end = place + len(exact)
    return shared_before(prefix, len(prefix), text, place), shared_after(suffix, 0, text, end)


def shared_after(one: str, start: int, other: str, place: int) -> int:
    """How many code points are the same in both texts, from these places on."""
    most = min(len(one) - start, len(other) - place)
    return _most(most, lambda n, m: one[start + n : start + m] == other[place + n : place + m])


def shared_before(one: str, start: int, other: str, place: int) -> int:
    """How many code points are the same in both texts, back from these places."""
    return _most(min(start, place), lambda n, m: one[start - m : start - n] == other[place - m : place - n])


def _most(limit: int, alike: Callable[[int, int], bool]) -> int:
    """The greatest n up to the limit for which all up to n is alike; looks no further than twice as far."""
    low, step = 0, 64
    while low < limit:
        high = min(low + step, limit)
        if alike(low, high):
            low, step = high, step * 2
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if alike(low, middle) else (low, middle)
        return low
    return low
