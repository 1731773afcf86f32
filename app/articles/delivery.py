"""`/v1/articles` and what hangs on it, as readers get it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Row
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.articles import documents, queries
from app.articles.documents import Desk
from app.articles.formats.delivery import RESPONSES, FormatName, chosen_format, rewritten
from app.articles.models import Article, Revision
from app.articles.renditions import open_desk
from app.articles.schemas import ArticleOut, CitationOut, RevisionOut
from app.context import Paging, Site, SiteDep
from app.corrections.schemas import CorrectionOut
from app.db import now
from app.errors import Gone, NotFound
from app.http import cache_control, chosen_fields, deliver, picked, tagged
from app.negotiation import VARY
from app.openapi import refusals
from app.paging import Listing, Sort, cut, fetch
from app.permissions.actions import standing
from app.quotes.schemas import QuoteOut
from app.schemas import Out, Page, names_of
from app.sources.models import Source

router = APIRouter(prefix="/v1/articles", tags=["articles"])

Reference = Annotated[
    str,
    Path(
        max_length=120,
        description="Slug or id.",
        examples=["harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"],
    ),
]
ArticleFields = Annotated[
    str | None,
    Query(
        max_length=400,
        description="Keep only these top-level fields, separated by commas.",
        examples=["title,quotes"],
        json_schema_extra=names_of(ArticleOut),
    ),
]


@router.get(
    "/{reference}",
    response_model=ArticleOut,
    responses=refusals(404, 406, 410) | RESPONSES | {307: {}, 308: {}},
)
async def read_article(
    request: Request, site: SiteDep, reference: Reference, fields: ArticleFields = None, form: FormatName = None
) -> Response:
    """Read one article, whole: body, quotes, sources, permission, corrections and comment summary.

    Besides JSON it comes as schema.org JSON-LD, IPTC ninjs 3.1, HTML and Markdown, by `format` or by `Accept`.

    A former slug answers 308 with the present address. Where the permission of a reprint has ended, the answer is
    a stub, a redirect (307) to the original, or 410, as the permission says.
    """
    at = now()
    chosen = chosen_fields(fields, ArticleOut.model_fields)
    name = chosen_format(request, form, chosen)

    def find(session: Session) -> Row[*tuple[Any, ...]] | Response:
        ready = session.execute(*queries.rendition(reference, at)).one_or_none()
        return ready or _read_unready(request, session, reference, at, chosen)

    ready = await site.database.ask(find)
    answer = ready if isinstance(ready, Response) else _ready(request, ready, at, chosen)
    return answer if name == "json" else await run_in_threadpool(rewritten, request, site, answer, name, at)


@router.get("/{reference}/quotes", response_model=Page[QuoteOut], responses=refusals(404, 410) | {308: {}})
def list_article_quotes(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the article's quotes in the order of the text; rejected ones are left out."""
    return _part(request, site, reference, page, "/quotes", lambda desk, a: desk.quotes(a, a.revision))


