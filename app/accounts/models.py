from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId

ROLES = ("owner", "editor", "author", "moderator", "reader")


class User(HasId, Base):
    """Somebody who may sign in. `email` is normalised (NFKC, case folded), so it is unique as people mean it."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('owner', 'editor', 'author', 'moderator', 'reader')", name="role"),)

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Token(HasId, Base):
    """An access or refresh token of one sign-in, its SHA-256 only.

    A refresh token is spent once; a spent one that comes back shows a theft and ends its whole `family`.
    """

    __tablename__ = "tokens"
    __table_args__ = (CheckConstraint("kind IN ('access', 'refresh')", name="kind"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    family: Mapped[UUID] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    spent_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")


class ApiKey(HasId, Base):
    """A key of an integration: its owner's rights cut down to `scopes`. Only its SHA-256 is kept."""

    __tablename__ = "api_keys"

    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    owner: Mapped[User] = relationship(lazy="raise")
