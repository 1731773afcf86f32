"""`/v1/articles/{a}/comments`: reading the threads, and joining in."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.delivery import Reference, signpost, visible
from app.articles.renditions import public_clock
from app.comments import actions, queries, shaping
from app.comments.models import STEP, Comment
from app.comments.readers import reader_of
from app.comments.schemas import (
    ArticleCountOut,
    CommentIn,
    CommentOut,
    CountsIn,
    CountsOut,
    PostedCommentOut,
    ThreadedCommentOut,
)
from app.comments.screening import rules_of, strictest
from app.context import Paging, Router, Site, SiteDep, client_address, household
from app.db import now
from app.errors import Invalid, NotFound
from app.events.actions import take_turn
from app.events.retries import RetriesDep
from app.http import JSON, NO_STORE, deliver
from app.openapi import refusals
from app.paging import Sort, fetch, rest
from app.schemas import Page

router = Router(prefix="/v1", tags=["comments"])

ThreadSort = Literal["oldest", "newest", "top"]
IN_THREAD = Sort(Comment.path.expression, None, descending=False)
"""Each reply after what it answers."""

AT_ONCE = 50
"""Replies that a thread brings with it in a tree."""


class ThreadPaging(Paging):
    sort: ThreadSort = Field(
        default="oldest",
        description="By the time of writing, or `top`: by the lower bound of the Wilson interval of the votes. In a "
        "tree this orders the threads; replies are in the order of writing.",
    )
    view: Literal["flat", "tree"] = Field(
        default="flat",
        description="`flat`: all comments, replies among them, each naming its parent. `tree`: only those that begin a "
        f"thread, each with its first {AT_ONCE} replies nested below it, and in `more` where the others are.",
    )


@router.get(
    "/articles/{reference}/comments",
    response_model=Page[CommentOut] | Page[ThreadedCommentOut],
    responses=refusals(404, 410) | {308: {}},
)
def list_comments(
    request: Request, site: SiteDep, reference: Reference, page: Annotated[ThreadPaging, Query()]
) -> Response:
    """Read the approved comments of an article, flat or as a tree."""
    at = now()
    with site.database.reader() as session:
        article, _ = visible(session, reference, at)
        if moved := signpost(article, reference, request, "/comments"):
            return moved
        clock = thread_clock(session, article.id, at)
        listing = fetch(
            session,
            queries.seen(article.id, depth=1 if page.view == "tree" else None),
            in_order(page.sort),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
        text = article.revision.text
        shown: Sequence[CommentOut] = (
            shaping.listed(listing.rows, text) if page.view == "flat" else _tree(site, session, listing.rows, text)
        )
    return deliver(
        request,
        listing.to_json([comment.model_dump_json().encode() for comment in shown]),
        at=at,
        changed_at=clock[0],
        until=clock[1],
        tags=[f"thread:{article.id}", f"article:{article.id}"],
        headers=listing.links(),
    )


def _tree(site: Site, session: Session, roots: Sequence[Any], text: str) -> list[ThreadedCommentOut]:
    """The threads that these comments begin, in two statements, however many there are."""
    rows = session.execute(queries.beginnings([root.path for root, _ in roots], AT_ONCE + 1))
    below = {path: list(mine) for path, mine in groupby(rows, key=lambda row: row[0].path[:STEP])}
    more, kept = {}, []
    for root, _ in roots:
        mine = below.get(root.path, [])
        kept += mine[:AT_ONCE]
        if len(mine) > AT_ONCE:
            last = mine[AT_ONCE - 1][0].path
            more[root.id] = rest(site.cursors, f"/v1/comments/{root.id}/replies", IN_THREAD, last)
    return shaping.tree(roots, kept, text, more)


@router.post(
    "/articles/{reference}/comments",
    status_code=202,
    response_model=PostedCommentOut,
    responses=refusals(401, 403, 404, 422, 429) | {201: {"model": PostedCommentOut, "description": "Readers see it."}},
)
def create_comment(
    request: Request, site: SiteDep, reference: Reference, data: CommentIn, retries: RetriesDep
) -> Response:
    """Write a comment. It is seen at once (201), or held until staff approve it (202); `held` says why.

    Guests give a name. With a bearer credential one writes under the name of the account, and staff with a badge.
    """
    at, reader = now(), reader_of(request, site)
    if data.notify and not site.settings.smtp_host:
        raise Invalid("This site sends no e-mail.", errors=[{"pointer": "/notify", "detail": "no e-mail is sent here"}])
    site.rates.spend("comments", household(reader.address), per_minute=site.settings.comment_rate)

    with site.database.writer.session() as session:
        take_turn(session)
        row = session.connection().execute(*queries.addressed(reference, at)).one_or_none()
        if row is None:
            raise NotFound("There is no such article.")
        article = queries.Addressed(*row)

        def act() -> Response:
            comment, token = actions.post(session, article, data, reader, at=at)
            text = session.scalar(queries.text_of(article.id)) if comment.target else None
            shown = PostedCommentOut(**shaping.own(comment, None, text), edit_token=token)
            is_seen = comment.status == "approved"
            headers = NO_STORE | ({"Location": f"/v1/comments/{comment.id}"} if is_seen else {})
            status = 201 if is_seen else 202
            return Response(shown.model_dump_json(), status_code=status, media_type=JSON, headers=headers)

        return retries.once(session, act)


@router.post("/comments/counts", response_model=CountsOut, responses=refusals(422, 429))
def count_comments(request: Request, site: SiteDep, data: CountsIn) -> Response:
    """Count the comments of up to 500 articles. Articles that readers do not see are left out."""
    at = now()
    site.rates.spend("counts", client_address(request), per_minute=60 * site.settings.comment_rate)
    with site.database.reader() as session:
        rules = rules_of(session)
        rows = {row[0]: row[1:] for row in session.execute(queries.counts(set(data.articles), at))}
    items = []
    for article_id in dict.fromkeys(data.articles):
        if article_id in rows:
            count, state, published_at, mode, days = rows[article_id]
            effective: Any = strictest(state, published_at, mode, days, rules, at=at)
            items.append(ArticleCountOut(article_id=article_id, count=count, mode=effective))
    return Response(CountsOut(items=items).model_dump_json(), media_type=JSON, headers=NO_STORE)


def thread_clock(session: Session, article_id: Any, at: datetime) -> tuple[datetime, datetime | None]:
    """When what readers get of the article's comments last changed, and when it will next change by itself."""
    changed_at, until = public_clock(session, at)
    last = session.scalar(queries.last_change(article_id))
    return max(changed_at, last or changed_at), until


def in_order(sort: ThreadSort) -> Sort:
    if sort == "top":
        return Sort(Comment.rank.expression, Comment.id.expression, descending=True, parse=int)
    return in_time(descending=sort == "newest")


def in_time(*, descending: bool) -> Sort:
    return Sort(Comment.created_at.expression, Comment.id.expression, descending, parse=datetime.fromisoformat)
