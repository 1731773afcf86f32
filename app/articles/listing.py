"""`GET /v1/articles`: ready cards, or whole articles, in the order of a narrow feed."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import queries
from app.articles.models import FeedRow, Rendition
from app.articles.renditions import language_key, public_clock
from app.articles.schemas import ArticleOut, CardOut
from app.context import Paging, SiteDep
from app.db import now
from app.http import chosen_fields, deliver, picked
from app.paging import Sort, fetch
from app.schemas import Language, MomentIn, Out, Page
from app.search.actions import terms
from app.search.queries import matching
from app.sources.queries import id_of

router = APIRouter(prefix="/v1/articles", tags=["articles"])

SortKey = Literal["-published_at", "published_at", "-updated_at", "title"]


class ArticleFilters(Paging):
    """What a list of articles may be narrowed to; several filters must all hold."""

    q: str | None = Field(
        default=None, max_length=300, description='Words that must all occur; `"…"` for a phrase.', examples=["bridge"]
    )
    tag: str | None = Field(default=None, max_length=120, description="Slug of a tag.")
    author: str | None = Field(default=None, max_length=120, description="Slug of an author.")
    source: str | None = Field(default=None, max_length=120, description="Slug or id of a source, in any role.")
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source that is quoted.")
    language: Language | None = Field(default=None, description="BCP 47; `en` finds `en-GB` too.")
    published_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    published_before: MomentIn | None = Field(default=None, description="Earlier than this moment.")
    updated_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    reprint: bool | None = Field(default=None, description="Only reprints, or only articles of one's own.")
    corrected: bool | None = Field(default=None, description="Only with, or only without a correction.")
    sort: SortKey = Field(default="-published_at", description="A leading `-` means descending.")
    view: Literal["card", "full"] = Field(default="card", description="`full`: whole articles.")
    fields: str | None = Field(
        default=None, max_length=400, description="Keep only these top-level fields, separated by commas."
    )


@router.get("", response_model=Page[CardOut | ArticleOut])
def list_articles(request: Request, site: SiteDep, filters: Annotated[ArticleFilters, Query()]) -> Response:
    """List published articles, newest first unless sorted otherwise."""
    at = now()
    shape: type[Out] = ArticleOut if filters.view == "full" else CardOut
    fields = chosen_fields(filters.fields, shape.model_fields)
    with site.database.reader() as session:
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
            count=filters.count == "exact",
            counted=narrow,
        )
        changed_at, until = public_clock(session, at)
    return deliver(
        request,
        listing.to_json([picked(content, fields) for content, _, _ in listing.rows]),
        at=at,
        changed_at=max([changed_at, *(changed for _, changed, _ in listing.rows)]),
        until=until,
        tags=[f"feed:{keys[0]}", *(f"article:{article_id}" for _, _, article_id in listing.rows)],
        headers=listing.links(),
    )


def feed_keys(session: Session, filters: ArticleFilters) -> list[str]:
    """The feeds that an article must be in to pass the filters, at least one; the first drives the query."""
    keys = []
    if filters.tag is not None:
        keys.append(f"tag:{filters.tag}")
    if filters.author is not None:
        keys.append(f"author:{filters.author}")
    for role, reference in (("speaker", filters.speaker), ("source", filters.source)):
        if reference is not None:
            keys.append(f"{role}:{session.scalar(id_of(reference)) or 'unknown'}")
    if filters.corrected is not None:
        keys.append(f"corrected:{str(filters.corrected).lower()}")
    if filters.reprint is not None:
        keys.append(f"reprint:{str(filters.reprint).lower()}")
    if filters.language is not None:
        keys.append(language_key(filters.language))
    return keys or ["all"]


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
    if filters.q is not None:
        conditions.append(row.article_id.in_(matching(terms(filters.q))))
    if filters.published_after is not None:
        conditions.append(row.published_at > filters.published_after)
    if filters.published_before is not None:
        conditions.append(row.published_at < filters.published_before)
    if filters.updated_after is not None:
        conditions.append(row.article_id.in_(queries.updated_after(filters.updated_after, at)))
    return queries.rows_of(row).where(*conditions), sort_order(filters.sort, row)


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
