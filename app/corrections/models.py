from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class Correction(HasId, Base):
    """A public word on what was wrong, and where; it belongs to the revision that mended it."""

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("kind IN ('correction', 'clarification', 'update', 'retraction', 'editors_note')", name="kind"),
        CheckConstraint("target_start >= 0 AND target_start < target_end", name="target_span"),
        Index("ix_corrections_published", "published_at", "id"),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    text: Mapped[str]
    target_exact: Mapped[str | None]
    target_start: Mapped[int | None]
    target_end: Mapped[int | None]
    credit: Mapped[str | None]
    published_at: Mapped[datetime] = mapped_column(index=True)
