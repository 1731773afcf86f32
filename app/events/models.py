from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Identity, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId

_Sequence = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


class Event(Base):
    """Word for subscribers, written in the transaction of the change that it tells of, or not at all.

    A worker releases it: gives a public one its `position` in the log of changes, without a gap and in the order in
    which readers of the log can see it, and each one to the webhooks that want it.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index(
            "ix_events_unreleased",
            "number",
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    number: Mapped[int] = mapped_column(_Sequence, Identity(), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    article_id: Mapped[UUID | None]
    is_public: Mapped[bool]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class Announcement(Base):
    """Whether subscribers have last been told that readers see an article, and when a date may change that."""

    __tablename__ = "announcements"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    is_public: Mapped[bool]
    recheck_at: Mapped[datetime | None] = mapped_column(index=True)


class AuditEntry(Base):
    """Who changed what, from where, from which state to which; each entry seals the one before.

    `digest` is SHA-256 over the previous digest and the entry in canonical JSON (RFC 8785), so a row that is
    changed, taken out or put in later breaks the chain at its place. Of the address only `address_seal` is in it, a
    digest with a random `address_salt`: both address and salt can be erased, and the chain still holds.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_object_kind", "object_kind", "number"),)

    number: Mapped[int] = mapped_column(_Sequence, Identity(), primary_key=True)
    made_at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    object_kind: Mapped[str]
    object_id: Mapped[UUID] = mapped_column(index=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    request_id: Mapped[str | None]
    address: Mapped[str | None]
    address_salt: Mapped[str | None]
    address_seal: Mapped[str | None]
    digest: Mapped[str]


class KeptAnswer(HasId, Base):
    """The first answer to a request with an `Idempotency-Key`, for whoever sends it again."""

    __tablename__ = "kept_answers"

    key: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[str]
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(index=True)


class Touch(Base):
    """That a commit changed everything that bears this cache tag; whoever keeps answers lets go of those.

    On SQLite only: there, commits come one after another, so the numbers do too. PostgreSQL has NOTIFY.
    """

    __tablename__ = "touches"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 (a number that comes twice would hide a change)

    number: Mapped[int] = mapped_column(_Sequence, Identity(), primary_key=True)
    tag: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)
