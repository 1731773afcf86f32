"""`/v1/articles/{a}/comments`: reading the thread, and joining it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.articles.delivery import Reference, signpost, visible
from app.articles.queries import found
from app.articles.renditions import public_clock
from app.comments import actions, queries
from app.comments.models import Comment
from app.comments.schemas import CommentAuthorOut, CommentIn, CommentOut, PostedCommentOut, TargetOut
from app.context import Paging, SiteDep, client_address
from app.db import now
from app.errors import NotFound
from app.events.retries import RetriesDep
from app.http import JSON, NO_STORE, deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page

router = APIRouter(prefix="/v1/articles", tags=["comments"])


class ThreadPaging(Paging):
    sort: Literal["oldest", "newest"] = Field(default="oldest", description="By the time of writing.")


@router.get("/{reference}/comments", response_model=Page[CommentOut], responses=refusals(404, 410) | {308: {}})
def list_comments(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[ThreadPaging, Query()]
) -> Response:
    """Read the approved comments of an article, replies among them, each naming its parent."""
    at = now()
    with site.database.reader() as session:
        article, _ = visible(session, reference, at)
        if moved := signpost(article, reference, request, "/comments"):
            return moved
        changed_at, until = public_clock(session, at)
        listing = fetch(
            session,
            queries.approved(article.id),
            in_time(descending=page.sort == "newest"),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [CommentOut(**shape(comment)).model_dump_json().encode() for comment in listing.rows]
    return deliver(
        request,
        listing.to_json(items),
        at=at,
        changed_at=changed_at,
        until=until,
        tags=[f"thread:{article.id}", f"article:{article.id}"],
        headers=listing.links(),
    )


@router.post(
    "/{reference}/comments",
    status_code=202,
    response_model=PostedCommentOut,
    responses=refusals(403, 404, 422, 429),
)
def create_comment(
    request: Request, site: SiteDep, reference: Reference, data: CommentIn, retries: RetriesDep
) -> Response:
    """Write a comment. It is shown once staff have approved it: 202."""
    at, address = now(), client_address(request)
    site.rates.spend("comments", address, per_minute=site.settings.comment_rate)

    with site.database.writer.session() as session:
        article = session.scalar(found(reference, at))
        if article is None:
            raise NotFound("There is no such article.")

        def act() -> Response:
            comment, token = actions.post(session, article, data, secret=site.settings.secret, address=address, at=at)
            shown = PostedCommentOut(**shape(comment), edit_token=token)
            return Response(shown.model_dump_json(), status_code=202, media_type=JSON, headers=NO_STORE)

        return retries.once(session, act)


def in_time(*, descending: bool) -> Sort:
    return Sort(Comment.created_at.expression, Comment.id.expression, descending, parse=datetime.fromisoformat)


def shape(comment: Comment) -> dict[str, Any]:
    """What everybody may know of a comment."""
    return {
        "id": comment.id,
        "parent_id": comment.parent_id,
        "author": CommentAuthorOut(name=comment.author_name, badge=None),
        "html": comment.html,
        "text": comment.text,
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
        "editable_until": comment.editable_until,
        "reply_count": comment.reply_count,
        "score": 0,
        "kind": comment.kind,
        "target": TargetOut(quote=comment.quote_id) if comment.quote_id else None,
    }
