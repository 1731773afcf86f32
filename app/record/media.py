"""`/v1/media/{digest}/{variant}`: the images of published articles, as files."""

from datetime import datetime
from email.utils import format_datetime

from fastapi import Request
from starlette.responses import Response

from app.context import Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import SHARED_SECONDS, is_unchanged, tagged
from app.media.files import path_of
from app.media.sending import FILE, Digest, Variant, described
from app.openapi import refusals
from app.record import queries

router = Router(prefix="/v1/media", tags=["articles"])

YEAR = 31_536_000


@router.get("/{digest}/{variant}", response_class=Response, responses=FILE | refusals(404))
def read_image_file(
    request: Request,
    site: SiteDep,
    digest: Digest,
    variant: Variant,
) -> Response:
    """Read an image in one size and format, while readers see an article that shows it.

    The bytes never change. A browser may keep them for a year, a shared cache asks again after a minute, and nobody
    keeps them past the end of the permission that the article rests on.
    """
    at = now()
    with site.database.reader() as session:
        row = session.execute(queries.shown_image(digest, at)).one_or_none()
    path = path_of(site.settings.media, row[0], variant) if row else None
    if row is None or path is None:
        raise NotFound("There is no such image.")
    image, until = row
    headers = described(image, variant) | {
        "Last-Modified": format_datetime(image.created_at, usegmt=True),
        "Cache-Control": _lifetime(at, until),
        **tagged([f"image:{image.id}"]),
    }
    if is_unchanged(request.headers, headers["ETag"], image.created_at.replace(microsecond=0)):
        return Response(status_code=304, headers=headers)
    return Response(path.read_bytes(), headers=headers)


def _lifetime(at: datetime, until: datetime | None) -> str:
    left = int((until - at).total_seconds()) if until else YEAR
    if left <= 0:
        return "public, no-cache"
    return f"public, max-age={min(YEAR, left)}, s-maxage={min(SHARED_SECONDS, left)}" + ("" if until else ", immutable")
