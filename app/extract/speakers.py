"""Who says the quotes of one sentence, by what the sentence itself says."""

from __future__ import annotations

import re
from bisect import bisect_left

from app.extract.after import named_after, named_later
from app.extract.before import named_as_agent, named_as_source, named_before, named_by_as, named_by_colon
from app.extract.clauses import Verb, read_verbs
from app.extract.lexicon import listed
from app.extract.lexicon.words import Flag
from app.extract.phrases import phrase_from, speaks
from app.extract.saying import WINDOW, Attribution, attribution
from app.extract.subjects import subject_before
from app.extract.tokens import Token, tokenise

SURE = frozenset(
    listed(
        "tail|tail loose|tail reported|tail verb first|tail according to|head close|head far|colon|credit|transcript",
        "|",
    )
)
_TRANSCRIPT = re.compile(r"((?:[A-Z][A-Z.'’-]++ ?){1,4})(:) ")
_CREDIT_REACH = 200


def attribute_sentence(
    tokens: list[Token], start: int, stop: int, text: str
) -> tuple[dict[int, Attribution], Attribution | None]:
    """What the sentence `tokens[start:stop]` says about the speakers of its quotes, by quote number.

    The second value is whom the sentence leaves speaking, for a bare quote that follows it.
    """
    found: dict[int, Attribution] = {}
    verbs = read_verbs(tokens, start, stop)
    places = [v.at for v in verbs]
    previous: Attribution | None = None
    marks = [(i, t.quote) for i, t in enumerate(tokens[start:stop], start) if t.quote is not None]
    for k, number in marks:
        before = verbs[bisect_left(places, k - WINDOW) : bisect_left(places, k)]
        said = (
            _transcript(tokens[k], text)
            or named_after(tokens, k, start, stop, text)
            or named_by_colon(tokens, k, start)
            or named_as_agent(tokens, k, before, stop)
            or _around(tokens, k, start, stop, before)
            or (previous.carried("same sentence") if previous else None)
            or _loosely(tokens, k, stop, before)
        )
        if said:
            found[number] = previous = said
    if previous:
        for _, number in marks:
            found.setdefault(number, previous.carried("same sentence"))
    return found, previous or left_speaking(tokens, start, stop, verbs)


def _transcript(token: Token, text: str) -> Attribution | None:
    """“LEE: …”, a transcript, names its speaker inside the marks."""
    match = _TRANSCRIPT.match(text, token.start, token.end)
    return Attribution(match.span(1), match.span(2), "transcript") if match else None


def _around(tokens: list[Token], k: int, start: int, stop: int, verbs: list[Verb]) -> Attribution | None:
    """A reporting verb before the quote, else a source named before or after it, else a verb that may report."""
    by_verb = named_before(tokens, k, verbs)
    if by_verb and by_verb.rule != "head weak":
        return by_verb
    return (
        named_as_source(tokens, start, k, k) or named_by_as(tokens, start, k) or named_later(tokens, k, stop) or by_verb
    )


def _loosely(tokens: list[Token], k: int, stop: int, verbs: list[Verb]) -> Attribution | None:
    """A source named after the quote, the subject of the last verb before it, or of the first one after it."""
    source = named_as_source(tokens, k, min(stop, k + WINDOW), stop)
    if source:
        return source
    for verb in reversed(verbs):
        subject = verb.root.subject or verb.subject
        if subject and not verb.passive and speaks(tokens, subject) >= 2:
            return attribution(tokens, subject, (verb.at, verb.at + 1), "subject")
    for i in range(k + 1, min(stop, k + WINDOW) - 1):
        phrase = subject_before(tokens, i, k + 1) if tokens[i].flags & Flag.CUE else None
        if phrase and speaks(tokens, phrase) >= 2:
            return attribution(tokens, phrase, (i, i + 1), "cue later")
    return None


def left_speaking(tokens: list[Token], start: int, stop: int, verbs: list[Verb] | None = None) -> Attribution | None:
    """Whom a sentence leaves speaking: the subject of its reporting verb, else of its first verb."""
    verbs = read_verbs(tokens, start, stop) if verbs is None else verbs
    for wanted, rule in ((Flag.CUE, "reporting before"), (Flag.WEAK, "weak before"), (0, "subject before")):
        for verb in verbs:
            if verb.subject and (verb.flags & wanted or not wanted) and speaks(tokens, verb.subject) >= 2:
                return attribution(tokens, verb.subject, (verb.at, verb.at + 1), rule)
    if stop - start > 1 and tokens[stop - 1].low == ":":
        phrase = phrase_from(tokens, max(start, stop - 12), stop)
        if phrase and phrase[1] == stop - 1:
            return attribution(tokens, phrase, (stop - 1, stop), "colon before")
    return None


def credit_line(text: str, start: int, end: int) -> Attribution | None:
    """The name on a line of its own under a quote: — Ann Lee, Leeds."""
    tokens = tokenise(text, start, min(end, start + _CREDIT_REACH), [])
    if len(tokens) < 2 or tokens[0].low not in ("-", "—") or not tokens[1].flags & Flag.CAPITAL:
        return None
    phrase = phrase_from(tokens, 1, len(tokens))
    return attribution(tokens, phrase, (0, 1), "credit") if phrase else None
