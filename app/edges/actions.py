from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.orm import Session

from app.edges.models import Edge


def draw(session: Session, edges: Sequence[Mapping[str, Any]]) -> None:
    """Write these edges, whose renditions are there and have none yet."""
    if edges:
        session.execute(insert(Edge), edges)


def lead(session: Session, arrivals: Mapping[UUID, UUID]) -> None:
    """Let the edges that have these addresses at an end, as UUIDv5, have there the articles that are found at them."""
    edges: Table = Edge.__table__  # type: ignore[assignment]
    values = [{"address": address, "article": article} for address, article in arrivals.items()]
    for end in (edges.c.tail, edges.c.head):
        if values:
            known = update(edges).where(end == bindparam("address")).values({end: bindparam("article")})
            session.connection().execute(known, values)
