"""Whether words stand in a text, and what there is nearest to them. Pure: strings in, dataclasses out."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.articles.comparing import Change, compare, matches
from app.quotes.anchors import folded

_TOKEN = re.compile(r"[\w\u0300-\u036f]+|[^\w\s]")
_AROUND = "\"'.,;:"
"""Signs at the ends of a quote that belong to the sentence around it as often as to the words."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The passage of a text that is nearest to some words; `similarity` is 1.0 only if it has these very words.

    Otherwise it is Dice's coefficient: the words and signs that both have in one order, of all that they have.
    """

    passage: str
    similarity: float


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The words and signs of a text, plain, and where each stands."""

    plain: list[str]
    spans: list[tuple[int, int]]

    def index(self, others: Sequence[str]) -> int | None:
        """From which token on the others stand here, one after the other."""
        row, wanted = "\n".join(["", *self.plain, ""]), "\n".join(["", *others, ""])
        place = row.find(wanted)
        return row.count("\n", 0, place) if place >= 0 else None


def nearest(words: str, text: str) -> Nearest | None:
    """What of the text is nearest to the words; None if it has none of them.

    Marks, dashes, spaces and line breaks may be others, and so may the signs at both ends; letters may not.

    >>> nearest("We won’t leave,", "She said: 'We won't  leave.'")
    Nearest(passage="We won't  leave", similarity=1.0)
    >>> nearest("We will leave", "They say we will never leave it.")
    Nearest(passage='will never leave', similarity=0.667)
    """
    wanted, there = _tokens(words.strip()), _tokens(text)
    sought = _without_ends(wanted.plain)
    if not sought:
        return None
    place = there.index(sought)
    if place is not None:
        return Nearest(_passage(text, there, place, place + len(sought)), 1.0)
    start, end = _window(sought, there.plain)
    known = set(sought)
    kept = [n for n, token in enumerate(there.plain[start:end], start) if token in known]
    if not kept:
        return None
    start, end = kept[0], kept[-1] + 1
    same = len(matches(sought, there.plain[start:end]))
    return Nearest(_passage(text, there, start, end), min(round(2 * same / (len(sought) + end - start), 3), 0.999))


def differences(words: str, passage: str) -> list[Change]:
    """How the passage differs from the words, word by word; in plain marks and single spaces."""
    return compare(_plain(words), _plain(passage))


def _tokens(text: str) -> _Tokens:
    found = list(_TOKEN.finditer(folded(text)))
    plain = [unicodedata.normalize("NFC", token[0]).replace("'", '"') for token in found]
    return _Tokens(plain, [token.span() for token in found])


def _without_ends(tokens: Sequence[str]) -> Sequence[str]:
    start, end = 0, len(tokens)
    while start < end and tokens[start] in _AROUND:
        start += 1
    while start < end and tokens[end - 1] in _AROUND:
        end -= 1
    return tokens[start:end]


def _window(sought: Sequence[str], tokens: Sequence[str]) -> tuple[int, int]:
    """Which stretch, a quarter longer than what is sought, has most of it in any order."""
    size = len(sought) + len(sought) // 4 + 1
    wanted = Counter(sought)
    most, best, have = 0, 0, 0
    for end, token in enumerate(tokens, 1):
        wanted[token] -= 1
        have += wanted[token] >= 0
        if end > size:
            gone = tokens[end - size - 1]
            have -= wanted[gone] >= 0
            wanted[gone] += 1
        if have > most:
            most, best = have, max(0, end - size)
    return best, best + size


def _passage(text: str, tokens: _Tokens, start: int, end: int) -> str:
    return text[tokens.spans[start][0] : tokens.spans[end - 1][1]]


def _plain(text: str) -> str:
    return " ".join(folded(text).split())
