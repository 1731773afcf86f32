from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import Field, StrictBool

from app.schemas import In, Link, Moment, Out, Patch

Kind = Literal[
    "*",
    "article.published",
    "article.updated",
    "article.unpublished",
    "article.slug_changed",
    "article.corrected",
    "quote.confirmed",
    "quote.verification_changed",
    "quote.changed",
    "quote.orphaned",
    "misquote.found",
    "source.merged",
    "permission.expiring",
    "permission.expired",
    "comment.created",
    "comment.approved",
    "comment.removed",
    "import.finished",
]
KINDS = get_args(Kind)

Kinds = Annotated[
    list[Kind],
    Field(min_length=1, max_length=20, description="Kinds of events; `*` for all.", examples=[["article.published"]]),
]
Description = Annotated[str, Field(max_length=500, description="What it is for.", examples=["Search index"])]


class WebhookIn(In):
    """Who wants to hear of what."""

    url: Link = Field(description="Where to POST; http or https, on the public internet.")
    events: Kinds
    description: Description = ""
    active: StrictBool = Field(default=True, description="Whether anything is sent there.")


class WebhookPatch(Patch):
    """A change of a webhook."""

    url: Link | None = Field(default=None, description="Where to POST.")
    events: Kinds | None = None
    description: Description | None = None
    active: StrictBool | None = Field(default=None, description="`true` also starts one that was disabled.")


class WebhookOut(Out):
    """Who hears of what."""

    id: UUID
    url: str = Field(examples=["https://hooks.example.org/onrecord"])
    events: list[str] = Field(examples=[["article.published"]])
    description: str = Field(examples=["Search index"])
    active: bool
    disabled_for: Literal["gone", "failing"] | None = Field(
        description="`gone`: it answered 410; `failing`: nothing reached it for seven days."
    )
    failing_since: Moment | None = Field(description="First failure since the last success.")
    old_secret_until: Moment | None = Field(description="Until when deliveries bear the former secret's signature too.")
    created_at: Moment


class WebhookWithSecretOut(WebhookOut):
    """A webhook with its secret, which is shown now and after a rotation only."""

    secret: str = Field(description="Checks signatures; `whsec_` and base64.", examples=["whsec_MfKQ9r8GKYqrTwjU"])


class DeliveryOut(Out):
    """One event on its way, with the last attempt's request and answer."""

    id: UUID
    event_id: UUID = Field(description="The same at each attempt; sent as `webhook-id`.")
    kind: str = Field(examples=["article.published"])
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    due_at: Moment = Field(description="When it is tried next, while it is pending.")
    request: dict[str, Any] | None = Field(description="`url`, `headers` and `body` as they were sent.")
    answer: dict[str, Any] | None = Field(description="`status`, `headers` and the first 4 KB of the `body`.")
    error: str | None = Field(description="Why no answer came.", examples=["No whole answer within 10 s."])
    milliseconds: int | None = Field(description="How long the last attempt took.")
    created_at: Moment
    finished_at: Moment | None
