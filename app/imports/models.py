from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId


class ImportJob(HasId, Base):
    """A file that was handed in to be imported, and how far that is.

    The file lies under the job's id in the data directory. Who works on it holds it until `leased_until`, by `lease`;
    if he dies, another takes it from then on, and goes on behind the `read` entries that are done. `position`: how many
    of the file's `size` bytes those were; `seconds`: how long they took; `attempts`: how often it was taken since.
    """

    __tablename__ = "import_jobs"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'finished', 'failed', 'cancelled')", name="status"),
        CheckConstraint("(status = 'running') = (lease IS NOT NULL)", name="lease"),
        CheckConstraint("(status IN ('queued', 'running')) = (finished_at IS NULL)", name="finished_at"),
        Index("ix_import_jobs_status", "status", "id"),
    )

    status: Mapped[str]
    name: Mapped[str | None]
    format: Mapped[str]
    publish: Mapped[bool]
    dry_run: Mapped[bool]
    size: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
    read: Mapped[int]
    seconds: Mapped[float]
    created: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    failed: Mapped[int]
    reason: Mapped[str | None]
    actor: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int]

    @property
    def entries(self) -> int:
        """How many entries have been dealt with."""
        return self.created + self.updated + self.unchanged + self.failed


class ImportItem(Base):
    """What became of one entry of a job's file, what was found in it, and what an editor should look at."""

    __tablename__ = "import_items"
    __table_args__ = (
        CheckConstraint("outcome IN ('created', 'updated', 'unchanged', 'failed')", name="outcome"),
        Index("ix_import_items_outcome", "job_id", "outcome", "number"),
    )

    job_id: Mapped[UUID] = mapped_column(ForeignKey("import_jobs.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    outcome: Mapped[str]
    article_id: Mapped[UUID | None] = mapped_column(ForeignKey("articles.id", ondelete="SET NULL"), index=True)
    title: Mapped[str | None]
    quotes: Mapped[int | None]
    with_speaker: Mapped[int | None]
    comments: Mapped[int]
    reason: Mapped[str | None]
    needs_look: Mapped[bool]
    warnings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
