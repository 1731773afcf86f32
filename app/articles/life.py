"""`/v1/admin/articles/{id}/{submit,schedule,publish,unpublish,restore}`: an article's way to its readers and back."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from app.accounts.access import needs
from app.articles import actions, scheduling
from app.articles.admin import matched, shown
from app.articles.delivery import Reference
from app.articles.schemas import ScheduleIn, StaffArticleOut
from app.articles.states import STEPS
from app.context import Router, Site, SiteDep
from app.db import now
from app.events.actions import Actor
from app.events.retries import Retries, RetriesDep
from app.openapi import refusals

router = Router(prefix="/v1/admin/articles", tags=["admin"])

SHAPE: dict[str, Any] = {"response_model": StaffArticleOut, "responses": refusals(404, 409, 412, 428)}


def _may(step: str) -> Any:
    """Whoever has the scope that the step needs."""
    return Depends(needs(STEPS[step].scope))


@router.post("/{reference}/submit", **SHAPE)
def submit_article(
    request: Request, site: SiteDep, by: Annotated[Actor, _may("submit")], reference: Reference, retries: RetriesDep
) -> Response:
    """Hand an article in for review. Those who may publish find it under `status=in_review`."""
    return _taken(request, site, reference, by, retries, scheduling.submit)


@router.delete("/{reference}/submit", **SHAPE)
def send_back_article(
    request: Request, site: SiteDep, by: Annotated[Actor, _may("send_back")], reference: Reference
) -> Response:
    """Make a draft again of an article that was handed in: taken back by its author, or sent back to him."""
    return _taken(request, site, reference, by, None, scheduling.send_back)


@router.post("/{reference}/schedule", response_model=StaffArticleOut, responses=refusals(404, 409, 412, 422, 428))
def schedule_article(
    request: Request,
    site: SiteDep,
    by: Annotated[Actor, _may("schedule")],
    reference: Reference,
    data: ScheduleIn,
    retries: RetriesDep,
) -> Response:
    """Have an article appear at a moment to come, in every list and at its address at once. Again moves the moment."""

    return _taken(request, site, reference, by, retries, partial(scheduling.schedule, moment=data.scheduled_at))


@router.delete("/{reference}/schedule", **SHAPE)
def unschedule_article(
    request: Request, site: SiteDep, by: Annotated[Actor, _may("unschedule")], reference: Reference
) -> Response:
    """Cancel the schedule, while its moment is to come. The article is a draft again."""
    return _taken(request, site, reference, by, None, scheduling.unschedule)


@router.post("/{reference}/publish", response_model=StaffArticleOut, responses=refusals(404, 409, 412, 422, 428))
def publish_article(
    request: Request, site: SiteDep, by: Annotated[Actor, _may("publish")], reference: Reference, retries: RetriesDep
) -> Response:
    """Make an article public, at once.

    422 `quotes-not-ready` names the quotes that lack what the site asks of them (`ONRECORD_PUBLISH_REQUIRES`).
    """
    return _taken(request, site, reference, by, retries, actions.publish)


@router.post("/{reference}/unpublish", **SHAPE)
def unpublish_article(
    request: Request, site: SiteDep, by: Annotated[Actor, _may("unpublish")], reference: Reference, retries: RetriesDep
) -> Response:
    """Take an article from readers; from the next request on nobody but staff sees it."""
    return _taken(request, site, reference, by, retries, actions.unpublish)


@router.post("/{reference}/restore", **SHAPE)
def restore_article(
    request: Request, site: SiteDep, by: Annotated[Actor, _may("restore")], reference: Reference, retries: RetriesDep
) -> Response:
    """Take an article out of the trash, as a draft."""
    return _taken(request, site, reference, by, retries, actions.restore)


def _taken(
    request: Request,
    site: Site,
    reference: str,
    by: Actor,
    retries: Retries | None,
    take: Callable[..., None],
) -> Response:
    """The article after the step, which is taken if `If-Match` names its present version."""
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)
            take(session, article, by=by, at=now())
            session.flush()
            return shown(session, article)

        return retries.once(session, act) if retries else act()
