from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from app.articles.models import Article
from app.imports.models import ImportItem, ImportJob


def jobs() -> Select[ImportJob]:
    return select(ImportJob)


def by_id(job_id: UUID, *, lock: bool = False) -> Select[ImportJob]:
    found = select(ImportJob).where(ImportJob.id == job_id)
    return found.with_for_update() if lock else found


def items(job_id: UUID) -> Select[ImportItem, str | None]:
    """What became of the entries of a job's file, each with the slug that its article has now."""
    return (
        select(ImportItem, Article.slug)
        .outerjoin(Article, Article.id == ImportItem.article_id)
        .where(ImportItem.job_id == job_id)
    )


def waiting(at: datetime) -> Select[UUID]:
    """The jobs that nobody works on, the oldest first."""
    return select(ImportJob.id).where(_may_be_taken(at)).order_by(ImportJob.id)


def takeable(job_id: UUID, at: datetime) -> Select[ImportJob]:
    """The job, held for a change, unless somebody works on it or takes it at this moment."""
    return select(ImportJob).where(ImportJob.id == job_id, _may_be_taken(at)).with_for_update(skip_locked=True)


def leased(job_id: UUID, lease: UUID) -> Select[ImportJob]:
    """The job, held for a change, if it is still held under this lease."""
    return select(ImportJob).where(ImportJob.id == job_id, ImportJob.lease == lease).with_for_update()


def unfinished(ids: Iterable[UUID]) -> Select[UUID]:
    """Those of these jobs whose files are still needed."""
    return select(ImportJob.id).where(ImportJob.id.in_(list(ids)), ImportJob.finished_at.is_(None))


def _may_be_taken(at: datetime) -> ColumnElement[bool]:
    return or_(ImportJob.status == "queued", (ImportJob.status == "running") & (ImportJob.leased_until <= at))
