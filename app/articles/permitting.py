"""`/v1/admin/articles/{id}/permissions`: the rights under which a reprint stands."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.articles import actions
from app.articles.admin import Publisher, matched, shown
from app.articles.delivery import Reference
from app.articles.schemas import StaffArticleOut
from app.context import SiteDep
from app.db import now
from app.events.retries import RetriesDep
from app.openapi import refusals
from app.permissions.schemas import PermissionIn

router = APIRouter(prefix="/v1/admin/articles", tags=["admin"])


@router.post(
    "/{reference}/permissions",
    status_code=201,
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def permit_article(
    request: Request, site: SiteDep, by: Publisher, reference: Reference, data: PermissionIn, retries: RetriesDep
) -> Response:
    """Put an article under a permission. From now on it is public only while one of its permissions holds."""
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)
            actions.permit(session, article, data, by=by, at=now())
            return shown(session, article, status_code=201)

        return retries.once(session, act)
