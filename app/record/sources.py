"""`/v1/sources`: anyone or anything that published articles rely on."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.articles import documents
from app.articles.delivery import latest
from app.articles.listing import ArticleFilters, list_articles
from app.articles.renditions import public_clock
from app.articles.schemas import CardOut
from app.context import Paging, Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import deliver
from app.openapi import refusals
from app.paging import Sort, counting
from app.record import queries
from app.record.finding import QuoteFilters, passed_on
from app.record.listing import described, listed
from app.record.quotes import quotes_page
from app.record.schemas import QuotePage
from app.schemas import DayIn, In, Page
from app.sources.actions import fold
from app.sources.models import Source
from app.sources.queries import is_named_like, organizations
from app.sources.schemas import Kind, SourceDetailOut, SourceOut

router = Router(prefix="/v1", tags=["record"])

SourceReference = Annotated[str, Path(max_length=120, description="Slug or id.", examples=["maren-oduya"])]


class SourceFilters(Paging):
    kind: Kind | None = Field(default=None, description="Who or what they are.")
    q: str | None = Field(default=None, min_length=1, max_length=200, description="How one of its names begins.")


class SourceQuoteFilters(QuoteFilters):
    role: Literal["speaker", "via"] = Field(
        default="speaker", description="What it said, or what came through it from somebody else."
    )


@router.get("/sources", response_model=Page[SourceOut])
def list_sources(request: Request, site: SiteDep, filters: Annotated[SourceFilters, Query()]) -> Response:
    """List the sources that published articles rely on, by name."""
    at = now()
    query = queries.sources(at)
    if filters.kind is not None:
        query = query.where(Source.kind == filters.kind)
    if filters.q is not None:
        query = query.where(is_named_like(fold(filters.q)))
    with site.database.reader() as session:
        return listed(
            request,
            site,
            session,
            filters,
            query,
            Sort(Source.name.expression, Source.id.expression, descending=False),
            at,
            write=lambda row, _: documents.source(row),
            shows=lambda row: [row],
        )


class OneDay(In):
    on: DayIn | None = Field(default=None, description="Only roles held on this day, as far as their dates are known.")


@router.get("/sources/{reference}", response_model=SourceDetailOut, responses=refusals(404) | {308: {}})
def read_source(
    request: Request, site: SiteDep, reference: SourceReference, asked: Annotated[OneDay, Query()]
) -> Response:
    """Read one source: names, roles with dates, the same source elsewhere, and how often it is quoted. With `on=` only
    the roles that it held on that day.

    A source that was merged into another answers 308 with the address of that one.
    """
    at = now()
    with site.database.reader() as session:
        source = present(request, session, reference, at)
        if isinstance(source, Response):
            return source
        quote_count, article_count = session.execute(queries.counts(source.id, at)).one()
        places = {place.id: place for place in session.scalars(organizations(source.id))}
        passed_on_count = session.scalar(counting(passed_on(session, source.id, at)))
        changed_at, until = public_clock(session, at)
    shown = SourceDetailOut(
        **described(source, places, on=asked.on),
        quote_count=quote_count,
        passed_on_count=passed_on_count,
        article_count=article_count,
    )
    return deliver(
        request,
        shown.model_dump_json().encode(),
        at=at,
        changed_at=latest(changed_at, [source, *places.values()]),
        until=until,
        tags=["feed:all"],
    )


@router.get("/sources/{reference}/quotes", response_model=QuotePage, responses=refusals(404) | {308: {}})
def list_source_quotes(
    request: Request, site: SiteDep, reference: SourceReference, filters: Annotated[SourceQuoteFilters, Query()]
) -> Response:
    """List what the source said, or what came through it, newest first; `sort=said_on` makes it a timeline. Confirmed
    quotes, unless asked otherwise."""
    with site.database.reader() as session:
        found = present(request, session, reference, now(), "/quotes")
        if isinstance(found, Response):
            return found
        return quotes_page(request, site, session, filters, **{filters.role: reference})


@router.get("/sources/{reference}/articles", response_model=Page[CardOut], responses=refusals(404) | {308: {}})
async def list_source_articles(
    request: Request, site: SiteDep, reference: SourceReference, page: Annotated[Paging, Query()]
) -> Response:
    """List the articles that rely on the source, in any role, newest first."""
    found = await site.database.ask(lambda session: present(request, session, reference, now(), "/articles"))
    if isinstance(found, Response):
        return found
    return await list_articles(request, site, ArticleFilters(**page.model_dump(), source=reference))


def present(request: Request, session: Session, reference: str, at: datetime, path: str = "") -> Source | Response:
    """The source; for one that was merged away, 308 to the one that has it.

    Raises `NotFound`, also where readers may not see that one.
    """
    source = called = session.scalar(queries.source(reference, at))
    while source is not None and source.merged_into_id is not None:
        source = session.scalar(queries.source(str(source.merged_into_id), at))
    if source is None:
        raise NotFound("There is no such source.")
    if source is called:
        return source
    query = f"?{request.url.query}" if request.url.query else ""
    address = f"/v1/sources/{source.slug}{path}{query}"
    return RedirectResponse(address, 308, headers={"Cache-Control": "public, max-age=60"})
