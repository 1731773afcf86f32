"""`/v1/admin/media`: uploading images, and what is to be said of them."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.accounts.access import needs
from app.context import Paging, Router, Site, SiteDep
from app.db import now
from app.errors import IdempotencyMismatch, NotFound
from app.events.actions import Actor, take_turn
from app.events.retries import IdempotencyKey, Retries, retries_of
from app.http import NO_STORE, check_match, private
from app.media import actions, files, queries
from app.media.files import Upload
from app.media.models import Image
from app.media.pictures import TYPES
from app.media.schemas import ImagePatch, StaffImageOut
from app.media.sending import FILE, Variant, described
from app.openapi import refusals
from app.paging import Sort, fetch
from app.record.actions import edit_image, remove_image
from app.schemas import Page

router = Router(prefix="/v1/admin/media", tags=["admin"])

Illustrator = Annotated[Actor, Depends(needs("media:write"))]
ImageId = Annotated[UUID, Path(description="Id of an uploaded image.")]
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted({*TYPES.values()})},
    }
}


class ImagePaging(Paging):
    used: bool | None = Field(default=None, description="Only images that a revision shows, or that none does.")


@router.get("", response_model=Page[StaffImageOut])
def list_images(request: Request, site: SiteDep, _by: Illustrator, page: Annotated[ImagePaging, Query()]) -> Response:
    """List the uploaded images, the latest first."""
    query = queries.images()
    if page.used is not None:
        query = query.where(queries.is_used() if page.used else ~queries.is_used())
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(Image.created_at.expression, Image.id.expression, descending=True, parse=datetime.fromisoformat),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_content(image) for image in listing.rows]), headers=listing.links())


@router.post("", status_code=201, response_model=StaffImageOut, responses=refusals(422), openapi_extra=BODY)
async def upload_image(
    request: Request, site: SiteDep, by: Illustrator, idempotency_key: IdempotencyKey = None
) -> Response:
    """Upload an image: the file as it is, JPEG, PNG, WebP or AVIF, under its `Content-Type`.

    It is made smaller, into AVIF, WebP and JPEG, and cleaned of what the camera noted. The same bytes again are the
    image that is there. Say next what it shows and whose it is: no article with it can be published before.
    """
    upload = Upload(site.settings.media)
    try:
        await upload.take(request.stream())
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        retries = retries_of(request, idempotency_key, upload.digest.encode())
        return await run_in_threadpool(_kept, site, upload, kind, by, retries)
    finally:
        await run_in_threadpool(upload.clear)


@router.get("/{image_id}", response_model=StaffImageOut, responses=refusals(404))
def read_image(site: SiteDep, _by: Illustrator, image_id: ImageId) -> Response:
    """Read what is known of an image."""
    with site.database.reader() as session:
        return private(_content(actions.find(session, image_id)))


@router.get("/{image_id}/{variant}", response_class=Response, responses=FILE | refusals(404))
def read_staff_image_file(site: SiteDep, _by: Illustrator, image_id: ImageId, variant: Variant) -> Response:
    """Read an image in one size and format, whether or not readers see it."""
    with site.database.reader() as session:
        image = actions.find(session, image_id)
    path = files.path_of(site.settings.media, image, variant)
    if path is None:
        raise NotFound("The image has no such variant.")
    return Response(path.read_bytes(), headers=described(image, variant) | NO_STORE)


@router.patch("/{image_id}", response_model=StaffImageOut, responses=refusals(404, 412, 422, 428))
def update_image(request: Request, site: SiteDep, by: Illustrator, image_id: ImageId, data: ImagePatch) -> Response:
    """Say what an image shows, whose it is, and what matters in it. Articles with it are new to readers at once."""
    with site.database.writer.session() as session:
        image = actions.find(session, image_id, lock=True)
        check_match(request, _content(image))
        edit_image(session, image, data, by=by, at=now())
        return private(_content(image))


@router.delete("/{image_id}", status_code=204, response_class=Response, responses=refusals(404, 409, 412, 428))
def delete_image(request: Request, site: SiteDep, by: Illustrator, image_id: ImageId) -> Response:
    """Remove an image and its files for ever. Refused while a revision of an article shows it."""
    with site.database.writer.session() as session:
        image = actions.find(session, image_id, lock=True)
        check_match(request, _content(image))
        remove_image(session, image, by=by)
    files.remove(site.settings.media, image_id)
    return Response(status_code=204, headers=NO_STORE)


def _kept(site: Site, upload: Upload, kind: str, by: Actor, retries: Retries) -> Response:
    """The answer to an upload. All is on disk before a row names it, and stays there if the commit is in doubt."""
    from app.media.pixels import make_variants  # with it Pillow, which most processes never need

    made = make_variants(upload.path, kind)
    upload.settle()
    is_new = False

    def act(session: Session) -> Response:
        nonlocal is_new
        image = actions.known(session, upload.digest)
        is_new = image is None
        image = image or actions.keep(session, upload, made, by=by, at=now())
        location = {"Location": f"/v1/admin/media/{image.id}"}
        return private(_content(image), status_code=201, headers=location)

    try:
        with site.database.writer.session() as session:
            take_turn(session)
            answer = retries.once(session, partial(act, session))
    except IdempotencyMismatch:
        upload.drop()
        raise
    if not is_new:
        upload.drop()
    return answer


def _content(image: Image) -> bytes:
    return StaffImageOut.model_validate(image).model_dump_json().encode()
