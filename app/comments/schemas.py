from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.comments.rules import MAX_LENGTH
from app.schemas import In, Moment, Name, Out

CommentStatus = Literal["pending", "approved", "rejected", "spam", "deleted"]


class CommentAuthorOut(Out):
    name: str
    badge: str | None = Field(description="What sets the author apart, for example staff; `null` for readers.")


class TargetOut(Out):
    """What of the article the comment is about."""

    quote: UUID = Field(description="Id of a quote.")


class CommentOut(Out):
    """A reader's words under an article."""

    id: UUID
    parent_id: UUID | None
    author: CommentAuthorOut
    html: str = Field(description="Sanitised.")
    text: str = Field(description="As it was written, in limited Markdown.")
    created_at: Moment
    edited_at: Moment | None
    editable_until: Moment | None = Field(description="Until when its author may edit it.")
    reply_count: int = Field(description="Approved replies.")
    score: int = Field(description="Votes for it less votes against it.")
    kind: Literal["comment", "challenge"]
    target: TargetOut | None = Field(description="`null`: the article as a whole.")


class PostedCommentOut(CommentOut):
    """A comment as its author gets it back."""

    edit_token: str = Field(description="Proves later that the comment is yours; shown this once.")


class StaffCommentOut(CommentOut):
    """A comment as staff see it."""

    article_id: UUID
    status: CommentStatus
    reason: str | None


class TargetIn(In):
    quote: UUID = Field(description="Id of a quote of the article.")


class CommentIn(In):
    """A new comment."""

    author_name: Name = Field(examples=["Ada"])
    author_email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        default=None, description="Never shown, and not kept: only a keyed hash of it is."
    )
    body: str = Field(
        min_length=1, max_length=MAX_LENGTH, description="Plain text or limited Markdown.", examples=["Well put."]
    )
    parent_id: UUID | None = Field(default=None, description="The comment that this one answers.")
    target: TargetIn | None = None


class ModerationIn(In):
    """A decision about comments: all of them, or none."""

    ids: list[UUID] = Field(min_length=1, max_length=100)
    action: Literal["approve", "reject", "spam", "undo"] = Field(description="`undo` puts them back in the queue.")
    reason: str | None = Field(default=None, max_length=500)
    current_status: CommentStatus | None = Field(
        default=None, description="What you believe they are now; if one is not, nothing changes and you get 409."
    )


class ModeratedOut(Out):
    items: list[StaffCommentOut]
