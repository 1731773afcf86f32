"""`/v1/admin/sources`: who and what articles rely on."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import needs
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.actions import Actor
from app.events.retries import RetriesDep
from app.http import check_match, private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record import merging
from app.record.actions import edit_source
from app.record.candidates import candidates
from app.record.listing import described
from app.record.schemas import CandidateOut, CandidatesOut, MergeIn, SplitIn
from app.schemas import In, Page
from app.sources import actions, queries
from app.sources.models import Source
from app.sources.schemas import Kind, SourceIn, SourceOut, SourcePatch, StaffSourceOut

router = Router(prefix="/v1/admin", tags=["admin"])

SourceEditor = Annotated[Actor, Depends(needs("sources:write"))]
Reference = Annotated[str, Path(max_length=120, description="Slug or id.", examples=["maren-oduya"])]


class SourcePaging(Paging):
    kind: Kind | None = Field(default=None, description="Who or what they are.")
    name: str | None = Field(default=None, min_length=1, max_length=200, description="One of its names, in full.")


@router.get("/sources", response_model=Page[StaffSourceOut])
def list_staff_sources(
    request: Request, site: SiteDep, _by: SourceEditor, page: Annotated[SourcePaging, Query()]
) -> Response:
    """List all sources by name, those of drafts too."""
    query = queries.all_sources()
    if page.kind is not None:
        query = query.where(Source.kind == page.kind)
    if page.name is not None:
        query = query.where(queries.is_named(actions.fold(page.name)))
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(Source.name.expression, Source.id.expression, descending=False),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
        items = [_content(session, source) for source in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.post("/sources", status_code=201, response_model=StaffSourceOut, responses=refusals(409, 422))
def create_source(site: SiteDep, by: SourceEditor, data: SourceIn, retries: RetriesDep) -> Response:
    """Create a source. One that has the name already is not refused: namesakes exist."""
    with site.database.writer.session() as session:

        def act() -> Response:
            source = actions.create(session, data, by=by, at=now())
            location = {"Location": f"/v1/admin/sources/{source.id}"}
            return private(_content(session, source), status_code=201, headers=location)

        return retries.once(session, act)


class CandidateFilters(In):
    name: str = Field(min_length=1, max_length=200, description="As it was read.", examples=["M. Oduya"])
    kind: Kind | None = Field(default=None, description="Who or what they are.")


@router.get("/source-candidates", response_model=CandidatesOut)
def list_source_candidates(site: SiteDep, _by: SourceEditor, filters: Annotated[CandidateFilters, Query()]) -> Response:
    """List the known sources that a name may mean, drafts' too, before a second one is made of somebody."""
    with site.database.reader() as session:
        found = candidates(session, filters.name, kind=filters.kind)
    items = [
        CandidateOut(source=SourceOut.model_validate(source), name=name, score=score) for source, name, score in found
    ]
    return private(CandidatesOut(items=items).model_dump_json().encode())


@router.get("/sources/{reference}", response_model=StaffSourceOut, responses=refusals(404))
def read_staff_source(site: SiteDep, _by: SourceEditor, reference: Reference) -> Response:
    """Read a source, whether or not a published article relies on it."""
    with site.database.reader() as session:
        return private(_content(session, actions.find(session, reference)))


@router.patch("/sources/{reference}", response_model=StaffSourceOut, responses=refusals(404, 409, 412, 422, 428))
def update_source(
    request: Request, site: SiteDep, by: SourceEditor, reference: Reference, data: SourcePatch
) -> Response:
    """Change a source. What the body does not name stays."""
    with site.database.writer.session() as session:
        source = actions.find(session, reference, lock=True)
        check_match(request, _content(session, source))
        edit_source(session, source, data, by=by, at=now())
        return private(_content(session, actions.find(session, str(source.id))))


@router.post("/sources/{reference}/merge", response_model=StaffSourceOut, responses=refusals(404, 409, 412, 422, 428))
def merge_source(
    request: Request, site: SiteDep, by: SourceEditor, reference: Reference, data: MergeIn, retries: RetriesDep
) -> Response:
    """Have the source be the same as another one, which takes in its names, roles, links, quotes and citations and is
    the answer. The former addresses answer 308. What the two said twice, the record then says once; `split` gives
    quotes to a namesake again."""
    with site.database.writer.session() as session:

        def act() -> Response:
            source = actions.find(session, reference, lock=True)
            check_match(request, _content(session, source))
            stays = merging.merge(session, source, data.into, by=by, at=now())
            return private(_content(session, actions.find(session, str(stays.id))))

        return retries.once(session, act)


@router.post(
    "/sources/{reference}/split",
    status_code=201,
    response_model=StaffSourceOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def split_source(
    request: Request, site: SiteDep, by: SourceEditor, reference: Reference, data: SplitIn, retries: RetriesDep
) -> Response:
    """Give quotes of the source to a new one: the namesake who said or passed them on. The new one is the answer."""
    with site.database.writer.session() as session:

        def act() -> Response:
            source = actions.find(session, reference, lock=True)
            check_match(request, _content(session, source))
            made = merging.split(session, source, data, by=by, at=now())
            location = {"Location": f"/v1/admin/sources/{made.id}"}
            return private(_content(session, actions.find(session, str(made.id))), status_code=201, headers=location)

        return retries.once(session, act)


def _content(session: Session, source: Source) -> bytes:
    ids = [role.organization_id for role in source.roles if role.organization_id]
    places: dict[Any, Source] = {row.id: row for row in session.scalars(queries.by_ids(ids))} if ids else {}
    shown = StaffSourceOut(**described(source, places), merged_into=source.merged_into_id)
    return shown.model_dump_json().encode()
