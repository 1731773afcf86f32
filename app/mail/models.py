from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class Mail(HasId, Base):
    """An e-mail on its way, or that was sent; what it says is made out when it is sent.

    `digest`: of the address (HMAC-SHA-256 under the site's secret). `sealed`: what is known of the addressee and stands
    nowhere else, encrypted; gone once the mail is sent or given up. A comment has one mail of a kind to an address.
    Who sends holds it until `leased_until`, by `lease`; if he dies, another takes it from then on.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("comment_id", "kind", "digest"),
        CheckConstraint("status IN ('pending', 'sent', 'failed', 'moot')", name="status"),
        Index("ix_mails_due", "status", "due_at"),
        Index("ix_mails_digest", "digest", "kind", "created_at"),
    )

    kind: Mapped[str]
    digest: Mapped[str]
    comment_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    sealed: Mapped[str | None]
    status: Mapped[str]
    attempts: Mapped[int]
    due_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
