"""`GET /v1/articles`: ready cards, or whole articles, in the order of a narrow feed."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import ColumnElement, Connection, Select, Text, bindparam
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.articles import hits, queries
from app.articles.filters import Filters, feed_keys
from app.articles.models import FeedRow, Rendition
from app.articles.renditions import kept_clock, public_clock
from app.articles.schemas import ArticleOut, CardOut
from app.context import Router, Site, SiteDep
from app.db import UtcDateTime, now
from app.errors import InvalidParameter
from app.http import chosen_fields, deliver, picked
from app.paging import Sort, fetch
from app.schemas import Out, Page, names_of
from app.search import asking
from app.search.asking import Asked
from app.search.queries import LOOKED_AT

router = Router(prefix="/v1/articles", tags=["articles"])

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
    if filters.q is None:
        return await listed(request, site, filters)
    return await run_in_threadpool(_searched, request, site, filters, asking.read(filters.q))


async def listed(request: Request, site: Site, filters: ArticleFilters) -> Response:
    """The answer to a request without `q`. Raises `InvalidParameter` or `InvalidCursor`."""
    at = now()
    fields = _fields(filters)
    if filters.sort == "relevance":
        raise InvalidParameter("See `errors`.", errors=[{"parameter": "sort", "detail": "`relevance` needs `q`."}])
    return await site.database.look_up(lambda connection: _listed(request, site, connection, filters, fields, at))


def _fields(filters: ArticleFilters) -> set[str] | None:
    shape: type[Out] = ArticleOut if filters.view == "full" else CardOut
    return chosen_fields(filters.fields, shape.model_fields)


def _searched(request: Request, site: Site, filters: ArticleFilters, asked: Asked) -> Response:
    at = now()
    fields = _fields(filters)
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
    request: Request,
    site: Site,
    connection: Connection,
    filters: ArticleFilters,
    fields: set[str] | None,
    at: datetime,
) -> Response:
    keys = feed_keys(connection, filters)
    bounds = {name: moment for name in BOUNDS if (moment := getattr(filters, name)) is not None}
    rows = rows_of(filters.sort, filters.view, len(keys), tuple(bounds))
    listing = fetch(
        connection,
        rows.ready,
        rows.sort,
        request=request,
        cursors=site.cursors,
        limit=filters.limit,
        count=filters.count == "exact" and not is_counted(keys, bounds),
        counted=rows.narrow,
        values={"at": at, **bounds, **{f"list_{n}": key for n, key in enumerate(keys)}},
    )
    if filters.count == "exact" and listing.total is None:
        listing = replace(listing, total=connection.scalar(queries.listed_total(keys[0], at)))
    changed_at, until = kept_clock(connection, at)
    # An empty answer names no feed: that would tell whether there is a source that readers do not see.
    feed = keys[0] if listing.rows else "all"
    return deliver(
        request,
        listing.to_json([picked(content, fields) for content, _ in listing.rows]),
        at=at,
        changed_at=max([changed_at, *(changed for _, changed in listing.rows)]),
        until=until,
        tags=[f"feed:{feed}", *(f"article:{article_id}" for article_id in listing.ids)],
        headers=listing.links(),
    )


BOUNDS = ("published_after", "published_before", "updated_after")


class Rows(NamedTuple):
    """What is asked for a page: `ready` bytes, with the last change of each, or `narrow` rows to be counted."""

    ready: Select[*tuple[Any, ...]]
    narrow: Select[*tuple[Any, ...]]
    sort: Sort


@cache
def rows_of(order: SortKey, view: str, lists: int, bounds: tuple[str, ...]) -> Rows:
    """The rows that are in so many lists and within these bounds, whose values come with each request: to write a
    statement costs more than to run it, so each is written once.

    In the order of publication they come from the first list's feed; in any other from the renditions themselves.
    """
    by_date = order.endswith("published_at")
    row: type[FeedRow] | type[Rendition] = FeedRow if by_date else Rendition
    keys = [bindparam(f"list_{n}", type_=Text()) for n in range(lists)]
    conditions: list[ColumnElement[bool]] = [queries.in_time(row, queries.AT)]
    if by_date:
        conditions.append(FeedRow.key == keys.pop(0))
    conditions += [row.article_id.in_(queries.listed(key, queries.AT)) for key in keys]
    for name in bounds:
        moment = bindparam(name, type_=UtcDateTime())
        if name == "updated_after":
            conditions.append(row.article_id.in_(queries.updated_after(moment, queries.AT)))
        else:
            later = name == "published_after"
            conditions.append(row.published_at > moment if later else row.published_at < moment)
    narrow, sort = queries.rows_of(row).where(*conditions), sort_order(order, row)
    return Rows(with_bytes(narrow, Rendition.document if view == "full" else Rendition.card, sort), narrow, sort)


def is_counted(keys: Sequence[str], bounds: Collection[str]) -> bool:
    """Whether the rows that pass are those of one list, which has a counter."""
    return len(keys) == 1 and not bounds


def with_bytes(narrow: Select[*tuple[Any, ...]], ready: Any, sort: Sort) -> Select[*tuple[Any, ...]]:
    """The same rows with their ready bytes and last change."""
    found = narrow
    if sort.column.table is FeedRow.__table__:
        found = narrow.join(
            Rendition,
            (Rendition.article_id == FeedRow.article_id) & (Rendition.visible_from == FeedRow.visible_from),
        )
    return found.with_only_columns(ready, Rendition.changed_at)


def sort_order(key: SortKey, row: type[FeedRow] | type[Rendition]) -> Sort:
    descending = key.startswith("-")
    if key == "title":
        return Sort(Rendition.title.expression, Rendition.article_id.expression, descending)
    column = Rendition.updated_at if key == "-updated_at" else row.published_at
    return Sort(column.expression, row.article_id.expression, descending, parse=datetime.fromisoformat)
