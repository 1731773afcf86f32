"""Lines cut into words, with each passage in quotation marks standing for one word."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.extract.quotes import Quoted
from app.extract.words import ABBREVIATIONS, FLAGS, Flag, looks_like_verb

_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}|(?:"
    + "|".join(ABBREVIATIONS)
    + r")\.(?=\s)|['’]s\b|\d+(?:[.,:]\d+)+|\w+(?:[-’'/.&](?!s\b)\w+)*|--+|\.\.+|[^\w\s]"
)


class Token(NamedTuple):
    """One word or mark of punctuation, or (`quote` is not None) a whole quotation."""

    text: str
    low: str
    start: int
    end: int
    flags: int
    quote: int | None = None


def tokenise(text: str, start: int, end: int, quotes: list[tuple[int, Quoted]]) -> list[Token]:
    """Cut `text[start:end]`; `quotes` are the passages in it with their numbers, in order."""
    tokens: list[Token] = []
    for number, quoted in quotes:
        left = quoted.start
        while left > start and text[left - 1] in _MARKS:
            left -= 1
        _words(text, start, left, tokens)
        flags = Flag.QUOTE | (Flag.WORK if is_title(text[quoted.start : quoted.end].split()) else 0)
        tokens.append(Token("“”", "“”", quoted.start, quoted.end, flags, number))
        start = quoted.end
        while start < end and text[start] in _MARKS:
            start += 1
    _words(text, start, end, tokens)
    return tokens


_VERBAL = Flag.CUE | Flag.WEAK | Flag.VERB | Flag.AUX | Flag.ING | Flag.PAST
_REPORTING = Flag.CUE | Flag.WEAK
_AMBIGUOUS = Flag.SPEECH_NOUN | Flag.ING | Flag.PAST
_BREAK = Flag.PUNCT | Flag.QUOTE
_POSSESSIVE = frozenset(["'s", "’s", "his", "her", "its", "their", "my", "our", "your", "whose"])
_MARKS = frozenset("\"“”„‟«»‹›「」『』‘’‚'`")


def _words(text: str, start: int, end: int, tokens: list[Token]) -> None:
    append = tokens.append
    before = tokens[-1].flags if tokens else Flag.PUNCT
    known = FLAGS.get
    for match in _WORD.finditer(text, start, end):
        word = match[0]
        low = _SAME.get(word) or word.lower()
        flags = known(low)
        if flags is None:
            flags = _guess(word, low)
        if word[0].isupper():
            flags |= Flag.CAPITAL
            if flags & _VERBAL and not before & _BREAK:
                flags = flags & ~_VERBAL | Flag.NOUN
        elif flags & _AMBIGUOUS == Flag.SPEECH_NOUN and flags & _REPORTING and _is_noun(low, tokens):
            flags = flags & ~_REPORTING | Flag.NOUN
        elif low in _IDIOMS and text.startswith(_IDIOMS[low], match.end()):
            flags |= Flag.CUE
        elif (
            flags & Flag.NOUN
            and tokens
            and low[-1] == "s"
            and (tokens[-1].low in _SINGULAR or (before & Flag.CAPITAL and _OBJECT.match(text, match.end())))
        ):
            flags = Flag.VERB
        elif flags & Flag.VERB and text.startswith(" that ", match.end()):
            flags |= Flag.CUE | Flag.PAST
        append(Token(word, low, match.start(), match.end(), flags))
        before = flags


def _is_noun(low: str, tokens: list[Token]) -> bool:
    """Whether a word that can be verb or noun (“claims”, “report”) is a noun after what stands before it."""
    if not tokens:
        return False
    before = tokens[-1]
    flags = before.flags
    if before.low in _POSSESSIVE or flags & (Flag.DET | Flag.CUE | Flag.WEAK | Flag.VERB | Flag.NUMBER):
        return True
    if flags & Flag.PREP:
        return before.low != "to" or low.endswith("s")
    if flags & (Flag.HUMAN | Flag.OUTLET):
        return not low.endswith("s") and not before.low.endswith("s")
    if flags & (Flag.PRONOUN | Flag.RELATIVE | Flag.AUX | Flag.ADVERB | Flag.PUNCT):
        return False
    if flags & Flag.CAPITAL:
        return not low.endswith("s") and not (len(tokens) > 1 and tokens[-2].low == "and")
    return bool(flags & Flag.NOUN)


def is_title(words: list[str]) -> bool:
    """Whether the words are written as the title of a work is."""
    great = [w for w in words if w.lower().strip(".,!?:;") not in _SMALL]
    return bool(great) and words[0][0].isupper() and all(w[0].isupper() or w[0].isdigit() for w in great)


_SMALL = frozenset(
    ["of", "the", "and", "to", "a", "an", "in", "on", "for", "at", "by", "from", "with", "as", "or", "is", "vs.", "vs"]
)


_AGENTS = (
    "ner",
    "ners",
    "ter",
    "ters",
    "der",
    "ders",
    "ker",
    "kers",
    "ger",
    "gers",
    "ver",
    "vers",
    "ser",
    "sers",
    "ber",
    "bers",
    "tor",
    "tors",
    "ist",
    "ists",
    "man",
    "men",
    "woman",
    "women",
    "person",
    "ian",
    "ians",
    "ologist",
)
_NOT_AGENTS = frozenset(
    [
        "number",
        "numbers",
        "paper",
        "papers",
        "matter",
        "matters",
        "letter",
        "letters",
        "order",
        "orders",
        "winter",
        "water",
        "quarter",
        "quarters",
        "center",
        "centers",
        "computer",
        "computers",
        "server",
        "servers",
        "dinner",
        "border",
        "borders",
        "consumer",
        "river",
        "cover",
        "december",
        "september",
        "october",
        "november",
        "gender",
        "corner",
        "manner",
        "banner",
        "letter",
        "chapter",
        "charter",
        "twitter",
        "shelter",
        "theater",
        "daughter",
        "latter",
        "better",
        "greater",
        "later",
        "factor",
        "factors",
        "sector",
        "sectors",
        "motor",
        "monitor",
        "list",
        "lists",
        "human",
        "german",
        "chairman",
        "russian",
        "ukrainian",
        "american",
        "christian",
        "iranian",
        "syrian",
        "italian",
        "canadian",
        "australian",
        "egyptian",
        "indian",
        "palestinian",
        "weather",
        "laser",
        "user",
        "either",
        "neither",
        "together",
        "rather",
        "never",
        "ever",
        "over",
        "under",
        "tender",
        "wonder",
        "disorder",
        "murder",
        "ladder",
        "powder",
        "folder",
        "shoulder",
        "danger",
        "anger",
        "finger",
        "hunger",
        "trigger",
        "longer",
        "larger",
        "bigger",
        "younger",
        "stronger",
        "ember",
        "chamber",
        "timber",
        "fever",
        "silver",
        "clever",
        "fiber",
        "cyber",
        "rubber",
        "laser",
        "loser",
        "closer",
        "exist",
        "consist",
        "persist",
        "assist",
        "twist",
        "mist",
        "fist",
        "wrist",
        "gist",
    ]
)


_OBJECT = re.compile(r" (?:to|the|a|an|his|her|it|him|them|that|on the|at the) ")
_SAME = dict.fromkeys(("–", "―", "‒", "--", "---"), "—")
_SINGULAR = frozenset(["he", "she", "it", "who", "also", "still", "now"])
_IDIOMS = {"put": " it", "puts": " it", "went": " on", "goes": " on", "made": " clear", "makes": " clear"}
_NO_ADVERBS = frozenset(
    [
        "family",
        "ally",
        "supply",
        "reply",
        "assembly",
        "monopoly",
        "anomaly",
        "bully",
        "rally",
        "weekly",
        "monthly",
        "elderly",
        "friendly",
        "likely",
    ]
)


def _guess(word: str, low: str) -> int:
    if low.endswith("ly") and len(low) > 4 and word[0] == low[0] and low not in _NO_ADVERBS:
        return Flag.ADVERB
    if looks_like_verb(low):
        return Flag.VERB
    if word[0].isalpha():
        return Flag.NOUN | (Flag.HUMAN if low.endswith(_AGENTS) and low not in _NOT_AGENTS else 0)
    return Flag.NUMBER if word[0].isdigit() else Flag.PUNCT
