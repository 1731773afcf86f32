from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, delete, exists, insert, or_, update
from sqlalchemy.orm import Session, aliased

from app.edges.models import Edge

ONCE = ("article_id", "visible_from", "kind", "tail", "head")
"""What no two edges have in common."""


def draw(session: Session, edges: Sequence[Mapping[str, Any]]) -> None:
    """Write these edges, whose renditions are there and have none yet."""
    if edges:
        session.execute(insert(Edge), edges)


def lead(session: Session, arrivals: Mapping[UUID, UUID]) -> None:
    """Let the edges that have these addresses at an end, as UUIDv5, have there the articles that are found at them."""
    edges: Table = Edge.__table__  # type: ignore[assignment]
    values = [{"address": address, "article": article} for address, article in arrivals.items()]
    changed = 0
    for end in (edges.c.tail, edges.c.head):
        if values:
            known = update(edges).where(end == bindparam("address")).values({end: bindparam("article")})
            changed += abs(session.connection().execute(known, values).rowcount)  # -1 where it is not known
    if changed:
        _unite(session, set(arrivals.values()))


def _unite(session: Session, articles: Collection[UUID]) -> None:
    """What named these articles by several of their addresses names each once, and none names itself."""
    other = aliased(Edge)
    twice = exists().where(*(getattr(other, name) == getattr(Edge, name) for name in ONCE), other.id < Edge.id)
    theirs = or_(Edge.tail.in_(articles), Edge.head.in_(articles))
    session.execute(delete(Edge).where(and_(theirs, or_(Edge.tail == Edge.head, twice))))
