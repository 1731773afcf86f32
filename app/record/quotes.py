"""`/v1/quotes`: who said what, in all published articles."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.delivery import latest
from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.renditions import open_desk, public_clock
from app.context import Paging, Site, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import deliver
from app.openapi import refusals
from app.paging import Sort
from app.quotes.fragments import at_words
from app.quotes.models import Placement
from app.quotes.queries import said_on
from app.quotes.schemas import QuoteKind
from app.record import queries
from app.record.listing import link_to, listed
from app.record.schemas import RecordedQuoteOut
from app.schemas import DayIn, MomentIn, Page
from app.sources.models import Source

router = APIRouter(prefix="/v1", tags=["record"])


class QuoteFilters(Paging):
    """What a list of quotes may be narrowed to; several filters must all hold."""

    via: str | None = Field(
        default=None, max_length=120, description="Slug or id of a source that the words came through."
    )
    article: str | None = Field(default=None, max_length=120, description="Slug of an article.")
    tag: str | None = Field(default=None, max_length=120, description="Slug of a tag of the article.")
    kind: QuoteKind | None = Field(default=None, description="How it stands in the text.")
    said_after: DayIn | None = Field(
        default=None, description="Later than this day at its first dated station; one without a date is left out."
    )
    said_before: DayIn | None = Field(
        default=None, description="Earlier than this day at its first dated station; one without a date is left out."
    )
    published_after: MomentIn | None = Field(default=None, description="In articles later than this moment.")
    published_before: MomentIn | None = Field(default=None, description="In articles earlier than this moment.")
    review: Literal["confirmed", "suggested", "any"] = Field(
        default="confirmed", description="`any`: confirmed and suggested ones. Rejected ones are never listed."
    )
    sort: Literal["-published_at", "published_at"] = Field(
        default="-published_at", description="By the article's date; a leading `-` means descending."
    )


class AllQuoteFilters(QuoteFilters):
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source.")


@router.get("/quotes", response_model=Page[RecordedQuoteOut])
def list_quotes(request: Request, site: SiteDep, filters: Annotated[AllQuoteFilters, Query()]) -> Response:
    """List quotes of all published articles: who said what. Confirmed ones, unless asked otherwise."""
    with site.database.reader() as session:
        return quotes_page(request, site, session, filters, filters.speaker)


@router.get("/quotes/{quote_id}", response_model=RecordedQuoteOut, responses=refusals(404))
def read_quote(
    request: Request, site: SiteDep, quote_id: Annotated[str, Path(max_length=120, description="Id.")]
) -> Response:
    """Read one quote with its place, its way and its article."""
    at = now()
    with site.database.reader() as session:
        row = session.execute(queries.quote(quote_id, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such quote.")
        desk = open_desk(session, at)
        changed_at, until = public_clock(session, at)
        shown = recorded(row, desk)
    return deliver(
        request,
        shown.model_dump_json().encode(),
        at=at,
        changed_at=latest(changed_at, sources_of(row)),
        until=until,
        tags=["feed:all"],
    )


def quotes_page(request: Request, site: Site, session: Session, filters: QuoteFilters, speaker: str | None) -> Response:
    at = now()
    query = queries.quotes(at)
    if speaker is not None:
        query = query.where(queries.said_by(speaker))
    if filters.via is not None:
        query = query.where(queries.came_through(filters.via, at))
    if filters.article is not None:
        query = query.where(Article.slug == filters.article)
    if filters.tag is not None:
        query = query.where(queries.is_tagged(filters.tag))
    if filters.kind is not None:
        query = query.where(Placement.kind == filters.kind)
    if filters.said_after is not None:
        query = query.where(said_on() > filters.said_after)
    if filters.said_before is not None:
        query = query.where(said_on() < filters.said_before)
    if filters.published_after is not None:
        query = query.where(Article.published_at > filters.published_after)
    if filters.published_before is not None:
        query = query.where(Article.published_at < filters.published_before)
    reviews = ["confirmed", "suggested"] if filters.review == "any" else [filters.review]
    sort = Sort(
        Article.published_at.expression,
        Placement.quote_id.expression,
        descending=filters.sort.startswith("-"),
        parse=datetime.fromisoformat,
    )
    return listed(
        request,
        site,
        session,
        filters,
        query.where(Placement.review.in_(reviews)),
        sort,
        at,
        write=recorded,
        shows=sources_of,
    )


def recorded(row: Any, desk: Desk) -> RecordedQuoteOut:
    placement, article = row
    text = article.revision.text
    shown = documents.quote(placement, text, list(desk.ending(article)))
    url = at_words(desk.masthead.url_of(article), text, placement.start, placement.end)
    return RecordedQuoteOut(**shown.model_dump(), url=url, article=link_to(article))


def sources_of(row: Any) -> Iterable[Source]:
    placement, article = row
    if placement.speaker:
        yield placement.speaker
    yield from (hop.source for hop in placement.hops)
    yield from (granted.assigner for granted in article.permissions)
