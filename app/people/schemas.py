import ipaddress
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.comments.schemas import CommentStatus, FlagReason
from app.comments.staff_schemas import BanOut, WordingOut
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


class AccountOut(Out):
    """An account."""

    id: UUID
    email: str = Field(examples=["ada@reader.example"])
    name: str = Field(examples=["Ada"])
    role: Literal["owner", "editor", "author", "moderator", "reader"]
    created_at: Moment
    disabled_at: Moment | None


class WrittenOut(Out):
    """A comment that the person wrote, in any state."""

    id: UUID
    article_id: UUID
    status: CommentStatus
    author_name: str = Field(examples=["Ada"])
    text: str = Field(examples=["My aunt works *there*."])
    evidence: str | None = Field(examples=["https://example.org/minutes"])
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


class PersonOut(Out):
    """All that is kept of one person as a reader."""

    account: AccountOut | None
    comments: list[WrittenOut] = Field(description="Oldest first.")
    votes: list[CastOut] = Field(description="Oldest first.")
    flags: list[ComplaintOut] = Field(description="Oldest first.")
    bans: list[BanOut]


class ErasedOut(Out):
    """What was erased of one person, and what is left to decide."""

    account: bool = Field(description="Whether there was an account, which is erased too.")
    comments: int = Field(examples=[3])
    votes: int = Field(description="Nobody knows any more whose they were; they stay counted.", examples=[12])
    flags: int = Field(examples=[1])
    bans: int = Field(description="They stay, without their notes.", examples=[0])
    credits: list[UUID] = Field(
        description="Corrections that credit a name under which the person wrote; they belong to the article's record, "
        "and stay."
    )
