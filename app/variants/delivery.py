"""`/v1/quotes/{id}/variants`: the same statement as other articles have it."""

from datetime import date
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

from fastapi import Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.articles.comparing import compare
from app.articles.renditions import public_clock
from app.articles.schemas import RecordedQuoteOut
from app.articles.snapshots import ChangeOut
from app.context import Paging, Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record.queries import quote
from app.schemas import Page
from app.search.models import QuoteDocument
from app.variants import queries
from app.variants.actions import COMPARED
from app.variants.schemas import VariantOut
from app.variants.words import Label, labels, normal

router = Router(prefix="/v1", tags=["record"])

SHOWN = 300
"""Of a quote of more words it is not said word by word what differs: a page may have a hundred."""


class Said(NamedTuple):
    """The words of a quote and who said them."""

    exact: str
    speaker_id: UUID | None


class VariantFilters(Paging):
    review: Literal["confirmed", "suggested", "any"] = Field(
        default="confirmed", description="`any`: confirmed and suggested ones. Rejected ones are never listed."
    )


@router.get("/quotes/{quote_id}/variants", response_model=Page[VariantOut], responses=refusals(404))
def list_quote_variants(
    request: Request,
    site: SiteDep,
    quote_id: Annotated[str, Path(max_length=120, description="Id.")],
    filters: Annotated[VariantFilters, Query()],
) -> Response:
    """List the quotes of the same statement in other published articles, the oldest first, and how they differ.

    By the day of the words, or of the article where that is not known. Confirmed ones, unless asked otherwise. A new
    quote is among them within seconds.
    """
    at = now()
    with site.database.reader() as session:
        row = session.execute(quote(quote_id, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such quote.")
        own = RecordedQuoteOut.model_validate_json(row.card)
        reviews = ["confirmed", "suggested"] if filters.review == "any" else [filters.review]
        page = fetch(
            session,
            queries.variants(own.id, row.article_id, at).where(QuoteDocument.review.in_(reviews)),
            Sort(QuoteDocument.day.expression, QuoteDocument.quote_id.expression, False, parse=date.fromisoformat),
            request=request,
            cursors=site.cursors,
            limit=filters.limit,
            count=filters.count == "exact",
        )
        changed_at, until = public_clock(session, at)
        changes = [session.scalar(queries.compared_at()) or changed_at, row.changed_at]
    return deliver(
        request,
        page.to_json([_variant(own, card).model_dump_json().encode() for card, _ in page.rows]),
        at=at,
        changed_at=max([changed_at, *changes, *(changed for _, changed in page.rows)]),
        until=until,
        tags=["feed:all", COMPARED],
        headers=page.links(),
    )


def differences(one: str, other: str) -> list[ChangeOut] | None:
    """What differs, word by word, in the words as they stand; none for very long ones."""
    if max(len(one.split()), len(other.split())) > SHOWN:
        return None
    return [ChangeOut.model_validate(change) for change in compare(one, other)]


def _variant(own: RecordedQuoteOut, card: bytes) -> VariantOut:
    other = RecordedQuoteOut.model_validate_json(card)
    found: Any = labelled(_said(own), _said(other))
    return VariantOut(labels=found, diff=differences(own.exact, other.exact), quote=other)


def _said(quote: RecordedQuoteOut) -> Said:
    return Said(quote.exact, quote.speaker.id if quote.speaker else None)


def labelled(own: Said, other: Said) -> list[Label]:
    """What sets two quotes of one statement apart, in the order of the alphabet."""
    found = labels(normal(own.exact), normal(other.exact))
    if own.speaker_id and other.speaker_id and own.speaker_id != other.speaker_id:
        found.add("attributed")
    return sorted(found)
