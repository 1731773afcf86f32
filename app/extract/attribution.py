"""Who says each quote of a text: what its sentence says, else what the sentences around it leave open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from app.extract.quotes import Quoted
from app.extract.saying import Attribution
from app.extract.sentences import sentences
from app.extract.speakers import SURE, attribute_sentence, credit_line, left_speaking
from app.extract.tokens import Token, tokenise


@dataclass(slots=True)
class Line:
    """A paragraph's place in the text and the outermost quotes in it, with their numbers; its words once read."""

    start: int
    end: int
    quotes: list[tuple[int, Quoted]]
    tokens: list[Token] | None = None

    def read(self, text: str) -> list[Token]:
        """The words of the line, cut once."""
        if self.tokens is None:
            self.tokens = tokenise(text, self.start, self.end, self.quotes)
        return self.tokens


def read_lines(text: str, quoted: list[Quoted]) -> Iterator[Line]:
    """Yield the lines of the text that are not empty, in order."""
    outer = [(n, q) for n, q in enumerate(quoted) if q.parent is None]
    at = position = 0
    for line in text.split("\n"):
        end = position + len(line)
        first = at
        while at < len(outer) and outer[at][1].start <= end:
            at += 1
        if line and not line.isspace():
            yield Line(position, end, outer[first:at])
        position = end + 1


def attribute(text: str, quoted: list[Quoted], lines: list[Line]) -> dict[int, Attribution]:
    """The attribution of each quote for whose speaker anything speaks, by the quote's number."""
    found: dict[int, Attribution] = {}
    before: Attribution | Line | None = None
    bare: list[int] = []
    for line in lines:
        if not line.quotes:
            credit = credit_line(text, line.start, line.end) if bare else None
            found |= dict.fromkeys(bare, credit) if credit else {}
            before, bare = line, []
            continue
        tokens = line.read(text)
        speaking, waiting = _attribute_line(text, tokens, found)
        if waiting:
            if isinstance(before, Line):
                before = _end_of(text, before)
            if before:
                found |= {number: before.carried("paragraph") for number in waiting}
        before = speaking or (None if isinstance(before, Line) else before)
        bare = (
            [n for n, _ in line.quotes] if all(t.quote is not None or not t.text[0].isalnum() for t in tokens) else []
        )
    _share_runs(quoted, found)
    return found


def _end_of(text: str, line: Line) -> Attribution | None:
    """Whom a paragraph without quotes leaves speaking."""
    tokens = line.read(text)
    for start, stop in reversed(sentences(tokens, text)):
        speaking = left_speaking(tokens, start, stop)
        if speaking:
            return speaking
    return None


def _attribute_line(
    text: str, tokens: list[Token], found: dict[int, Attribution]
) -> tuple[Attribution | None, list[int]]:
    """Attribute the quotes of one paragraph; returns who speaks at its end and which quotes wait for a speaker."""
    speaking: Attribution | None = None
    waiting: list[int] = []
    for start, stop in sentences(tokens, text):
        here, left = attribute_sentence(tokens, start, stop, text)
        for token in tokens[start:stop]:
            number = token.quote
            if number is None:
                continue
            if number in here:
                found[number] = here[number]
                found |= {n: here[number].carried("carried back") for n in waiting}
                waiting = []
            elif speaking:
                found[number] = speaking if speaking.rule.endswith("before") else speaking.carried("carried on")
            else:
                waiting.append(number)
        speaking = left or speaking
    return speaking, waiting


def _share_runs(quoted: list[Quoted], found: dict[int, Attribution]) -> None:
    """Give all paragraphs of one quote one speaker: whom the first's sentence names, else the last's."""
    runs: dict[int, list[int]] = defaultdict(list)
    for number, passage in enumerate(quoted):
        if passage.run is not None:
            runs[passage.run].append(number)
    for numbers in runs.values():
        said = [found[n] for n in (numbers[0], numbers[-1]) if n in found]
        best = next((s for s in said if s.rule in SURE), said[0] if said else None)
        for number in numbers if best else ():
            if best and (number not in found or found[number].rule not in SURE):
                found[number] = best.carried("run")
