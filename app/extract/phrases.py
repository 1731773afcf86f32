"""Noun phrases and the subjects of verbs, found by the shape of the words around them.

A phrase is a pair of token numbers `(first, last + 1)` within one sentence.
"""

from __future__ import annotations

from app.extract.people import FEMALE, MALE
from app.extract.tokens import Token
from app.extract.words import Flag

Phrase = tuple[int, int]

_SKIP = Flag.ADVERB | Flag.AUX | Flag.TIME
_VERBAL = Flag.CUE | Flag.WEAK | Flag.VERB | Flag.AUX
_NOUNY = Flag.NOUN | Flag.HUMAN | Flag.TITLE | Flag.OUTLET | Flag.NUMBER | Flag.CAPITAL | Flag.SPEECH_NOUN
_STOP = Flag.QUOTE | Flag.RELATIVE | Flag.CONJ | Flag.PUNCT
_LINKS = frozenset({"of", "for", "from", "with", "at", "in", "on", "to", "by", "against", "about", "near"})
_DASHES = (",", "—", "-")
_LONGEST = 30
_NOT_HEADS = frozenset(["that", "which", "whom", "whose", "this", "there", "what"])


def phrase_from(tokens: list[Token], i: int, stop: int) -> Phrase | None:
    """The noun phrase that begins at token `i`, without what a comma adds to it."""
    if i >= stop:
        return None
    flags = tokens[i].flags
    if flags & (Flag.PRONOUN | Flag.RELATIVE) and not flags & Flag.DET:
        return (i, i + 1)
    j, named, head = i, False, False
    while j < min(stop, i + _LONGEST):
        token = tokens[j]
        flags = token.flags
        if flags & Flag.QUOTE:
            break
        if flags & Flag.CAPITAL and not (flags & Flag.TIME and j > i and token.text.endswith("day")):
            named = head = True
        elif token.low in ("'s", "’s"):
            named = False
        elif token.low == "." and j > i and len(tokens[j - 1].text) == 1:
            pass
        elif flags & Flag.DET:
            if head and tokens[j - 1].low not in _LINKS and tokens[j - 1].low != "and":
                break
        elif token.low in _LINKS:
            if not head or (named and token.low != "of"):
                break
        elif token.low in ("and", "&"):
            if not head or j + 1 >= stop or not tokens[j + 1].flags & (_NOUNY | Flag.DET):
                break
        elif flags & (_NOUNY & ~Flag.CAPITAL):
            if flags & _VERBAL and head and j > i and not tokens[j - 1].flags & Flag.DET:
                break
            head = True
        elif (flags & (Flag.ADVERB | Flag.ING) and not head) or (flags & Flag.VERB and not head):
            pass
        else:
            break
        j += 1
    while j > i and (tokens[j - 1].low in _LINKS or tokens[j - 1].flags & (Flag.DET | Flag.CONJ)):
        j -= 1
    return (i, j) if head and j > i else None


def past_aside(tokens: list[Token], i: int, stop: int) -> int:
    """The token after an aside (“, a strategist,”, “(D-Md.)”, “who was there”) that begins at `i`, or `i`."""
    if i >= stop:
        return i
    low = tokens[i].low
    if low == "(":
        after = next((j + 1 for j in range(i + 1, min(stop, i + 12)) if tokens[j].low == ")"), i)
        return past_aside(tokens, after, stop) if after < stop and tokens[after].low == "," else after
    if low in (",", "—"):
        return next((j + 1 for j in range(i + 1, min(stop, i + 45)) if _ends_aside(tokens, low, j, stop)), i)
    if low in ("who", "whose"):
        return next((j for j in range(i + 1, min(stop, i + 25)) if tokens[j].flags & Flag.CUE), i)
    return i


def _ends_aside(tokens: list[Token], mark: str, j: int, stop: int) -> bool:
    if tokens[j].low != mark:
        return False
    following = skip_adverbs(tokens, j + 1, stop)
    return following < stop and bool(tokens[following].flags & (Flag.CUE | Flag.WEAK))


