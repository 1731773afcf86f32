"""Who rests on whom, seen from one article, one source or one page; and how far an article's primary source is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.delivery import Reference, latest, signpost, visible
from app.articles.queries import masthead
from app.articles.references import found_at
from app.articles.renditions import public_clock
from app.context import Paging, Router, Site, SiteDep
from app.db import now
from app.edges.models import Edge
from app.graph import queries
from app.graph.actions import REPORTED
from app.graph.nodes import described
from app.graph.schemas import EdgeKind, PrimarySourceOut, ReferenceOut
from app.graph.walking import shortest
from app.http import deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record.sources import SourceReference, present
from app.schemas import Link, Page
from app.sources.models import Source

router = Router(prefix="/v1", tags=["graph"])

MOVED = refusals(404) | {308: {}}
CITING: ColumnElement[UUID] = Edge.tail.expression
CITED: ColumnElement[UUID] = Edge.head.expression


class ReferenceFilters(Paging):
    kind: EdgeKind | None = Field(default=None, description="Only references of this kind.")


class PageFilters(ReferenceFilters):
    url: Link = Field(description="The page's address; what follows a `#` does not count.")


@router.get(
    "/articles/{reference}/references",
    response_model=Page[ReferenceOut],
    responses=refusals(404, 410) | {308: {}},
)
def list_article_references(
    request: Request, site: SiteDep, reference: Reference, filters: Annotated[ReferenceFilters, Query()]
) -> Response:
    """List what the article cites, quotes, reprints or corrects: sources, other articles, pages elsewhere.

    Of a quote that came through others, the last of them; the rest of its way is at `/provenance`.
    """
    return _of_article(request, site, reference, filters, CITING, "/references")


@router.get(
    "/articles/{reference}/citations", response_model=Page[ReferenceOut], responses=refusals(404, 410) | {308: {}}
)
def list_article_citations(
    request: Request, site: SiteDep, reference: Reference, filters: Annotated[ReferenceFilters, Query()]
) -> Response:
    """List what cites, quotes, reprints or corrects the article, newest first."""
    return _of_article(request, site, reference, filters, CITED, "/citations")


@router.get("/sources/{reference}/references", response_model=Page[ReferenceOut], responses=MOVED)
def list_source_references(
    request: Request, site: SiteDep, reference: SourceReference, filters: Annotated[ReferenceFilters, Query()]
) -> Response:
    """List whom the source quoted, as the articles say that took the words from it, newest first."""
    return _of_source(request, site, reference, filters, CITING, "/references")


@router.get("/sources/{reference}/citations", response_model=Page[ReferenceOut], responses=MOVED)
def list_source_citations(
    request: Request, site: SiteDep, reference: SourceReference, filters: Annotated[ReferenceFilters, Query()]
) -> Response:
    """List the articles and other sources that cite, quote or reprint the source, newest first."""
    return _of_source(request, site, reference, filters, CITED, "/citations")


@router.get("/citations", response_model=Page[ReferenceOut])
def list_page_citations(request: Request, site: SiteDep, filters: Annotated[PageFilters, Query()]) -> Response:
    """List the articles that link to a page, here or elsewhere, or are reprints of it, newest first."""
    with site.database.reader() as session:
        cited = found_at(session, session.scalars(masthead()).one(), filters.url)
        return _listed(request, site, session, filters, CITED, cited, now())


@router.get(
    "/articles/{reference}/primary-source", response_model=PrimarySourceOut, responses=refusals(404, 410) | {308: {}}
)
def read_primary_source(request: Request, site: SiteDep, reference: Reference) -> Response:
    """Read the shortest way from the article to a source whose own words it rests on, or which it cites itself.

    The way goes through those who passed the words on and through other articles. Empty if none is known.
    """
    at = now()
    with site.database.reader() as session:
        article, _ = visible(session, reference, at)
        if moved := signpost(article, reference, request, "/primary-source"):
            return moved
        edges = [row[0] for row in session.execute(queries.ways_from(article.id, at))]
        way, sources = described(session, shortest(edges, article.id), at)
        shown = PrimarySourceOut(
            path=way,
            length=len(way) or None,
            max_length=queries.MAX_LENGTH,
            complete=len(edges) <= queries.WALKED,
        )
        return answer(request, session, shown.model_dump_json().encode(), sources, at)


def answer(
    request: Request,
    session: Session,
    content: bytes,
    sources: Iterable[Source],
    at: datetime,
    headers: dict[str, str] | None = None,
    *,
    as_of: datetime | None = None,
) -> Response:
    """What the graph says at that moment, and shows these sources. Any article may change it. `as_of`: when it was made
    ahead, if it was."""
    changed_at, until = public_clock(session, at)
    changed_at = latest(max(changed_at, as_of or changed_at), sources)
    tags = ["feed:all", REPORTED]
    return deliver(request, content, at=at, changed_at=changed_at, until=until, tags=tags, headers=headers)


def _of_article(
    request: Request,
    site: Site,
    reference: str,
    filters: ReferenceFilters,
    end: ColumnElement[UUID],
    path: str,
) -> Response:
    at = now()
    with site.database.reader() as session:
        article, _ = visible(session, reference, at)
        moved = signpost(article, reference, request, path)
        return moved or _listed(request, site, session, filters, end, article.id, at)


def _of_source(
    request: Request,
    site: Site,
    reference: str,
    filters: ReferenceFilters,
    end: ColumnElement[UUID],
    path: str,
) -> Response:
    at = now()
    with site.database.reader() as session:
        found = present(request, session, reference, at, path)
        if isinstance(found, Response):
            return found
        return _listed(request, site, session, filters, end, found.id, at)


def _listed(
    request: Request,
    site: Site,
    session: Session,
    filters: ReferenceFilters,
    end: ColumnElement[UUID],
    node: UUID,
    at: datetime,
) -> Response:
    query = queries.edges(end, node, at)
    if filters.kind is not None:
        query = query.where(Edge.kind == filters.kind)
    sort = Sort(Edge.published_at.expression, Edge.id.expression, descending=True, parse=datetime.fromisoformat)
    listing = fetch(
        session, query, sort, request=request, cursors=site.cursors, limit=filters.limit, count=filters.count == "exact"
    )
    shown, sources = described(session, listing.rows, at)
    content = listing.to_json([row.model_dump_json().encode() for row in shown])
    return answer(request, session, content, sources, at, listing.links())
