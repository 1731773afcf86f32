"""Everything the extractor finds in one body of text, put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.extract.attribution import Line, attribute, read_lines
from app.extract.confidence import confidence
from app.extract.draft import FoundQuote, Mention, QuoteKind, Via
from app.extract.headline import headline_end
from app.extract.indirect import find_indirect
from app.extract.nesting import attribute_inner, find_blocks, find_cited
from app.extract.quotes import Quoted, find_quoted
from app.extract.saying import Attribution
from app.extract.sources import Citations, find_citations
from app.extract.speech import is_speech, single_marks_speak
from app.extract.via import find_via
from app.extract.who import Resolver

CONTEXT = 32


@dataclass(slots=True)
class _Passage:
    """A passage on its way to a `FoundQuote`."""

    start: int
    end: int
    kind: QuoteKind
    speech: bool
    said: Attribution | None


def find_quotes(text: str) -> list[FoundQuote]:
    """Every passage in quotation marks and what stands around and inside them, in order, outer ones first."""
    return find(text, headline=headline_end(text))[0]


def find(text: str, *, headline: int, set_off: Sequence[tuple[int, int]] = ()) -> tuple[list[FoundQuote], Citations]:
    """The quotes of a text whose headline ends at `headline`, and the named sources on which its own words rest.

    `set_off`: the places of block quotations, where the text's format marks them.
    """
    quoted = find_quoted(text)
    lines = list(read_lines(text, quoted))
    passages = _passages(text, quoted, lines, headline)
    passages += [_Passage(start, end, "block", True, by) for start, end, by in find_blocks(text, lines, set_off)]
    passages.sort(key=lambda p: (p.start, -p.end))
    who = Resolver(text, quoted)
    found: list[FoundQuote] = []
    around: list[int] = []
    for passage in passages:
        while around and found[around[-1]].end <= passage.start:
            around.pop()
        parent = around[-1] if around else None
        found.append(_found(text, passage, parent, found, who))
        around.append(len(found) - 1)
    return found, find_citations(text, found, who)


def _passages(text: str, quoted: list[Quoted], lines: list[Line], headline: int) -> list[_Passage]:
    said = attribute(text, quoted, lines)
    singles = single_marks_speak(quoted)
    inner: dict[int, list[tuple[int, Quoted]]] = {}
    for number, passage in enumerate(quoted):
        if passage.parent is not None and quoted[passage.parent].parent is None:
            inner.setdefault(passage.parent, []).append((number, passage))
    found: list[_Passage] = []
    speech: dict[int, bool] = {}
    for number, passage in enumerate(quoted):
        if passage.parent is None:
            heading = passage.end <= headline or (passage.mark in "‘'" and not singles)
            speech[number] = is_speech(text, passage, said.get(number), heading)
            if speech[number] and number in inner:
                said |= attribute_inner(text, passage, inner[number])
            cited = find_cited(text, passage) if speech[number] else None
            if cited:
                found.append(_Passage(cited[0], cited[1], "indirect", True, cited[2]))
        spoken = speech.get(number, number in said)
        kind = _kind(text, passage)
        found.append(_Passage(passage.start, passage.end, kind, spoken, said.get(number) if spoken else None))
    found += [_Passage(start, end, "indirect", True, by) for start, end, by in find_indirect(text, lines)]
    return found


def _kind(text: str, passage: Quoted) -> QuoteKind:
    """`direct` for words that stand as a sentence of their own, `mixed` for those woven into the reporter's."""
    before = text[max(0, passage.start - 4) : passage.start].rstrip(" \u00a0\"“”„«»‹›‘’'`「『")
    if passage.run is not None or not before or before[-1] in ",.:;!?—–-\n…)":
        return "direct"
    words = text[passage.start : passage.end]
    first = next((c for c in words if c.isalnum()), "a")
    return "direct" if not first.islower() and len(words.split()) >= 4 else "mixed"


def _found(text: str, passage: _Passage, parent: int | None, found: list[FoundQuote], who: Resolver) -> FoundQuote:
    start, end, said = passage.start, passage.end, passage.said
    speaker = Mention(text[slice(*said.speaker)], *said.speaker) if said else None
    name, kind = who.resolve(speaker) if speaker else (None, None)
    via = find_via(text, said) if said else ()
    if parent is not None and said and found[parent].speech:
        via += _outer_hop(found[parent])
    return FoundQuote(
        start=start,
        end=end,
        exact=text[start:end],
        prefix=text[max(0, start - CONTEXT) : start],
        suffix=text[end : end + CONTEXT],
        kind=passage.kind,
        speech=passage.speech,
        speaker=speaker,
        speaker_name=name,
        speaker_kind=kind,
        cue=Mention(text[slice(*said.cue)], *said.cue) if said else None,
        via=via,
        confidence=confidence(said.rule if said else "none") if passage.speech else 0.0,
        rule=said.rule if said else "none",
        parent=parent,
    )


def _outer_hop(outer: FoundQuote) -> tuple[Via, ...]:
    """The speaker of the quote around this one: through him its words reached us."""
    if outer.speaker is None or (name := outer.source_name) is None:
        return outer.via
    return (Via(name, outer.speaker_kind or "unnamed", outer.speaker), *outer.via)
