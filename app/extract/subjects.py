"""The subject of a verb, past adverbs, auxiliaries and asides (“Ann Lee, head of arts, has often said”)."""

from __future__ import annotations

from app.extract.lexicon.given_names import FEMALE, MALE
from app.extract.lexicon.words import Flag
from app.extract.phrases import NOUNY, POSSESSIVE_MARKS, STOP, Phrase, phrase_before
from app.extract.tokens import Token

_SKIP = Flag.ADVERB | Flag.AUX | Flag.TIME
_FINITE = Flag.VERB | Flag.CUE | Flag.AUX
_DASHES = (",", "—", "-")
_ASIDE = 45


def subject_before(tokens: list[Token], verb: int, start: int) -> Phrase | None:
    """The subject that stands before the verb at `verb`, past adverbs, auxiliaries and asides."""
    j = verb
    for _ in range(4):
        while j > start and tokens[j - 1].flags & _SKIP and not tokens[j - 1].flags & Flag.PRONOUN:
            j -= 1
            if tokens[j].flags & Flag.TIME and j > start and tokens[j - 1].low in ("on", "last", "this", "in"):
                j -= 1
        if j <= start:
            return None
        low = tokens[j - 1].low
        if low == ")":
            j = _back_to(tokens, "(", j - 2, start, 15)
        elif low in _DASHES:
            last = _back_to(tokens, low, j - 2, start, 20)
            if last >= 0 and _names_person(tokens, last + 1, j - 1):
                return phrase_before(tokens, _before_bracket(tokens, j - 1, start), start)
            bearer = _farthest_bearer(tokens, low, j - 1, start) if low == "," else None
            if bearer:
                return bearer
            opening = _opening_of(tokens, low, j - 2, start)
            if opening < 0 or _names_person(tokens, opening + 1, j - 1):
                return phrase_before(tokens, _before_bracket(tokens, j - 1, start), start)
            return _bearer(tokens, _before_bracket(tokens, opening, start), start)
        else:
            break
        if j < 0:
            return None
    phrase = phrase_before(tokens, j, start) if j > start else None
    if phrase is None or tokens[phrase[0] - 1 if phrase[0] > start else start].flags & Flag.PREP:
        return _past_relative(tokens, phrase[0] - 1 if phrase else j, start) or phrase
    return phrase


def skip_adverbs(tokens: list[Token], i: int, stop: int) -> int:
    """The first token from `i` on that is no adverb, auxiliary or time."""
    while i < stop and tokens[i].flags & _SKIP and not tokens[i].flags & (Flag.CUE | Flag.PRONOUN):
        i += 1
    return i


def cue_after(tokens: list[Token], phrase: Phrase, stop: int) -> int:
    """The reporting verb after the phrase, past adverbs or an aside; `stop` if there is none."""
    for i in (phrase[1], past_aside(tokens, phrase[1], stop)):
        cue = skip_adverbs(tokens, i, stop)
        if cue < stop and tokens[cue].flags & Flag.CUE and not tokens[cue].flags & Flag.ING:
            return cue
    return stop


def past_aside(tokens: list[Token], i: int, stop: int) -> int:
    """The token after an aside (“, a strategist,”, “(D-Md.)”, “who was there”) that begins at `i`, or `i`."""
    if i >= stop:
        return i
    low = tokens[i].low
    if low == "(":
        after = next((j + 1 for j in range(i + 1, min(stop, i + 12)) if tokens[j].low == ")"), i)
        return past_aside(tokens, after, stop) if after < stop and tokens[after].low == "," else after
    if low in (",", "—"):
        return next((j + 1 for j in range(i + 1, min(stop, i + _ASIDE)) if _ends_aside(tokens, low, j, stop)), i)
    if low in ("who", "whose"):
        return next((j for j in range(i + 1, min(stop, i + 25)) if tokens[j].flags & Flag.CUE), i)
    return i


def _ends_aside(tokens: list[Token], mark: str, j: int, stop: int) -> bool:
    if tokens[j].low != mark:
        return False
    following = skip_adverbs(tokens, j + 1, stop)
    return following < stop and bool(tokens[following].flags & (Flag.CUE | Flag.WEAK))


