"""`/v1/admin/comments`: the moderators' queues."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.accounts.access import needs
from app.comments import actions, queries
from app.comments.delivery import in_time, shape
from app.comments.models import Comment
from app.comments.schemas import CommentStatus, ModeratedOut, ModerationIn, StaffCommentOut
from app.context import Paging, SiteDep
from app.db import now
from app.events.actions import Actor
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import fetch
from app.schemas import Page

router = APIRouter(prefix="/v1/admin/comments", tags=["admin"])

Moderator = Annotated[Actor, Depends(needs("comments:moderate"))]


class QueuePaging(Paging):
    status: CommentStatus | None = Field(default=None, description="One queue; all comments if not given.")


@router.get("", response_model=Page[StaffCommentOut])
def list_staff_comments(
    request: Request, site: SiteDep, _by: Moderator, page: Annotated[QueuePaging, Query()]
) -> Response:
    """List comments for moderation, oldest first."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.of_status(page.status),
            in_time(descending=False),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(
        listing.to_json([shown(comment).model_dump_json().encode() for comment in listing.rows]),
        headers=listing.links(),
    )


@router.post("/moderate", response_model=ModeratedOut, responses=refusals(404, 409, 422))
def moderate_comments(site: SiteDep, by: Moderator, data: ModerationIn, retries: RetriesDep) -> Response:
    """Approve, reject or mark as spam, all of them or none."""
    with site.database.writer.session() as session:

        def act() -> Response:
            comments = actions.moderate(session, data, by=by, at=now())
            return private(ModeratedOut(items=[shown(c) for c in comments]).model_dump_json().encode())

        return retries.once(session, act)


def shown(comment: Comment) -> StaffCommentOut:
    """A comment as staff see it."""
    return StaffCommentOut(
        **shape(comment),
        article_id=comment.article_id,
        status=comment.status,
        reason=comment.reason,
    )
