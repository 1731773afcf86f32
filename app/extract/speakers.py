"""Who says a quote: rules over the sentence around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.extract.clauses import Verb, read_verbs
from app.extract.phrases import Phrase, past_aside, phrase_before, phrase_from, skip_adverbs, speaks, subject_before
from app.extract.tokens import Token
from app.extract.words import Flag


@dataclass(frozen=True, slots=True)
class Attribution:
    """Places in the text: the speaker's mention and the cue, and the rule that found them."""

    speaker: tuple[int, int] | None
    cue: tuple[int, int] | None
    rule: str


def attribute_sentence(
    tokens: list[Token], start: int, stop: int, text: str
) -> tuple[dict[int, Attribution], Attribution | None]:
    """What the sentence `tokens[start:stop]` says about the speakers of its quotes, by quote number.

    The second value is whom the sentence leaves speaking, for a bare quote that follows it.
    """
    found: dict[int, Attribution] = {}
    verbs = read_verbs(tokens, start, stop)
    marks = [i for i in range(start, stop) if tokens[i].quote is not None]
    previous: Attribution | None = None
    for k in marks:
        before = [v for v in verbs if v.at < k]
        attribution = (
            _inside(tokens, k, text)
            or _tail(tokens, k, start, stop, text)
            or _head(tokens, k, start, stop, before)
            or (_again(previous) if previous else None)
            or _anywhere(tokens, k, start, stop, before)
        )
        if attribution:
            found[tokens[k].quote or 0] = attribution
            previous = attribution
    if previous:
        for k in marks:
            found.setdefault(tokens[k].quote or 0, _again(previous))
    return found, previous or _left_speaking(tokens, verbs, stop)


def _left_speaking(tokens: list[Token], verbs: list[Verb], stop: int) -> Attribution | None:
    """The subject of the sentence's reporting verb, else of its first verb."""
    for wanted, rule in ((Flag.CUE, "reporting before"), (Flag.WEAK, "weak before"), (0, "subject before")):
        for verb in verbs:
            if verb.subject and (verb.flags & wanted or not wanted) and speaks(tokens, verb.subject) >= 2:
                return _made(tokens, verb.subject, (verb.at, verb.at + 1), rule)
    if stop > 1 and tokens[stop - 1].low == ":":
        phrase = phrase_from(tokens, max(0, stop - 12), stop)
        if phrase and phrase[1] == stop - 1:
            return _made(tokens, phrase, (stop - 1, stop), "colon before")
    return None


def _again(previous: Attribution) -> Attribution:
    return Attribution(previous.speaker, previous.cue, "same sentence")


def _made(tokens: list[Token], phrase: Phrase, cue: Phrase, rule: str) -> Attribution:
    return Attribution(
        (tokens[phrase[0]].start, tokens[phrase[1] - 1].end), (tokens[cue[0]].start, tokens[cue[1] - 1].end), rule
    )


def _inside(tokens: list[Token], k: int, text: str) -> Attribution | None:
    """“LEE: …”, a transcript, names its speaker inside the marks."""
    token = tokens[k]
    match = _TRANSCRIPT.match(text, token.start, token.end)
    return Attribution(match.span(1), match.span(2), "transcript") if match else None


_TRANSCRIPT = re.compile(r"((?:[A-Z][A-Z.'’-]+ ?){1,4})(:) ")