def _past_relative(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """“The groups who wrote to her on Monday [say]”: the phrase before a clause with “who”."""
    for i in range(end - 1, max(start, end - 14), -1):
        if tokens[i].flags & STOP and tokens[i].low != "who":
            return None
        if tokens[i].low == "who" and tokens[i - 1].flags & NOUNY:
            return phrase_before(tokens, i, start)
    return None


def _farthest_bearer(tokens: list[Token], mark: str, end: int, start: int) -> Phrase | None:
    """The person whom a chain of asides describes: “Ann Lee, head of arts at the college, Leeds, said”."""
    found: Phrase | None = None
    relative = False
    for i in range(end - 1, max(start, end - _ASIDE), -1):
        flags = tokens[i].flags
        if flags & Flag.QUOTE or tokens[i].low in (";", ":"):
            break
        if flags & _FINITE and not flags & (Flag.ING | Flag.CAPITAL) and tokens[i].low not in POSSESSIVE_MARKS:
            relative = True
        if flags & Flag.RELATIVE and tokens[i].low != "that":
            relative = False
        if tokens[i].low == mark and not relative and tokens[i - 1].flags & Flag.CAPITAL and _describes(tokens[i + 1]):
            phrase = phrase_before(tokens, i, start)
            free = phrase and (phrase[0] == start or not tokens[phrase[0] - 1].flags & Flag.PREP)
            if phrase and free and _has_given_name(tokens, phrase):
                found = phrase
    return found


def _describes(token: Token) -> bool:
    return bool(
        token.flags & (Flag.DET | Flag.HUMAN | Flag.TITLE | Flag.NOUN | Flag.NUMBER | Flag.RELATIVE | Flag.PREP)
    )


def _has_given_name(tokens: list[Token], phrase: Phrase) -> bool:
    return any(_is_given(tokens, i) for i in range(phrase[0], phrase[1] - 1))


def _is_given(tokens: list[Token], i: int) -> bool:
    """Whether a given name or a short title (“Dr.”) with a name after it stands at `i`."""
    token = tokens[i]
    given = token.low in MALE or token.low in FEMALE or (token.flags & Flag.TITLE and token.low.endswith("."))
    return bool(given and tokens[i + 1].flags & Flag.CAPITAL)


def _opening_of(tokens: list[Token], mark: str, i: int, start: int) -> int:
    """Where the aside opens whose closing mark is past `i`; an aside does not begin with a verb."""
    opening = _back_to(tokens, mark, i, start, _ASIDE)
    for _ in range(3):
        following = tokens[opening + 1].flags
        if opening < 0 or not following & _FINITE or following & Flag.ING:
            return opening
        further = _back_to(tokens, mark, opening - 1, start, _ASIDE)
        if further < 0:
            return opening
        opening = further
    return opening


def _bearer(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """The phrase before an aside; of a chain of asides, the name that they all describe."""
    phrase = phrase_before(tokens, end, start)
    for _ in range(3):
        if not phrase or phrase[0] - 2 < start or tokens[phrase[0] - 1].low != ",":
            break
        if tokens[phrase[1] - 1].flags & Flag.CAPITAL and phrase[1] - phrase[0] > 1:
            break
        further = phrase_before(tokens, _before_bracket(tokens, phrase[0] - 1, start), start)
        if not further or not tokens[further[1] - 1].flags & Flag.CAPITAL:
            break
        phrase = further
    return phrase


def _names_person(tokens: list[Token], start: int, end: int) -> bool:
    """Whether all that stands between two commas is a person's name: no aside, then."""
    if end - start == 1 and tokens[start].flags & Flag.PRONOUN:
        return True
    end = _before_bracket(tokens, end, start)
    i = start
    while i < end and not tokens[i].flags & Flag.CAPITAL and tokens[i].flags & (NOUNY | Flag.DET):
        i += 1
    if i > start and tokens[start].flags & Flag.DET:
        return False
    if start >= 2 and 2 <= end - i <= 3 and _awaits_name(tokens[start - 2]):
        return all(t.flags & Flag.CAPITAL and not t.flags & Flag.TIME for t in tokens[i:end])
    while i + 1 < end and tokens[i].flags & Flag.CAPITAL:
        if _is_given(tokens, i) or (tokens[i].low.endswith(".") and tokens[i + 1].flags & Flag.CAPITAL):
            return all(t.flags & Flag.CAPITAL or len(t.text) == 1 for t in tokens[i:end])
        i += 1
    return False


def _awaits_name(token: Token) -> bool:
    """Whether a name may follow the comma after this token: “the secretary, Ann Lee, said”."""
    return not token.flags & Flag.CAPITAL and bool(token.flags & (Flag.HUMAN | Flag.TITLE | Flag.PUNCT))


def _before_bracket(tokens: list[Token], end: int, start: int) -> int:
    if end - 1 >= start and tokens[end - 1].low == ")":
        return max(start, _back_to(tokens, "(", end - 2, start, 15))
    return end


def _back_to(tokens: list[Token], mark: str, i: int, start: int, most: int) -> int:
    return next((j for j in range(i, max(start - 1, i - most), -1) if tokens[j].low == mark), -1)
