"""`/v1/quotes`: who said what, in all published articles."""

import json
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.renditions import public_clock
from app.articles.schemas import RecordedQuoteOut
from app.context import Router, Site, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import chosen_fields, deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record import queries
from app.record.facets import QUOTE_FACETS, lists_among, quote_facets
from app.record.finding import QuoteFilters, asked_of, counted_list, lists_of, narrowed
from app.record.schemas import HIGHLIGHTS, QuotePage
from app.search import counters
from app.search.asking import Asked
from app.search.counters import ALL
from app.search.models import QuoteDocument
from app.search.queries import QUOTES, position
from app.search.words import folded

router = Router(prefix="/v1", tags=["record"])


class AllQuoteFilters(QuoteFilters):
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source.")


@router.get("/quotes", response_model=QuotePage)
def list_quotes(request: Request, site: SiteDep, filters: Annotated[AllQuoteFilters, Query()]) -> Response:
    """List quotes of all published articles: who said what, by their words and by all that is known of them. Confirmed
    ones, unless asked otherwise."""
    with site.database.reader() as session:
        return quotes_page(request, site, session, filters, speaker=filters.speaker)


@router.get("/quotes/{quote_id}", response_model=RecordedQuoteOut, responses=refusals(404))
def read_quote(
    request: Request, site: SiteDep, quote_id: Annotated[str, Path(max_length=120, description="Id.")]
) -> Response:
    """Read one quote with its place, its way, its speaker's roles at the time, and its article."""
    at = now()
    with site.database.reader() as session:
        row = session.execute(queries.quote(quote_id, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such quote.")
        changed_at, until = public_clock(session, at)
    changed_at = max(changed_at, row.changed_at)
    return deliver(request, row.card, at=at, changed_at=changed_at, until=until, tags=["feed:all"])


def quotes_page(
    request: Request,
    site: Site,
    session: Session,
    filters: QuoteFilters,
    *,
    speaker: str | None = None,
    via: str | None = None,
) -> Response:
    """A page of quotes, of what one source said or passed on if it is given."""
    at = now()
    asked = asked_of(filters)
    facets = chosen_fields(filters.facets, QUOTE_FACETS, parameter="facets")
    lists = lists_of(session, filters, speaker=speaker, via=via)
    counted = counted_list(filters, lists)
    by_day = filters.sort.endswith("said_on")
    found = narrowed(session, asked, filters, lists, at=at, by_day=by_day)
    is_counted = filters.count == "exact"
    is_looked_at = counted is None and (facets or is_counted)
    hits = narrowed(session, asked, filters, lists, at=at) if by_day and is_looked_at else found
    page = fetch(
        session,
        found.with_only_columns(QuoteDocument.card, QuoteDocument.changed_at),
        _order(filters.sort, session.get_bind().dialect.name),
        request=request,
        cursors=site.cursors,
        limit=filters.limit,
        count=is_counted and counted is None,
        counted=hits,
    )
    counts = None
    if counted is not None and (facets or is_counted):
        most = {name: QUOTE_FACETS[name] for name in facets or ()}
        seen = counters.seen(session, filters.review, counted, most, at)
        page = replace(page, total=seen[ALL] if is_counted else None)
        counts = quote_facets(session, seen, facets) if facets else None
    elif facets:
        counts = quote_facets(session, lists_among(session, hits), facets)
    changed_at, until = public_clock(session, at)
    content = page.to_json([_shown(card, asked) for card, _ in page.rows])
    if counts is not None:
        content = content[:-1] + b',"facets":' + counts.model_dump_json().encode() + b"}"
    return deliver(
        request,
        content,
        at=at,
        changed_at=max([changed_at, *(changed for _, changed in page.rows)]),
        until=until,
        tags=["feed:all"],
        headers=page.links(),
    )


def _order(sort: str, engine: str) -> Sort:
    descending = sort.startswith("-")
    if sort.endswith("said_on"):
        day, quote_id = QuoteDocument.day.expression, QuoteDocument.quote_id.expression
        return Sort(day, quote_id, descending, parse=date.fromisoformat)
    return Sort(position(engine, QUOTES), None, descending, parse=int)


def _shown(card: bytes, asked: Asked) -> bytes:
    """The quote, with the places of the words if any were asked for."""
    if not asked.wanted:
        return card
    words = folded(json.loads(card)["exact"])
    places = [{"start": start, "end": end} for start, end in asked.spans(words, HIGHLIGHTS)]
    return card[:-1] + b',"highlights":' + json.dumps(places, separators=(",", ":")).encode() + b"}"
