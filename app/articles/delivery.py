"""`/v1/articles` and what hangs on it, as readers get it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.articles import documents, queries
from app.articles.documents import Desk
from app.articles.models import Article, Revision
from app.articles.schemas import ArticleOut, CardOut, CitationOut, RevisionOut
from app.context import Fields, Paging, Site, SiteDep
from app.corrections.schemas import CorrectionOut
from app.db import now
from app.errors import Gone, NotFound
from app.http import chosen_fields, deliver
from app.openapi import refusals
from app.paging import Listing, Sort, fetch
from app.permissions.actions import standing
from app.quotes.schemas import QuoteOut
from app.schemas import Language, MomentIn, Out, Page
from app.search.actions import terms
from app.search.queries import matching
from app.sources.models import Source
from app.sources.queries import is_called
from app.sources.queries import site as site_source

router = APIRouter(prefix="/v1/articles", tags=["articles"])

Reference = Annotated[
    str, Path(max_length=120, description="Slug or id.", examples=["harbour-bridge-will-close-for-a-year"])
]
SortKey = Literal["-published_at", "published_at", "-updated_at", "title"]


class ArticleFilters(Paging):
    """What a list of articles may be narrowed to; several filters must all hold."""

    q: str | None = Field(
        default=None, max_length=300, description='Words that must all occur; `"…"` for a phrase.', examples=["bridge"]
    )
    tag: str | None = Field(default=None, max_length=120, description="Slug of a tag.")
    author: str | None = Field(default=None, max_length=120, description="Slug of an author.")
    source: str | None = Field(default=None, max_length=120, description="Slug or id of a source, in any role.")
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source that is quoted.")
    language: Language | None = Field(default=None, description="BCP 47; `en` finds `en-GB` too.")
    published_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    published_before: MomentIn | None = Field(default=None, description="Earlier than this moment.")
    updated_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    reprint: bool | None = Field(default=None, description="Only reprints, or only articles of one's own.")
    corrected: bool | None = Field(default=None, description="Only with, or only without a correction.")
    sort: SortKey = Field(default="-published_at", description="A leading `-` means descending.")
    view: Literal["card", "full"] = Field(default="card", description="`full`: whole articles.")
    fields: str | None = Field(
        default=None, max_length=400, description="Keep only these top-level fields, separated by commas."
    )


@router.get("", response_model=Page[CardOut | ArticleOut])
def list_articles(request: Request, site: SiteDep, filters: Annotated[ArticleFilters, Query()]) -> Response:
    """List published articles, newest first unless sorted otherwise."""
    at = now()
    shape: type[Out] = ArticleOut if filters.view == "full" else CardOut
    fields = chosen_fields(filters.fields, shape.model_fields)
    with site.database.reader() as session:
        listing = fetch(
            session,
            narrowed(queries.cards(at), filters),
            sort_order(filters.sort),
            request=request,
            cursors=site.cursors,
            limit=filters.limit,
            count=filters.count == "exact",
        )
        desk = open_desk(session, site, at)
        changed_at, until = clock(session, at)
        if filters.view == "full":
            ids = [article.id for article, _ in listing.rows]
            whole = {article.id: article for article in session.scalars(queries.whole(ids))}
            articles = [whole[article_id] for article_id in ids]
            items: list[Out] = [desk.article(article, permitted=True) for article in articles]
            shown = [source for article in articles for source in documents.shown_sources(article)]
        else:
            articles = [article for article, _ in listing.rows]
            items = [desk.card(article, count) for article, count in listing.rows]
            shown = [granted.assigner for article in articles for granted in article.permissions]
    content = listing.to_json([item.model_dump_json(include=fields).encode() for item in items])
    return deliver(
        request,
        content,
        at=at,
        changed_at=latest(changed_at, shown),
        until=until,
        tags=["articles", *(f"article:{article.id}" for article in articles)],
        headers=listing.links(),
    )


@router.get("/{reference}", response_model=ArticleOut, responses=refusals(404, 410) | {307: {}, 308: {}})
def read_article(request: Request, site: SiteDep, reference: Reference, fields: Fields = None) -> Response:
    """Read one article, whole: body, quotes, sources, permission, corrections and comment summary.

    A former slug answers 308 with the present address. Where the permission of a reprint has ended, the answer is
    a stub, a redirect (307) to the original, or 410, as the permission says.
    """
    at = now()
    chosen = chosen_fields(fields, ArticleOut.model_fields)
    with site.database.reader() as session:
        article, permitted, desk = read(session, site, reference, at)
        if moved := _moved(article, reference, request):
            return moved
        if not permitted and (ended := _ended(article, at)):
            return ended
        content = desk.article(article, permitted=permitted).model_dump_json(include=chosen).encode()
    return deliver(
        request,
        content,
        at=at,
        changed_at=latest(_own_change(article, at), [*documents.shown_sources(article), desk.site]),
        until=_own_end(article, at),
        tags=[f"article:{article.id}"],
        headers=_canonical(article),
    )


@router.get("/{reference}/quotes", response_model=Page[QuoteOut], responses=refusals(404, 410) | {308: {}})
def list_article_quotes(request: Request, site: SiteDep, reference: Reference) -> Response:
    """List the article's quotes in the order of the text; rejected ones are left out."""
    return _part(request, site, reference, "/quotes", lambda desk, article: desk.quotes(article))


