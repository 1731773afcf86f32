"""`/v1/admin/imports`: files handed in to be imported, and what became of them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.accounts.access import demand, needs
from app.accounts.rights import SCOPES
from app.context import Router, Site, SiteDep
from app.db import now
from app.errors import Problem
from app.events.actions import Actor
from app.events.retries import IdempotencyKey, Retries, RetriesDep, retries_of
from app.extract.readers.decoding import HEAD
from app.http import private
from app.imports import actions, queries
from app.imports.files import Upload, folder_of, receive
from app.imports.models import ImportItem, ImportJob
from app.imports.schemas import (
    CountsOut,
    ImportItemOut,
    ImportOptions,
    ImportOut,
    ImportPaging,
    ItemPaging,
)
from app.ingest.importing import kind_of
from app.ingest.progress import remaining
from app.ingest.restoring import OWN, head_of
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page

router = Router(prefix="/v1/admin/imports", tags=["admin"])

MayImport = Annotated[Actor, Depends(needs("imports:write"))]
ImportId = Annotated[UUID, Path(description="Id of the import.")]

ANY = "application/octet-stream"
MEDIA_TYPES = frozenset(
    [
        ANY,
        *("application/atom+xml", "application/feed+json", "application/json", "application/ld+json"),
        *("application/rss+xml", "application/x-ndjson", "application/xhtml+xml", "application/xml"),
        *("text/html", "text/markdown", "text/plain", "text/xml"),
    ]
)
"""What a file may be sent as; what it is, it tells itself."""

RESTORING = ("articles:publish", "quotes:write", "sources:write", "media:write", "comments:moderate")
"""What an export of Onrecord's own needs too, since all comes back in the state that it had."""

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file, as it is. It may have any type that a web server would send it with, or this one.",
        "content": {ANY: {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
    }
}


@router.post("", status_code=202, response_model=ImportOut, responses=refusals(422), openapi_extra=BODY)
async def create_import(
    request: Request,
    site: SiteDep,
    by: MayImport,
    options: Annotated[ImportOptions, Query()],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Hand in a file to be imported: articles, feeds, exports of other systems. The worker does it, in the background.

    `Location` says where to see how far it is. An import that is handed in twice makes nothing twice: an article is
    known by what its source calls it. An export of Onrecord's own comes back as it was; it needs `articles:publish`,
    `quotes:write`, `sources:write`, `media:write` and `comments:moderate` too, and one with users every scope.
    """
    if options.publish:
        demand(by, "articles:publish")
    upload = await receive(request, folder_of(site.settings))
    said = f"{request.url.query}\n{upload.digest.hexdigest()}"
    retries = retries_of(request, idempotency_key, said.encode())
    return await run_in_threadpool(_enqueue, site, upload, options, by, retries)


def _enqueue(site: Site, upload: Upload, options: ImportOptions, by: Actor, retries: Retries) -> Response:
    jobs: list[ImportJob] = []
    try:
        kind = _kind(upload, options, by)
    except Problem:
        upload.discard()
        raise
    with site.database.writer.session() as session:

        def act() -> Response:
            job = actions.enqueue(session, upload.id, options, kind=kind, size=upload.size, by=by, at=now())
            jobs.append(job)
            return private(_content(job), status_code=202, headers={"Location": f"/v1/admin/imports/{job.id}"})

        answer = retries.once(session, act)
    if not jobs:  # the same file was handed in before, under the same key
        upload.discard()
    return answer


def _kind(upload: Upload, options: ImportOptions, by: Actor) -> str:
    """The format of the file. Raises `Forbidden` if he may not bring all that it has, and `UnreadableFile`."""
    with upload.path.open("rb") as stream:
        kind = options.format or kind_of(stream.read(HEAD))
        if kind == OWN:
            stream.seek(0)
            for scope in SCOPES if head_of(stream).users else RESTORING:
                demand(by, scope)
    return kind


@router.get("", response_model=Page[ImportOut])
def list_imports(request: Request, site: SiteDep, _by: MayImport, page: Annotated[ImportPaging, Query()]) -> Response:
    """List the imports, the latest first."""
    query = queries.jobs()
    if page.status is not None:
        query = query.where(ImportJob.status == page.status)
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(
                ImportJob.created_at.expression, ImportJob.id.expression, descending=True, parse=datetime.fromisoformat
            ),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_content(job) for job in listing.rows]), headers=listing.links())


@router.get("/{import_id}", response_model=ImportOut, responses=refusals(404))
def read_import(site: SiteDep, _by: MayImport, import_id: ImportId) -> Response:
    """Read how far an import is, how fast it goes, and how long it will take."""
    with site.database.reader() as session:
        return private(_content(actions.find(session, import_id)))


@router.get("/{import_id}/items", response_model=Page[ImportItemOut], responses=refusals(404))
def list_import_items(
    request: Request, site: SiteDep, _by: MayImport, import_id: ImportId, page: Annotated[ItemPaging, Query()]
) -> Response:
    """List what became of the entries of the file, in their order: what was found, and what needs a look."""
    query = queries.items(import_id)
    if page.outcome is not None:
        query = query.where(ImportItem.outcome == page.outcome)
    if page.needs_look is not None:
        query = query.where(ImportItem.needs_look == page.needs_look)
    with site.database.reader() as session:
        actions.find(session, import_id)
        listing = fetch(
            session,
            query,
            Sort(ImportItem.number.expression, None, descending=False, parse=int),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_item(*row) for row in listing.rows]), headers=listing.links())


@router.post("/{import_id}/cancel", response_model=ImportOut, responses=refusals(404, 409))
def cancel_import(site: SiteDep, by: MayImport, import_id: ImportId, retries: RetriesDep) -> Response:
    """End an import where it is. What it has made stays; handed in again, the file goes on from there."""
    with site.database.writer.session() as session:

        def act() -> Response:
            job = actions.find(session, import_id, lock=True)
            actions.cancel(session, job, by=by, at=now())
            return private(_content(job))

        return retries.once(session, act)


def _content(job: ImportJob) -> bytes:
    is_running = job.status == "running"
    return (
        ImportOut(
            **{name: getattr(job, name) for name in ImportOut.model_fields.keys() & ImportJob.__table__.columns.keys()},
            progress=round(min(job.position / job.size, 1.0), 4),
            entries=job.entries,
            counts=CountsOut.model_validate(job),
            rate=round(job.entries / job.seconds, 1) if job.seconds else None,
            remaining_seconds=remaining(job.seconds, job.position, job.size) if is_running else None,
            created_by=job.user_id,
        )
        .model_dump_json()
        .encode()
    )


def _item(item: ImportItem, slug: str | None) -> bytes:
    members = {name: getattr(item, name) for name in ImportItemOut.model_fields if name != "slug"}
    return ImportItemOut(**members, slug=slug).model_dump_json().encode()
