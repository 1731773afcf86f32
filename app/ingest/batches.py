"""Entries of a file, as many together as are written at once."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from app.extract import ExtractError

T = TypeVar("T")


def batches(sized: Iterable[tuple[int, T]], *, most: int, size: int) -> Iterator[list[T]]:
    """The entries in their order, each given with its size: at most so many together, and no larger unless one is.

    Where the file breaks off, what came before it comes first; then its `ExtractError` is raised.

    >>> list(batches([(1, "a"), (1, "b"), (9, "c"), (1, "d")], most=2, size=5))
    [['a', 'b'], ['c'], ['d']]
    """
    batch: list[T] = []
    total = 0
    try:
        for length, entry in sized:
            if batch and (len(batch) == most or total + length > size):
                yield batch
                batch, total = [], 0
            batch.append(entry)
            total += length
    except ExtractError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch
