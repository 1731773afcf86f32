"""Quotes around and inside quotes: unmarked blocks, words quoted by the quoted, sources they cite."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.extract.attribution import Line
from app.extract.phrases import phrase_from
from app.extract.quotes import Quoted
from app.extract.saying import Attribution
from app.extract.sentences import sentences
from app.extract.speakers import attribute_sentence, credit_line, left_speaking
from app.extract.tokens import Token, tokenise

_EXPLICIT = frozenset(("tail", "tail loose", "tail verb first", "head close", "colon"))
_PLACEHOLDERS = frozenset(["i", "you", "we", "he", "she", "they", "who", "it"])
_ACCORDING = re.compile(r",? according to ")
_REACH = 240
_MARKS = tuple("\"“”„«»'‘「『")
_OPENING = (*_MARKS, *"-–—•*")


def find_blocks(
    text: str, lines: list[Line], set_off: Sequence[tuple[int, int]] = ()
) -> Iterator[tuple[int, int, Attribution | None]]:
    """Yield the place of each block quotation without marks, and its speaker, where one is told.

    Some are set off as such; else a line that ends in a colon hands the paragraph below to somebody (“According to
    Reuters:”). How many more belong to it plain text does not tell, so it is this one only.
    """
    taken = set()
    for number, start, end, said in _set_off(text, lines, set_off):
        taken.add(number)
        yield start, end, said
    for number, (line, below) in enumerate(pairwise(lines), 1):
        if number in taken:
            continue
        if text[line.end - 1] != ":" or text[below.start : below.end].lstrip().startswith(_OPENING):
            continue
        if text[below.end - 1] not in '.!?…”"’' or (line.quotes and line.quotes[-1][1].end > line.end - 3):
            continue
        tokens = line.read(text)
        start, stop = sentences(tokens, text)[-1]
        said = _handing(tokens, start, stop)
        if said:
            yield below.start, below.end, said


def _set_off(
    text: str, lines: list[Line], set_off: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, int, Attribution | None]]:
    """Yield the number of the first line of each that is set off, its place and its speaker.

    A line “— Ann Lee” at its end names who speaks, else the sentence before it may. One that begins with a quotation
    mark has the passages in marks for its quotes.
    """
    starts = [line.start for line in lines] if set_off else []
    for begin, end in set_off:
        first, stop = bisect_left(starts, begin), bisect_left(starts, end)
        inside = lines[first:stop]
        if not inside or text[inside[0].start : inside[0].end].lstrip().startswith(_MARKS):
            continue
        said = credit_line(text, inside[-1].start, inside[-1].end) if len(inside) > 1 else None
        if said:
            inside.pop()
        elif first:
            tokens = lines[first - 1].read(text)
            said = _handing(tokens, *sentences(tokens, text)[-1]) if tokens else None
        yield first, inside[0].start, inside[-1].end, said.carried("block") if said else None


def _handing(tokens: list[Token], start: int, stop: int) -> Attribution | None:
    """The speaker of a sentence such as “According to Reuters:” or “The ministry wrote:”."""
    for i in range(start, stop - 2):
        if tokens[i].low == "according" and tokens[i + 1].low == "to":
            phrase = phrase_from(tokens, i + 2, stop)
            if phrase and phrase[1] == stop - 1:
                return Attribution(
                    (tokens[phrase[0]].start, tokens[phrase[1] - 1].end), (tokens[i].start, tokens[i + 1].end), "block"
                )
    said = left_speaking(tokens, start, stop)
    near = said and said.rule == "reporting before" and tokens[stop - 1].start - said.cue[1] <= 30
    return said.carried("block") if said and near else None


def attribute_inner(text: str, outer: Quoted, inner: list[tuple[int, Quoted]]) -> dict[int, Attribution]:
    """Who says the quotations inside a quotation, where a name and a verb beside them tell."""
    tokens = tokenise(text, outer.start, outer.end, inner)
    found: dict[int, Attribution] = {}
    for start, stop in sentences(tokens, text):
        if any(t.quote is not None for t in tokens[start:stop]):
            found |= attribute_sentence(tokens, start, stop, text)[0]
    return {
        number: said
        for number, said in found.items()
        if said.rule in _EXPLICIT and text[slice(*said.speaker)].lower() not in _PLACEHOLDERS
    }


def find_cited(text: str, outer: Quoted) -> tuple[int, int, Attribution] | None:
    """The statement inside a quotation that the quoted words themselves lay to a source (“…, according to Lee”)."""
    match = _ACCORDING.search(text, outer.start, outer.end)
    if not match:
        return None
    tokens = tokenise(text, match.end(), min(outer.end, match.end() + _REACH), [])
    phrase = phrase_from(tokens, 0, len(tokens))
    opening = max(text.rfind(mark, outer.start, match.start()) for mark in (". ", "? ", "! "))
    start = opening + 2 if opening >= 0 else outer.start
    if not phrase or match.start() - start < 10:
        return None
    speaker = (tokens[phrase[0]].start, tokens[phrase[1] - 1].end)
    cue = (match.end() - len("according to "), match.end() - 1)
    return start, match.start(), Attribution(speaker, cue, "cited inside")
