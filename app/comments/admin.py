"""`/v1/admin/comments`: the moderators' queues, and what is decided there."""

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import needs
from app.comments import moderating, queries
from app.comments.delivery import in_time
from app.comments.learning import signs
from app.comments.models import Comment, Note
from app.comments.schemas import CommentStatus
from app.comments.shaping import for_staff
from app.comments.spam import Weight
from app.comments.staff_schemas import (
    BulkIn,
    BulkOut,
    CommentFileOut,
    FlagOut,
    ModeratedOut,
    ModerationIn,
    NoteIn,
    NoteOut,
    Queue,
    QueuesOut,
    SpamSignOut,
    StaffCommentOut,
    WordingOut,
)
from app.context import Paging, Router, SiteDep
from app.corrections.models import Correction
from app.db import new_id, now
from app.errors import NotFound
from app.events.actions import Actor, record
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import fetch
from app.schemas import Page

router = Router(prefix="/v1/admin/comments", tags=["admin"])

Moderator = Annotated[Actor, Depends(needs("comments:moderate"))]
CommentId = Annotated[UUID, Path(description="Id of a comment.")]

SIGNS = 20
"""Words and traits that a moderator is shown of a comment's spam score."""


class QueuePaging(Paging):
    queue: Queue | None = Field(default=None, description="One queue; all comments if not given.")
    status: CommentStatus | None = Field(default=None, description="Only comments in this status.")


@router.get("", response_model=Page[StaffCommentOut])
def list_staff_comments(
    request: Request, site: SiteDep, _by: Moderator, page: Annotated[QueuePaging, Query()]
) -> Response:
    """List comments for moderation, oldest first."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.queue(page.queue, page.status),
            in_time(descending=False),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
        shown = shown_all(session, listing.rows)
    return private(listing.to_json([comment.model_dump_json().encode() for comment in shown]), headers=listing.links())


@router.get("/queues", response_model=QueuesOut)
def count_queues(site: SiteDep, _by: Moderator) -> Response:
    """Count what waits in each queue."""
    with site.database.reader() as session:
        sizes = session.execute(queries.queue_sizes()).one()
    return private(QueuesOut(**dict(zip(queries.QUEUES, sizes, strict=True))).model_dump_json().encode())


@router.get("/{comment_id}", response_model=CommentFileOut, responses=refusals(404))
def read_staff_comment(site: SiteDep, _by: Moderator, comment_id: CommentId) -> Response:
    """Read a comment in any state with complaints, notes and earlier wordings. Who decided what about it is in the
    audit log, under its id."""
    with site.database.reader() as session:
        rows = session.execute(queries.shown_by_ids([comment_id])).all()
        if not rows:
            raise NotFound("There is no such comment.")
        shown = CommentFileOut(
            **shown_all(session, rows)[0].model_dump(),
            flags=[FlagOut.model_validate(row) for row in session.scalars(queries.flags(comment_id))],
            notes=[NoteOut.model_validate(row) for row in session.scalars(queries.notes(comment_id))],
            wordings=[WordingOut.model_validate(row) for row in session.scalars(queries.wordings(comment_id))],
            spam_signs=[_sign(weight) for weight in signs(session, rows[0][0])[:SIGNS]],
        )
    return private(shown.model_dump_json().encode())


@router.post("/moderate", response_model=ModeratedOut, responses=refusals(404, 409, 422))
def moderate_comments(site: SiteDep, by: Moderator, data: ModerationIn, retries: RetriesDep) -> Response:
    """Approve, reject or mark as spam, all of them or none. Readers' complaints about them are closed with it."""
    with site.database.writer.session() as session:

        def act() -> Response:
            rows = moderating.moderate(session, data, by=by, at=now())
            return private(ModeratedOut(items=shown_all(session, rows)).model_dump_json().encode())

        return retries.once(session, act)


@router.post("/bulk", response_model=BulkOut, responses=refusals(422))
def moderate_each_comment(site: SiteDep, by: Moderator, data: BulkIn, retries: RetriesDep) -> Response:
    """Take up to 100 decisions, each of which stands by itself; the answer says what became of each."""
    with site.database.writer.session() as session:

        def act() -> Response:
            outcomes = moderating.moderate_each(session, data.decisions, by=by, at=now())
            return private(BulkOut(items=outcomes).model_dump_json().encode())

        return retries.once(session, act)


@router.post("/{comment_id}/notes", status_code=201, response_model=NoteOut, responses=refusals(404, 422))
def create_comment_note(
    site: SiteDep, by: Moderator, comment_id: CommentId, data: NoteIn, retries: RetriesDep
) -> Response:
    """Leave a word for other moderators."""
    with site.database.writer.session() as session:

        def act() -> Response:
            if session.get(Comment, comment_id) is None:
                raise NotFound("There is no such comment.")
            note = Note(id=new_id(), comment_id=comment_id, actor=by.name, text=data.text, created_at=now())
            session.add(note)
            record(session, by, "note", "comment", comment_id, after={"note": str(note.id)})
            headers = {"Location": f"/v1/admin/comments/{comment_id}"}
            return private(NoteOut.model_validate(note).model_dump_json().encode(), status_code=201, headers=headers)

        return retries.once(session, act)


def shown_all(session: Session, rows: Iterable[Any]) -> list[StaffCommentOut]:
    """These comments with their outcomes as staff get them, wherever they stand."""
    found: list[tuple[Comment, Correction | None]] = [(row[0], row[1]) for row in rows]
    texts = {row[0]: row[1] for row in session.execute(queries.texts(c.article_id for c, _ in found if c.target))}
    return [for_staff(comment, correction, texts.get(comment.article_id)) for comment, correction in found]


def _sign(weight: Weight) -> SpamSignOut:
    rounded = round(weight.log_odds, 2)
    return SpamSignOut(token=weight.token, log_odds=rounded, spam=weight.spam, approved=weight.other)