@router.get("/{reference}/sources", response_model=Page[CitationOut], responses=refusals(404, 410) | {308: {}})
def list_article_sources(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the sources that the article relies on, each with its role."""
    return _part(request, site, reference, page, "/sources", lambda _, a: documents.citations(a.revision.citations))


@router.get("/{reference}/corrections", response_model=Page[CorrectionOut], responses=refusals(404, 410) | {308: {}})
def list_article_corrections(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the article's corrections, oldest first."""

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


def read(session: Session, reference: str, at: datetime) -> tuple[Article, bool, Desk]:
    """The published article, whether its permission still holds, and the desk to write it at.

    Raises `NotFound` if there is none, or if none of its permissions has begun.
    """
    row = session.execute(queries.readable(reference, at)).one_or_none()
    if row is None or (not row[1] and standing(row[0].permissions, at) is None):
        raise NotFound("There is no such article.")
    return row[0], row[1], open_desk(session, at)


def visible(session: Session, reference: str, at: datetime) -> tuple[Article, Desk]:
    """The article for a resource that hangs on it. Raises `NotFound`, or `Gone` after its permission's end."""
    article, permitted, desk = read(session, reference, at)
    if not permitted:
        raise _gone(article)
    return article, desk


def signpost(article: Article, reference: str, request: Request, path: str = "") -> Response | None:
    """308 to the present slug, if the reference is a former one."""
    if reference == article.slug or reference not in {row.slug for row in article.slugs}:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Cache-Control": "public, max-age=60", **tagged([f"article:{article.id}"])}
    return RedirectResponse(f"/v1/articles/{article.slug}{path}{query}", status_code=308, headers=headers)


def latest(changed_at: datetime, sources: Iterable[Source]) -> datetime:
    """The last change of something, the sources that it shows included."""
    return max([changed_at, *(source.modified_at for source in sources)])


def _ready(request: Request, ready: Row[*tuple[Any, ...]], at: datetime, fields: set[str] | None) -> Response:
    return deliver(
        request,
        picked(ready.document, fields),
        at=at,
        changed_at=ready.changed_at,
        until=ready.visible_until,
        tag=ready.etag if fields is None else None,
        tags=[f"article:{ready.article_id}"],
        headers=VARY | _canonical(ready.canonical_url),
    )


def _read_unready(
    request: Request, session: Session, reference: str, at: datetime, fields: set[str] | None
) -> Response:
    """A former slug, or what is left of an article after its permission's end."""
    article, permitted, desk = read(session, reference, at)
    if moved := signpost(article, reference, request):
        return moved
    if not permitted and (ended := _ended(article, at)):
        return ended
    return deliver(
        request,
        picked(desk.article(article, permitted=permitted).model_dump_json().encode(), fields),
        at=at,
        changed_at=latest(own_change(article, at), [*documents.shown_sources(article), desk.masthead.source]),
        until=next_change(article, at),
        tags=[f"article:{article.id}", "feed:all"],  # its assigner may change, though no list has it
        headers=VARY | _canonical(article.canonical_url),
    )


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


def _deliver_part(
    request: Request, listing: Listing[Any], rows: Sequence[Out], article: Article, desk: Desk
) -> Response:
    return deliver(
        request,
        listing.to_json([row.model_dump_json().encode() for row in rows]),
        at=desk.at,
        changed_at=latest(own_change(article, desk.at), [*documents.shown_sources(article), desk.masthead.source]),
        until=next_change(article, desk.at),
        tags=[f"article:{article.id}"],
        headers=listing.links(),
    )


def own_change(article: Article, at: datetime) -> datetime:
    """When what readers get of this article last changed, by a hand or by a date that has come."""
    dates = [article.published_at]
    for granted in article.permissions:
        dates += [granted.valid_from, granted.valid_through]
    return max([article.modified_at or article.created_at, *(date for date in dates if date and date <= at)])


def next_change(article: Article, at: datetime) -> datetime | None:
    """When what readers get of this article will next change by itself."""
    dates = [date for granted in article.permissions for date in (granted.valid_from, granted.valid_through)]
    return min((date for date in dates if date and date > at), default=None)


def _ended(article: Article, at: datetime) -> Response | None:
    """What the last permission says readers get after its end; None for a stub."""
    permission = standing(article.permissions, at)
    if permission is None or permission.on_expire == "stub":
        return None
    if permission.on_expire == "redirect" and article.canonical_url:
        headers = {"Cache-Control": cache_control(at, next_change(article, at)), **tagged([f"article:{article.id}"])}
        return RedirectResponse(article.canonical_url, status_code=307, headers=headers)
    raise _gone(article)


def _gone(article: Article) -> Gone:
    return Gone(
        "The permission to show this article has ended.",
        headers=_canonical(article.canonical_url),
        canonical_url=article.canonical_url,
    )


def _canonical(url: str | None) -> dict[str, str]:
    return {"Link": f'<{url}>; rel="canonical"'} if url else {}
