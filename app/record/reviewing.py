"""`/v1/admin/quotes`: the quotes of all articles, for whoever reviews them."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.accounts.access import needs
from app.articles import documents
from app.articles.renditions import open_desk
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.actions import Actor
from app.http import private
from app.paging import Sort, fetch
from app.quotes.models import Placement
from app.quotes.schemas import Anchor, Review
from app.record import queries
from app.record.schemas import StaffQuoteOut
from app.schemas import Page

router = Router(prefix="/v1/admin/quotes", tags=["admin"])


class StaffQuoteFilters(Paging):
    anchor: Anchor | None = Field(
        default=None, description="Only those in this state: `changed` and `orphaned` ones want an editor's eye."
    )
    review: Review | None = Field(default=None, description="Only those with this review.")


@router.get("", response_model=Page[StaffQuoteOut])
def list_staff_quotes(
    request: Request,
    site: SiteDep,
    _by: Annotated[Actor, Depends(needs("articles:read"))],
    filters: Annotated[StaffQuoteFilters, Query()],
) -> Response:
    """List the quotes of articles in any state but the trash, those of the article that was saved last first."""
    query = queries.staff_quotes()
    if filters.anchor is not None:
        query = query.where(Placement.anchor == filters.anchor)
    if filters.review is not None:
        query = query.where(Placement.review == filters.review)
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(Placement.id.expression, None, descending=True, parse=UUID),
            request=request,
            cursors=site.cursors,
            limit=filters.limit,
            count=filters.count == "exact",
        )
        desk = open_desk(session, now())
        items = [
            StaffQuoteOut(
                **documents.quote(placement, article.revision.text, list(desk.ending(article))).model_dump(),
                article=documents.staff_card(article, desk.at),
            )
            for placement, article in listing.rows
        ]
    return private(listing.to_json([item.model_dump_json().encode() for item in items]), headers=listing.links())
