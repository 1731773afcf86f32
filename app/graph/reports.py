"""What the citation graph adds up to: what is cited most, what goes in circles, what rests on one source alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import CTE
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.context import Router, SiteDep
from app.db import now
from app.edges.models import Edge
from app.graph import queries
from app.graph.actions import most_cited
from app.graph.circling import SHOWN, between, circles_in, is_all
from app.graph.delivery import answer
from app.graph.models import GraphReport
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
from app.schemas import In, MomentIn

router = Router(prefix="/v1", tags=["graph"])


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
    """The articles of a report, how many they are, whether they are all, and since when it stands if it was made ahead:
    then the articles are only those that it may name."""

    articles: CTE
    counted: int
    complete: bool
    as_of: datetime | None

    def said(self) -> dict[str, Any]:
        """What an answer says of it."""
        return {"counted": self.counted, "complete": self.complete, "as_of": self.as_of}


def standing(session: Session, name: str, window: Window | None = None) -> GraphReport | None:
    """The report of this name over all articles, if it was made ahead and is what is asked for."""
    if window and (window.tag, window.published_after, window.published_before) != (None, None, None):
        return None
    return session.get(GraphReport, name)


def looked_at(report: GraphReport, articles: Collection[str], at: datetime) -> Looked:
    """What a report made ahead was made over; of the articles that it may name, those that readers see now."""
    among = queries.among([UUID(one) for one in articles], at)
    return Looked(among, report.counted, report.complete, report.as_of)


def look(session: Session, window: Window, at: datetime) -> Looked:
    """The newest articles of the window that readers see at that moment."""
    key = "all" if window.tag is None else f"tag:{window.tag}"
    bounds = key, window.published_after, window.published_before, at
    found = session.scalar(queries.many(queries.newest(*bounds, queries.LOOKED_AT + 1))) or 0
    articles = queries.newest(*bounds, queries.LOOKED_AT)
    return Looked(articles, min(found, queries.LOOKED_AT), found <= queries.LOOKED_AT, None)


@router.get("/most-cited", response_model=MostCitedOut)
def list_most_cited(request: Request, site: SiteDep, filters: Annotated[MostCitedFilters, Query()]) -> Response:
    """List what most articles cite, quote or reprint: sources, articles, pages. Those of a time, or of a tag."""
    at = now()
    with site.database.reader() as session:
        if report := standing(session, most_cited(filters.kind, filters.type), filters):
            looked = looked_at(report, [], at)
            likely = [(UUID(node), *rest) for node, *rest in report.rows[: 2 * filters.limit]]
            cited = queries.still_cited([row[0] for row in likely], filters.kind, at)
            seen = set(session.scalars(cited)) if likely else set()
            rows = [row for row in likely if row[0] in seen][: filters.limit]
        else:
            looked = look(session, filters, at)
            query = queries.most_cited(looked.articles, filters.kind, filters.type, filters.limit, at)
            rows = [(node, url, many) for _, node, url, many in session.execute(query)]
        nodes = Nodes(session, (row[0] for row in rows), at)
        items = [MostCitedItemOut(node=nodes.node(node, url), article_count=many) for node, url, many in rows]
        return _answer(request, session, MostCitedOut(items=items, **looked.said()), nodes, at)


@router.get("/circular-reporting", response_model=LoopsOut)
def list_circular_reporting(request: Request, site: SiteDep, page: Annotated[Limit, Query()]) -> Response:
    """List circular reporting: articles and sources that rest on one another in a circle, so that what looks like
    several sources may be one. Strongly connected components of the graph; corrections do not count."""
    at = now()
    with site.database.reader() as session:
        report = standing(session, "circular-reporting")
        if report:
            said = {"counted": report.counted, "complete": report.complete, "as_of": report.as_of}
            loops = [(size, [UUID(one) for one in ids]) for size, ids in report.rows[: 2 * page.limit]]
        else:
            rows = session.execute(queries.circling(at, queries.INNER)).all()
            said = {"counted": len(rows), "complete": is_all(rows, queries.INNER), "as_of": None}
            loops = [(len(members), between(rows, members)) for members in circles_in(rows)[: page.limit]]
        found = session.scalars(queries.these({one for _, ids in loops for one in ids}, at))
        edges = {edge.id: edge for edge in found}
        # a circle of which something is seen no more may be none by now
        whole = [(size, ids) for size, ids in loops if edges.keys() >= set(ids)][: page.limit]
        nodes = Nodes(session, {end for edge in edges.values() for end in (edge.article_id, edge.tail, edge.head)}, at)
        items = [_loop(size, [edges[one] for one in ids], nodes) for size, ids in whole]
        return _answer(request, session, LoopsOut(items=items, **said), nodes, at)


@router.get("/single-source-stories", response_model=SingleSourcesOut)
def list_single_source_stories(request: Request, site: SiteDep, window: Annotated[Window, Query()]) -> Response:
    """List articles all of whose words, as far as they say, come from one source: newest first."""
    at = now()
    with site.database.reader() as session:
        report = standing(session, "single-source-stories", window)
        looked = looked_at(report, report.rows[: 2 * window.limit], at) if report else look(session, window, at)
        found = [row for row in session.execute(queries.sourcing(looked.articles)) if row[2] == 1][: window.limit]
        nodes = Nodes(session, (one for row in found for one in (row[0], UUID(row[4]))), at)
        items = [SingleSourceOut(article=nodes.links[row[0]], source=nodes.node(UUID(row[4]), None)) for row in found]
        return _answer(request, session, SingleSourcesOut(items=items, **looked.said()), nodes, at)


def _answer(
    request: Request, session: Session, shown: LoopsOut | MostCitedOut | SingleSourcesOut, nodes: Nodes, at: datetime
) -> Response:
    content = shown.model_dump_json().encode()
    return answer(request, session, content, nodes.sources.values(), at, as_of=shown.as_of)


def _loop(size: int, edges: Sequence[Edge], nodes: Nodes) -> LoopOut:
    ends = dict.fromkeys(end for edge in edges for end in (edge.tail, edge.head))
    return LoopOut(
        size=size,
        nodes=[nodes.node(end, None) for end in list(ends)[:SHOWN]],
        references=[reference(edge, nodes) for edge in edges],
    )