def skip_adverbs(tokens: list[Token], i: int, stop: int) -> int:
    """The first token from `i` on that is no adverb, auxiliary or time."""
    while i < stop and tokens[i].flags & _SKIP and not tokens[i].flags & (Flag.CUE | Flag.PRONOUN):
        i += 1
    return i


def phrase_before(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """The noun phrase whose last token is `end - 1`, with the prepositional phrases it rests on."""
    s = end - 1
    if s < start:
        return None
    last = tokens[s]
    if last.flags & (Flag.PRONOUN | Flag.RELATIVE):
        return (s, end)
    if not last.flags & _NOUNY or (last.flags & _VERBAL and not last.flags & Flag.CAPITAL):
        return None
    while s > max(start, end - _LONGEST):
        token = tokens[s - 1]
        flags = token.flags
        if token.low == "that":
            break
        if flags & Flag.DET:
            s -= 1
            if s > start and tokens[s - 1].flags & Flag.PREP and _hangs_on(tokens, s - 1, start):
                s -= 1
                continue
            if s > start and tokens[s - 1].flags & Flag.DET:
                continue
            break
        if flags & Flag.PREP:
            if (
                token.low == "by"
                and s - 3 >= start
                and tokens[s - 2].flags & (Flag.VERB | Flag.PAST)
                and tokens[s - 3].flags & _NOUNY
            ):
                s -= 2
                continue
            if not _hangs_on(tokens, s - 1, start):
                break
            s -= 1
        elif token.low in ("and", "&"):
            if s - 2 < start or not (tokens[s - 2].flags & Flag.CAPITAL and tokens[s].flags & Flag.CAPITAL):
                break
            s -= 1
        elif flags & _STOP:
            if not (token.low == "." and s - 2 >= start and len(tokens[s - 2].text) == 1):
                break
            s -= 1
        elif flags & Flag.CAPITAL or token.low in ("'s", "’s"):
            s -= 1
        elif flags & _NOUNY and not flags & _VERBAL:
            if flags & Flag.TIME:
                break
            s -= 1
        elif flags & (Flag.VERB | Flag.ING) and s - 2 >= start and _in_phrase(tokens[s - 2]):
            s -= 1
        else:
            break
    while s < end and (tokens[s].low in ("'s", "’s") or (tokens[s].flags & Flag.PREP and not tokens[s].flags & _NOUNY)):
        s += 1
    return (s, end) if s < end else None


def _in_phrase(token: Token) -> bool:
    """Whether a participle after this token is an adjective (“the former, disgraced chief”, “Lee's speaking firm”)."""
    return (bool(token.flags & Flag.DET) and token.low != "that") or token.low in ("'s", "’s")


def _hangs_on(tokens: list[Token], preposition: int, start: int) -> bool:
    """Whether the preposition continues a noun phrase (“a man of Kent”) and opens no adverbial."""
    before = preposition - 1
    return (
        before >= start
        and tokens[preposition].low in _LINKS
        and (tokens[preposition].low != "to" or bool(tokens[preposition + 1].flags & (Flag.DET | Flag.CAPITAL)))
        and bool(tokens[before].flags & _NOUNY)
        and not tokens[before].flags & Flag.TIME
        and (not tokens[before].flags & _VERBAL or bool(tokens[before].flags & Flag.CAPITAL))
    )


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


def _past_relative(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """“The groups who wrote to her on Monday [say]”: the phrase before a clause with “who”."""
    for i in range(end - 1, max(start, end - 14), -1):
        if tokens[i].flags & _STOP and tokens[i].low != "who":
            return None
        if tokens[i].low == "who" and tokens[i - 1].flags & _NOUNY:
            return phrase_before(tokens, i, start)
    return None


def _farthest_bearer(tokens: list[Token], mark: str, end: int, start: int) -> Phrase | None:
    """The person whom a chain of asides describes: “Ann Lee, head of arts at the college, Leeds, said”."""
    found: Phrase | None = None
    relative = False
    for i in range(end - 1, max(start, end - 45), -1):
        flags = tokens[i].flags
        if flags & Flag.QUOTE or tokens[i].low in (";", ":"):
            break
        if (
            flags & (Flag.VERB | Flag.CUE | Flag.AUX)
            and not flags & (Flag.ING | Flag.CAPITAL)
            and tokens[i].low not in ("'s", "’s")
        ):
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
    return any(
        (
            tokens[i].low in MALE
            or tokens[i].low in FEMALE
            or (tokens[i].flags & Flag.TITLE and tokens[i].low.endswith("."))
        )
        and tokens[i + 1].flags & Flag.CAPITAL
        for i in range(phrase[0], phrase[1] - 1)
    )


def _opening_of(tokens: list[Token], mark: str, i: int, start: int) -> int:
    """Where the aside opens whose closing mark is past `i`; an aside does not begin with a verb."""
    opening = _back_to(tokens, mark, i, start, 45)
    for _ in range(3):
        if (
            opening < 0
            or not tokens[opening + 1].flags & (Flag.VERB | Flag.CUE | Flag.AUX)
            or tokens[opening + 1].flags & Flag.ING
        ):
            return opening
        further = _back_to(tokens, mark, opening - 1, start, 45)
        if further < 0:
            return opening
        opening = further
    return opening


def _before_bracket(tokens: list[Token], end: int, start: int) -> int:
    if end - 1 >= start and tokens[end - 1].low == ")":
        return max(start, _back_to(tokens, "(", end - 2, start, 15))
    return end


def _names_person(tokens: list[Token], start: int, end: int) -> bool:
    """Whether all that stands between two commas is a person's name: no aside, then."""
    if end - start == 1 and tokens[start].flags & Flag.PRONOUN:
        return True
    end = _before_bracket(tokens, end, start)
    i = start
    while i < end and not tokens[i].flags & Flag.CAPITAL and tokens[i].flags & (_NOUNY | Flag.DET):
        i += 1
    if i > start and tokens[start].flags & Flag.DET:
        return False
    opened = tokens[start - 2] if start >= 2 else None
    if (
        opened
        and 2 <= end - i <= 3
        and not opened.flags & Flag.CAPITAL
        and opened.flags & (Flag.HUMAN | Flag.TITLE | Flag.PUNCT)
    ):
        if all(tokens[j].flags & Flag.CAPITAL and not tokens[j].flags & Flag.TIME for j in range(i, end)):
            return True
    while i + 1 < end and tokens[i].flags & Flag.CAPITAL:
        low = tokens[i].low
        if (low in MALE or low in FEMALE or low.endswith(".")) and tokens[i + 1].flags & Flag.CAPITAL:
            rest = range(i, end)
            return all(tokens[j].flags & Flag.CAPITAL or len(tokens[j].text) == 1 for j in rest)
        i += 1
    return False


def _bearer(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """The phrase before an aside; of a chain of asides, the name that they all describe."""
    phrase = phrase_before(tokens, end, start)
    for _ in range(3):
        if not phrase or phrase[0] - 2 < start or tokens[phrase[0] - 1].low != ",":
            break
        if any(tokens[i].flags & Flag.CAPITAL for i in range(phrase[1] - 1, phrase[1])) and phrase[1] - phrase[0] > 1:
            break
        further = phrase_before(tokens, _before_bracket(tokens, phrase[0] - 1, start), start)
        if not further or not tokens[further[1] - 1].flags & Flag.CAPITAL:
            break
        phrase = further
    return phrase


def _back_to(tokens: list[Token], mark: str, i: int, start: int, most: int) -> int:
    return next((j for j in range(i, max(start - 1, i - most), -1) if tokens[j].low == mark), -1)


def speaks(tokens: list[Token], phrase: Phrase) -> int:
    """How well the phrase can name a speaker: 3 a person or name, 2 a document, 1 “it”, 0 some thing, -1 nothing."""
    flags = 0
    for i in range(*phrase):
        flags |= tokens[i].flags
    first = tokens[phrase[0]]
    if phrase[1] - phrase[0] == 1:
        if first.low in ("his", "her", "their", "my", "our"):
            return 3
        if first.low == "it":
            return 1
        if first.low in _NOT_HEADS or flags & Flag.TIME:
            return 1 if first.low in ("which", "that") else -1
    if flags & (Flag.CAPITAL | Flag.HUMAN | Flag.PRONOUN | Flag.RELATIVE | Flag.TITLE):
        return 3
    return 2 if flags & Flag.OUTLET else 0
