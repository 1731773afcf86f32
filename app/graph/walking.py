"""Ways and circles in a graph at hand. Pure: edges in, edges or nodes out."""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

N = TypeVar("N", bound=Hashable)


class Step(Protocol):
    """What a way is made of: an edge, with the article that says it."""

    article_id: UUID
    tail: UUID
    head_kind: str
    head: UUID
    is_origin: bool


S = TypeVar("S", bound=Step)


def shortest(steps: Iterable[S], article: UUID) -> list[S]:
    """The shortest way from the article along steps to the first one that ends at an origin; empty if there is none.

    A source is left only by steps of the same article by which the way came to it.
    """
    onward: dict[tuple[UUID, UUID], list[S]] = {}
    for step in steps:
        onward.setdefault((step.tail, step.article_id), []).append(step)
    start = (article, article)
    ways: dict[tuple[UUID, UUID], list[S]] = {start: []}
    waiting = deque([start])
    while waiting:
        place = waiting.popleft()
        for step in sorted(onward.get(place, ()), key=lambda step: not step.is_origin):
            way = [*ways[place], step]
            if step.is_origin:
                return way
            following = (step.head, step.head if step.head_kind == "article" else step.article_id)
            if following not in ways:
                ways[following] = way
                waiting.append(following)
    return []


def circles(pairs: Iterable[tuple[N, N]]) -> list[set[N]]:
    """The strongly connected components of two nodes or more of the graph with these edges, the largest first.

    Kosaraju and Sharir's algorithm, without recursion.

    >>> circles([(1, 2), (2, 1), (2, 3), (3, 4), (4, 3), (4, 5)])
    [{1, 2}, {3, 4}]
    """
    onward: dict[N, list[N]] = {}
    back: dict[N, list[N]] = {}
    for tail, head in pairs:
        onward.setdefault(tail, []).append(head)
        back.setdefault(head, []).append(tail)
    order = _left(onward, onward, set())
    seen: set[N] = set()
    components = [set(_left(back, [node], seen)) for node in reversed(order)]
    return sorted((found for found in components if len(found) > 1), key=len, reverse=True)


def _left(onward: Mapping[N, Sequence[N]], starts: Iterable[N], seen: set[N]) -> list[N]:
    """The nodes that are reached from these, without those seen before, in the order in which a search leaves them."""
    left = []
    for start in starts:
        path = [(start, iter([start]))]  # the first step leads to the start itself
        while path:
            node, rest = path[-1]
            following = next((other for other in rest if other not in seen), None)
            if following is not None:
                seen.add(following)
                path.append((following, iter(onward.get(following, ()))))
            else:
                path.pop()
                if path:
                    left.append(node)
    return left
