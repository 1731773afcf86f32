"""`/v1/tags`, `/v1/authors`, `/v1/corrections` and `/v1/site`: what all published articles add up to."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request
from sqlalchemy import Select
from starlette.responses import RedirectResponse, Response

from app import __version__
from app.articles import documents
from app.articles.delivery import latest
from app.articles.documents import Desk
from app.articles.groups import AUTHORS, TAGS, Group
from app.articles.models import Author, Tag
from app.articles.queries import led_on
from app.articles.quoted import link_to
from app.articles.renditions import open_desk, public_clock
from app.comments.policy_schemas import Rules
from app.comments.rules import MAX_DEPTH
from app.comments.screening_queries import site_rules
from app.context import Paging, Router, Site, SiteDep
from app.corrections.models import Correction
from app.db import now
from app.errors import NotFound
from app.http import deliver, tagged
from app.openapi import refusals
from app.paging import Sort
from app.record import queries
from app.record.listing import listed
from app.record.schemas import GroupOut, RecordedCorrectionOut, SiteCommentsOut, SiteOut
from app.schemas import Out, Page

router = Router(prefix="/v1", tags=["record"])

Slug = Annotated[str, Path(max_length=120, description="Slug.")]


@router.get("/tags", response_model=Page[GroupOut])
def list_tags(request: Request, site: SiteDep, page: Annotated[Paging, Query()]) -> Response:
    """List the tags of published articles, with the number of articles."""
    at = now()
    return _groups(request, site, page, queries.tags(at), Sort(Tag.slug.expression, Tag.id.expression, False), at)


@router.get("/tags/{slug}", response_model=GroupOut, responses=refusals(404) | {308: {}})
def read_tag(request: Request, site: SiteDep, slug: Slug) -> Response:
    """Read one tag. Its articles are at `/v1/articles?tag={slug}`. A former slug answers 308."""
    at = now()
    return _group(request, site, TAGS, slug, queries.tags(at), at)


@router.get("/authors", response_model=Page[GroupOut])
def list_authors(request: Request, site: SiteDep, page: Annotated[Paging, Query()]) -> Response:
    """List the authors of published articles, with the number of articles."""
    at = now()
    sort = Sort(Author.slug.expression, Author.id.expression, False)
    return _groups(request, site, page, queries.authors(at), sort, at)


@router.get("/authors/{slug}", response_model=GroupOut, responses=refusals(404) | {308: {}})
def read_author(request: Request, site: SiteDep, slug: Slug) -> Response:
    """Read one author. The articles are at `/v1/articles?author={slug}`. A former slug answers 308."""
    at = now()
    return _group(request, site, AUTHORS, slug, queries.authors(at), at)


@router.get("/corrections", response_model=Page[RecordedCorrectionOut])
def list_corrections(request: Request, site: SiteDep, page: Annotated[Paging, Query()]) -> Response:
    """List the corrections of published articles, newest first."""
    at = now()
    with site.database.reader() as session:
        return listed(
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
                **documents.correction(row[0]).model_dump(), article=link_to(row[1])
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
        ruled = session.scalar(site_rules())
    rules = Rules.model_validate(ruled.document if ruled else {})
    shown = SiteOut(
        name=desk.masthead.source.name,
        url=site.settings.base_url,
        languages=languages,
        comments=SiteCommentsOut(
            **rules.model_dump(include={"mode", "close_after_days", "edit_minutes", "max_length"}),
            max_depth=MAX_DEPTH,
            notify=bool(site.settings.smtp_host),
        ),
        version=__version__,
    )
    return deliver(
        request,
        shown.model_dump_json().encode(),
        at=at,
        changed_at=max(latest(changed_at, [desk.masthead.source]), ruled.changed_at if ruled else changed_at),
        until=until,
        tags=["feed:all"],
    )


def _groups(
    request: Request, site: Site, page: Paging, query: Select[*tuple[Any, ...]], sort: Sort, at: datetime
) -> Response:
    def write(row: Any, _: Desk) -> Out:
        return _grouped(row)

    with site.database.reader() as session:
        return listed(request, site, session, page, query, sort, at, write=write, shows=lambda _: [])


def _group(
    request: Request, site: Site, group: Group, slug: str, query: Select[*tuple[Any, ...]], at: datetime
) -> Response:
    with site.database.reader() as session:
        row = session.execute(query.where(group.thing.slug == slug)).one_or_none()
        if row is None:
            former = query.where(group.thing.id == led_on(group, slug).scalar_subquery())
            return _signpost(group, session.execute(former).one_or_none())
        changed_at, until = public_clock(session, at)
    content = _grouped(row).model_dump_json().encode()
    return deliver(request, content, at=at, changed_at=changed_at, until=until, tags=["feed:all"])


def _signpost(group: Group, row: Any) -> Response:
    """308 to the present slug. Raises `NotFound` if there is none that readers may see."""
    if row is None:
        raise NotFound("There is nothing of this name.")
    headers = {"Cache-Control": "public, max-age=60", **tagged(["feed:all"])}
    return RedirectResponse(f"/v1/{group.name}s/{row[0].slug}", status_code=308, headers=headers)


def _grouped(row: Any) -> GroupOut:
    return GroupOut(slug=row[0].slug, name=row[0].name, article_count=row[1])
