"""`/v1/comments/{id}`: one comment, for everybody; editing and deleting it, for its author; votes and complaints."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Path, Query, Request
from sqlalchemy import Row
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.models import Article
from app.comments import actions, queries, reactions, shaping
from app.comments.actions import Claim, NotYours
from app.comments.delivery import IN_THREAD, thread_clock
from app.comments.models import Comment
from app.comments.readers import Reader, reader_of
from app.comments.schemas import CommentOut, CommentPatch, FlagIn, OwnCommentOut, VotedOut, VoteIn
from app.context import Paging, Router, Site, SiteDep, household
from app.corrections.models import Correction
from app.db import now
from app.errors import NotFound
from app.events.actions import take_turn
from app.events.retries import RetriesDep
from app.http import JSON, NO_STORE, deliver
from app.openapi import refusals
from app.paging import fetch
from app.schemas import Page

router = Router(prefix="/v1/comments", tags=["comments"])

CommentId = Annotated[UUID, Path(description="Id of a comment.")]
EditToken = Annotated[
    str | None,
    Header(alias="X-Edit-Token", max_length=200, description="The `edit_token` that came with the comment."),
]

REACTIONS = 6
"""Votes and complaints for each comment that an address may post in a minute."""

Found = Row[Comment, Correction | None, Article, str]


@router.get("/{comment_id:uuid}", response_model=CommentOut | OwnCommentOut, responses=refusals(404))
def read_comment(request: Request, site: SiteDep, comment_id: CommentId, token: EditToken = None) -> Response:
    """Read one comment. With its `X-Edit-Token`, its author gets it in any state."""
    at = now()
    claim = Claim(None, token)
    with site.database.reader() as session:
        found = _found(session, comment_id)
        comment, correction, article, text = found
        if claim.holds(comment):
            return _own(found)
        if not comment.is_seen:
            raise NotFound("There is no such comment.")
        changed_at, until = thread_clock(session, article.id, at)
    return deliver(
        request,
        CommentOut(**shaping.public(comment, correction, text)).model_dump_json().encode(),
        at=at,
        changed_at=changed_at,
        until=until,
        tags=[f"thread:{article.id}", f"article:{article.id}"],
    )


@router.get("/{comment_id}/replies", response_model=Page[CommentOut], responses=refusals(404))
def list_replies(request: Request, site: SiteDep, comment_id: CommentId, page: Annotated[Paging, Query()]) -> Response:
    """Read all replies below a comment, each after what it answers."""
    at = now()
    with site.database.reader() as session:
        comment, _, article, text = _found(session, comment_id)
        if not comment.is_seen:
            raise NotFound("There is no such comment.")
        changed_at, until = thread_clock(session, article.id, at)
        listing = fetch(
            session,
            queries.below(comment.path),
            IN_THREAD,
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return deliver(
        request,
        listing.to_json([reply.model_dump_json().encode() for reply in shaping.listed(listing.rows, text)]),
        at=at,
        changed_at=changed_at,
        until=until,
        tags=[f"thread:{article.id}", f"article:{article.id}"],
        headers=listing.links(),
    )


@router.patch("/{comment_id:uuid}", response_model=OwnCommentOut, responses=refusals(401, 403, 404, 409, 422, 429))
def update_comment(
    request: Request, site: SiteDep, comment_id: CommentId, data: CommentPatch, token: EditToken = None
) -> Response:
    """Edit your comment, until its `editable_until`. Its earlier wording is kept for moderators."""
    at, reader = now(), reader_of(request, site)
    site.rates.spend("comments", household(reader.address), per_minute=site.settings.comment_rate)
    with site.database.writer.session() as session:
        take_turn(session)
        found = _claimed(session, comment_id, Claim(reader.user_id, token))
        comment, _, article, _ = found
        actions.edit(session, comment, article, data.body, reader, at=at)
        return _own(found)


@router.delete("/{comment_id:uuid}", status_code=204, response_class=Response, responses=refusals(401, 403, 404, 429))
def delete_comment(request: Request, site: SiteDep, comment_id: CommentId, token: EditToken = None) -> Response:
    """Delete your comment, at any time. Its words and your name are gone for good; replies to it stay."""
    at, reader = now(), reader_of(request, site)
    site.rates.spend("comments", household(reader.address), per_minute=site.settings.comment_rate)
    with site.database.writer.session() as session:
        take_turn(session)
        comment, *_ = _claimed(session, comment_id, Claim(reader.user_id, token))
        actions.withdraw(session, comment, at=at)
    return Response(status_code=204, headers=NO_STORE)


@router.post(
    "/{comment_id}/flags",
    status_code=204,
    response_class=Response,
    responses=refusals(401, 404, 409, 422, 429),
)
def flag_comment(request: Request, site: SiteDep, comment_id: CommentId, data: FlagIn, retries: RetriesDep) -> Response:
    """Complain about a comment to the moderators. One complaint of each reader counts."""
    reader = _reacting(request, site)
    with site.database.writer.session() as session:
        take_turn(session)
        comment = _approved(session, comment_id)

        def act() -> Response:
            reactions.flag(session, comment, data, reader, at=now())
            return Response(status_code=204, headers=NO_STORE)

        return retries.once(session, act)


@router.post("/{comment_id}/votes", response_model=VotedOut, responses=refusals(401, 404, 409, 422, 429))
def vote_on_comment(
    request: Request, site: SiteDep, comment_id: CommentId, data: VoteIn, retries: RetriesDep
) -> Response:
    """Vote for or against a comment. One vote of each reader counts, and one of each address: the last."""
    reader = _reacting(request, site)
    with site.database.writer.session() as session:
        take_turn(session)
        comment = _approved(session, comment_id)

        def act() -> Response:
            reactions.vote(session, comment, data.value, reader, at=now())
            shown = VotedOut(id=comment.id, score=comment.votes_for - comment.votes_against)
            return Response(shown.model_dump_json(), media_type=JSON, headers=NO_STORE)

        return retries.once(session, act)


def _reacting(request: Request, site: Site) -> Reader:
    reader = reader_of(request, site)
    site.rates.spend("reactions", household(reader.address), per_minute=REACTIONS * site.settings.comment_rate)
    return reader


def _found(session: Session, comment_id: UUID) -> Found:
    found = session.execute(queries.under_visible(comment_id, now())).one_or_none()
    if found is None:
        raise NotFound("There is no such comment.")
    return found


def _approved(session: Session, comment_id: UUID) -> Comment:
    comment, *_ = _found(session, comment_id)
    if comment.status != "approved":
        raise NotFound("There is no such comment.")
    return comment


def _claimed(session: Session, comment_id: UUID, claim: Claim) -> Found:
    """The comment, if the claim to it holds. Raises `NotYours`, or `NotFound` where readers do not see it."""
    found = _found(session, comment_id)
    if not claim.holds(found[0]):
        if not found[0].is_seen:
            raise NotFound("There is no such comment.")
        raise NotYours("Send the `edit_token` of this comment as `X-Edit-Token`.")
    return found


def _own(found: Found) -> Response:
    comment, correction, _, text = found
    content = OwnCommentOut(**shaping.own(comment, correction, text)).model_dump_json()
    return Response(content, media_type=JSON, headers=NO_STORE)
