from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class Evidence(HasId, Base):
    """What somebody found about the words of a quote, and where. It is never changed, only taken back."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint(
            "verification IN ('unverified', 'matched_in_source', 'heard_on_record', 'disputed', 'retracted')",
            name="verification",
        ),
        CheckConstraint("(source_text IS NULL) = (source_sha256 IS NULL)", name="source"),
        CheckConstraint("similarity >= 0 AND similarity <= 1", name="similarity"),
    )

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id", ondelete="CASCADE"), index=True)
    verification: Mapped[str]
    exact: Mapped[str]
    """The words that were checked; the quote may have others since."""
    url: Mapped[str | None]
    source_text: Mapped[str | None] = mapped_column(deferred=True)
    source_sha256: Mapped[str | None]
    passage: Mapped[str | None]
    """What of the source text is nearest to the words."""
    similarity: Mapped[float | None]
    time_code: Mapped[str | None]
    note: Mapped[str | None]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    checked_at: Mapped[datetime]
