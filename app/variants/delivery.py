"""`/v1/quotes/{id}/variants`: the same statement as other articles have it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.articles.comparing import compare
from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.snapshots import ChangeOut
from app.context import Paging, SiteDep
from app.db import now
from app.errors import NotFound
from app.openapi import refusals
from app.paging import Sort
from app.quotes.models import Placement
from app.record.listing import listed
from app.record.queries import quote
from app.record.quotes import recorded, sources_of
from app.schemas import Page
from app.variants import queries
from app.variants.actions import COMPARED
from app.variants.schemas import VariantOut
from app.variants.words import MOST, Label, labels, normal

router = APIRouter(prefix="/v1", tags=["record"])


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

    Confirmed ones, unless asked otherwise. A new quote is among them within seconds.
    """
    at = now()
    with site.database.reader() as session:
        row = session.execute(quote(quote_id, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such quote.")
        own, article = row
        reviews = ["confirmed", "suggested"] if filters.review == "any" else [filters.review]
        return listed(
            request,
            site,
            session,
            filters,
            queries.variants(own.quote_id, article.id, at).where(Placement.review.in_(reviews)),
            Sort(Placement.quote_id.expression, None, descending=False, parse=UUID),
            at,
            write=lambda other, desk: _variant(own, other, desk),
            shows=sources_of,
            tags=["feed:all", COMPARED],
            derived_at=session.scalar(queries.compared_at()),
        )


def differences(one: Placement, other: Placement) -> list[ChangeOut] | None:
    """What differs, word by word, in the words as they stand; none for very long ones."""
    if max(len(one.exact.split()), len(other.exact.split())) > MOST:
        return None
    return [ChangeOut.model_validate(change) for change in compare(one.exact, other.exact)]


def _variant(own: Placement, row: tuple[Placement, Article], desk: Desk) -> VariantOut:
    other = row[0]
    found: Any = labelled(own, other)
    return VariantOut(labels=found, diff=differences(own, other), quote=recorded(row, desk))


def labelled(own: Placement, other: Placement) -> list[Label]:
    """What sets two quotes of one statement apart, in the order of the alphabet."""
    found = labels(normal(own.exact), normal(other.exact))
    if own.speaker_id and other.speaker_id and own.speaker_id != other.speaker_id:
        found.add("attributed")
    return sorted(found)
