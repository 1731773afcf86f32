"""`/v1/admin/quotes`: quotes of all articles that wait for an editor's decision, and his decisions."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import func
from starlette.responses import Response

from app.articles import documents
from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.quoting import QuoteEditor
from app.articles.renditions import open_desk
from app.context import Paging, Router, SiteDep
from app.db import now
from app.errors import Problem, described
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.quotes.models import Placement
from app.quotes.schemas import QuoteKind, Review
from app.record import queries
from app.record.deciding import decide, version
from app.record.schemas import (
    ContextOut,
    DecisionsIn,
    DecisionsOut,
    ReviewedArticleOut,
    ReviewedQuoteOut,
)
from app.schemas import Page

router = Router(prefix="/v1/admin/quotes", tags=["admin"])

AROUND = 200
"""Code points of the text that are shown before and after a quote."""

Confidence = Annotated[float | None, Field(ge=0, le=1)]


class ReviewFilters(Paging):
    """What the quotes to review may be narrowed to; several filters must all hold."""

    review: Review = Field(default="suggested", description="Only in this state.")
    article: str | None = Field(default=None, max_length=120, description="Slug or id of an article.")
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source.")
    has_speaker: bool | None = Field(default=None, description="Only those whose speaker is known, or is not.")
    kind: QuoteKind | None = Field(default=None, description="How it stands in the text.")
    min_confidence: Confidence = Field(default=None, description="Only those of this confidence or more.")
    max_confidence: Confidence = Field(default=None, description="Only those of this confidence or less.")
    sort: Literal["-confidence", "confidence"] = Field(
        default="-confidence",
        description="The surest first, or the least sure. What a person suggested counts as sure.",
    )


@router.get("/review", response_model=Page[ReviewedQuoteOut])
def list_quotes_to_review(
    request: Request, site: SiteDep, _by: QuoteEditor, filters: Annotated[ReviewFilters, Query()]
) -> Response:
    """List suggested quotes of all articles, the surest first, each with the text around it.

    Its `version` goes with your decision (`POST /v1/admin/quotes/bulk`).
    """
    confidence = func.coalesce(Placement.confidence, 1.0)
    query = queries.in_review(filters.review)
    if filters.article is not None:
        query = query.where(queries.in_article(filters.article))
    if filters.speaker is not None:
        query = query.where(queries.said_by(filters.speaker))
    if filters.has_speaker is not None:
        query = query.where(Placement.speaker_id.is_not(None) == filters.has_speaker)
    if filters.kind is not None:
        query = query.where(Placement.kind == filters.kind)
    if filters.min_confidence is not None:
        query = query.where(confidence >= filters.min_confidence)
    if filters.max_confidence is not None:
        query = query.where(confidence <= filters.max_confidence)
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(confidence, Placement.quote_id.expression, descending=filters.sort.startswith("-"), parse=float),
            request=request,
            cursors=site.cursors,
            limit=filters.limit,
            count=filters.count == "exact",
        )
        desk = open_desk(session, now())
        items = [_reviewed(placement, article, desk).model_dump_json().encode() for placement, article in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.post("/bulk", response_model=DecisionsOut, responses=refusals(422))
def review_quotes(request: Request, site: SiteDep, by: QuoteEditor, data: DecisionsIn, retries: RetriesDep) -> Response:
    """Confirm, reject or mend up to 500 quotes, of any articles. Each is carried out or refused by itself.

    Those of one article make one revision of it, together. The answer has the result of each, in your order.
    """
    with site.database.reader() as session:
        if (answer := retries.answered(session)) is not None:
            return answer
    decided = decide(site.database, data.items, by=by)
    results = [_decided(each.id, decided[each.id], request) for each in data.items]
    answer = private(json.dumps({"items": results}, ensure_ascii=False).encode())
    with site.database.writer.session() as session:
        return retries.once(session, lambda: answer)


def _reviewed(placement: Placement, article: Article, desk: Desk) -> ReviewedQuoteOut:
    text = article.revision.text
    shown = documents.quote(placement, text, list(desk.ending(article)))
    start, end = placement.start, placement.end
    before = text[max(0, start - AROUND) : start] if start is not None else ""
    return ReviewedQuoteOut(
        **shown.model_dump(),
        rule=placement.rule,
        version=version(placement),
        context=ContextOut(before=before, after=text[end : end + AROUND] if end is not None else ""),
        article=ReviewedArticleOut(
            id=article.id, slug=article.slug, title=article.revision.title, status=article.state(desk.at)
        ),
    )


def _decided(quote_id: UUID, result: str | Problem, request: Request) -> dict[str, Any]:
    """In the shape of `DecidedOut`."""
    if isinstance(result, str):
        return {"id": str(quote_id), "status": 200, "version": result, "problem": None}
    return {
        "id": str(quote_id),
        "status": result.status,
        "version": None,
        "problem": described(result, instance=request.url.path, request_id=request.state.request_id),
    }
