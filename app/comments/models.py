from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId

STATUSES = ("pending", "approved", "rejected", "spam", "deleted")


class Comment(HasId, Base):
    """A reader's words under an article, or on one of its quotes; public only while `approved`.

    The e-mail address itself is not kept: `email_digest` (HMAC-SHA-256 under the site's secret) tells whether
    two comments came from the same one, and nothing else. The same holds for `address_digest`.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'approved', 'rejected', 'spam', 'deleted')", name="status"),
        CheckConstraint("kind IN ('comment', 'challenge')", name="kind"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        CheckConstraint("reply_count >= 0", name="reply_count"),
        Index("ix_comments_thread", "article_id", "status", "created_at", "id"),
        Index("ix_comments_queue", "status", "created_at", "id"),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str]
    status: Mapped[str]
    author_name: Mapped[str]
    email_digest: Mapped[str | None] = mapped_column(index=True)
    address_digest: Mapped[str | None] = mapped_column(index=True)
    text: Mapped[str]
    html: Mapped[str]
    reason: Mapped[str | None]
    edit_token_digest: Mapped[str | None]
    editable_until: Mapped[datetime | None]
    reply_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
