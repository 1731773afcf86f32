"""Lines cut into words, with each passage in quotation marks standing for one word."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.extract.lexicon import listed
from app.extract.lexicon.words import ABBREVIATIONS, FLAGS, Flag, guess
from app.extract.quotes import Quoted

_WORD = re.compile(
    rf"(?:[^\W\d_]\.){{2,}}|(?:{'|'.join(ABBREVIATIONS)})\.(?=\s)|['’]s\b|\d+(?:[.,:]\d+)+"
    r"|@?\w+(?:[-’'/.&](?!s\b)\w+)*|--+|\.\.+|[^\w\s]"
)
_VERBAL = Flag.CUE | Flag.WEAK | Flag.VERB | Flag.AUX | Flag.ING | Flag.PAST
_REPORTING = Flag.CUE | Flag.WEAK
_AMBIGUOUS = Flag.SPEECH_NOUN | Flag.ING | Flag.PAST
_BREAK = Flag.PUNCT | Flag.QUOTE
_MARKS = frozenset("\"“”„‟«»‹›「」『』‘’‚'`")
_DASHES = dict.fromkeys(("–", "―", "‒", "--", "---"), "—")
_POSSESSIVE = frozenset(("'s", "’s", "his", "her", "its", "their", "my", "our", "your", "whose"))
_BEFORE_SINGULAR = frozenset(("he", "she", "it", "who", "also", "still", "now"))
_OBJECT = re.compile(r" (?:to|the|a|an|his|her|it|him|them|that|on the|at the) ")
_COLLOQUIAL = (", “", ', "', ", ‘")
_IDIOMS: dict[str, tuple[str, ...]] = {
    "put": (" it",), "puts": (" it",), "made": (" clear",), "makes": (" clear",),
    "went": (" on", *_COLLOQUIAL), "goes": (" on", *_COLLOQUIAL), "like": _COLLOQUIAL,
}  # fmt: skip
_PERCEIVING = frozenset(listed("heard saw knew noticed realized realised learned learnt remembered ensured meant"))
_SMALL = frozenset(listed("of the and to a an in on for at by from with as or is vs. vs"))


class Token(NamedTuple):
    """One word or mark of punctuation, or (`quote` is its number) a whole quotation.

    `low` is the word in lower case, with every dash written “—”.
    """

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
        _cut(text, start, left, tokens)
        work = Flag.WORK if is_title(text[quoted.start : quoted.end].split()) else 0
        tokens.append(Token("“”", "“”", quoted.start, quoted.end, Flag.QUOTE | work, number))
        start = quoted.end
        while start < end and (
            text[start] in _MARKS or (text[start].isspace() and text[start + 1 : start + 2] in _MARKS)
        ):
            start += 1
    _cut(text, start, end, tokens)
    return tokens


def is_title(words: list[str]) -> bool:
    """Whether the words are written as the title of a work is.

    >>> is_title("Tales of the Sea".split()), is_title("We are at sea".split())
    (True, False)
    """
    great = [w for w in words if w.lower().strip(".,!?:;") not in _SMALL]
    return bool(great) and words[0][0].isupper() and all(w[0].isupper() or w[0].isdigit() for w in great)


def _cut(text: str, start: int, end: int, tokens: list[Token]) -> None:
    append = tokens.append
    known = FLAGS.get
    before = tokens[-1].flags if tokens else Flag.PUNCT
    for match in _WORD.finditer(text, start, end):
        word = match[0]
        low = _DASHES.get(word) or word.lower()
        flags = known(low)
        if flags is None:
            flags = guess(word, low)
        if word[0] == "@" and len(word) > 1:
            flags = Flag.CAPITAL | Flag.NOUN
        elif word[0].isupper():
            flags |= Flag.CAPITAL
            if flags & _VERBAL and not before & _BREAK:
                flags = flags & ~_VERBAL | Flag.NOUN
        elif flags & (_VERBAL | Flag.NOUN) or low == "like":
            flags = _in_context(text, low, flags, match.end(), tokens)
        append(Token(word, low, match.start(), match.end(), flags))
        before = flags


def _in_context(text: str, low: str, flags: int, end: int, tokens: list[Token]) -> int:
    """The flags of a word as what stands around it narrows them: verb or noun, reporting or not."""
    if flags & _AMBIGUOUS == Flag.SPEECH_NOUN and flags & _REPORTING:
        return flags & ~_REPORTING | Flag.NOUN if tokens and _is_noun(low, tokens) else flags
    if low in _IDIOMS and text.startswith(_IDIOMS[low], end):
        return flags | Flag.CUE
    if flags & (Flag.VERB | Flag.WEAK) and low not in _PERCEIVING and text.startswith(" that ", end):
        return flags | Flag.CUE | Flag.PAST
    if flags & Flag.NOUN and low[-1] == "s" and tokens:
        before = tokens[-1]
        if before.low in _BEFORE_SINGULAR or (before.flags & Flag.CAPITAL and _OBJECT.match(text, end)):
            return Flag.VERB
    return flags


def _is_noun(low: str, tokens: list[Token]) -> bool:
    """Whether a word that can be verb or noun (“claims”, “report”) is a noun after what stands before it."""
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
