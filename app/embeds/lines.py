"""Breaking words into lines where nothing measures them: for pictures that are drawn elsewhere, with unknown fonts."""

import re
from collections.abc import Iterator
from unicodedata import bidirectional, category, east_asian_width

_NARROW = set("iljtfrI.,:;!'’‘|()[]")
_NOT_FIRST = set("、。，．・：；？！）］｝〕〉》」』】〙〗ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々”’…")
_NOT_LAST = set("（［｛〔〈《「『【〘〖“‘")


def width(text: str) -> float:
    """About how many ems wide the text is in an ordinary serif; rather too many than too few."""
    return sum(_width(character) for character in text)


def is_rtl(text: str) -> bool:
    """Whether the text runs from right to left: by its first strong character (UAX #9, P2)."""
    strong = (kind for kind in map(bidirectional, text) if kind in ("L", "R", "AL"))
    return next(strong, "L") != "L"


def broken(text: str, ems: float) -> list[str]:
    """The text in lines of at most this width. Lines break at spaces and between ideographs, but not before what
    closes or after what opens (as UAX #14 and JIS X 4051 have it), and anywhere in what is too long for a line.

    >>> broken("one two three", 4)
    ['one two', 'three']
    """
    lines = [""]
    for piece in _pieces(" ".join(text.split())):
        if width((lines[-1] + piece).rstrip()) <= ems:
            lines[-1] += piece
            continue
        for part in _cut(piece, ems):
            lines.append(part)
    return [line.strip() for line in lines if line.strip()]


def shortened(text: str, ems: float) -> str:
    """The text in one line, with an ellipsis where it is too long.

    >>> shortened("one two three", 5), shortened("one", 5), shortened("", 5)
    ('one two…', 'one', '')
    """
    found = broken(text, ems)
    return "".join(found) if len(found) <= 1 else broken(text, ems - 1)[0] + "…"


def _width(character: str) -> float:
    if category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    if east_asian_width(character) in ("W", "F"):
        return 1.0
    if character == " ":
        return 0.28
    if character in _NARROW:
        return 0.36
    return 0.76 if character.isupper() or character in "mwMW—@%" else 0.56


def _pieces(text: str) -> Iterator[str]:
    """What must stay together: a word with the space behind it, an ideograph with its punctuation."""
    for word in re.findall(r"\S+ ?", text):
        piece = ""
        for character in word:
            if piece and _may_break(piece[-1], character):
                yield piece
                piece = ""
            piece += character
        yield piece


def _may_break(before: str, after: str) -> bool:
    ideographs = east_asian_width(before) in ("W", "F") or east_asian_width(after) in ("W", "F")
    return ideographs and after != " " and after not in _NOT_FIRST and before not in _NOT_LAST and _width(after) > 0


def _cut(piece: str, ems: float) -> Iterator[str]:
    """A piece in parts that fit; a mark stays with the letter that it is on."""
    part = ""
    for character in piece:
        if part and _width(character) > 0 and width((part + character).rstrip()) > ems:
            yield part
            part = ""
        part += character
    yield part
