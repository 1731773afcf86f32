"""Edges as readers get them: both ends by name, and the article that says it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.schemas import ArticleLinkOut
from app.edges.models import Edge
from app.graph import queries
from app.graph.schemas import NodeOut, ReferenceOut
from app.sources.models import Source


class Nodes:
    """The articles and sources with these ids, as readers see them at that moment."""

    def __init__(self, session: Session, ids: Iterable[UUID], at: datetime) -> None:
        wanted = set(ids)
        self.links = {
            row.id: ArticleLinkOut(
                id=row.id,
                slug=row.slug,
                title=row.title,
                published_at=row.published_at,
                href=f"/v1/articles/{row.slug}",
            )
            for row in session.execute(queries.articles(wanted, at))
        }
        self.sources: dict[UUID, Source] = {row.id: row for row in session.scalars(queries.sources(wanted))}

    def node(self, node_id: UUID, url: str | None) -> NodeOut:
        """The node with this id; if it is neither article nor source, it is the page at this address."""
        if link := self.links.get(node_id):
            return NodeOut(type="article", id=node_id, name=link.title, kind=None, url=None, href=link.href)
        if source := self.sources.get(node_id):
            href = f"/v1/sources/{source.slug}"
            return NodeOut(type="source", id=node_id, name=source.name, kind=source.kind, url=source.url, href=href)
        return NodeOut(type="page", id=node_id, name=url or "", kind=None, url=url, href=None)


def described(session: Session, edges: Sequence[Edge], at: datetime) -> tuple[list[ReferenceOut], Iterable[Source]]:
    """These edges for readers, and the sources that they show."""
    nodes = Nodes(session, (node for edge in edges for node in (edge.article_id, edge.tail, edge.head)), at)
    return [reference(edge, nodes) for edge in edges], nodes.sources.values()


def reference(edge: Edge, nodes: Nodes) -> ReferenceOut:
    return ReferenceOut(
        id=edge.id,
        kind=edge.kind,
        citing=nodes.node(edge.tail, edge.url),
        cited=nodes.node(edge.head, edge.url),
        is_origin=edge.is_origin,
        url=edge.url,
        article=nodes.links[edge.article_id],
    )
