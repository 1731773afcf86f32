"""Everything the extractor finds in one body of text, put together."""

from __future__ import annotations

from collections import defaultdict

from app.extract.draft import FoundQuote, Mention
from app.extract.names import find_names
from app.extract.quotes import Quoted, find_quoted
from app.extract.sentences import sentences
from app.extract.speakers import Attribution, attribute_sentence, credit_line
from app.extract.speech import is_speech, single_marks_speak
from app.extract.tokens import Token, tokenise
from app.extract.who import Resolver

CONTEXT = 32


def find_quotes(text: str) -> list[FoundQuote]:
    """Every passage in quotation marks, in order, with its speaker where the text tells."""
    quoted = find_quoted(text)
    lines = _lines(text, quoted)
    who = Resolver(text, find_names(text), quoted)
    attributions = _attribute(text, quoted, lines)
    singles = single_marks_speak(quoted)
    headline = _headline_end(text)
    found: list[FoundQuote] = []
    for number, passage in enumerate(quoted):
        said = attributions.get(number)
        heading = passage.end <= headline or (passage.mark in "‘'" and not singles)
        speech = passage.parent is None and is_speech(text, passage, said, heading)
        found.append(_found(text, passage, said if speech else None, speech, who))
    return found


def _headline_end(text: str) -> int:
    """Where the headline ends, if the first line of the text looks like one; else 0."""
    first, _, rest = text.partition("\n")
    words = first.split()
    if not rest.strip() or len(first) > 160 or not words:
        return 0
    great = [w for w in words if len(w) > 3 and w[0].isalpha()]
    capitals = sum(w[0].isupper() for w in great)
    if rest.startswith(("\n", "\r")) or first[-1] not in '.!?”"' or capitals * 3 > len(great) * 2:
        return len(first)
    return 0


def _lines(text: str, quoted: list[Quoted]) -> list[tuple[int, int, list[tuple[int, Quoted]]]]:
    """The non-empty lines of the text, each with the outermost quotes in it."""
    lines: list[tuple[int, int, list[tuple[int, Quoted]]]] = []
    outer = [(n, q) for n, q in enumerate(quoted) if q.parent is None]
    at = position = 0
    for line in text.split("\n"):
        end = position + len(line)
        inside: list[tuple[int, Quoted]] = []
        while at < len(outer) and outer[at][1].start <= end:
            inside.append(outer[at])
            at += 1
        if line.strip():
            lines.append((position, end, inside))
        position = end + 1
    return lines


def _attribute(
    text: str, quoted: list[Quoted], lines: list[tuple[int, int, list[tuple[int, Quoted]]]]
) -> dict[int, Attribution]:
    found: dict[int, Attribution] = {}
    before: Attribution | None = None
    bare: list[int] = []
    for start, end, inside in lines:
        tokens = tokenise(text, start, end, inside)
        credit = credit_line(tokens) if bare and not inside else None
        if credit:
            found |= dict.fromkeys(bare, credit)
        bare = [n for n, _ in inside] if all(t.quote is not None or not t.text[0].isalnum() for t in tokens) else []
        speaking: Attribution | None = None
        waiting: list[int] = []
        for a, b in sentences(tokens, text):
            here, left = attribute_sentence(tokens, a, b, text)
            for token in tokens[a:b]:
                if token.quote is None:
                    continue
                if token.quote in here:
                    found[token.quote] = here[token.quote]
                    for number in waiting:
                        found[number] = _carry(here[token.quote], "carried back")
                    waiting = []
                elif speaking:
                    found[token.quote] = speaking if "before" in speaking.rule else _carry(speaking, "carried on")
                else:
                    waiting.append(token.quote)
            speaking = left or (_carry(speaking, speaking.rule) if speaking else None)
        if before:
            for number in waiting:
                found[number] = _carry(before, "paragraph " + before.rule)
        before = speaking or (before if inside else None)
    _share_runs(quoted, found)
    return found


def _share_runs(quoted: list[Quoted], found: dict[int, Attribution]) -> None:
    """Give all paragraphs of one quote one speaker: whom the first's sentence names, else the last's."""
    runs: dict[int, list[int]] = defaultdict(list)
    for number, passage in enumerate(quoted):
        if passage.run is not None:
            runs[passage.run].append(number)
    for numbers in runs.values():
        said = [found[n] for n in (numbers[0], numbers[-1]) if n in found]
        best = next((s for s in said if s.rule in SURE), said[0] if said else None)
        if best:
            for number in numbers:
                if number not in found or found[number].rule not in SURE:
                    found[number] = _carry(best, "run")


SURE = frozenset(
    ("tail", "tail verb first", "head close", "head far", "colon", "credit", "transcript", "tail according to")
)


def _carry(said: Attribution, rule: str) -> Attribution:
    return Attribution(said.speaker, said.cue, rule)


def _found(text: str, passage: Quoted, said: Attribution | None, speech: bool, who: Resolver) -> FoundQuote:
    start, end = passage.start, passage.end
    speaker = _mention(text, said.speaker) if said else None
    name, kind = who.resolve(speaker) if speaker else (None, None)
    return FoundQuote(
        start=start,
        end=end,
        exact=text[start:end],
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
        kind="direct",
        speech=speech,
        speaker=speaker,
        speaker_name=name,
        speaker_kind=kind,
        cue=_mention(text, said.cue) if said else None,
        via=(),
        confidence=0.5,
        rule=said.rule if said else "none",
        parent=passage.parent,
    )


def _mention(text: str, place: tuple[int, int] | None) -> Mention | None:
    return Mention(text[place[0] : place[1]], *place) if place else None


__all__ = ["Token", "defaultdict", "find_quotes"]
