from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId

STATES = ("queued", "running", "finished", "failed", "cancelled")
OUTCOMES = ("created", "updated", "unchanged", "failed")


class Origin(Base):
    """What an article was imported from, so that the same thing is imported once.

    `key` is the source's own id where its format has one, else `sha256:` and the digest of the file. `digest`: of what
    the source said at the last import; `revision`: the number of the revision that it left. Both are null for what an
    older release imported.
    """

    __tablename__ = "origins"

    key: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    imported_at: Mapped[datetime]
    digest: Mapped[str | None]
    revision: Mapped[int | None]


class ImportJob(HasId, Base):
    """A file that was handed in to be imported, and how far that is.

    The file lies under the job's id in the data directory until the job has ended. Who works on it holds it until
    `held_until` and renews that with each batch; after a crash another takes it over, and goes on behind the last
    entry that is reported.
    """

    __tablename__ = "import_jobs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'finished', 'failed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'running') = (holder IS NOT NULL)", name="holder"),
        Index("ix_import_jobs_state", "state", "id"),
    )

    state: Mapped[str]
    publish: Mapped[bool]
    dry_run: Mapped[bool]
    format: Mapped[str | None]
    size: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int] = mapped_column(BigInteger)
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
    holder: Mapped[str | None]
    held_until: Mapped[datetime | None]

    @property
    def entries(self) -> int:
        """How many entries of the file have been dealt with."""
        return self.created + self.updated + self.unchanged + self.failed


class ImportEntry(Base):
    """What became of one entry of a job's file, and what an editor should look at in it."""

    __tablename__ = "import_entries"
    __table_args__ = (
        CheckConstraint("outcome IN ('created', 'updated', 'unchanged', 'failed')", name="outcome"),
        Index("ix_import_entries_outcome", "job_id", "outcome", "number"),
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
    look: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
