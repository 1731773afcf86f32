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
_LINKS = frozenset(listed("of for from with at in on to by against about near"))
_NO_HEADS = frozenset(listed("that which whom whose this there what"))
_OWNERS = frozenset(listed("his her their my our"))
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
        elif token.low == "." and j > i and len(tokens[j - 1].text) == 1:
            pass  # an initial, as in “Ann K. Lee”
        elif flags & Flag.DET:
            if head and tokens[j - 1].low not in _LINKS and tokens[j - 1].low != "and":
                break
        elif token.low in _LINKS:
            if not head or (named and token.low != "of"):
                break
        elif token.low in ("and", "&"):
            if not head or j + 1 >= stop or not tokens[j + 1].flags & (NOUNY | Flag.DET):
                break
        elif flags & (NOUNY & ~Flag.CAPITAL):
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


def phrase_before(tokens: list[Token], end: int, start: int) -> Phrase | None:
    """The noun phrase whose last token is `end - 1`, with the prepositional phrases it rests on."""
    s = end - 1
    if s < start:
        return None
    last = tokens[s]
    if last.flags & (Flag.PRONOUN | Flag.RELATIVE):
        return (s, end)
    if not last.flags & NOUNY or (last.flags & _VERBAL and not last.flags & Flag.CAPITAL):
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
                and tokens[s - 3].flags & NOUNY
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
        elif flags & STOP:
            if not (token.low == "." and s - 2 >= start and len(tokens[s - 2].text) == 1):
                break
            s -= 1
        elif flags & Flag.CAPITAL or token.low in POSSESSIVE_MARKS:
            s -= 1
        elif flags & NOUNY and not flags & _VERBAL:
            if flags & Flag.TIME:
                break
            s -= 1
        elif flags & (Flag.VERB | Flag.ING) and s - 2 >= start and _in_phrase(tokens[s - 2]):
            s -= 1
        else:
            break
    while s < end and (
        tokens[s].low in POSSESSIVE_MARKS or (tokens[s].flags & Flag.PREP and not tokens[s].flags & NOUNY)
    ):
        s += 1
    return (s, end) if s < end else None


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
