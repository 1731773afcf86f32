"""What a search finds: in the order of publication straight from the index, in any other among the newest hits."""

from datetime import datetime
from typing import Any

from fastapi import Request
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from app.articles import queries
from app.articles.filters import Filters, feed_keys
from app.articles.models import Rendition
from app.context import Site
from app.paging import Listing, Sort, fetch
from app.search import queries as search
from app.search.asking import Asked


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
    found, order = _sorted(asked, hits, sort, at, session.get_bind().dialect.name)
    page: Listing[Any] = fetch(
        session,
        found,
        order,
        request=request,
        cursors=site.cursors,
        limit=filters.limit,
        count=filters.count == "exact",
        counted=hits,
    )
    ready = {row.article_id: row for row in session.execute(queries.ready(page.rows, at))}
    return Listing([ready[article_id] for article_id in page.rows], page.next, page.prev, page.total)


def _sorted(
    asked: Asked, hits: Select[*tuple[Any, ...]], sort: str, at: datetime, engine: str
) -> tuple[Select[*tuple[Any, ...]], Sort]:
    down = sort not in ("title", "published_at")
    if sort.endswith("published_at"):
        return hits, Sort(search.position(engine), None, down, parse=int)
    if sort == "relevance":
        ranked, rank = search.ranked(asked, hits, engine)
        return ranked, Sort(rank, None, down, parse=int)
    found = queries.among(search.newest(hits, engine).subquery(), at)
    if sort == "title":
        return found, Sort(Rendition.title.expression, Rendition.article_id.expression, down)
    return found, Sort(
        Rendition.updated_at.expression, Rendition.article_id.expression, down, parse=datetime.fromisoformat
    )
