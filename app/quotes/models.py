import datetime as dt
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId
from app.sources.models import Source

KINDS = ("direct", "mixed", "indirect", "block")
REVIEWS = ("suggested", "confirmed", "rejected")
VERIFICATIONS = ("unverified", "matched_in_source", "heard_on_record", "disputed", "retracted")
VERIFIED = ("matched_in_source", "heard_on_record")
"""Those with which somebody vouches for the words."""
ANCHORS = ("anchored", "moved", "changed", "orphaned")


class Quote(HasId, Base):
    """The lasting identity of a quote; what is known of it stands in one placement per revision.

    But for its verification, which is of the words and not of a revision. It lapses when the words change.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        CheckConstraint(
            "verification IN ('unverified', 'matched_in_source', 'heard_on_record', 'disputed', 'retracted')",
            name="verification",
        ),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    verification: Mapped[str] = mapped_column(default="unverified", server_default="unverified")
    created_at: Mapped[datetime]


class Placement(HasId, Base):
    """A quote as one revision has it: W3C TextQuoteSelector and TextPositionSelector, speaker, and review.

    `revision.text[start:end] == exact` always holds unless it is orphaned; offsets count code points.
    """

    __tablename__ = "placements"
    __table_args__ = (
        UniqueConstraint("quote_id", "revision_id"),
        CheckConstraint("kind IN ('direct', 'mixed', 'indirect', 'block')", name="kind"),
        CheckConstraint("review IN ('suggested', 'confirmed', 'rejected')", name="review"),
        CheckConstraint("anchor IN ('anchored', 'moved', 'changed', 'orphaned')", name="anchor"),
        CheckConstraint("start_at >= 0 AND start_at < end_at", name="span"),
        CheckConstraint(
            "(anchor = 'orphaned') = (start_at IS NULL) AND (start_at IS NULL) = (end_at IS NULL)", name="place"
        ),
        CheckConstraint("mention_start >= 0 AND mention_start < mention_end", name="mention_span"),
        CheckConstraint("cue_start >= 0 AND cue_start < cue_end", name="cue_span"),
        CheckConstraint("confidence >= 0 AND confidence <= 1", name="confidence"),
    )

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id", ondelete="CASCADE"))
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    exact: Mapped[str]
    prefix: Mapped[str]
    suffix: Mapped[str]
    start: Mapped[int | None] = mapped_column("start_at")
    end: Mapped[int | None] = mapped_column("end_at")
    speaker_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"), index=True)
    mention_start: Mapped[int | None]
    mention_end: Mapped[int | None]
    cue_start: Mapped[int | None]
    cue_end: Mapped[int | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id", ondelete="SET NULL"), index=True)
    review: Mapped[str]
    anchor: Mapped[str]
    confidence: Mapped[float | None]
    rule: Mapped[str | None]

    quote: Mapped[Quote] = relationship(lazy="raise", foreign_keys=quote_id)
    speaker: Mapped[Source | None] = relationship(lazy="raise")
    hops: Mapped[list["Hop"]] = relationship(lazy="raise", cascade="all, delete-orphan", order_by="Hop.position")


class Hop(Base):
    """An intermediary between the speaker and this site, nearest to the speaker first."""

    __tablename__ = "hops"

    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placements.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"), index=True)
    role: Mapped[str]
    url: Mapped[str | None] = mapped_column(index=True)
    date: Mapped[dt.date | None]

    source: Mapped[Source] = relationship(lazy="raise")
