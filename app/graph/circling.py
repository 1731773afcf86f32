"""Circles among the edges that may be part of one."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row

from app.graph.walking import circles

SHOWN = 50
"""Nodes, and references between them, that are shown of one circle at most."""

Edges = Sequence[Row[int, UUID, UUID, UUID]]
"""Part, id, tail and head of each, as `queries.circling` finds them."""


def circles_in(edges: Edges) -> list[set[UUID]]:
    """The nodes of each circle, the largest first."""
    return circles((edge.tail, edge.head) for edge in edges)


def between(edges: Edges, members: set[UUID]) -> list[UUID]:
    """The references between these nodes that are shown."""
    return [edge.id for edge in edges if edge.tail in members and edge.head in members][:SHOWN]


def is_all(edges: Edges, most: int) -> bool:
    """Whether of neither part more edges were there than are looked at."""
    return max(Counter(edge.part for edge in edges).values(), default=0) <= most
