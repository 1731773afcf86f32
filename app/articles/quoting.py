"""`/v1/admin/articles/{id}/quotes`: quotes added, changed and reviewed. Each change makes a revision."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import needs
from app.articles.actions import find, revise
from app.articles.admin import matched, shown
from app.articles.delivery import Reference
from app.articles.models import Article
from app.articles.schemas import StaffArticleOut
from app.context import Router, SiteDep
from app.db import new_id, now
from app.errors import NotFound
from app.events.actions import Actor, tell
from app.events.retries import RetriesDep
from app.openapi import refusals
from app.quotes.actions import attribute, check_span, place
from app.quotes.models import Placement, Quote
from app.quotes.schemas import QuoteIn, QuotePatch

router = Router(prefix="/v1/admin/articles", tags=["admin"])

QuoteEditor = Annotated[Actor, Depends(needs("quotes:write"))]
QuoteId = Annotated[UUID, Path(description="Id of a quote of this article.")]


@router.post(
    "/{reference}/quotes",
    status_code=201,
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def create_quote(
    request: Request, site: SiteDep, by: QuoteEditor, reference: Reference, data: QuoteIn, retries: RetriesDep
) -> Response:
    """Add a quote at its exact place. Answers the article, with the quote in it."""
    at = now()
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)

            def add(placements: list[Placement], text: str) -> None:
                span = check_span(text, data.exact, data.start, data.end)
                quote = Quote(id=new_id(), article_id=article.id, verification="unverified", created_at=at)
                placement = place(quote, text, span)
                placement.kind, placement.review = data.kind, data.review
                attribute(session, placement, data.speaker, data.attribution)
                placements.append(placement)
                tell_confirmed(session, article, placement, before=None)

            revise(session, article, by=by, at=at, note="quote added", change=add)
            return shown(session, find(session, str(article.id)), status_code=201)

        return retries.once(session, act)


@router.patch(
    "/{reference}/quotes/{quote_id}",
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def update_quote(
    request: Request, site: SiteDep, by: QuoteEditor, reference: Reference, quote_id: QuoteId, data: QuotePatch
) -> Response:
    """Change a quote: its place, speaker, way, or review. What the body does not name stays."""
    with site.database.writer.session() as session:
        article = matched(request, session, reference)

        def change(placements: list[Placement], text: str) -> None:
            placement = placed(placements, quote_id)
            before = placement.review
            amend(session, placement, data, text)
            tell_confirmed(session, article, placement, before=before)

        revise(session, article, by=by, at=now(), note="quote changed", change=change)
        return shown(session, find(session, str(article.id)))


@router.delete("/{reference}/quotes/{quote_id}", response_model=StaffArticleOut, responses=refusals(404, 409, 412, 428))
def delete_quote(request: Request, site: SiteDep, by: QuoteEditor, reference: Reference, quote_id: QuoteId) -> Response:
    """Take a quote out of the article's next revision; the earlier ones keep it."""
    with site.database.writer.session() as session:
        article = matched(request, session, reference)

        def take_out(placements: list[Placement], _text: str) -> None:
            placements.remove(placed(placements, quote_id))

        revise(session, article, by=by, at=now(), note="quote removed", change=take_out)
        return shown(session, find(session, str(article.id)))


def placed(placements: list[Placement], quote_id: UUID) -> Placement:
    """The quote as these placements have it. Raises `NotFound`."""
    for placement in placements:
        if placement.quote_id == quote_id:
            return placement
    raise NotFound("The article has no such quote.")


def amend(session: Session, placement: Placement, data: QuotePatch, text: str) -> None:
    """Change what `data` names of a quote in this text. Raises `Invalid`, perhaps in the middle."""
    given = data.model_dump(exclude_unset=True)
    if given.keys() & {"exact", "start", "end"}:
        start = data.start if data.start is not None else placement.start or 0
        end = data.end if data.end is not None else placement.end or 0
        exact = data.exact if data.exact is not None else text[start:end]
        span = check_span(text, exact, start, end)
        fresh = place(placement.quote, text, span)
        for name in ("exact", "prefix", "suffix", "start", "end", "anchor"):
            setattr(placement, name, getattr(fresh, name))
    if data.kind is not None:
        placement.kind = data.kind
    if data.review is not None:
        placement.review = data.review
        if placement.anchor == "changed":  # an editor has looked at it
            placement.anchor = "anchored"
    if "speaker" in given or data.attribution is not None:
        speaker = data.speaker if "speaker" in given else str(placement.speaker_id or "") or None
        attribute(session, placement, speaker, data.attribution)


def tell_confirmed(session: Session, article: Article, placement: Placement, *, before: str | None) -> None:
    """Leave word for subscribers if a quote that readers see is confirmed now and was not before."""
    if article.is_seen(now()) and placement.review == "confirmed" != before:
        quote_id = placement.quote_id or placement.quote.id
        tell(session, "quote.confirmed", quote_id, {"article_id": str(article.id), "quote_id": str(quote_id)})
