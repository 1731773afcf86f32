"""The address of words on a page: `#:~:text=` (WICG, URL Fragment Text Directives)."""

from functools import lru_cache
from urllib.parse import quote

from app.quotes.anchors import CONTEXT

WHOLE = 160
"""Up to so many code points are named in full; of more, the first and the last words."""

EDGE = 48
"""Code points of the first and of the last words, at most."""

LONG = 100_000
"""In a longer text nobody looks whether words stand twice: their surroundings are named at once, so that time stays
linear in the length of a text and in the number of its quotes."""


def at_words(url: str, text: str, start: int | None, end: int | None) -> str:
    """The page's address that brings a browser to `text[start:end]`; the page itself, where they have no place.

    >>> at_words("https://example.org/a", "He said: well-meant, no more.", 9, 19)
    'https://example.org/a#:~:text=well%2Dmeant'
    """
    if start is None or end is None:
        return url
    return f"{url}{'' if '#' in url else '#'}:~:text={_directive(text, start, end)}"


def _directive(text: str, start: int, end: int) -> str:
    words = text[start:end]
    terms = [_encoded(term) for term in _ends(words)]
    # A browser takes the first place that fits.
    if len(terms) > 1 or len(text) > LONG or _flat(text).count(_flat(words)) > 1:
        before = _first_line_back(text[max(0, start - CONTEXT) : start], cut=start > CONTEXT)
        after = _first_line(text[end : end + CONTEXT], cut=end + CONTEXT < len(text))
        terms = [f"{_encoded(before)}-"] * bool(before) + terms + [f"-{_encoded(after)}"] * bool(after)
    return ",".join(terms)


def _ends(words: str) -> list[str]:
    """The words, or the first and the last of them: a directive's term matches within one block only."""
    lines = [line for line in words.split("\n") if line.strip()]
    if len(lines) == 1 and len(words) <= WHOLE:
        return [lines[0]]
    head, tail = _head(lines[0]), _head(lines[-1][::-1])[::-1]
    if len(lines) == 1 and len(head) + len(tail) >= len(lines[0]):
        return [lines[0]]
    return [head, tail]


def _head(line: str) -> str:
    """The first words of a line, whole ones; all of a line that has no spaces near its beginning."""
    if len(line) <= EDGE:
        return line
    space = line.rfind(" ", 0, EDGE)
    return line[:space] if space > 0 else line


def _first_line(context: str, *, cut: bool) -> str:
    """What follows, to the end of its block, without a word that is cut off."""
    line = context.lstrip().partition("\n")
    if cut and not line[1] and " " in line[0]:
        return line[0].rpartition(" ")[0].rstrip()
    return line[0].rstrip()


def _first_line_back(context: str, *, cut: bool) -> str:
    return _first_line(context[::-1], cut=cut)[::-1]


@lru_cache(maxsize=16)  # each quote of a text asks for it anew
def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()


def _encoded(term: str) -> str:
    """Percent-encoded, with the three characters that a directive is made of."""
    return quote(" ".join(term.split()), safe="").replace("-", "%2D")
