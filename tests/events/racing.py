"""Requests that truly meet: each in a thread of its own, let go at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


def at_once(call: Callable[[A], T], given: Sequence[A]) -> list[T]:
    """What the call returns for each of these, in their order, after all began together."""
    gate = threading.Barrier(len(given))

    def run(each: A) -> T:
        gate.wait(timeout=10)
        return call(each)

    with ThreadPoolExecutor(len(given)) as pool:
        return list(pool.map(run, given))
