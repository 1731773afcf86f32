from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.comments.rules import MAX_LENGTH
from app.schemas import In, Moment, Name, Out

CommentStatus = Literal["pending", "approved", "rejected", "spam", "deleted"]


class CommentAuthorOut(Out):
    """Who wrote a comment."""

    name: str = Field(examples=["Ada"])
    badge: str | None = Field(description="What sets the author apart; `null` for readers.", examples=["staff"])


class TargetOut(Out):
    """What of the article the comment is about."""

    quote: UUID = Field(description="Id of a quote.")


class CommentOut(Out):
    """A reader's words under an article."""

    id: UUID
    parent_id: UUID | None
    author: CommentAuthorOut
    html: str = Field(description="Sanitised.", examples=["<p>Well put.</p>"])
    text: str = Field(description="As it was written, in limited Markdown.", examples=["Well put."])
    created_at: Moment
    edited_at: Moment | None
    editable_until: Moment | None = Field(description="Until when its author may edit it.")
    reply_count: int = Field(description="Approved replies.")
    score: int = Field(description="Votes for it less votes against it.")
    kind: Literal["comment", "challenge"]
    target: TargetOut | None = Field(description="`null`: the article as a whole.")


class PostedCommentOut(CommentOut):
    """A comment as its author gets it back."""

    edit_token: str = Field(
        description="Proves later that the comment is yours; shown this once.",
        examples=["q3Jm2u8Qd0bq1o7c0b8kXyPz5nR4tWvE"],
    )


class StaffCommentOut(CommentOut):
    """A comment as staff see it."""

    article_id: UUID
    status: CommentStatus
    reason: str | None = Field(description="The moderator's, if given.", examples=["Off topic"])


class TargetIn(In):
    """What of the article the comment is about."""

    quote: UUID = Field(description="Id of a quote of the article.")


class CommentIn(In):
    """A new comment."""

    author_name: Name = Field(examples=["Ada"])
    author_email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        default=None,
        description="Never shown, and not kept: only a keyed hash of it is.",
        examples=["ada@example.org"],
        json_schema_extra={"format": "email"},
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
    reason: str | None = Field(default=None, max_length=500, examples=["Off topic"])
    current_status: CommentStatus | None = Field(
        default=None, description="What you believe they are now; if one is not, nothing changes and you get 409."
    )


class ModeratedOut(Out):
    """The comments as they are now."""

    items: list[StaffCommentOut]
