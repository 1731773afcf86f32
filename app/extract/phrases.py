"""Noun phrases, found by the shape of the words around them.

A phrase is a pair of token numbers `(first, last + 1)` within one sentence.
"""

from __future__ import annotations

from app.extract.lexicon import listed
from app.extract.lexicon.words import Flag
from app.extract.tokens import Token

Phrase = tuple[int, int]

NOUNY = Flag.NOUN | Flag.HUMAN | Flag.TITLE | Flag.OUTLET | Flag.NUMBER | Flag.CAPITAL | Flag.SPEECH_NOUN
STOP = Flag.QUOTE | Flag.RELATIVE | Flag.CONJ | Flag.PUNCT
POSSESSIVE_MARKS = ("'s", "’s")
_VERBAL = Flag.CUE | Flag.WEAK | Flag.VERB | Flag.AUX
_LINKS = frozenset(listed("of for from with at in on to by against about near outside inside behind"))
_NO_HEADS = frozenset(listed("that which whom whose this there what"))
_OWNERS = frozenset(listed("his her their my our"))
_COUNTS = frozenset(
    listed("one two three four five six seven eight nine ten both some many most several all another others")
)
_OPENING = Flag.DET | Flag.CONJ
_PLAIN_NOUN = NOUNY & ~Flag.CAPITAL
_LONGEST = 30


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
        elif token.low in POSSESSIVE_MARKS:
            named = False
        elif flags & Flag.DET:
            if head and tokens[j - 1].low not in _LINKS and tokens[j - 1].low != "and":
                break
            head = head or _stands_alone(tokens, j, stop)
        elif flags & _PLAIN_NOUN and not _is_link(token):
            if flags & _VERBAL and head and j > i and not tokens[j - 1].flags & Flag.DET:
                break
            head = True
        elif not _continues(tokens, i, j, stop, named, head):
            break
        j += 1
    while j > i and _is_loose(tokens[j - 1]):
        j -= 1
    return (i, j) if head and j > i else None


def _is_link(token: Token) -> bool:
    return token.low in _LINKS or token.low in ("and", "&")


def _continues(tokens: list[Token], i: int, j: int, stop: int, named: bool, head: bool) -> bool:
    """Whether the token at `j`, no noun itself, lets the phrase from `i` go on."""
    token = tokens[j]
    if token.low == "." and j > i and len(tokens[j - 1].text) == 1:
        return True  # an initial, as in “Ann K. Lee”
    if token.low in _LINKS:
        return head and (not named or token.low == "of")
    if token.low in ("and", "&"):
        return head and j + 1 < stop and bool(tokens[j + 1].flags & (NOUNY | Flag.DET))
    return not head and bool(token.flags & (Flag.ADVERB | Flag.ING | Flag.VERB))


def _is_loose(token: Token) -> bool:
    """Whether a phrase cannot end in this word."""
    return token.low in _LINKS or bool(token.flags & _OPENING and token.low not in _COUNTS)


def phrase_before(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """The noun phrase whose last token is `end - 1`, with the prepositional phrases it rests on."""
    first = end - 1
    if first < start:
        return None
    last = tokens[first]
    if last.flags & (Flag.PRONOUN | Flag.RELATIVE):
        return (first, end)
    if not last.flags & NOUNY or (last.flags & _VERBAL and not last.flags & Flag.CAPITAL):
        return None
    floor = max(start, end - _LONGEST)
    while first > floor:
        further = _further(tokens, first, start)
        if further == first:
            break
        first = further
        if tokens[first].flags & Flag.DET and not _goes_on(tokens, first, start):
            break
    while first < end and _cannot_begin(tokens[first]):
        first += 1
    return (first, end) if first < end else None


def _further(tokens: list[Token], first: int, start: int) -> int:
    """Where the phrase that so far begins at `first` begins with one more word to the left; `first` if with none."""
    token = tokens[first - 1]
    flags = token.flags
    before = tokens[first - 2] if first - 2 >= start else None
    if flags & Flag.DET and token.low != "that":
        return first - 1
    if flags & Flag.PREP:
        done = token.low == "by" and before and before.flags & (Flag.VERB | Flag.PAST) and first - 3 >= start
        if done and tokens[first - 3].flags & NOUNY:
            return first - 2  # “a letter seen by Lee”
        joins = _hangs_on(tokens, first - 1, start)
    elif token.low in ("and", "&"):
        joins = before is not None and bool(before.flags & tokens[first].flags & Flag.CAPITAL)
    elif flags & STOP or token.low == "that":
        joins = token.low == "." and before is not None and len(before.text) == 1
    elif flags & Flag.CAPITAL or token.low in POSSESSIVE_MARKS:
        joins = not flags & Flag.ADVERB
    elif flags & NOUNY and not flags & _VERBAL:
        joins = not flags & Flag.TIME
    else:
        joins = bool(flags & (Flag.VERB | Flag.ING)) and before is not None and _in_phrase(before)
    return first - 1 if joins else first


def _goes_on(tokens: list[Token], first: int, start: int) -> bool:
    """Whether a phrase goes on before its article: “all the men”, “head of the port”."""
    if first <= start:
        return False
    before = tokens[first - 1]
    return bool(before.flags & Flag.DET) or bool(before.flags & Flag.PREP and _hangs_on(tokens, first - 1, start))


def _cannot_begin(token: Token) -> bool:
    return token.low in POSSESSIVE_MARKS or bool(token.flags & Flag.PREP and not token.flags & NOUNY)


def _stands_alone(tokens: list[Token], j: int, stop: int) -> bool:
    """Whether a number or quantifier is a noun of its own: “the two wrote”, “one of the men said”."""
    if tokens[j].low not in _COUNTS or j + 1 >= stop:
        return False
    return tokens[j + 1].low == "of" or bool(tokens[j + 1].flags & (Flag.CUE | Flag.VERB | Flag.PUNCT))


def _in_phrase(token: Token) -> bool:
    """Whether a participle after this token is an adjective (“the former, disgraced chief”, “Lee's speaking firm”)."""
    return (bool(token.flags & Flag.DET) and token.low != "that") or token.low in POSSESSIVE_MARKS


def _hangs_on(tokens: list[Token], preposition: int, start: int) -> bool:
    """Whether the preposition continues a noun phrase (“a man of Kent”) and opens no adverbial."""
    before = preposition - 1
    return (
        before >= start
        and tokens[preposition].low in _LINKS
        and (tokens[preposition].low != "to" or bool(tokens[preposition + 1].flags & (Flag.DET | Flag.CAPITAL)))
        and bool(tokens[before].flags & NOUNY)
        and not tokens[before].flags & Flag.TIME
        and (not tokens[before].flags & _VERBAL or bool(tokens[before].flags & Flag.CAPITAL))
    )


def speaks(tokens: list[Token], phrase: Phrase) -> int:
    """How well the phrase can name a speaker: 3 a person or name, 2 a document, 1 “it”, 0 some thing, -1 nothing."""
    flags = 0
    for i in range(*phrase):
        flags |= tokens[i].flags
    first = tokens[phrase[0]]
    if phrase[1] - phrase[0] == 1:
        if first.low in _OWNERS:
            return 3
        if first.low == "it":
            return 1
        if first.low in _NO_HEADS or flags & Flag.TIME:
            return 1 if first.low in ("which", "that") else -1
    if flags & (Flag.CAPITAL | Flag.HUMAN | Flag.PRONOUN | Flag.RELATIVE | Flag.TITLE):
        return 3
    return 2 if flags & Flag.OUTLET else 0
