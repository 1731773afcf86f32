"""What somebody is reported to have said, in the reporter's own words: suggestions for an editor, never more.

Two plain shapes only, in sentences without quotation marks: “Ann Lee said that the bridge would close” and “The bridge
would close, Ann Lee said.” Readers of such passages agree with each other at 0.8 only, so no more is attempted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.extract.attribution import Line
from app.extract.clauses import Verb, read_verbs
from app.extract.lexicon import listed
from app.extract.lexicon.words import Flag
from app.extract.phrases import phrase_from, speaks
from app.extract.saying import Attribution, attribution
from app.extract.sentences import sentences
from app.extract.subjects import cue_after
from app.extract.tokens import Token

# Verbs after which a clause is nearly always what was said.
_REPORTS = frozenset(
    listed(
        """say says said add adds added announce announces announced argue argues argued assert asserts asserted claim
        claims claimed confirm confirms confirmed declare declares declared deny denies denied explain explains
        explained insist insists insisted note notes noted reply replied report reports reported state states stated
        tell tells told testified testify warn warns warned write writes wrote"""
    )
)
_VERB = re.compile(rf"\b(?:{'|'.join(sorted(_REPORTS))})\b")
_MARKS = frozenset(("“”", *'"“”„«»'))  # “”: the token of a whole quotation
_NOBODY = frozenset(listed("i we you it that which who this there"))
_SHORTEST = 4  # words of a passage worth an editor's look
_HEARER = 6
_CONTENT = Flag.DET | Flag.PRONOUN | Flag.CAPITAL
_NO_HEARER = Flag.PUNCT | Flag.CONJ | Flag.CUE | Flag.VERB | Flag.AUX


def find_indirect(text: str, lines: list[Line]) -> Iterator[tuple[int, int, Attribution]]:
    """Yield the place and attribution of each passage of indirect speech, in order."""
    for line in lines:
        if line.tokens is None and not _VERB.search(text, line.start, line.end):
            continue
        tokens = line.read(text)
        for start, stop in sentences(tokens, text) if any(t.low in _REPORTS for t in tokens) else ():
            words = {token.low for token in tokens[start:stop]}
            if words.isdisjoint(_REPORTS) or not words.isdisjoint(_MARKS):
                continue
            if tokens[stop - 1].low in (".", "!", "?"):
                stop -= 1
            found = _reported_after(tokens, start, stop) or _reported_before(tokens, start, stop)
            if found:
                first, last, said = found
                yield tokens[first].start, tokens[last - 1].end, said


def _reported_after(tokens: list[Token], start: int, stop: int) -> tuple[int, int, Attribution] | None:
    """The bridge would close, Ann Lee said."""
    for comma in range(stop - 2, max(start + _SHORTEST, stop - 14) - 1, -1):
        if tokens[comma].low != ",":
            continue
        phrase = phrase_from(tokens, comma + 1, stop)
        cue = cue_after(tokens, phrase, stop) if phrase else stop
        ends = cue + 1 == stop or (cue < stop and bool(tokens[cue + 1].flags & (Flag.TIME | Flag.PREP)))
        if phrase and ends and _names_speaker(tokens, phrase) and tokens[cue].low in _REPORTS:
            return start, comma, attribution(tokens, phrase, (cue, cue + 1), "indirect tail")
    return None


def _reported_before(tokens: list[Token], start: int, stop: int) -> tuple[int, int, Attribution] | None:
    """Ann Lee said that the bridge would close."""
    verbs = read_verbs(tokens, start, stop)
    for verb in verbs:
        if verb.flags & Flag.CUE and tokens[verb.at].low in _REPORTS:
            first = _content(tokens, verb, verbs, stop) if verb.own and not verb.passive and not verb.aside else None
            if first and verb.subject and _names_speaker(tokens, verb.subject):
                return first, stop, attribution(tokens, verb.subject, (verb.at, verb.at + 1), "indirect")
            return None
    return None


def _content(tokens: list[Token], verb: Verb, verbs: list[Verb], stop: int) -> int | None:
    """Where the clause begins that the verb reports, if one follows it."""
    first = None
    for i in range(verb.at + 1, min(stop, verb.at + _HEARER)):
        if tokens[i].low == "that":
            first = i + 1
            break
        if tokens[i].flags & _NO_HEARER:
            break
    if first is None and verb.at + 1 < stop and tokens[verb.at].low not in ("told", "tell", "tells"):
        first = verb.at + 1 if tokens[verb.at + 1].flags & _CONTENT else None
    if first is None or stop - first < _SHORTEST or not any(v.at > first for v in verbs):
        return None
    return first


def _names_speaker(tokens: list[Token], phrase: tuple[int, int]) -> bool:
    return speaks(tokens, phrase) == 3 and tokens[phrase[0]].low not in _NOBODY