def _tail(tokens: list[Token], k: int, start: int, stop: int, text: str) -> Attribution | None:
    """“…,” said Ann Lee. “…,” Ann Lee, a judge, told us. “…,” according to Ann Lee."""
    i = k + 1
    if not _can_end(tokens, k, start, stop, text):
        return None
    while i < stop and tokens[i].low in (",", "—", "-", "(", "…", "..."):
        i += 1
    if i >= stop:
        return None
    if tokens[i].low == "according" and i + 1 < stop and tokens[i + 1].low == "to":
        phrase = phrase_from(tokens, i + 2, stop)
        return _made(tokens, phrase, (i, i + 2), "tail according to") if phrase else None
    if tokens[i - 1].low in ("—", "-") and not text[tokens[k].end - 1].isalnum():
        credit = phrase_from(tokens, i, stop)
        if credit and tokens[i].flags & Flag.CAPITAL and (credit[1] == stop or tokens[credit[1]].low in (",", ".")):
            return _made(tokens, credit, (i - 1, i), "credit")
    if tokens[i].flags & Flag.ADVERB:
        i += 1
    if i < stop and tokens[i].flags & Flag.CUE and not tokens[i].flags & Flag.ING:
        phrase = phrase_from(tokens, i + 1, stop)
        if phrase and (tokens[phrase[0]].low not in ("it", "that", "which")):
            return _made(tokens, phrase, (i, i + 1), "tail verb first")
    ended = k == start and text[tokens[k].end - 1] in ",?!"
    if ended and i + 1 < stop and tokens[i].flags & Flag.VERB and tokens[i + 1].flags & Flag.CAPITAL:
        phrase = phrase_from(tokens, i + 1, stop)
        if phrase:
            return _made(tokens, phrase, (i, i + 1), "tail verb first")
    phrase = phrase_from(tokens, i, stop)
    if not phrase:
        return None
    cue = skip_adverbs(tokens, phrase[1], stop)
    if ended and cue < stop and tokens[cue].flags & (Flag.WEAK | Flag.VERB) and speaks(tokens, phrase) >= 1:
        return _made(tokens, phrase, (cue, cue + 1), "tail")
    if not (cue < stop and tokens[cue].flags & Flag.CUE):
        cue = skip_adverbs(tokens, past_aside(tokens, phrase[1], stop), stop)
    if cue < stop and tokens[cue].flags & Flag.CUE and not tokens[cue].flags & Flag.ING:
        if cue + 1 < stop and tokens[cue + 1].low == ":":
            return None
        return _made(tokens, phrase, (cue, cue + 1), "tail")
    return None


def _can_end(tokens: list[Token], k: int, start: int, stop: int, text: str) -> bool:
    """Whether the quote at `k` can be what the words after it attribute to somebody."""
    token = tokens[k]
    if (token.flags & Flag.WORK and k > start and tokens[k - 1].flags & (Flag.PREP | Flag.DET)) or k + 1 >= stop:
        return False
    if k > start and tokens[k - 1].low in ("'s", "’s") and token.flags & Flag.WORK:
        return False
    following = tokens[k + 1]
    return (
        k == start
        or not text[token.end - 1].isalnum()
        or following.low in (",", "—", "according")
        or (following.flags & Flag.CUE and following.flags & Flag.PAST) != 0
    )


def _head(tokens: list[Token], k: int, start: int, stop: int, verbs: list[Verb]) -> Attribution | None:
    """Ann Lee said, “…”; Ann Lee said that it was “…”; Ann Lee: “…”."""
    if k > start and tokens[k - 1].low == ":":
        phrase = phrase_before(tokens, k - 1, start)
        if (
            phrase
            and tokens[phrase[0]].flags & Flag.CAPITAL
            and (phrase[0] == start or tokens[phrase[0] - 1].low in ("-", "—"))
        ):
            return _made(tokens, phrase, (k - 1, k), "colon")
    best: Attribution | None = None
    best_root: Verb | None = None
    for verb in reversed(verbs):
        if verb.at < k - 60:
            break
        if verb.subject is None or verb.passive or not verb.flags & (Flag.CUE | Flag.WEAK):
            continue
        if verb.aside and any(v.after_comma and v.at > verb.at for v in verbs):
            continue
        root = verb.root
        what = tokens[verb.subject[0] - 1].low == "what" or tokens[verb.subject[0]].low in ("that", "which")
        near = k - verb.at <= 3 and verb.flags & Flag.CUE and tokens[verb.subject[0]].low == "who"
        if root is not verb and root.subject and (root.flags & Flag.CUE or what) and not near:
            if root.flags & (Flag.CUE | Flag.WEAK) or speaks(tokens, root.subject) < 2:
                verb = root
            else:
                return _made(tokens, root.subject, (verb.at, verb.at + 1), "head far")
        if verb.subject is None:
            continue
        rank = speaks(tokens, verb.subject)
        if best and best_root and best_root is not verb:
            continue
        if verb.flags & Flag.CUE and rank >= 1:
            rule = "head close" if k - verb.at <= 3 else "head far"
            return _made(tokens, verb.subject, (verb.at, verb.at + 1), rule)
        if best is None and rank >= (1 if k - verb.at <= 3 else 2):
            best = _made(tokens, verb.subject, (verb.at, verb.at + 1), "head weak")
            best_root = verb.root if rank == 3 and not verb.flags & Flag.SPEECH_NOUN else None
    return _according(tokens, start, k, k) or _as_said(tokens, start, k) or _closing(tokens, k, stop) or best


