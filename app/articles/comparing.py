"""Two texts compared word by word (patience diff, Bram Cohen). Pure: strings in, dataclasses out."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

DEEPEST = 40
"""How often a stretch between words that are known to match is divided anew; real texts need fewer than ten."""

Op = Literal["equal", "insert", "delete", "replace"]


@dataclass(frozen=True, slots=True)
class Change:
    """A stretch of the old text, and what stands for it in the new one; one of them is empty where `op` says so."""

    op: Op
    before: str
    after: str


def compare(old: str, new: str) -> list[Change]:
    """What was done to the old text. All `before` joined are the old text, all `after` the new one; nothing if equal.

    >>> [(c.op, c.before, c.after) for c in compare("Fares will double.", "Fares will soon triple.")]
    [('equal', 'Fares will ', 'Fares will '), ('replace', 'double', 'soon triple'), ('equal', '.', '.')]
    """
    return _joined(_by_lines(old, new)) if old != new else []


def matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Which word of the one list is which of the other, in order.

    >>> matches(["fares", "will", "double"], ["all", "fares", "double"])
    [(0, 1), (2, 2)]
    """
    return list(_matched(old, new, (0, len(old)), (0, len(new)), 0))


def _by_lines(old: str, new: str) -> Iterator[Change]:
    """Lines first, for they are seldom alike, then words in the lines that changed."""
    a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    i = j = 0
    for x, y in [*_matched(a, b, (0, len(a)), (0, len(b)), 0), (len(a), len(b))]:
        yield from _by_words("".join(a[i:x]), "".join(b[j:y]))
        if x < len(a):
            yield Change("equal", a[x], a[x])
        i, j = x + 1, y + 1


def _by_words(old: str, new: str) -> Iterator[Change]:
    a, b = _tokens(old), _tokens(new)
    words = [(x, y) for x, y in _matched(a, b, (0, len(a)), (0, len(b)), 0) if not a[x].isspace()]
    i = j = 0
    for x, y, length in [*_with_spaces(a, b, words), (len(a), len(b), 0)]:
        before, after = "".join(a[i:x]), "".join(b[j:y])
        if before or after:
            yield Change("replace" if before and after else "delete" if before else "insert", before, after)
        i, j = x + length, y + length
        if length:
            same = "".join(a[x:i])
            yield Change("equal", same, same)


def _joined(changes: Iterable[Change]) -> list[Change]:
    """The changes with neighbours of one kind in one."""
    joined: list[Change] = []
    for op, run in groupby(changes, key=lambda change: change.op):
        stretch = list(run)
        joined.append(Change(op, "".join(c.before for c in stretch), "".join(c.after for c in stretch)))
    return joined


def _tokens(text: str) -> list[str]:
    """Words, spaces and single signs, which make up the whole text."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _with_spaces(a: Sequence[str], b: Sequence[str], matched: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The matched words as runs of equal tokens. A space is equal if it is beside an equal word: between two changed
    words it would only tear them apart."""
    runs: list[tuple[int, int, int]] = []
    end = (0, 0)
    for i, j in matched:
        start = (i, j)
        if i > end[0] and j > end[1] and a[i - 1] == b[j - 1] and a[i - 1].isspace():
            start = (i - 1, j - 1)
        last = i + 1
        if last < len(a) and j + 1 < len(b) and a[last] == b[j + 1] and a[last].isspace():
            last += 1
        if runs and start == end:
            runs[-1] = (runs[-1][0], runs[-1][1], last - runs[-1][0])
        else:
            runs.append((*start, last - start[0]))
        end = (last, start[1] + last - start[0])
    return runs


def _matched(
    a: Sequence[str], b: Sequence[str], old: tuple[int, int], new: tuple[int, int], depth: int
) -> Iterator[tuple[int, int]]:
    """Which token of the one stretch is which of the other, in order: those at both ends, and between them the tokens
    that occur once on each side, in the longest row that is in one order; then the same between any two of these."""
    (i, last_i), (j, last_j) = old, new
    while i < last_i and j < last_j and a[i] == b[j]:
        yield i, j
        i, j = i + 1, j + 1
    tail = 0
    while last_i - tail > i and last_j - tail > j and a[last_i - tail - 1] == b[last_j - tail - 1]:
        tail += 1
    end_i, end_j = last_i - tail, last_j - tail
    row = _longest_row(_unique_pairs(a, b, (i, end_i), (j, end_j))) if depth < DEEPEST else []
    for x, y in row:
        yield from _matched(a, b, (i, x), (j, y), depth + 1)
        yield x, y
        i, j = x + 1, y + 1
    if row:
        yield from _matched(a, b, (i, end_i), (j, end_j), depth + 1)
    yield from ((last_i - n, last_j - n) for n in range(tail, 0, -1))


def _unique_pairs(
    a: Sequence[str], b: Sequence[str], old: tuple[int, int], new: tuple[int, int]
) -> list[tuple[int, int]]:
    """The places of the tokens that occur once in each stretch, in the order of the first."""
    ours, theirs = Counter(a[slice(*old)]), Counter(b[slice(*new)])
    place = {b[y]: y for y in range(*new) if theirs[b[y]] == 1}
    return [(x, place[a[x]]) for x in range(*old) if ours[a[x]] == 1 and a[x] in place]


def _longest_row(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of the pairs whose second places rise too (patience sorting)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for n, (_, y) in enumerate(pairs):
        pile = bisect_left(tops, y)
        tops[pile : pile + 1] = [y]
        ends[pile : pile + 1] = [n]
        before.append(ends[pile - 1] if pile else -1)
    row: list[tuple[int, int]] = []
    n = ends[-1] if ends else -1
    while n >= 0:
        row.append(pairs[n])
        n = before[n]
    return row[::-1]
