"""`/v1/articles/{a}/{quotes,sources,corrections,revisions}`: what hangs on an article, as readers get it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from app.articles import documents, queries
from app.articles.delivery import At, Reference, check_past, latest, own_change, own_end, signpost, visible
from app.articles.documents import Desk
from app.articles.models import Article, Revision
from app.articles.past import recall
from app.articles.schemas import ArticleOut, CitationOut, RevisionOut
from app.context import Paging, Router, Site, SiteDep
from app.corrections.schemas import CorrectionOut
from app.db import now
from app.http import deliver
from app.openapi import refusals
from app.paging import Listing, Sort, cut, fetch
from app.quotes.schemas import QuoteOut
from app.schemas import Out, Page
from app.sources.models import Source

router = Router(prefix="/v1/articles", tags=["articles"])


class PastPaging(Paging):
    at: At = None


@router.get("/{reference}/quotes", response_model=Page[QuoteOut], responses=refusals(404, 410) | {308: {}})
def list_article_quotes(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[PastPaging, Query()]
) -> Response:
    """List the article's quotes in the order of the text; rejected ones are left out.

    With `at` those that readers got then; 404 if they did not get the article.
    """
    if page.at is not None:
        return _past_part(request, site, reference, page, page.at, "/quotes", lambda past: past.quotes or [])
    return _part(request, site, reference, page, "/quotes", lambda desk, a: desk.quotes(a, a.revision))


@router.get("/{reference}/sources", response_model=Page[CitationOut], responses=refusals(404, 410) | {308: {}})
def list_article_sources(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the sources that the article relies on, each with its role."""
    return _part(
        request,
        site,
        reference,
        page,
        "/sources",
        lambda desk, a: documents.citations(documents.known_citations(a, desk.at)),
    )


@router.get("/{reference}/corrections", response_model=Page[CorrectionOut], responses=refusals(404, 410) | {308: {}})
def list_article_corrections(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[PastPaging, Query()]
) -> Response:
    """List the article's corrections, oldest first.

    With `at` those that readers got then; 404 if they did not get the article.
    """
    if page.at is not None:
        return _past_part(request, site, reference, page, page.at, "/corrections", lambda past: past.corrections)

    def corrections(_: Desk, article: Article) -> list[CorrectionOut]:
        return [documents.correction(row) for row in article.corrections]

    return _part(request, site, reference, page, "/corrections", corrections)


@router.get("/{reference}/revisions", response_model=Page[RevisionOut], responses=refusals(404, 410) | {308: {}})
def list_article_revisions(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the versions of the article that readers could see, newest first."""
    at = now()
    with site.database.reader() as session:
        article, desk = visible(session, reference, at)
        if moved := signpost(article, reference, request, "/revisions"):
            return moved
        listing: Listing[Revision] = fetch(
            session,
            queries.public_revisions(article.id),
            Sort(Revision.public_number.expression, Revision.id.expression, descending=True, parse=int),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    rows = [RevisionOut(revision=r.public_number, title=r.title, published_at=r.public_at) for r in listing.rows]
    return _deliver_part(request, listing, rows, article, desk)


def _part(
    request: Request,
    site: Site,
    reference: str,
    page: Paging,
    path: str,
    list_of: Callable[[Desk, Article], Sequence[Out]],
) -> Response:
    """A page of a list that is loaded with its article."""
    at = now()
    with site.database.reader() as session:
        article, desk = visible(session, reference, at)
        if moved := signpost(article, reference, request, path):
            return moved
        listing = cut(
            list_of(desk, article),
            version=article.revision.public_number,
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return _deliver_part(request, listing, listing.rows, article, desk)


def _past_part(
    request: Request,
    site: Site,
    reference: str,
    page: Paging,
    moment: datetime,
    path: str,
    list_of: Callable[[ArticleOut], Sequence[Out]],
) -> Response:
    """A page of a list of the article as readers got it at that moment."""
    check_past(moment)
    with site.database.reader() as session:
        article, desk = visible(session, reference, now())
        if moved := signpost(article, reference, request, path):
            return moved
        past = recall(session, desk, article, moment)
    listing = cut(
        list_of(past.document),
        version=[past.document.revision, moment],
        request=request,
        cursors=site.cursors,
        limit=page.limit,
        count=page.count == "exact",
    )
    return _deliver_part(request, listing, listing.rows, article, desk, past.sources)


def _deliver_part(
    request: Request,
    listing: Listing[Any],
    rows: Sequence[Out],
    article: Article,
    desk: Desk,
    sources: Sequence[Source] = (),
) -> Response:
    shown = [*documents.shown_sources(article), *sources, desk.masthead.source]
    return deliver(
        request,
        listing.to_json([row.model_dump_json().encode() for row in rows]),
        at=desk.at,
        changed_at=latest(own_change(article, desk.at), shown),
        until=own_end(article, desk.at),
        tags=[f"article:{article.id}", *(["feed:all"] if sources else [])],
        headers=listing.links(),
    )
