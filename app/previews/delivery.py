"""`/v1/previews/{token}`: an article before readers see it, for whoever was given the link."""

from typing import Annotated, TypeVar

from fastapi import Path
from starlette.responses import Response

from app.articles.illustrating import shown_under
from app.articles.renditions import open_desk
from app.articles.schemas import ArticleOut
from app.context import Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import NO_STORE, private
from app.media.files import path_of
from app.media.schemas import ImageOut, VariantOut
from app.media.sending import FILE, Digest, Variant, described
from app.openapi import UNKEPT, refusals
from app.previews.actions import previewed

router = Router(prefix="/v1/previews", tags=["articles"])

Token = Annotated[
    str, Path(max_length=100, description="Of a preview link.", examples=["orp_Zk3vYw0hR8sJt5mXc2bNq7LdPg9uEaTf"])
]

AnyImage = TypeVar("AnyImage", ImageOut, VariantOut)
UNLISTED = {"X-Robots-Tag": "noindex"}


@router.get("/{token}", response_model=ArticleOut, responses=refusals(404), openapi_extra=UNKEPT)
def read_preview(site: SiteDep, token: Token) -> Response:
    """Read an article as readers would get it if its current revision were published now. No cache keeps it.

    A date that it does not have yet is now, and its images are under the link. A link that is unknown, expired or
    revoked answers 404, and so does one to an article in the trash or one whose permission has ended.
    """
    at = now()
    with site.database.reader() as session:
        article, number = previewed(session, token, at=at)
        document = open_desk(session, at).preview(article, number)
    return private(_with_images(document, f"/v1/previews/{token}").model_dump_json().encode(), headers=UNLISTED)


@router.get(
    "/{token}/media/{digest}/{variant}", response_class=Response, responses=FILE | refusals(404), openapi_extra=UNKEPT
)
def read_preview_image_file(site: SiteDep, token: Token, digest: Digest, variant: Variant) -> Response:
    """Read an image of the article that a preview link shows, in one size and format, for as long as the link shows
    the article with it. No cache keeps it."""
    with site.database.reader() as session:
        article, _ = previewed(session, token, at=now())
    shown = (shown.image for shown in article.revision.illustrations)
    image = next((image for image in shown if image.digest == digest), None)
    path = path_of(site.settings.media, image, variant) if image else None
    if image is None or path is None:
        raise NotFound("There is no such image.")
    return Response(path.read_bytes(), headers=described(image, variant) | NO_STORE | UNLISTED)


def _with_images(document: ArticleOut, way: str) -> ArticleOut:
    """The article with the addresses at which whoever has the link finds its images."""

    def led(known: AnyImage) -> AnyImage:
        return known.model_copy(update={"url": f"{way}{known.url.removeprefix('/v1')}"})

    def image(known: ImageOut) -> ImageOut:
        return led(known).model_copy(update={"variants": [led(variant) for variant in known.variants]})

    own = [each for each in (document.image, *document.images) if each]
    body = document.body and document.body.model_copy(update={"html": shown_under(way, document.body.html, own)})
    lead = document.image and image(document.image)
    return document.model_copy(update={"body": body, "image": lead, "images": [image(row) for row in document.images]})
