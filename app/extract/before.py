"""Speakers named before their words: Ann Lee said, “…”; Lee called it “…”; according to Lee, it was “…”; Lee: “…”."""

from __future__ import annotations

from app.extract.clauses import Verb
from app.extract.lexicon.words import Flag
from app.extract.phrases import phrase_before, phrase_from, speaks
from app.extract.saying import WINDOW, Attribution, attribution
from app.extract.subjects import skip_adverbs
from app.extract.tokens import Token

_CLOSE = 3


def named_by_colon(tokens: list[Token], k: int, start: int) -> Attribution | None:
    """Ann Lee: “…”"""
    if k <= start or tokens[k - 1].low != ":":
        return None
    phrase = phrase_before(tokens, k - 1, start)
    if not phrase or not tokens[phrase[0]].flags & Flag.CAPITAL:
        return None
    alone = phrase[0] == start or tokens[phrase[0] - 1].low in ("-", "—")
    return attribution(tokens, phrase, (k - 1, k), "colon") if alone else None


def named_before(tokens: list[Token], k: int, verbs: list[Verb]) -> Attribution | None:
    """The subject of the reporting verb that governs the quote at `k`; `verbs` are those before it.

    Of clauses inside one another the outermost reporting one counts (“Lee said that Moss was “…””).
    A verb that reports only at times (rule `head weak`) gives way to a plain one of the same clause.
    """
    weak: Attribution | None = None
    ruling: Verb | None = None
    for nearest in reversed(verbs):
        if nearest.subject is None or nearest.passive or not nearest.flags & (Flag.CUE | Flag.WEAK):
            continue
        closed = nearest.aside and any(t.low == "," for t in tokens[nearest.at + 1 : k - 1])
        if closed or (nearest.aside and any(v.after_comma and v.at > nearest.at for v in verbs)):
            continue
        verb = nearest if nearest.aside else _governing(tokens, nearest, k)
        if verb.subject is None or (ruling and ruling is not verb):
            continue
        rank = speaks(tokens, verb.subject)
        close = k - verb.at <= _CLOSE
        if verb.flags & Flag.CUE and rank >= (0 if close and verb.own else 1):
            rule = "head close" if close else "head far"
            return attribution(tokens, verb.subject, (verb.at, verb.at + 1), rule)
        if not verb.flags & (Flag.CUE | Flag.WEAK):
            return attribution(tokens, verb.subject, (nearest.at, nearest.at + 1), "head far")
        if weak is None and rank >= (1 if close else 2):
            weak = attribution(tokens, verb.subject, (verb.at, verb.at + 1), "head weak")
            ruling = verb.root if rank == 3 and not verb.flags & Flag.SPEECH_NOUN else None
    return weak


def _governing(tokens: list[Token], verb: Verb, k: int) -> Verb:
    """The verb whose subject speaks: this one, or the outermost around it if that reports."""
    if verb.subject is None or verb.root is verb or verb.root.subject is None:
        return verb
    first = verb.subject[0]
    if k - verb.at <= _CLOSE and verb.flags & Flag.CUE and tokens[first].low == "who":
        return verb
    relative = (first > 0 and tokens[first - 1].low == "what") or tokens[first].low in ("that", "which")
    rank = speaks(tokens, verb.root.subject)
    return verb.root if (verb.root.flags & Flag.CUE and rank >= 1) or (relative and rank >= 2) else verb


def named_as_source(tokens: list[Token], start: int, end: int, stop: int) -> Attribution | None:
    """according to Ann Lee; in the words of Ann Lee: anywhere in `tokens[start:end]`."""
    for i in range(max(start, end - WINDOW), end - 1):
        cue = _source_phrase(tokens, i, stop)
        phrase = phrase_from(tokens, cue, stop) if cue else None
        if phrase and cue:
            return attribution(tokens, phrase, (i, cue), "according to")
    return None


def _source_phrase(tokens: list[Token], i: int, stop: int) -> int | None:
    """The token after “according to” or “in the words of” at `i`."""
    low = tokens[i].low
    if low == "according" and i + 2 < stop and tokens[i + 1].low == "to":
        return i + 2
    if low == "in" and i + 4 < stop and tokens[i + 2].low in ("words", "view") and tokens[i + 3].low == "of":
        return i + 4
    return None


def named_as_agent(tokens: list[Token], k: int, verbs: list[Verb], stop: int) -> Attribution | None:
    """described as “…” by Ann Lee"""
    described = next((v for v in reversed(verbs) if v.passive), None)
    if described is None or k + 2 >= stop or tokens[k + 1].low != "by":
        return None
    phrase = phrase_from(tokens, k + 2, stop)
    if phrase and speaks(tokens, phrase) >= 2:
        return attribution(tokens, phrase, (described.at, described.at + 1), "agent")
    return None


def named_by_as(tokens: list[Token], start: int, k: int) -> Attribution | None:
    """As Ann Lee put it, …"""
    if k - start < 4 or tokens[start].low != "as":
        return None
    phrase = phrase_from(tokens, start + 1, k)
    cue = skip_adverbs(tokens, phrase[1], k) if phrase else k
    if phrase and cue < k and tokens[cue].flags & Flag.CUE and speaks(tokens, phrase) >= 2:
        return attribution(tokens, phrase, (cue, cue + 1), "according to")
    return None
