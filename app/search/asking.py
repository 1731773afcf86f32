"""What a reader asks for: words, `"phrases"`, `prefix*` and `-exclusions`. There are no other operators."""

import re
from dataclasses import dataclass
from functools import cached_property

from app.errors import InvalidParameter
from app.search.words import UNSPACED, Folded, fold, is_unspaced, runs, tokens

MOST_TERMS = 20
MOST_TOKENS = 60
SHORTEST_PREFIX = 3

ECHO = 4
ECHO_LETTERS = 13
"""Words in a row, and letters in them, that two texts mostly share only if one repeats the other. “It was in the” is
in every text."""

MOST_ECHOED = 150
MEANING = (
    'Words that must all occur; `"…"` for a phrase, `…*` for how a word begins, `-…` for what must not occur. '
    "Case and accents do not count."
)

_QUOTES = str.maketrans(dict.fromkeys("“”„‟＂", '"'))
_PART = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))(\*?)')


@dataclass(frozen=True)
class Term:
    """Words in a row, folded: one word, a phrase, or what a word with a mark inside comes to."""

    words: str
    is_prefix: bool

    @cached_property
    def tokens(self) -> list[str]:
        """As the index has them. The last character of a run without spaces may be any of a longer run."""
        found = tokens(self.words)
        return found[:-1] if self._ends_unspaced and len(runs(self.words)[-1]) > 1 else found

    @property
    def is_open(self) -> bool:
        """Whether the last token is how a word begins."""
        return (self.is_prefix and not self._ends_unspaced) or (self._ends_unspaced and len(runs(self.words)[-1]) == 1)

    @property
    def pattern(self) -> str:
        """A regular expression for where the words stand in a folded text."""
        found = runs(self.words)
        parts = []
        for place, run in enumerate(found):
            first, last = place == 0, place == len(found) - 1
            if is_unspaced(run):
                before, after = "" if first else f"(?<![{UNSPACED}])", "" if last else f"(?![{UNSPACED}])"
            else:
                before = f"(?<![^ {UNSPACED}])"
                after = f"[^ {UNSPACED}]*" if last and self.is_prefix else f"(?![^ {UNSPACED}])"
            parts.append(before + re.escape(run) + after)
        return " *".join(parts)

    @property
    def _ends_unspaced(self) -> bool:
        return is_unspaced(runs(self.words)[-1])


@dataclass(frozen=True)
class Asked:
    """What must occur, at least one term, and what must not."""

    wanted: list[Term]
    unwanted: list[Term]

    @cached_property
    def _places(self) -> re.Pattern[str]:
        return re.compile("|".join(term.pattern for term in sorted(self.wanted, key=lambda t: -len(t.words))))

    def spans(self, text: Folded, most: int) -> list[tuple[int, int]]:
        """Where the wanted words stand in the original, in order and apart; at most so many."""
        found: list[tuple[int, int]] = []
        for place in self._places.finditer(text.text):
            if len(found) == most:
                break
            found.append(text.span(*place.span()))
        return found


def read(query: str) -> Asked:
    """The query understood. Raises `InvalidParameter` if it asks for nothing, or for too much."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    for minus, phrase, word, star in _PART.findall(query.translate(_QUOTES)):
        words = " ".join(fold(phrase or word).split())
        if words:
            (unwanted if minus else wanted).append(Term(words, bool(star) or word.endswith("*")))
    wanted, unwanted = list(dict.fromkeys(wanted)), list(dict.fromkeys(unwanted))
    terms = [*wanted, *unwanted]
    if not wanted:
        raise _refused("It must have a word to look for.")
    if len(terms) > MOST_TERMS or sum(len(term.tokens) for term in terms) > MOST_TOKENS:
        raise _refused(f"It may have {MOST_TERMS} words or phrases, of {MOST_TOKENS} words in all.")
    if any(term.is_prefix and term.is_open and len(term.tokens[-1]) < SHORTEST_PREFIX for term in terms):
        raise _refused(f"The beginning of a word has {SHORTEST_PREFIX} letters at least.")
    return Asked(wanted, unwanted)


def echoes(passage: str) -> Asked:
    """What occurs in a text that repeats the passage or a part of it: any run of `ECHO` of its words that has
    `ECHO_LETTERS`, or else the passage as a whole. It asks for nothing if the passage has no words.

    >>> [term.words for term in echoes("It was in the harbour's ledger.").wanted]
    ['was in the harbour', 'in the harbour s', 'the harbour s ledger']
    >>> [term.words for term in echoes("It was in the sea.").wanted]
    ['it was in the sea']
    """
    words = fold(passage).split()[:MOST_ECHOED]
    windows = [words[n : n + ECHO] for n in range(len(words) - ECHO + 1)]
    telling = [window for window in windows if sum(map(len, window)) >= ECHO_LETTERS] or [words]
    return Asked(list(dict.fromkeys(Term(" ".join(window), False) for window in telling if window)), [])


def _refused(reason: str) -> InvalidParameter:
    return InvalidParameter("The search cannot be run.", errors=[{"parameter": "q", "detail": reason}])
