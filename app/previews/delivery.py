"""`/v1/previews/{token}`: an article before readers see it, for whoever was given the link."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.articles.renditions import open_desk
from app.articles.schemas import ArticleOut
from app.context import SiteDep
from app.db import now
from app.http import private
from app.openapi import UNKEPT, refusals
from app.previews.actions import previewed

router = APIRouter(prefix="/v1/previews", tags=["articles"])

Token = Annotated[
    str, Path(max_length=100, description="Of a preview link.", examples=["orp_Zk3vYw0hR8sJt5mXc2bNq7LdPg9uEaTf"])
]


@router.get("/{token}", response_model=ArticleOut, responses=refusals(404), openapi_extra=UNKEPT)
def read_preview(site: SiteDep, token: Token) -> Response:
    """Read an article as readers would get it if its current revision were published now. No cache keeps it.

    A date that it does not have yet is now. A link that is unknown, expired or revoked answers 404, and so does one
    to an article in the trash or one whose permission has ended.
    """
    at = now()
    with site.database.reader() as session:
        article, number = previewed(session, token, at=at)
        document = open_desk(session, at).preview(article, number)
    return private(document.model_dump_json().encode(), headers={"X-Robots-Tag": "noindex"})
