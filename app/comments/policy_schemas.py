"""What staff set and get about who may comment, and how."""

import ipaddress
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from app.comments.rules import MAX_LENGTH
from app.comments.schemas import CommentMode
from app.schemas import In, Moment, MomentIn, Out

BanKind = Literal["user", "email", "address", "network", "words"]
BanEffect = Literal["hold", "refuse"]


class Rules(In):
    """How this site takes comments."""

    mode: CommentMode = Field(
        default="held",
        description="`open`: seen at once; `first_time`: one's first waits for staff; `held`: each waits; "
        "`closed`: none are taken. Articles may differ.",
    )
    close_after_days: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=36_500,
        description="Days after its publication an article takes none; `null`: no end.",
    )
    edit_minutes: int = Field(
        default=15, strict=True, ge=0, le=1440, description="How long authors may edit their comments; 0: never."
    )
    max_length: int = Field(
        default=MAX_LENGTH, strict=True, ge=1, le=MAX_LENGTH, description="Characters of a comment."
    )
    max_links: int = Field(default=2, strict=True, ge=0, le=100, description="A comment with more links waits.")
    hold_shouting: bool = Field(default=True, strict=True, description="Whether a comment mostly in capitals waits.")
    spam_hold: int | None = Field(
        default=60, strict=True, ge=1, le=100, description="A comment with this spam score waits; `null`: none does."
    )
    spam_queue: int | None = Field(
        default=95,
        strict=True,
        ge=1,
        le=100,
        description="One with this spam score waits in the queue of spam; `null`: none does.",
    )
    flags_to_hold: int = Field(
        default=3,
        strict=True,
        ge=0,
        le=1000,
        description="So many readers' complaints take a comment from view; 0: none do.",
    )


class RulesOut(Out):
    """How this site takes comments."""

    mode: CommentMode
    close_after_days: int | None
    edit_minutes: int
    max_length: int
    max_links: int
    hold_shouting: bool
    spam_hold: int | None
    spam_queue: int | None
    flags_to_hold: int


class ArticleRulesIn(In):
    """Where an article takes comments otherwise than the site."""

    mode: CommentMode | None = Field(default=None, description="`null`: as the site does.")
    close_after_days: int | None = Field(
        default=None, strict=True, ge=1, le=36_500, description="`null`: as the site does."
    )


class ArticleRulesOut(Out):
    """How an article takes comments."""

    mode: CommentMode | None = Field(description="Its own; `null`: as the site does.")
    close_after_days: int | None = Field(description="Its own; `null`: as the site does.")
    effective: CommentMode = Field(description="How it takes comments now, all things considered.")


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


class BanIn(In):
    """Who may not comment, or which words hold a comment back. Name one of `comment`, `email`, `network`, `words`."""

    comment: UUID | None = Field(
        default=None, description="Ban whoever wrote this comment: the account, or else the e-mail, or the address."
    )
    by: Literal["user", "email", "address"] | None = Field(
        default=None, description="With `comment`: by what of these. An e-mail address is easily changed."
    )
    email: Annotated[str, StringConstraints(max_length=254)] | None = Field(
        default=None, description="Only its keyed hash is kept.", examples=["eve@example.org"]
    )
    network: Annotated[str, StringConstraints(max_length=50), AfterValidator(_network)] | None = Field(
        default=None, description="An address, or a range in CIDR notation.", examples=["198.51.100.0/24"]
    )
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)] | None = Field(
        default=None,
        description="A word or a phrase. It is found as a whole, in any case, with accents or without, and in letters "
        "of other scripts that look the same.",
        examples=["cheap pills"],
    )
    effect: BanEffect | None = Field(
        default=None, description="`hold` if not given for words, `refuse` for whoever is banned."
    )
    note: str | None = Field(default=None, max_length=500, description="For the moderators.", examples=["Spammer"])
    expires_at: MomentIn | None = Field(default=None, description="`null`: it has no end.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "BanIn":
        if sum(given is not None for given in (self.comment, self.email, self.network, self.words)) != 1:
            raise ValueError("must name one of comment, email, network and words")
        if self.by is not None and self.comment is None:
            raise ValueError("by belongs to a comment")
        return self


class BanOut(Out):
    """Who may not comment, or which words hold a comment back."""

    id: UUID
    kind: BanKind
    value: str | None = Field(
        description="The network or the words; `null` for a person, of whom only a hash is kept.",
        examples=["198.51.100.0/24"],
    )
    effect: BanEffect
    note: str | None = Field(examples=["Spammer"])
    created_by: str = Field(examples=["user:0193a5b0-c0de-7000-8000-00000000000a"])
    created_at: Moment
    expires_at: Moment | None