@router.get("/{reference}/sources", response_model=Page[CitationOut], responses=refusals(404, 410) | {308: {}})
def list_article_sources(request: Request, site: SiteDep, reference: Reference) -> Response:
    """List the sources that the article relies on, each with its role."""
    return _part(
        request,
        site,
        reference,
        "/sources",
        lambda _, article: documents.citations(article.revision.citations),
    )


@router.get("/{reference}/corrections", response_model=Page[CorrectionOut], responses=refusals(404, 410) | {308: {}})
def list_article_corrections(request: Request, site: SiteDep, reference: Reference) -> Response:
    """List the article's corrections, oldest first."""
    return _part(
        request,
        site,
        reference,
        "/corrections",
        lambda _, article: [documents.correction(row) for row in article.corrections],
    )


@router.get("/{reference}/revisions", response_model=Page[RevisionOut], responses=refusals(404, 410) | {308: {}})
def list_article_revisions(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the versions of the article that readers could see, newest first."""
    at = now()
    with site.database.reader() as session:
        article, desk = visible(session, site, reference, at)
        if moved := _moved(article, reference, request, "/revisions"):
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


def read(session: Session, site: Site, reference: str, at: datetime) -> tuple[Article, bool, Desk]:
    """The published article, whether its permission still holds, and the desk to write it at.

    Raises `NotFound` if there is none, or if none of its permissions has begun.
    """
    row = session.execute(queries.readable(reference, at)).one_or_none()
    if row is None or (not row[1] and standing(row[0].permissions, at) is None):
        raise NotFound("There is no such article.")
    return row[0], row[1], open_desk(session, site, at)


def visible(session: Session, site: Site, reference: str, at: datetime) -> tuple[Article, Desk]:
    """The article for a resource that hangs on it. Raises `NotFound`, or `Gone` after its permission's end."""
    article, permitted, desk = read(session, site, reference, at)
    if not permitted:
        raise _gone(article)
    return article, desk


def open_desk(session: Session, site: Site, at: datetime) -> Desk:
    return Desk(site.settings, session.scalars(site_source()).one(), at)


def clock(session: Session, at: datetime) -> tuple[datetime, datetime | None]:
    """When the public record last changed, and when it will next change by itself."""
    *past, first, second, third = session.execute(queries.clock(at)).one()
    coming = [moment for moment in (first, second, third) if moment]
    return max((moment for moment in past if moment), default=_EPOCH), min(coming, default=None)


def latest(changed_at: datetime, sources: Iterable[Source]) -> datetime:
    """The last change of something, the sources that it shows included."""
    return max([changed_at, *(source.modified_at for source in sources)])


def narrowed(query: Select[*tuple[Any, ...]], filters: ArticleFilters) -> Select[*tuple[Any, ...]]:
    """The query with every filter that was given."""
    conditions: list[ColumnElement[bool]] = []
    if filters.q is not None:
        conditions.append(Article.id.in_(matching(terms(filters.q))))
    if filters.tag is not None:
        conditions.append(queries.tagged(filters.tag))
    if filters.author is not None:
        conditions.append(queries.written_by(filters.author))
    if filters.source is not None:
        conditions.append(queries.relies_on(is_called(filters.source)))
    if filters.speaker is not None:
        conditions.append(queries.relies_on(is_called(filters.speaker), roles=["speaker"]))
    if filters.language is not None:
        conditions.append(queries.in_language(filters.language))
    if filters.published_after is not None:
        conditions.append(Article.published_at > filters.published_after)
    if filters.published_before is not None:
        conditions.append(Article.published_at < filters.published_before)
    if filters.updated_after is not None:
        conditions.append(Article.updated_at > filters.updated_after)
    if filters.reprint is not None:
        conditions.append(queries.is_reprint() if filters.reprint else ~queries.is_reprint())
    if filters.corrected is not None:
        conditions.append(queries.is_corrected() if filters.corrected else ~queries.is_corrected())
    return query.where(*conditions)


def sort_order(key: SortKey) -> Sort:
    descending = key.startswith("-")
    if key == "title":
        return Sort(Revision.title.expression, Article.id.expression, descending)
    column = Article.updated_at if key == "-updated_at" else Article.published_at
    return Sort(column.expression, Article.id.expression, descending, parse=datetime.fromisoformat)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _part(request: Request, site: Site, reference: str, path: str, of: Any) -> Response:
    """A list that is whole in one page because its article is."""
    at = now()
    with site.database.reader() as session:
        article, desk = visible(session, site, reference, at)
        if moved := _moved(article, reference, request, path):
            return moved
        rows = of(desk, article)
    return _deliver_part(request, Listing(rows, None, None, None), rows, article, desk)


def _deliver_part(
    request: Request, listing: Listing[Any], rows: Sequence[Out], article: Article, desk: Desk
) -> Response:
    return deliver(
        request,
        listing.to_json([row.model_dump_json().encode() for row in rows]),
        at=desk.at,
        changed_at=latest(_own_change(article, desk.at), [*documents.shown_sources(article), desk.site]),
        until=_own_end(article, desk.at),
        tags=[f"article:{article.id}"],
        headers=listing.links(),
    )


def _own_change(article: Article, at: datetime) -> datetime:
    """When what readers get of this article last changed, by a hand or by a date that has come."""
    dates = [article.published_at]
    for granted in article.permissions:
        dates += [granted.valid_from, granted.valid_through]
    return max([article.modified_at or article.created_at, *(date for date in dates if date and date <= at)])


def _own_end(article: Article, at: datetime) -> datetime | None:
    """When what readers get of this article will next change by itself."""
    dates = [date for granted in article.permissions for date in (granted.valid_from, granted.valid_through)]
    return min((date for date in dates if date and date > at), default=None)


def _moved(article: Article, reference: str, request: Request, path: str = "") -> Response | None:
    """308 to the present slug, if the reference is a former one."""
    if reference == article.slug or reference not in {row.slug for row in article.slugs}:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Cache-Control": "public, max-age=60", "Cache-Tag": f"article:{article.id}"}
    return RedirectResponse(f"/v1/articles/{article.slug}{path}{query}", status_code=308, headers=headers)


def _ended(article: Article, at: datetime) -> Response | None:
    """What the last permission says readers get after its end; None for a stub."""
    permission = standing(article.permissions, at)
    if permission is None or permission.on_expire == "stub":
        return None
    if permission.on_expire == "redirect" and article.canonical_url:
        return RedirectResponse(article.canonical_url, status_code=307, headers={"Cache-Control": "public, max-age=60"})
    raise _gone(article)


def _gone(article: Article) -> Gone:
    return Gone(
        "The permission to show this article has ended.",
        headers=_canonical(article),
        canonical_url=article.canonical_url,
    )


def _canonical(article: Article) -> dict[str, str]:
    return {"Link": f'<{article.canonical_url}>; rel="canonical"'} if article.canonical_url else {}
