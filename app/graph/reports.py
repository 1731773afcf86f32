"""What the citation graph adds up to: what is cited most, what goes in circles, what rests on one source alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import CTE, Row
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.context import Router, SiteDep
from app.db import now
from app.edges.models import Edge
from app.graph import queries
from app.graph.delivery import answer
from app.graph.nodes import Nodes, reference
from app.graph.schemas import (
    EdgeKind,
    LoopOut,
    LoopsOut,
    MostCitedItemOut,
    MostCitedOut,
    NodeKind,
    SingleSourceOut,
    SingleSourcesOut,
)
from app.graph.walking import circles
from app.schemas import In, MomentIn

router = Router(prefix="/v1", tags=["graph"])

SHOWN = 50
"""Nodes, and references between them, that are shown of one circle at most."""


class Limit(In):
    limit: int = Field(default=20, ge=1, le=100, description="Items at most.")


class Window(Limit):
    """Over which articles a report is made; several filters must all hold."""

    tag: str | None = Field(default=None, max_length=120, description="Slug of a tag of the article.")
    published_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    published_before: MomentIn | None = Field(default=None, description="Earlier than this moment.")


class MostCitedFilters(Window):
    kind: EdgeKind | None = Field(default=None, description="Only references of this kind; else all but `corrects`.")
    type: NodeKind | None = Field(default=None, description="Only articles, sources or pages.")


@dataclass(frozen=True, slots=True)
class Looked:
    """The articles of a report, how many they are, and whether they are all."""

    articles: CTE
    counted: int
    complete: bool


def look(session: Session, window: Window, at: datetime) -> Looked:
    """The newest articles of the window that readers see at that moment."""
    key = "all" if window.tag is None else f"tag:{window.tag}"
    bounds = key, window.published_after, window.published_before, at
    found = session.scalar(queries.many(queries.newest(*bounds, queries.LOOKED_AT + 1))) or 0
    return Looked(queries.newest(*bounds, queries.LOOKED_AT), min(found, queries.LOOKED_AT), found <= queries.LOOKED_AT)


@router.get("/most-cited", response_model=MostCitedOut)
def list_most_cited(request: Request, site: SiteDep, filters: Annotated[MostCitedFilters, Query()]) -> Response:
    """List what most articles cite, quote or reprint: sources, articles, pages. Those of a time, or of a tag."""
    at = now()
    with site.database.reader() as session:
        looked = look(session, filters, at)
        query = queries.most_cited(looked.articles, filters.kind, filters.type, filters.limit, at)
        rows = session.execute(query).all()
        nodes = Nodes(session, (row[1] for row in rows), at)
        items = [MostCitedItemOut(node=nodes.node(row[1], row[2]), article_count=row[3]) for row in rows]
        shown = MostCitedOut(items=items, counted=looked.counted, complete=looked.complete)
        return answer(request, session, shown.model_dump_json().encode(), nodes.sources.values(), at)


@router.get("/circular-reporting", response_model=LoopsOut)
def list_circular_reporting(request: Request, site: SiteDep, page: Annotated[Limit, Query()]) -> Response:
    """List circular reporting: articles and sources that rest on one another in a circle, so that what looks like
    several sources may be one. Strongly connected components of the graph; corrections do not count."""
    at = now()
    with site.database.reader() as session:
        rows = session.execute(queries.circling(at)).all()
        found = circles((row.tail, row.head) for row in rows)[: page.limit]
        inside = [_between(rows, members) for members in found]
        edges = {edge.id: edge for edge in session.scalars(queries.these({one for ids in inside for one in ids}))}
        nodes = Nodes(session, {end for edge in edges.values() for end in (edge.article_id, edge.tail, edge.head)}, at)
        shown = LoopsOut(
            items=[
                _loop(len(members), [edges[one] for one in ids], nodes)
                for members, ids in zip(found, inside, strict=True)
            ],
            counted=len(rows),
            complete=max(Counter(row.part for row in rows).values(), default=0) <= queries.INNER,
        )
        return answer(request, session, shown.model_dump_json().encode(), nodes.sources.values(), at)


@router.get("/single-source-stories", response_model=SingleSourcesOut)
def list_single_source_stories(request: Request, site: SiteDep, window: Annotated[Window, Query()]) -> Response:
    """List articles all of whose words, as far as they say, come from one source: newest first."""
    at = now()
    with site.database.reader() as session:
        looked = look(session, window, at)
        found = [row for row in session.execute(queries.sourcing(looked.articles)) if row[2] == 1][: window.limit]
        nodes = Nodes(session, (one for row in found for one in (row[0], UUID(row[4]))), at)
        items = [SingleSourceOut(article=nodes.links[row[0]], source=nodes.node(UUID(row[4]), None)) for row in found]
        shown = SingleSourcesOut(items=items, counted=looked.counted, complete=looked.complete)
        return answer(request, session, shown.model_dump_json().encode(), nodes.sources.values(), at)


def _between(rows: Sequence[Row[int, UUID, UUID, UUID]], members: set[UUID]) -> list[UUID]:
    return [row.id for row in rows if row.tail in members and row.head in members][:SHOWN]


def _loop(size: int, edges: Sequence[Edge], nodes: Nodes) -> LoopOut:
    ends = dict.fromkeys(end for edge in edges for end in (edge.tail, edge.head))
    return LoopOut(
        size=size,
        nodes=[nodes.node(end, None) for end in list(ends)[:SHOWN]],
        references=[reference(edge, nodes) for edge in edges],
    )
