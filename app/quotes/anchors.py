"""Finding a quote again after its article was edited (W3C Web Annotation, TextQuoteSelector)."""

from collections.abc import Iterator

CERTAIN = 12
"""Code points of unchanged context that make one of several equal passages the one that was meant."""


def find_again(exact: str, prefix: str, suffix: str, *, old: str, new: str) -> int | None:
    """Where the quote now begins; None where it is gone or where it cannot be told which of several it was.

    >>> find_again("no", "he said ", ".", old="He said no.", new="no. Later he said no.")
    18
    """
    places = list(occurrences(exact, new))
    if not places:
        return None
    scored = sorted(((_context(exact, prefix, suffix, new, place), place) for place in places), reverse=True)
    best, place = scored[0]
    if len(scored) == 1 and next(occurrences(exact, old), None) == _last(exact, old):
        return place  # the only one then is the only one now
    enough = min(CERTAIN, len(prefix) + len(suffix))
    return place if best >= enough and (len(scored) == 1 or best > scored[1][0]) else None


def occurrences(words: str, text: str) -> Iterator[int]:
    """Every place where the words stand, overlapping ones too."""
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + 1)


def _last(words: str, text: str) -> int | None:
    place = text.rfind(words)
    return place if place >= 0 else None


def _context(exact: str, prefix: str, suffix: str, text: str, place: int) -> int:
    """How many code points next to the place agree with the selector's, before it and after it together."""
    end = place + len(exact)
    before = _common(reversed(prefix), reversed(text[max(0, place - len(prefix)) : place]))
    return before + _common(iter(suffix), iter(text[end : end + len(suffix)]))


def _common(left: Iterator[str], right: Iterator[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count