def _according(tokens: list[Token], start: int, end: int, stop: int) -> Attribution | None:
    for i in range(max(start, end - 60), end - 1):
        cue = _source_phrase(tokens, i, stop)
        phrase = phrase_from(tokens, cue, stop) if cue else None
        if phrase and cue:
            return _made(tokens, phrase, (i, cue), "according to")
    return None


def _as_said(tokens: list[Token], start: int, k: int) -> Attribution | None:
    """As Ann Lee put it, …"""
    if k - start < 4 or tokens[start].low != "as":
        return None
    phrase = phrase_from(tokens, start + 1, k)
    cue = skip_adverbs(tokens, phrase[1], k) if phrase else k
    if phrase and cue < k and tokens[cue].flags & Flag.CUE and speaks(tokens, phrase) >= 2:
        return _made(tokens, phrase, (cue, cue + 1), "according to")
    return None


def _source_phrase(tokens: list[Token], i: int, stop: int) -> int | None:
    """The token after “according to” or “in the words of” at `i`."""
    low = tokens[i].low
    if low == "according" and i + 2 < stop and tokens[i + 1].low == "to":
        return i + 2
    if low == "in" and i + 4 < stop and tokens[i + 2].low in ("words", "view") and tokens[i + 3].low == "of":
        return i + 4
    return None


def _closing(tokens: list[Token], k: int, stop: int) -> Attribution | None:
    """Lee was “…” in the race, said Ann Lee. They fostered “…” for years, the groups say."""
    for last in range(k + 1, min(stop, k + 60) - 1):
        if tokens[last].low not in (",", "—"):
            continue
        i = last + 1
        if tokens[i].flags & Flag.CUE and tokens[i].flags & Flag.PAST:
            phrase = phrase_from(tokens, i + 1, stop)
            if phrase and speaks(tokens, phrase) >= 2:
                return _made(tokens, phrase, (i, i + 1), "closing")
        phrase = phrase_from(tokens, i, stop)
        if phrase and speaks(tokens, phrase) >= 2:
            cue = skip_adverbs(tokens, phrase[1], stop)
            if cue >= stop or not tokens[cue].flags & Flag.CUE:
                cue = skip_adverbs(tokens, past_aside(tokens, phrase[1], stop), stop)
            if cue < stop and tokens[cue].flags & Flag.CUE and _ends_after(tokens, cue + 1, stop):
                return _made(tokens, phrase, (cue, cue + 1), "closing")
    return None


def _ends_after(tokens: list[Token], i: int, stop: int) -> bool:
    """Whether nothing but a place, time or hearer follows the cue: no clause of its own."""
    return not any(
        tokens[j].flags & (Flag.CUE | Flag.AUX | Flag.QUOTE) or tokens[j].low == "that" for j in range(i, stop)
    )


def _anywhere(tokens: list[Token], k: int, start: int, stop: int, verbs: list[Verb]) -> Attribution | None:
    """The subject of the last verb before the quote, whatever the verb says."""
    found = (
        _according(tokens, start, k, k) or _according(tokens, k, min(stop, k + 60), stop) or _closing(tokens, k, stop)
    )
    if found:
        return found
    for verb in reversed(verbs):
        subject = verb.root.subject or verb.subject
        if subject and verb.at > k - 60 and speaks(tokens, subject) >= 2:
            return _made(tokens, subject, (verb.at, verb.at + 1), "subject")
    for i in range(k + 1, min(stop, k + 60) - 1):
        if tokens[i].flags & Flag.CUE:
            phrase = subject_before(tokens, i, k + 1)
            if phrase and speaks(tokens, phrase) >= 2:
                return _made(tokens, phrase, (i, i + 1), "cue later")
    return None


def credit_line(tokens: list[Token]) -> Attribution | None:
    """The name on a line of its own under a quote: — Ann Lee, Leeds."""
    if len(tokens) < 2 or tokens[0].low not in ("-", "—") or not tokens[1].flags & Flag.CAPITAL:
        return None
    phrase = phrase_from(tokens, 1, len(tokens))
    return _made(tokens, phrase, (0, 1), "credit") if phrase else None
