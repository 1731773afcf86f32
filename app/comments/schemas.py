"""What readers send and get."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StringConstraints, model_validator

from app.comments.rules import MAX_LENGTH
from app.corrections.schemas import CorrectionKind
from app.schemas import In, Link, Moment, Name, Out

CommentStatus = Literal["pending", "approved", "rejected", "spam", "deleted"]
CommentKind = Literal["comment", "challenge"]
CommentMode = Literal["open", "first_time", "held", "closed"]
FlagReason = Literal["abusive", "hate", "illegal", "personal_data", "off_topic", "spam", "false", "other"]

Body = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_LENGTH),
    Field(description="Plain text or limited Markdown.", examples=["Well put."]),
]


class CommentAuthorOut(Out):
    """Who wrote a comment."""

    name: str = Field(description="Empty where the comment was removed.", examples=["Ada"])
    badge: Literal["author", "staff"] | None = Field(
        description="`author`: of this article; `staff`: of this site; `null` for readers."
    )


class TargetOut(Out):
    """What of the article the comment is about: a quote, or a passage by its words (W3C TextQuoteSelector)."""

    quote: UUID | None = Field(description="Id of a quote, which stays its own through edits; `null` for a passage.")
    exact: str | None = Field(description="The words of the passage; `null` for a quote.", examples=["twelve hundred"])
    prefix: str | None = Field(description="What stood before it.", examples=["about "])
    suffix: str | None = Field(description="What stood after it.", examples=[" people live"])
    start: int | None = Field(
        description="Offset of its first code point in the present `body.text`; `null` if it does not stand there "
        "any more, or cannot be told from the same words elsewhere, and for a quote."
    )
    end: int | None = Field(description="Offset after its last code point; `null` where `start` is.")


class OutcomeOut(Out):
    """What came of a challenge: the correction that it led to."""

    correction: UUID = Field(description="Id of the correction.")
    kind: CorrectionKind
    text: str = Field(examples=["Eleven hundred people live on Skerry Island, not twelve hundred."])
    published_at: Moment


class CommentOut(Out):
    """A reader's words under an article."""

    id: UUID
    parent_id: UUID | None
    depth: int = Field(description="1 for an answer to the article, 2 for an answer to that, and so on.")
    author: CommentAuthorOut
    html: str = Field(description="Sanitised.", examples=["<p>Well put.</p>"])
    text: str = Field(description="As it was written, in limited Markdown.", examples=["Well put."])
    created_at: Moment
    edited_at: Moment | None
    editable_until: Moment | None = Field(description="Until when its author may edit it.")
    reply_count: int = Field(description="Direct replies that readers get.")
    score: int = Field(description="Votes for it less votes against it.")
    kind: CommentKind
    evidence: str | None = Field(description="The link that a challenge rests on.", examples=["https://example.org/a"])
    target: TargetOut | None = Field(description="`null`: the article as a whole.")
    outcome: OutcomeOut | None = Field(description="What came of a challenge, once it was accepted.")
    removed: Literal["author", "staff"] | None = Field(
        description="Who took the comment away, if its place is kept for the replies below: then it has no words and "
        "no name."
    )


class ThreadedCommentOut(CommentOut):
    """A comment with the replies below it."""

    replies: list["ThreadedCommentOut"]
    more: str | None = Field(
        description="Where the rest of the replies is, if a thread has more; only on the comment that begins it.",
        examples=["/v1/comments/0193a5b0-c0de-7000-8000-00000000000a/replies?cursor=X-14bzJ0"],
    )


class ThreadChangeOut(Out):
    """What became of a comment, for who follows the thread."""

    id: UUID = Field(description="Give it as `Last-Event-ID` to go on from here.")
    kind: Literal["comment.approved", "comment.removed"] = Field(
        description="`comment.approved`: readers see it, anew or with other words; `comment.removed`: no longer."
    )
    at: Moment
    subject_id: UUID = Field(description="Id of the comment.")
    comment: CommentOut | None = Field(
        description="The comment as readers get it; of a removed one its place, if replies are below it; else `null`."
    )


class OwnCommentOut(CommentOut):
    """A comment as its author gets it."""

    article_id: UUID
    status: CommentStatus
    held: Literal["all", "first", "challenge", "review"] | None = Field(
        description="Why it waits. `all`: every comment here does; `first`: one's first does; `challenge`: each "
        "challenge does; `review`: something about it asks for a look."
    )


class PostedCommentOut(OwnCommentOut):
    """A comment as its author gets it back."""

    edit_token: str = Field(
        description="Proves later that the comment is yours, in the header `X-Edit-Token`; shown this once.",
        examples=["q3Jm2u8Qd0bq1o7c0b8kXyPz5nR4tWvE"],
    )


class TargetIn(In):
    """What of the article the comment is about: one of its quotes, or a passage."""

    quote: UUID | None = Field(default=None, description="Id of a quote of the article.")
    exact: str | None = Field(
        default=None,
        min_length=1,
        max_length=5000,
        description="The words of a passage or paragraph, as they stand in `body.text`.",
        examples=["twelve hundred"],
    )
    start: int | None = Field(
        default=None,
        ge=0,
        strict=True,
        description="Offset of the first code point in `body.text`; needed where the words stand there more than once.",
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "TargetIn":
        if (self.quote is None) == (self.exact is None):
            raise ValueError("must name a quote, or the words of a passage")
        if self.start is not None and self.exact is None:
            raise ValueError("start belongs to a passage")
        return self


class CommentIn(In):
    """A new comment."""

    author_name: Name | None = Field(
        default=None, description="Guests need one; who is signed in writes under the name of the account."
    )
    author_email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        default=None,
        description="Never shown. Only a keyed hash of it is kept, unless `notify` is true: then it is, encrypted.",
        examples=["ada@example.org"],
        json_schema_extra={"format": "email"},
    )
    body: Body
    parent_id: UUID | None = Field(default=None, description="The comment that this one answers.")
    target: TargetIn | None = None
    kind: CommentKind = Field(
        default="comment", description="`challenge`: something in the article is wrong. It needs `evidence`."
    )
    evidence: Link | None = Field(default=None, description="The page that a challenge rests on.")
    notify: StrictBool = Field(
        default=False,
        description="Whether to have word by e-mail of the decision about the comment, if it is held, and of replies "
        "to it: at `author_email`, once the owner of that address has confirmed it by the link that is sent there, or "
        "at the account's. 422 where the site sends no e-mail.",
    )


class CommentPatch(In):
    """New words for one's comment."""

    body: Body


class FlagIn(In):
    """A complaint about a comment."""

    reason: FlagReason
    note: str | None = Field(default=None, max_length=500, description="For the moderators.", examples=["Line two."])


class VoteIn(In):
    """A vote on a comment."""

    value: Literal[-1, 0, 1] = Field(description="1: for it; -1: against it; 0: take the vote back.")


class VotedOut(Out):
    """How the votes on a comment stand."""

    id: UUID
    score: int = Field(description="Votes for it less votes against it.")


class CountsIn(In):
    """Which articles' comments to count."""

    articles: list[UUID] = Field(min_length=1, max_length=500, description="Ids of articles.")


class ArticleCountOut(Out):
    """How many comments an article has, and whether it takes more."""

    article_id: UUID
    count: int = Field(description="Approved comments.")
    mode: CommentMode = Field(
        description="How it takes comments now. `open`: seen at once; `first_time`: one's first waits for staff; "
        "`held`: each waits; `closed`: none are taken."
    )


class CountsOut(Out):
    """Counts for those of the articles that readers see, in the order in which they were asked for."""

    items: list[ArticleCountOut]
