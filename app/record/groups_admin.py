"""`/v1/admin/tags` and `/v1/admin/authors`: listing, renaming and merging what articles are listed under."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.articles.admin import Editor
from app.articles.groups import AUTHORS, TAGS, Group
from app.context import Paging, Router, Site, SiteDep
from app.db import now
from app.events.actions import Actor
from app.events.retries import Retries, RetriesDep
from app.http import NO_STORE, check_tag, etag, private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record import groups, queries
from app.record.schemas import GroupIn, GroupMergeIn, GroupPatch, StaffGroupOut
from app.schemas import Page

router = Router(prefix="/v1/admin", tags=["admin"])

GroupId = Annotated[UUID, Path(description="Its id.")]


@router.get("/tags", response_model=Page[StaffGroupOut])
def list_staff_tags(request: Request, site: SiteDep, _by: Editor, page: Annotated[Paging, Query()]) -> Response:
    """List all tags by slug, those of drafts and of no article too."""
    return _list(request, site, page, TAGS)


@router.post("/tags", status_code=201, response_model=StaffGroupOut, responses=refusals(409, 422))
def create_tag(site: SiteDep, by: Editor, data: GroupIn, retries: RetriesDep) -> Response:
    """Create a tag before an article has it; articles that name a new one create it themselves."""
    return _create(site, TAGS, data, by, retries)


@router.get("/tags/{group_id}", response_model=StaffGroupOut, responses=refusals(404))
def read_staff_tag(site: SiteDep, _by: Editor, group_id: GroupId) -> Response:
    """Read a tag, whether or not a published article has it."""
    with site.database.reader() as session:
        return _shown(*groups.find(session, TAGS, group_id))


@router.patch("/tags/{group_id}", response_model=StaffGroupOut, responses=refusals(404, 409, 412, 422, 428))
def update_tag(request: Request, site: SiteDep, by: Editor, group_id: GroupId, data: GroupPatch) -> Response:
    """Rename a tag, in every article too. A former slug that readers know answers 308."""
    return _update(request, site, TAGS, group_id, data, by)


@router.delete("/tags/{group_id}", status_code=204, response_class=Response, responses=refusals(404, 409, 412, 428))
def delete_tag(request: Request, site: SiteDep, by: Editor, group_id: GroupId) -> Response:
    """Remove a tag that no article is under, in whatever state."""
    return _delete(request, site, TAGS, group_id, by)


@router.post("/tags/{group_id}/merge", response_model=StaffGroupOut, responses=refusals(404, 412, 422, 428))
def merge_tag(
    request: Request, site: SiteDep, by: Editor, group_id: GroupId, data: GroupMergeIn, retries: RetriesDep
) -> Response:
    """Put all articles of a tag under another and remove it; its slugs lead on. The answer is the other."""
    return _merge(request, site, TAGS, group_id, data, by, retries)


@router.get("/authors", response_model=Page[StaffGroupOut])
def list_staff_authors(request: Request, site: SiteDep, _by: Editor, page: Annotated[Paging, Query()]) -> Response:
    """List all authors by slug, those of drafts and of no article too."""
    return _list(request, site, page, AUTHORS)


@router.post("/authors", status_code=201, response_model=StaffGroupOut, responses=refusals(409, 422))
def create_author(site: SiteDep, by: Editor, data: GroupIn, retries: RetriesDep) -> Response:
    """Create an author before an article has him; articles that name a new one create it themselves."""
    return _create(site, AUTHORS, data, by, retries)


@router.get("/authors/{group_id}", response_model=StaffGroupOut, responses=refusals(404))
def read_staff_author(site: SiteDep, _by: Editor, group_id: GroupId) -> Response:
    """Read an author, whether or not a published article has it."""
    with site.database.reader() as session:
        return _shown(*groups.find(session, AUTHORS, group_id))


@router.patch("/authors/{group_id}", response_model=StaffGroupOut, responses=refusals(404, 409, 412, 422, 428))
def update_author(request: Request, site: SiteDep, by: Editor, group_id: GroupId, data: GroupPatch) -> Response:
    """Rename an author, in every article too. A former slug that readers know answers 308."""
    return _update(request, site, AUTHORS, group_id, data, by)


@router.delete("/authors/{group_id}", status_code=204, response_class=Response, responses=refusals(404, 409, 412, 428))
def delete_author(request: Request, site: SiteDep, by: Editor, group_id: GroupId) -> Response:
    """Remove an author that no article is under, in whatever state."""
    return _delete(request, site, AUTHORS, group_id, by)


@router.post("/authors/{group_id}/merge", response_model=StaffGroupOut, responses=refusals(404, 412, 422, 428))
def merge_author(
    request: Request, site: SiteDep, by: Editor, group_id: GroupId, data: GroupMergeIn, retries: RetriesDep
) -> Response:
    """Put all articles of an author under another and remove it; its slugs lead on. The answer is the other."""
    return _merge(request, site, AUTHORS, group_id, data, by, retries)


def _list(request: Request, site: Site, page: Paging, group: Group) -> Response:
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.staff_groups(group),
            Sort(group.thing.slug.expression, group.thing.id.expression, descending=False),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [_written(row, count).model_dump_json().encode() for row, count in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


def _create(site: Site, group: Group, data: GroupIn, by: Actor, retries: Retries) -> Response:
    with site.database.writer.session() as session:

        def act() -> Response:
            return _shown(groups.create(session, group, data, by=by), 0, created_in=f"/v1/admin/{group.name}s")

        return retries.once(session, act)


def _update(request: Request, site: Site, group: Group, group_id: UUID, data: GroupPatch, by: Actor) -> Response:
    with site.database.writer.session() as session:
        row, count = groups.find(session, group, group_id, lock=True)
        check_tag(request.headers.get("if-match"), _version(row))
        groups.edit(session, group, row, data, by=by, at=now())
        return _shown(row, count)


def _delete(request: Request, site: Site, group: Group, group_id: UUID, by: Actor) -> Response:
    with site.database.writer.session() as session:
        row, _ = groups.find(session, group, group_id, lock=True)
        check_tag(request.headers.get("if-match"), _version(row))
        groups.remove(session, group, row, by=by)
    return Response(status_code=204, headers=NO_STORE)


def _merge(
    request: Request, site: Site, group: Group, group_id: UUID, data: GroupMergeIn, by: Actor, retries: Retries
) -> Response:
    with site.database.writer.session() as session:

        def act() -> Response:
            row, _ = groups.find(session, group, group_id, lock=True)
            check_tag(request.headers.get("if-match"), _version(row))
            into = groups.merge(session, group, row, data.into, by=by, at=now())
            return _shown(*groups.find(session, group, into.id))

        return retries.once(session, act)


def _shown(row: Any, count: int, *, created_in: str = "") -> Response:
    headers = {"Location": f"{created_in}/{row.id}"} if created_in else {}
    content = _written(row, count).model_dump_json().encode()
    return private(content, tag=_version(row), status_code=201 if created_in else 200, headers=headers)


def _written(row: Any, count: int) -> StaffGroupOut:
    return StaffGroupOut(id=row.id, slug=row.slug, name=row.name, article_count=count)


def _version(row: Any) -> str:
    """Its ETag, which does not change with the number of articles."""
    return etag(_written(row, 0).model_dump_json().encode())
