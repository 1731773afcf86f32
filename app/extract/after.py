"""Speakers named after their words: “…,” said Ann Lee. “…,” Lee, a judge, told us. “…,” according to Lee."""

from __future__ import annotations

from app.extract.lexicon.words import Flag
from app.extract.phrases import POSSESSIVE_MARKS, phrase_from, speaks
from app.extract.saying import WINDOW, Attribution, attribution
from app.extract.subjects import cue_after, skip_adverbs
from app.extract.tokens import Token

_BREAKS = frozenset((",", "—", "-", "(", "…", "..."))
_PAUSES = frozenset((",", "—", "according"))
_NO_SPEAKERS = frozenset(("it", "that", "which"))
_CLAUSE = Flag.CUE | Flag.AUX | Flag.QUOTE


def named_after(tokens: list[Token], k: int, start: int, stop: int, text: str) -> Attribution | None:
    """The speaker named right after the quote at `k`, in the sentence `tokens[start:stop]`."""
    if not _can_end(tokens, k, start, stop, text):
        return None
    i = k + 1
    while i < stop and tokens[i].low in _BREAKS:
        i += 1
    if i >= stop:
        return None
    if _is_according(tokens, i, stop):
        phrase = phrase_from(tokens, i + 2, stop)
        return attribution(tokens, phrase, (i, i + 2), "tail according to") if phrase else None
    credit = _credit(tokens, k, i, stop, text)
    if credit:
        return credit
    if tokens[i].flags & Flag.ADVERB:
        i += 1
    ended = k == start and text[tokens[k].end - 1] in ",?!"
    return _verb_first(tokens, i, stop, ended) or _subject_first(tokens, i, stop, ended)


def _can_end(tokens: list[Token], k: int, start: int, stop: int, text: str) -> bool:
    """Whether the quote at `k` can be what the words after it attribute to somebody."""
    if k + 1 >= stop:
        return False
    token, following = tokens[k], tokens[k + 1]
    before = tokens[k - 1] if k > start else None
    governed = before and (before.flags & (Flag.PREP | Flag.DET) or before.low in POSSESSIVE_MARKS)
    if governed and token.flags & Flag.WORK:
        return False
    said = following.flags & Flag.CUE and following.flags & Flag.PAST
    return k == start or not text[token.end - 1].isalnum() or following.low in _PAUSES or bool(said)


def _is_according(tokens: list[Token], i: int, stop: int) -> bool:
    return tokens[i].low == "according" and i + 1 < stop and tokens[i + 1].low == "to"


def _credit(tokens: list[Token], k: int, i: int, stop: int, text: str) -> Attribution | None:
    """“…” — Ann Lee, Leeds"""
    if tokens[i - 1].low not in ("—", "-") or text[tokens[k].end - 1].isalnum() or not tokens[i].flags & Flag.CAPITAL:
        return None
    phrase = phrase_from(tokens, i, stop)
    if phrase and (phrase[1] == stop or tokens[phrase[1]].low in (",", ".")):
        return attribution(tokens, phrase, (i - 1, i), "credit")
    return None


def _verb_first(tokens: list[Token], i: int, stop: int, ended: bool) -> Attribution | None:
    """said Ann Lee"""
    if i + 1 >= stop:
        return None
    flags = tokens[i].flags
    reports = flags & Flag.CUE and not flags & Flag.ING
    if reports or (ended and flags & Flag.VERB and tokens[i + 1].flags & Flag.CAPITAL):
        phrase = phrase_from(tokens, i + 1, stop)
        named = phrase and (ended or speaks(tokens, phrase) >= 2)
        if phrase and named and tokens[phrase[0]].low not in _NO_SPEAKERS:
            return attribution(tokens, phrase, (i, i + 1), "tail verb first")
    return None


def _subject_first(tokens: list[Token], i: int, stop: int, ended: bool) -> Attribution | None:
    """Ann Lee, a judge, told us. After a comma inside the marks any verb will do: “…,” she went on."""
    phrase = phrase_from(tokens, i, stop)
    if not phrase:
        return None
    cue = skip_adverbs(tokens, phrase[1], stop)
    if not (ended and cue < stop and tokens[cue].flags & (Flag.WEAK | Flag.VERB) and speaks(tokens, phrase) >= 1):
        cue = cue_after(tokens, phrase, stop)
        if cue >= stop or (cue + 1 < stop and tokens[cue + 1].low == ":"):
            return None
    rule = "tail" if ended else "tail loose"
    if any(_is_according(tokens, j, stop) for j in range(cue + 1, min(stop, cue + WINDOW))):
        rule = "tail reported"
    return attribution(tokens, phrase, (cue, cue + 1), rule)


def named_later(tokens: list[Token], k: int, stop: int) -> Attribution | None:
    """Lee was “…” in the race, said Ann Lee. They fostered “…” for years, the groups say."""
    for pause in range(k + 1, min(stop, k + WINDOW) - 1):
        if tokens[pause].low not in (",", "—"):
            continue
        i = pause + 1
        if tokens[i].flags & Flag.CUE and tokens[i].flags & Flag.PAST:
            phrase = phrase_from(tokens, i + 1, stop)
            if phrase and speaks(tokens, phrase) >= 2:
                return attribution(tokens, phrase, (i, i + 1), "closing")
        phrase = phrase_from(tokens, i, stop)
        if phrase and speaks(tokens, phrase) >= 2:
            cue = cue_after(tokens, phrase, stop)
            if cue < stop and _ends_after(tokens, cue + 1, stop):
                return attribution(tokens, phrase, (cue, cue + 1), "closing")
    return None


def _ends_after(tokens: list[Token], i: int, stop: int) -> bool:
    """Whether nothing but a place, time or hearer follows the cue: no clause of its own."""
    rest = tokens[i : min(stop, i + WINDOW)]
    return not any(t.flags & _CLAUSE or t.low == "that" for t in rest)
