"""Where a passage stands in a text that may have changed."""

from collections.abc import Iterator


def locate(text: str, exact: str, prefix: str, suffix: str) -> int | None:
    """Where the passage now stands. Never a guess: None if its words are gone, or stand at several places of which not
    one alone has the same surroundings (W3C Web Annotation, 4.2.4).

    >>> locate("a b, a c", "a", "", " c"), locate("a b, a b", "a", "", " b"), locate("so a b", "a", "", " c")
    (5, None, 3)
    """
    places = list(_places(text, exact))
    if len(places) > 1:
        places = [p for p in places if text.endswith(prefix, 0, p) and text.startswith(suffix, p + len(exact))]
    return places[0] if len(places) == 1 else None


def _places(text: str, exact: str) -> Iterator[int]:
    place = text.find(exact)
    while place >= 0:
        yield place
        place = text.find(exact, place + 1)
