"""What moderators send and get."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.comments.schemas import CommentOut, CommentStatus, FlagReason
from app.corrections.schemas import CorrectionIn
from app.schemas import In, Moment, MomentIn, Out

Decision = Literal["approve", "reject", "spam", "undo"]
ReasonCode = Literal[
    "abusive", "hate", "illegal", "personal_data", "off_topic", "advertising", "duplicate", "unfounded", "other"
]
Finding = Literal[
    "mode",
    "first_time",
    "challenge",
    "ban",
    "words",
    "links",
    "shouting",
    "duplicate",
    "edited",
    "flagged",
    "spam",
    "external",
    "unanswered",
]
Queue = Literal["pending", "reported", "spam", "challenges"]


class StaffCommentOut(CommentOut):
    """A comment as staff see it."""

    article_id: UUID
    status: CommentStatus
    findings: list[Finding] = Field(
        description="What held it back when it was posted or edited, or later. `external`: the service outside has not "
        "approved it; `unanswered`: nor given a valid answer."
    )
    spam_score: int | None = Field(
        description="How much it read like spam when it was written, from 0 to 100; `null` before there were enough "
        "decisions to learn from, and for staff.",
        examples=[97],
    )
    flag_count: int = Field(description="Readers' complaints since the last decision.")
    reason_code: ReasonCode | None = Field(description="Why a moderator decided so, if given.")
    reason: str | None = Field(
        description="The moderator's own words, if given; the labels of the service outside, or why it did not answer.",
        examples=["Off topic"],
    )


class FlagOut(Out):
    """A reader's complaint about a comment."""

    reason: FlagReason
    note: str | None = Field(examples=["Line two."])
    is_open: bool = Field(description="Whether no moderator has decided since.")
    created_at: Moment


class NoteOut(Out):
    """A moderator's word to other moderators."""

    id: UUID
    actor: str = Field(examples=["user:0193a5b0-c0de-7000-8000-00000000000a"])
    text: str = Field(examples=["Third time this week."])
    created_at: Moment


class WordingOut(Out):
    """What a comment said before its author edited it."""

    text: str = Field(examples=["Well putt."])
    replaced_at: Moment


class SpamSignOut(Out):
    """What a word or a trait of a comment says, going by earlier decisions."""

    token: str = Field(
        description="A word as it is written; `by:` of the author's name, `link:` a domain, `links:` how many (3: or "
        "more), `e-mail:` an address.",
        examples=["link:pills.example"],
    )
    log_odds: float = Field(description="Above 0 it speaks for spam, below 0 against it.", examples=[3.1])
    spam: int = Field(description="Comments with it that were taken for spam.")
    approved: int = Field(description="Comments with it that were approved.")


class CommentFileOut(StaffCommentOut):
    """A comment with all that moderators know of it."""

    flags: list[FlagOut] = Field(description="Oldest first.")
    notes: list[NoteOut] = Field(description="Oldest first.")
    wordings: list[WordingOut] = Field(description="Earlier wordings, oldest first.")
    spam_signs: list[SpamSignOut] = Field(
        description="What now speaks most for spam or against it, the strongest first, 20 at most."
    )


class NoteIn(In):
    """A word to other moderators; readers never get it."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] = Field(
        examples=["Third time this week."]
    )


class ModerationIn(In):
    """A decision about comments: all of them, or none."""

    ids: list[UUID] = Field(min_length=1, max_length=100)
    action: Decision = Field(description="`undo` puts them back in the queue.")
    reason_code: ReasonCode | None = None
    reason: str | None = Field(default=None, max_length=500, examples=["Off topic"])
    current_status: CommentStatus | None = Field(
        default=None, description="What you believe they are now; if one is not, nothing changes and you get 409."
    )
    edited_at: MomentIn | None = Field(
        default=None,
        description="The `edited_at` of the words that you have read, `null` if they were never edited; if one of them "
        "has another by now, nothing changes and you get 409. Left out, it does not matter.",
    )


class ModeratedOut(Out):
    """The comments as they are now."""

    items: list[StaffCommentOut]


class DecisionIn(In):
    """A decision about one comment."""

    id: UUID
    action: Decision
    reason_code: ReasonCode | None = None
    reason: str | None = Field(default=None, max_length=500, examples=["Off topic"])
    current_status: CommentStatus | None = None
    edited_at: MomentIn | None = Field(
        default=None,
        description="The `edited_at` of the words that you have read, `null` if they were never edited. Left out, it "
        "does not matter.",
    )


class CheckedIn(In):
    """What a service outside answers about a comment."""

    action: Literal["approve", "hold", "reject", "spam"]
    reason: ReasonCode | None = None
    labels: list[Annotated[str, StringConstraints(pattern=r"^[\w ./:=-]{1,40}$")]] = Field(default=[], max_length=10)


class BulkIn(In):
    """Decisions, each of which stands by itself."""

    decisions: list[DecisionIn] = Field(min_length=1, max_length=100)


class DecidedOut(Out):
    """What became of one decision."""

    id: UUID
    status: CommentStatus | None = Field(description="The comment's status now; `null` if there is none.")
    problem: str | None = Field(
        description="Path of the page of the problem, if nothing changed.", examples=["/problems/already-decided"]
    )


class BulkOut(Out):
    """What became of each decision, in their order."""

    items: list[DecidedOut]


class QueuesOut(Out):
    """How many comments wait in each queue."""

    pending: int
    reported: int = Field(description="With complaints since the last decision, and not rejected.")
    spam: int
    challenges: int = Field(description="Challenges that wait.")


class AcceptIn(CorrectionIn):
    """The correction that a challenge leads to; its reader is credited under the name of the comment."""


class AcceptedOut(Out):
    """A challenge that was right, and what came of it: `outcome` names the correction."""

    comment: StaffCommentOut
    article_etag: str = Field(description="The article's new ETag.", examples=['"9f86d081884c7d65"'])
