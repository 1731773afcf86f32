"""How much like spam a comment reads, going by what moderators decided about earlier ones.

Words and a few traits are weighed after Robinson ("A Statistical Approach to the Spam Problem", Linux Journal 107,
2003): each gets the share of spam among the comments that had it, drawn towards one half while these are few. Fisher's
method combines the shares, once as evidence of spam and once of its opposite. What is not known, and what speaks for
both, comes out in the middle.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.comments.folding import is_unspaced, skeleton, visible

MOST = 300
"""Words and traits of one comment; what comes after them has no weight."""

ENOUGH = 20
"""So many decisions of either kind are needed before anything is scored."""

ALL = 0
"""The key under which all comments are counted, whatever their words."""

_LONGEST = 40
_STRENGTH = 0.45
"""How many comments the belief weighs that a word that was never seen speaks for neither."""

_WEAKEST = 0.1
_STRONGEST = 100

_BETWEEN = re.compile(r"[\s.,:;!?…()\[\]{}<>\"“”„«»/\\*_~`#=+&%^–—-]+")
_LINKED = re.compile(r"(?i)\b(?:https?://|www\.)(?:www\.)?([^\s/?#()<>\"\]]+)")
_AT = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\.\w+")
"""E-mail addresses, as long as they may be (RFC 5321, 4.5.3.1): without bounds the search would take far too long in a
text that is made for it."""

Counts = Mapping[int, tuple[int, int]]
"""For each key, and for `ALL`, in how many comments it was that were spam, and that were not."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a word or a trait says: the natural logarithm of the odds of spam, above 0 if it speaks for it."""

    token: str
    log_odds: float
    spam: int
    other: int


def tokens(text: str, html: str, name: str) -> dict[int, str]:
    """The words and traits of a comment by their keys, as they are written; `MOST` at most.

    Words that look alike have one key. E-mail addresses are one trait, whoever's they are.

    >>> list(tokens("Cheap pills: https://pills.example/a", "<p>Cheap pills</p>", "Eve").values())
    ['by:Eve', 'links:1', 'link:pills.example', 'Cheap', 'pills', 'https', 'example', 'a']
    >>> tokens("CHЕАР", "", "Eve").keys() == tokens("cheap", "", "Eve").keys()
    True
    """
    links = _LINKED.findall(text)
    said, addresses = _AT.subn(" ", f"{text}\n{visible(html)}")
    found = [f"by:{word}" for word in _words(_AT.sub(" ", name))]
    found.append(f"links:{min(len(links), 3)}")
    found += ["e-mail:"] if addresses else []
    found += [f"link:{domain}" for domain in links]
    known: dict[int, str] = {}
    for token in (*found, *_words(said)):
        folded = skeleton(token)
        if len(folded) <= _LONGEST:
            known.setdefault(_key(folded), token)
        if len(known) == MOST:
            break
    return known


def weigh(known: Mapping[int, str], counts: Counts) -> list[Weight]:
    """What each word and trait says that says anything, the strongest first; none while decisions are too few."""
    all_spam, all_other = counts.get(ALL, (0, 0))
    if min(all_spam, all_other) < ENOUGH:
        return []
    weights = []
    for key, token in known.items():
        spam, other = counts.get(key, (0, 0))
        if spam + other:
            share = (spam / all_spam) / (spam / all_spam + other / all_other)
            drawn = (_STRENGTH / 2 + (spam + other) * share) / (_STRENGTH + spam + other)
            if abs(drawn - 0.5) >= _WEAKEST:
                weights.append(Weight(token, math.log(drawn / (1 - drawn)), spam, other))
    return sorted(weights, key=lambda weight: -abs(weight.log_odds))[:_STRONGEST]


def score(weights: list[Weight]) -> int:
    """0 for what cannot be spam, 100 for what can be nothing else, 50 for what might be either.

    >>> score([]), score([Weight("pills", 4.0, 50, 0)] * 3), score([Weight("ferry", -4.0, 0, 50)] * 3)
    (50, 100, 0)
    """
    spam = _fisher([1 / (1 + math.exp(weight.log_odds)) for weight in weights])
    other = _fisher([1 / (1 + math.exp(-weight.log_odds)) for weight in weights])
    return round(50 * (1 + spam - other))


def _fisher(shares: list[float]) -> float:
    """How sure one may be that shares so small together are no chance (chi-square with two degrees for each)."""
    if not shares:
        return 0.0
    half = -sum(map(math.log, shares))
    term = total = math.exp(-half)
    for step in range(1, len(shares)):
        term *= half / step
        total += term
    return 1 - min(total, 1.0)


def _words(text: str) -> list[str]:
    """The words; in scripts without spaces, each two characters in a row."""
    found = []
    for word in _BETWEEN.split(text):
        if is_unspaced(word):
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        elif word.strip("'’|"):
            found.append(word.strip("'’|"))
    return found


def _key(folded: str) -> int:
    """64 bits that stand for a token, so that no word of a reader is kept; never `ALL`."""
    return int.from_bytes(hashlib.sha256(folded.encode()).digest()[:8], signed=True) or 1
