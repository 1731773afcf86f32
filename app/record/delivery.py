"""What readers find across articles: quotes, sources, tags, authors, corrections, and the site itself."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from sqlalchemy import Select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app import __version__
from app.articles import documents
from app.articles.delivery import latest
from app.articles.documents import Desk
from app.articles.listing import ArticleFilters, list_articles
from app.articles.models import Article, Author, Tag
from app.articles.renditions import open_desk, public_clock
from app.articles.schemas import CardOut
from app.context import Paging, Site, SiteDep
from app.corrections.models import Correction
from app.db import now
from app.errors import NotFound
from app.http import deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.quotes.models import Placement
from app.quotes.schemas import QuoteKind
from app.record import queries
from app.record.schemas import ArticleLinkOut, GroupOut, RecordedCorrectionOut, RecordedQuoteOut, SiteOut
from app.schemas import Out, Page
from app.sources.actions import fold
from app.sources.models import Source
from app.sources.schemas import Kind, RoleOut, SourceDetailOut, SourceOut

router = APIRouter(prefix="/v1", tags=["record"])

Slug = Annotated[str, Path(max_length=120, description="Slug.")]
SourceReference = Annotated[str, Path(max_length=120, description="Slug or id.", examples=["le-yucheng"])]


class QuoteFilters(Paging):
    """What a list of quotes may be narrowed to; several filters must all hold."""

    via: str | None = Field(
        default=None, max_length=120, description="Slug or id of a source that the words came through."
    )
    article: str | None = Field(default=None, max_length=120, description="Slug of an article.")
    kind: QuoteKind | None = None
    review: Literal["confirmed", "suggested", "any"] = Field(
        default="confirmed", description="`any`: confirmed and suggested ones. Rejected ones are never listed."
    )
    sort: Literal["-published_at", "published_at"] = Field(
        default="-published_at", description="By the article's date; a leading `-` means descending."
    )


class AllQuoteFilters(QuoteFilters):
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source.")


class SourceFilters(Paging):
    kind: Kind | None = None
    q: str | None = Field(default=None, min_length=1, max_length=200, description="How one of its names begins.")


@router.get("/quotes", response_model=Page[RecordedQuoteOut])
def list_quotes(request: Request, site: SiteDep, filters: Annotated[AllQuoteFilters, Query()]) -> Response:
    """List quotes of all published articles: who said what. Confirmed ones, unless asked otherwise."""
    with site.database.reader() as session:
        return _quotes(request, site, session, filters, filters.speaker)


@router.get("/quotes/{quote_id}", response_model=RecordedQuoteOut, responses=refusals(404))
def read_quote(request: Request, site: SiteDep, quote_id: Annotated[str, Path(max_length=120)]) -> Response:
    """Read one quote with its place, its way and its article."""
    at = now()
    with site.database.reader() as session:
        row = session.execute(queries.quote(quote_id, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such quote.")
        desk = open_desk(session, at)
        changed_at, until = public_clock(session, at)
        shown = _recorded(row, desk)
    return deliver(
        request,
        shown.model_dump_json().encode(),
        at=at,
        changed_at=latest(changed_at, _sources_of(row)),
        until=until,
        tags=["feed:all"],
    )


@router.get("/sources", response_model=Page[SourceOut])
def list_sources(request: Request, site: SiteDep, filters: Annotated[SourceFilters, Query()]) -> Response:
    """List the sources that published articles rely on, by name."""
    at = now()
    query = queries.sources(at)
    if filters.kind is not None:
        query = query.where(Source.kind == filters.kind)
    if filters.q is not None:
        query = query.where(queries.is_named_like(fold(filters.q)))
    with site.database.reader() as session:
        return _list(
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


@router.get("/sources/{reference}", response_model=SourceDetailOut, responses=refusals(404) | {308: {}})
def read_source(request: Request, site: SiteDep, reference: SourceReference) -> Response:
    """Read one source: names, roles with dates, the same source elsewhere, and how often it is quoted.

    A source that was merged into another answers 308 with the address of that one.
    """
    at = now()
    with site.database.reader() as session:
        row = session.execute(queries.source(reference, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such source.")
        source, quote_count, article_count = row
        if source.merged_into_id is not None:
            target = session.scalars(queries.by_id(source.merged_into_id)).one()
            return RedirectResponse(f"/v1/sources/{target.slug}", 308, headers={"Cache-Control": "public, max-age=60"})
        places = {place.id: documents.source(place) for place in session.scalars(queries.organizations(source.id))}
        changed_at, until = public_clock(session, at)
    shown = SourceDetailOut(
        **documents.source(source).model_dump(),
        aliases=[name.name for name in source.names if name.name != source.name],
        roles=[
            RoleOut(
                title=role.title,
                organization=places.get(role.organization_id) if role.organization_id else None,
                valid_from=role.valid_from,
                valid_through=role.valid_through,
            )
            for role in source.roles
        ],
        same_as=[link.url for link in source.links],
        quote_count=quote_count,
        article_count=article_count,
    )
    return deliver(
        request,
        shown.model_dump_json().encode(),
        at=at,
        changed_at=latest(changed_at, [source]),
        until=until,
        tags=["feed:all"],
    )


@router.get("/sources/{reference}/quotes", response_model=Page[RecordedQuoteOut], responses=refusals(404))
def list_source_quotes(
    request: Request, site: SiteDep, reference: SourceReference, filters: Annotated[QuoteFilters, Query()]
) -> Response:
    """List what the source said, newest first. Confirmed quotes, unless asked otherwise."""
    with site.database.reader() as session:
        _check_source(session, reference)
        return _quotes(request, site, session, filters, reference)


@router.get("/sources/{reference}/articles", response_model=Page[CardOut], responses=refusals(404))
def list_source_articles(
    request: Request, site: SiteDep, reference: SourceReference, page: Annotated[Paging, Query()]
) -> Response:
    """List the articles that rely on the source, in any role, newest first."""
    with site.database.reader() as session:
        _check_source(session, reference)
    return list_articles(request, site, ArticleFilters(**page.model_dump(), source=reference))


@router.get("/tags", response_model=Page[GroupOut])
def list_tags(request: Request, site: SiteDep, page: Annotated[Paging, Query()]) -> Response:
    """List the tags of published articles, with the number of articles."""
    at = now()
    return _groups(request, site, page, queries.tags(at), Sort(Tag.slug.expression, Tag.id.expression, False), at)


@router.get("/tags/{slug}", response_model=GroupOut, responses=refusals(404))
def read_tag(request: Request, site: SiteDep, slug: Slug) -> Response:
    """Read one tag. Its articles are at `/v1/articles?tag={slug}`."""
    at = now()
    return _group(request, site, queries.tags(at).where(Tag.slug == slug), at)


@router.get("/authors", response_model=Page[GroupOut])
def list_authors(request: Request, site: SiteDep, page: Annotated[Paging, Query()]) -> Response:
    """List the authors of published articles, with the number of articles."""
    at = now()
    sort = Sort(Author.slug.expression, Author.id.expression, False)
    return _groups(request, site, page, queries.authors(at), sort, at)


@router.get("/authors/{slug}", response_model=GroupOut, responses=refusals(404))
def read_author(request: Request, site: SiteDep, slug: Slug) -> Response:
    """Read one author. The articles are at `/v1/articles?author={slug}`."""
    at = now()
    return _group(request, site, queries.authors(at).where(Author.slug == slug), at)


@router.get("/corrections", response_model=Page[RecordedCorrectionOut])
def list_corrections(request: Request, site: SiteDep, page: Annotated[Paging, Query()]) -> Response:
    """List the corrections of published articles, newest first."""
    at = now()
    with site.database.reader() as session:
        return _list(
            request,
            site,
            session,
            page,
            queries.corrections(at),
            Sort(
                Correction.published_at.expression,
                Correction.id.expression,
                descending=True,
                parse=datetime.fromisoformat,
            ),
            at,
            write=lambda row, _: RecordedCorrectionOut(
                **documents.correction(row[0]).model_dump(), article=_link(row[1])
            ),
            shows=lambda _: [],
        )


@router.get("/site", response_model=SiteOut)
def read_site(request: Request, site: SiteDep) -> Response:
    """Read what this site is: its name, its languages, its rules for comments."""
    at = now()
    with site.database.reader() as session:
        desk = open_desk(session, at)
        changed_at, until = public_clock(session, at)
        languages = list(session.scalars(queries.languages(at)))
    shown = SiteOut(
        name=desk.masthead.source.name,
        url=site.settings.base_url,
        languages=languages,
        version=__version__,
    )
    return deliver(
        request,
        shown.model_dump_json().encode(),
        at=at,
        changed_at=latest(changed_at, [desk.masthead.source]),
        until=until,
        tags=["feed:all"],
    )


def _quotes(request: Request, site: Site, session: Session, filters: QuoteFilters, speaker: str | None) -> Response:
    at = now()
    query = queries.quotes(at)
    if speaker is not None:
        query = query.where(queries.said_by(speaker))
    if filters.via is not None:
        query = query.where(queries.came_through(filters.via))
    if filters.article is not None:
        query = query.where(Article.slug == filters.article)
    if filters.kind is not None:
        query = query.where(Placement.kind == filters.kind)
    reviews = ["confirmed", "suggested"] if filters.review == "any" else [filters.review]
    sort = Sort(
        Article.published_at.expression,
        Placement.quote_id.expression,
        descending=filters.sort.startswith("-"),
        parse=datetime.fromisoformat,
    )
    return _list(
        request,
        site,
        session,
        filters,
        query.where(Placement.review.in_(reviews)),
        sort,
        at,
        write=_recorded,
        shows=_sources_of,
    )


def _groups(
    request: Request, site: Site, page: Paging, query: Select[*tuple[Any, ...]], sort: Sort, at: datetime
) -> Response:
    def write(row: Any, _: Desk) -> Out:
        return _grouped(row)

    with site.database.reader() as session:
        return _list(request, site, session, page, query, sort, at, write=write, shows=lambda _: [])


def _group(request: Request, site: Site, query: Select[*tuple[Any, ...]], at: datetime) -> Response:
    with site.database.reader() as session:
        row = session.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is nothing of this name.")
        changed_at, until = public_clock(session, at)
    content = _grouped(row).model_dump_json().encode()
    return deliver(request, content, at=at, changed_at=changed_at, until=until, tags=["feed:all"])


def _list(
    request: Request,
    site: Site,
    session: Session,
    page: Paging,
    query: Select[*tuple[Any, ...]],
    sort: Sort,
    at: datetime,
    *,
    write: Callable[[Any, Desk], Out],
    shows: Callable[[Any], Iterable[Source]],
) -> Response:
    """A page of rows: `write` makes each one's shape, `shows` names the sources whose change would change it."""
    listing = fetch(
        session, query, sort, request=request, cursors=site.cursors, limit=page.limit, count=page.count == "exact"
    )
    desk = open_desk(session, at)
    changed_at, until = public_clock(session, at)
    return deliver(
        request,
        listing.to_json([write(row, desk).model_dump_json().encode() for row in listing.rows]),
        at=at,
        changed_at=latest(
            changed_at, [desk.masthead.source, *(source for row in listing.rows for source in shows(row))]
        ),
        until=until,
        tags=["feed:all"],
        headers=listing.links(),
    )


def _check_source(session: Session, reference: str) -> None:
    if session.execute(queries.source(reference, now())).one_or_none() is None:
        raise NotFound("There is no such source.")


def _recorded(row: Any, desk: Desk) -> RecordedQuoteOut:
    placement, article = row
    shown = documents.quote(placement, article.revision.text, list(desk.ending(article)))
    return RecordedQuoteOut(**shown.model_dump(), article=_link(article))


def _sources_of(row: Any) -> Iterable[Source]:
    placement, article = row
    if placement.speaker:
        yield placement.speaker
    yield from (hop.source for hop in placement.hops)
    yield from (granted.assigner for granted in article.permissions)


def _link(article: Article) -> ArticleLinkOut:
    return ArticleLinkOut(
        id=article.id,
        slug=article.slug,
        title=article.revision.title,
        published_at=article.published_at,
        href=f"/v1/articles/{article.slug}",
    )


def _grouped(row: Any) -> GroupOut:
    return GroupOut(slug=row[0].slug, name=row[0].name, article_count=row[1])
