"""`/v1/admin/articles/{id}/preview-links`: links to an article for people without an account."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from starlette.responses import Response

from app.articles.actions import find
from app.articles.admin import Editor, ReaderOfDrafts
from app.articles.delivery import Reference
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.previews import actions, queries
from app.previews.models import PreviewLink
from app.previews.schemas import NewPreviewLinkOut, PreviewLinkIn, PreviewLinkOut
from app.schemas import Page

router = Router(prefix="/v1/admin/articles", tags=["admin"])

LinkId = Annotated[UUID, Path(description="Id of a preview link of this article.")]


@router.get("/{reference}/preview-links", response_model=Page[PreviewLinkOut], responses=refusals(404))
def list_preview_links(
    request: Request, site: SiteDep, _by: ReaderOfDrafts, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the preview links of an article, the latest first, those that are expired or revoked too."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.links(find(session, reference).id),
            Sort(PreviewLink.id.expression, None, descending=True, parse=UUID),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_shown(link) for link in listing.rows]), headers=listing.links())


@router.post(
    "/{reference}/preview-links",
    status_code=201,
    response_model=NewPreviewLinkOut,
    responses=refusals(404, 409, 422),
)
def create_preview_link(
    site: SiteDep, by: Editor, reference: Reference, data: PreviewLinkIn, retries: RetriesDep
) -> Response:
    """Make a link that shows this article, whatever becomes of it, until it expires. The answer alone has its token."""
    with site.database.writer.session() as session:

        def act() -> Response:
            article = find(session, reference)
            link, token = actions.create_link(session, article, expires_at=data.expires_at, by=by, at=now())
            known = PreviewLinkOut.model_validate(link).model_dump()
            shown = NewPreviewLinkOut(**known, token=token, url=f"/v1/previews/{token}")
            headers = {"Location": f"/v1/admin/articles/{article.id}/preview-links"}
            return private(shown.model_dump_json().encode(), status_code=201, headers=headers)

        return retries.once(session, act)


@router.delete("/{reference}/preview-links/{link_id}", response_model=PreviewLinkOut, responses=refusals(404))
def revoke_preview_link(site: SiteDep, by: Editor, reference: Reference, link_id: LinkId) -> Response:
    """Revoke a preview link: from the next request on it shows nothing, for ever."""
    with site.database.writer.session() as session:
        link = actions.revoke_link(session, find(session, reference), link_id, by=by, at=now())
        return private(_shown(link))


def _shown(link: PreviewLink) -> bytes:
    return PreviewLinkOut.model_validate(link).model_dump_json().encode()
