import ipaddress
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.comments.policy_schemas import BanOut
from app.comments.schemas import CommentKind, CommentStatus, FlagReason, TargetOut
from app.comments.staff_schemas import Finding, ReasonCode, WordingOut
from app.context import household
from app.schemas import In, Moment, Out


def _address(value: str) -> str:
    ipaddress.ip_address(value)
    return household(value)


class PersonIn(In):
    """Whom it is about. Name one of `email`, `user` and `address`."""

    email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        default=None,
        description="What was written under this e-mail address, and the account with it, if there is one.",
        examples=["ada@reader.example"],
    )
    user: UUID | None = Field(default=None, description="An account.")
    address: Annotated[str, StringConstraints(max_length=50), AfterValidator(_address)] | None = Field(
        default=None,
        description="All that came from this network address (for IPv6, from its network of 64 bits), whoever it was.",
        examples=["198.51.100.7"],
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "PersonIn":
        if sum(given is not None for given in (self.email, self.user, self.address)) != 1:
            raise ValueError("must name one of email, user and address")
        return self


class SignInOut(Out):
    """A sign-in that something is still kept of, over or not."""

    began_at: Moment
    refreshed_at: Moment = Field(description="When it was last begun or gone on with.")
    expires_at: Moment = Field(description="When it ends unless it is gone on with.")


class OwnKeyOut(Out):
    """An API key of the person's, without its secret."""

    name: str = Field(examples=["Front page"])
    prefix: str = Field(description="How the key begins.", examples=["ork_3fZq0aXw"])
    scopes: list[str]
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None = Field(description="To the minute.")
    revoked_at: Moment | None


class AccountOut(Out):
    """An account. Of its password only a hash is kept, which is not in it."""

    id: UUID
    email: str = Field(examples=["ada@reader.example"])
    name: str = Field(examples=["Ada"])
    role: Literal["owner", "editor", "author", "moderator", "reader"]
    created_at: Moment
    disabled_at: Moment | None
    sign_ins: list[SignInOut] = Field(description="Oldest first.")
    keys: list[OwnKeyOut] = Field(description="API keys, revoked ones too; oldest first.")


class WrittenOut(Out):
    """A comment that the person wrote, in any state."""

    id: UUID
    article_id: UUID
    parent_id: UUID | None = Field(description="The comment that it answers.")
    kind: CommentKind
    status: CommentStatus
    author_name: str = Field(examples=["Ada"])
    text: str = Field(examples=["My aunt works *there*."])
    evidence: str | None = Field(examples=["https://example.org/minutes"])
    target: TargetOut | None
    findings: list[Finding] = Field(description="What held it back when it was posted or edited, or later.")
    spam_score: int | None = Field(description="How much it read like spam when it was written.", examples=[12])
    reason_code: ReasonCode | None = Field(description="Why a moderator decided so, if given.")
    reason: str | None = Field(description="The moderator's own words, if given.", examples=["Off topic"])
    created_at: Moment
    edited_at: Moment | None
    has_email: bool = Field(description="Whether a digest of an e-mail address is kept with it.")
    has_address: bool = Field(description="Whether a digest of a network address is kept with it.")
    wordings: list[WordingOut] = Field(description="Earlier wordings, oldest first.")
    notes: list[str] = Field(description="What moderators noted about it.", examples=[["Third time this week."]])


class CastOut(Out):
    """A vote of the person's."""

    comment_id: UUID
    value: Literal[-1, 1]
    created_at: Moment


class ComplaintOut(Out):
    """A complaint of the person's about a comment."""

    comment_id: UUID
    reason: FlagReason
    note: str | None = Field(examples=["Line two."])
    created_at: Moment


class AddressOut(Out):
    """An e-mail address that gets word of comments, or was asked whether it wants it. It is kept encrypted."""

    asked_at: Moment = Field(description="When a comment last asked for it.")
    confirmed_at: Moment | None = Field(description="When its owner confirmed that he wants it.")
    refused_at: Moment | None = Field(description="When he ended it. Since then only a digest of it is kept.")


class MailOut(Out):
    """An e-mail that the person got or is to get; what it said is not kept."""

    kind: str = Field(description="What it was about.", examples=["reply"])
    status: Literal["pending", "sent", "failed", "moot"] = Field(
        description="`failed`: given up; `moot`: there was nothing to say any more."
    )
    created_at: Moment


class PersonOut(Out):
    """All that is kept of one person as a reader."""

    account: AccountOut | None
    comments: list[WrittenOut] = Field(description="Oldest first.")
    votes: list[CastOut] = Field(description="Oldest first.")
    flags: list[ComplaintOut] = Field(description="Oldest first.")
    bans: list[BanOut]
    addresses: list[AddressOut] = Field(description="Of e-mail about comments; oldest first.")
    mails: list[MailOut] = Field(description="Of the last 30 days; oldest first.")


class ErasedOut(Out):
    """What was erased of one person, and what is left to decide."""

    account: bool = Field(description="Whether there was an account, which is erased too.")
    comments: int = Field(examples=[3])
    votes: int = Field(description="Nobody knows any more whose they were; they stay counted.", examples=[12])
    flags: int = Field(examples=[1])
    bans: int = Field(description="Bans that lost their notes; they stay.", examples=[0])
    addresses: int = Field(description="E-mail addresses that got word of comments, or were asked.", examples=[1])
    credits: list[UUID] = Field(
        description="Corrections that credit a name under which the person wrote; they belong to the article's record, "
        "and stay."
    )
