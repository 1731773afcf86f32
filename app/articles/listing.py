"""`GET /v1/articles`: ready cards, or whole articles, in the order of a narrow feed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.articles import hits, queries
from app.articles.filters import Filters, feed_keys
from app.articles.models import FeedRow, Rendition
from app.articles.renditions import public_clock
from app.articles.schemas import ArticleOut, CardOut
from app.context import Site, SiteDep
from app.db import now
from app.errors import InvalidParameter
from app.http import chosen_fields, deliver, picked
from app.paging import Sort, fetch
from app.schemas import Out, Page, names_of
from app.search import asking
from app.search.asking import Asked
from app.search.queries import LOOKED_AT

router = APIRouter(prefix="/v1/articles", tags=["articles"])

SortKey = Literal["-published_at", "published_at", "-updated_at", "title", "relevance"]


class ArticleFilters(Filters):
    q: str | None = Field(default=None, max_length=300, description=asking.MEANING, examples=["bridge"])
    sort: SortKey = Field(
        default="-published_at",
        description="A leading `-` means descending. `relevance` needs `q`; by anything but the date of publication, "
        f"the {LOOKED_AT:,} newest hits of a `q` are sorted.",
    )
    view: Literal["card", "full"] = Field(default="card", description="`full`: whole articles.")
    fields: str | None = Field(
        default=None,
        max_length=400,
        description="Keep only these top-level fields, separated by commas.",
        examples=["slug,title"],
        json_schema_extra=names_of(CardOut, ArticleOut),
    )


@router.get("", response_model=Page[CardOut | ArticleOut])
async def list_articles(request: Request, site: SiteDep, filters: Annotated[ArticleFilters, Query()]) -> Response:
    """List published articles, newest first unless sorted otherwise."""
    at = now()
    shape: type[Out] = ArticleOut if filters.view == "full" else CardOut
    fields = chosen_fields(filters.fields, shape.model_fields)

    def find(session: Session) -> Response:
        return _listed(request, site, session, filters, fields, at)

    if filters.q is not None:
        return await run_in_threadpool(_searched, request, site, filters, asking.read(filters.q), fields, at)
    if filters.sort == "relevance":
        raise InvalidParameter("See `errors`.", errors=[{"parameter": "sort", "detail": "`relevance` needs `q`."}])
    return await site.database.ask(find)


def _searched(
    request: Request, site: Site, filters: ArticleFilters, asked: Asked, fields: set[str] | None, at: datetime
) -> Response:
    with site.database.reader() as session:
        found = hits.narrowed(session, asked, filters, at)
        page = hits.find(request, site, session, asked, found, sort=filters.sort, filters=filters, at=at)
        changed_at, until = public_clock(session, at)
    contents = [row.document if filters.view == "full" else row.card for row in page.rows]
    return deliver(
        request,
        page.to_json([picked(content, fields) for content in contents]),
        at=at,
        changed_at=max([changed_at, *(row.changed_at for row in page.rows)]),
        until=until,
        tags=["feed:all", *(f"article:{row.article_id}" for row in page.rows)],
        headers=page.links(),
    )


def _listed(
    request: Request, site: Site, session: Session, filters: ArticleFilters, fields: set[str] | None, at: datetime
) -> Response:
    keys = feed_keys(session, filters)
    narrow, sort = narrowed(filters, keys, at)
    ready = Rendition.document if filters.view == "full" else Rendition.card
    listing = fetch(
        session,
        with_bytes(narrow, ready, sort),
        sort,
        request=request,
        cursors=site.cursors,
        limit=filters.limit,
        count=filters.count == "exact" and not has_counter(filters, keys),
        counted=narrow,
    )
    if filters.count == "exact" and listing.total is None:
        listing = replace(listing, total=session.scalar(queries.listed_total(keys[0], at)))
    changed_at, until = public_clock(session, at)
    # An empty answer names no feed: that would tell whether there is a source that readers do not see.
    feed = keys[0] if listing.rows else "all"
    return deliver(
        request,
        listing.to_json([picked(content, fields) for content, _, _ in listing.rows]),
        at=at,
        changed_at=max([changed_at, *(changed for _, changed, _ in listing.rows)]),
        until=until,
        tags=[f"feed:{feed}", *(f"article:{article_id}" for _, _, article_id in listing.rows)],
        headers=listing.links(),
    )


def narrowed(filters: ArticleFilters, keys: list[str], at: datetime) -> tuple[Select[*tuple[Any, ...]], Sort]:
    """The rows that pass every filter, and their order.

    In the order of publication they come from the first feed; in any other from the renditions themselves.
    """
    by_date = filters.sort.endswith("published_at")
    row: type[FeedRow] | type[Rendition] = FeedRow if by_date else Rendition
    conditions: list[ColumnElement[bool]] = [queries.in_time(row, at)]
    if by_date:
        conditions.append(FeedRow.key == keys[0])
    conditions += [row.article_id.in_(queries.listed(key, at)) for key in (keys[1:] if by_date else keys)]
    if filters.published_after is not None:
        conditions.append(row.published_at > filters.published_after)
    if filters.published_before is not None:
        conditions.append(row.published_at < filters.published_before)
    if filters.updated_after is not None:
        conditions.append(row.article_id.in_(queries.updated_after(filters.updated_after, at)))
    return queries.rows_of(row).where(*conditions), sort_order(filters.sort, row)


def has_counter(filters: Filters, keys: Sequence[str]) -> bool:
    """Whether the rows that pass are those of one list, which has a counter."""
    dates = (filters.published_after, filters.published_before, filters.updated_after)
    return len(keys) == 1 and all(date is None for date in dates)


def with_bytes(narrow: Select[*tuple[Any, ...]], ready: Any, sort: Sort) -> Select[*tuple[Any, ...]]:
    """The same rows with their ready bytes, last change and article's id."""
    found = narrow
    if sort.column.table is FeedRow.__table__:
        found = narrow.join(
            Rendition,
            (Rendition.article_id == FeedRow.article_id) & (Rendition.visible_from == FeedRow.visible_from),
        )
    return found.with_only_columns(ready, Rendition.changed_at, Rendition.article_id)


def sort_order(key: SortKey, row: type[FeedRow] | type[Rendition]) -> Sort:
    descending = key.startswith("-")
    if key == "title":
        return Sort(Rendition.title.expression, Rendition.article_id.expression, descending)
    column = Rendition.updated_at if key == "-updated_at" else row.published_at
    return Sort(column.expression, row.article_id.expression, descending, parse=datetime.fromisoformat)
