"""What a search finds: in the order of publication straight from the index, in any other among the newest hits."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from app.articles import queries
from app.articles.filters import Filters, feed_keys
from app.articles.models import Rendition
from app.context import Site
from app.paging import Listing, Sort, counting, fetch, fetch_ranked
from app.search import queries as search
from app.search.asking import Asked
from app.search.ranking import rank


def narrowed(session: Session, asked: Asked, filters: Filters, at: datetime) -> Select[*tuple[Any, ...]]:
    """The ids of the articles that have what is asked for, pass every filter and are seen at that moment."""
    engine = session.get_bind().dialect.name
    lists = [key for key in feed_keys(session, filters) if key != "all"]
    hits = queries.seen(search.matching(asked, lists, engine), at)
    if filters.published_after is not None:
        after = filters.published_after
        hits = hits.where(search.since(after, engine), Rendition.published_at > after)
    if filters.published_before is not None:
        before = filters.published_before
        hits = hits.where(search.until(before, engine), Rendition.published_at < before)
    if filters.updated_after is not None:
        hits = hits.where(Rendition.updated_at > filters.updated_after)
    return hits


def find(
    request: Request,
    site: Site,
    session: Session,
    asked: Asked,
    hits: Select[*tuple[Any, ...]],
    *,
    sort: str,
    filters: Filters,
    at: datetime,
) -> Listing[Row[*tuple[Any, ...]]]:
    """A page of these hits: each one's id, card, document and last change. Raises `InvalidCursor`."""
    engine = session.get_bind().dialect.name
    limit, cursors = filters.limit, site.cursors
    page: Listing[Any]
    if sort == "relevance":
        weighed = session.execute(search.weights_of(hits, engine))
        ranked = [(rank(asked, row.weights, row.id), row.article_id) for row in weighed]
        page = fetch_ranked(ranked, request=request, cursors=cursors, limit=limit)
    else:
        found, order = _sorted(hits, sort, at, engine)
        page = fetch(session, found, order, request=request, cursors=cursors, limit=limit, count=False)
    total = session.scalar(counting(hits)) if filters.count == "exact" else None
    ready = {row.article_id: row for row in session.execute(queries.ready(page.rows, at))}
    return replace(page, rows=[ready[article_id] for article_id in page.rows], total=total)


def _sorted(hits: Select[*tuple[Any, ...]], sort: str, at: datetime, engine: str) -> tuple[Select[UUID], Sort]:
    """By the date of publication straight from the index, else the newest hits by their renditions."""
    down = sort not in ("title", "published_at")
    if sort.endswith("published_at"):
        return hits, Sort(search.position(engine), None, down, parse=int)
    found = queries.among(search.newest(hits, engine).subquery(), at)
    if sort == "title":
        return found, Sort(Rendition.title.expression, Rendition.article_id.expression, down)
    return found, Sort(
        Rendition.updated_at.expression, Rendition.article_id.expression, down, parse=datetime.fromisoformat
    )
