"""What of a quote's words is compared, and what one quote did to the words of another. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from typing import Literal
from uuid import UUID

from app.articles.comparing import matches
from app.search.words import fold, is_unspaced, runs

Label = Literal["same", "trimmed", "joined", "bracketed", "changed_words", "attributed"]

FEW = 3
"""So many words, or fewer, say too little by themselves: they are compared as a whole, and for one speaker only."""
MOST = 1_000
"""A quote of more words is compared as a whole only."""
SHINGLE = 3
"""Words of a fingerprint."""
WINDOW = 4
"""Of so many fingerprints in a row one is kept."""
ALL_UP_TO = 20
"""Of so many words, or fewer, each fingerprint is kept."""

GAP = "…"
_ADDED = "["
_DOTS = r"…|\.{3,}|\.(?: \.){2,}"
_MARKED = re.compile(rf"(?P<gap>\[ ?(?:{_DOTS}) ?\]|\( ?(?:{_DOTS}) ?\)|{_DOTS})|\w{{0,40}}\[[^\[\]]*\]\w*")


def normal(exact: str) -> list[str]:
    """The words without what typography does to them: case, accents, marks, punctuation. `…` stands for words left
    out, except at the ends; a word with brackets about it, or about letters of it, has `[` in front.

    >>> normal("…“[W]e won’t leave [the island] . . . EVER!”")
    ['[we', 'won', 't', 'leave', '[the', '[island', '…', 'ever']
    """
    found: list[str] = []
    last = 0
    for mark in _MARKED.finditer(exact):
        found += _words(exact[last : mark.start()])
        if mark["gap"]:
            found += [GAP] if found and found[-1] != GAP else []
        else:
            found += [_ADDED + word for word in _words(re.sub(r"[\[\]]", "", mark[0]))]
        last = mark.end()
    found += _words(exact[last:])
    return found[:-1] if found and found[-1] == GAP else found


def identity(words: Sequence[str], speaker: UUID | None) -> UUID | None:
    """The same for the same words; for a few words, only where one speaker said them. None if there is nothing to
    compare."""
    is_short = sum(word != GAP for word in words) <= FEW
    if not words or (is_short and speaker is None):
        return None
    said = " ".join(words) + (f"\n{speaker}" if is_short else "")
    return UUID(bytes=blake2b(said.encode(), digest_size=16).digest())


def fingerprints(words: Sequence[str]) -> set[int]:
    """Signed 64-bit hashes of words in a row, by winnowing (Schleimer, Wilkerson and Aiken, 2003).

    Two quotes with six equal words in a row share one; if neither has more than twenty, with three in a row. None of
    a few words, or of very many.
    """
    many = len(_plain(words))
    if not FEW < many <= MOST:
        return set()
    return {each for run in _runs(words) for each in _chosen(run, WINDOW if many > ALL_UP_TO else 1)}


def _runs(words: Sequence[str]) -> Iterator[list[str]]:
    """The words between one gap and the next."""
    return ([_bare(word) for word in run] for is_gap, run in groupby(words, GAP.__eq__) if not is_gap)


def _chosen(run: Sequence[str], window: int) -> Iterator[int]:
    """The least fingerprint of each window."""
    hashes = [_hash(run[i : i + SHINGLE]) for i in range(len(run) - SHINGLE + 1)]
    return (min(hashes[i : i + window]) for i in range(max(1, len(hashes) - window + 1)) if hashes)


def are_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether these are the words of one statement: of the shorter one at least three fifths, and three words at least,
    stand in the other, in their order."""
    a, b = _plain(one), _plain(other)
    enough = max(FEW, -(-3 * min(len(a), len(b)) // 5))
    # What they have in common in any order is found sooner, and is never less.
    return (Counter(a) & Counter(b)).total() >= enough and len(matches(a, b)) >= enough


def labels(one: Sequence[str], other: Sequence[str]) -> set[Label]:
    """What differs between two phrasings of one statement, whichever came first. Several can hold.

    >>> sorted(labels(normal("We will not leave anybody ashore."), normal("we will not leave … ashore tonight")))
    ['joined', 'trimmed']
    """
    found: set[Label] = set()
    i = j = 0
    pairs = matches([_bare(word) for word in one], [_bare(word) for word in other])
    for x, y in [*pairs, (len(one), len(other))]:
        is_end = i == j == 0 or (x == len(one) and y == len(other))
        found.update(_differing(one[i:x], other[j:y], is_end=is_end))
        if x < len(one) and one[x] != other[y]:
            found.add("bracketed")
        i, j = x + 1, y + 1
    return found or {"same"}


def _differing(one: Sequence[str], other: Sequence[str], *, is_end: bool) -> Iterator[Label]:
    """Labels of two stretches that stand for each other, with no word in common."""
    sides = (one, other)
    if any(word.startswith(_ADDED) for side in sides for word in side):
        yield "bracketed"
    if is_end and not (one and other):
        if _plain(w for side in sides for w in side if not w.startswith(_ADDED)):
            yield "trimmed"
        return
    if any(GAP in side for side in sides):
        yield "joined"
    # A gap or a bracket stands openly for whatever the other one has there.
    left, right = ([w for w in side if w != GAP and not w.startswith(_ADDED)] for side in sides)
    if (left and not _is_open(other, right)) or (right and not _is_open(one, left)):
        yield "changed_words"


def _is_open(side: Sequence[str], plain: Sequence[str]) -> bool:
    return bool(side) and not plain


def _plain(words: Iterable[str]) -> list[str]:
    return [_bare(word) for word in words if word != GAP]


def _bare(word: str) -> str:
    return word.removeprefix(_ADDED)


def _words(text: str) -> list[str]:
    """As search knows them; of scripts without spaces, each character."""
    return [word for run in runs(fold(text)) for word in (run if is_unspaced(run) else [run])]


def _hash(words: Sequence[str]) -> int:
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), signed=True)
