from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Identity, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId

_Sequence = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


class Event(Base):
    """Word for subscribers, written in the transaction of the change that it tells of, or not at all."""

    __tablename__ = "events"

    number: Mapped[int] = mapped_column(_Sequence, Identity(), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID] = mapped_column(index=True)
    is_public: Mapped[bool]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]


class AuditEntry(Base):
    """Who changed what, from where, from which state to which; each entry seals the one before.

    `digest` is SHA-256 over the previous digest and the entry in canonical JSON (RFC 8785), so a row that is
    changed, taken out or put in later breaks the chain at its place.
    """

    __tablename__ = "audit_entries"

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
