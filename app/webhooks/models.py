from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId
from app.events.models import Event


class Webhook(HasId, Base):
    """An address that wants to hear of events of some kinds, or of all (`*`).

    Its secrets are not kept: each follows from the site's secret key, its id and `secret_number`; the one before is
    good until `old_secret_until`. `failing_since`: its first failure since its last success.
    """

    __tablename__ = "webhooks"
    __table_args__ = (CheckConstraint("disabled_for IN ('gone', 'failing')", name="disabled_for"),)

    url: Mapped[str]
    events: Mapped[list[str]] = mapped_column(JSON)
    description: Mapped[str]
    is_active: Mapped[bool]
    disabled_for: Mapped[str | None]
    secret_number: Mapped[int]
    old_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Delivery(HasId, Base):
    """One event on its way to one webhook, with the last attempt's request and answer.

    Those of one `lane`, an article or whatever else an event is about, go one after another. Who tries holds it until
    `leased_until`, by `lease`; if he dies, another takes it from then on.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        CheckConstraint("status IN ('pending', 'delivered', 'failed')", name="status"),
        Index("ix_deliveries_due", "status", "due_at"),
        Index("ix_deliveries_lane", "webhook_id", "lane", "status", "number"),
    )

    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"))
    lane: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    request: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None]
    milliseconds: Mapped[int | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)

    webhook: Mapped[Webhook] = relationship(lazy="raise")
    event: Mapped[Event] = relationship(lazy="raise")
