from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.db import insert_all, new_id
from app.errors import Conflict, NotFound
from app.events.actions import Actor, record, take_turn, tell
from app.imports import queries
from app.imports.models import ImportItem, ImportJob
from app.imports.schemas import ImportOptions
from app.ingest.actions import Outcome

LEASE = timedelta(seconds=30)
"""How long a worker holds a job without a sign of life."""

MOST_ATTEMPTS = 5
"""Workers that may die over the same entries before the job is given up."""


class ImportEnded(Conflict):
    """The import is through, has failed or was cancelled; there is nothing left to cancel."""

    slug, title = "import-ended", "The import has ended"


class Lost(Exception):
    """The job was cancelled, or another worker has taken it over."""


def find(session: Session, job_id: UUID, *, lock: bool = False) -> ImportJob:
    """The job; with `lock` nobody else changes it meanwhile. Raises `NotFound`."""
    if lock:
        take_turn(session)
    job = session.scalar(queries.by_id(job_id, lock=lock))
    if job is None:
        raise NotFound("There is no such import.")
    return job


def enqueue(
    session: Session, job_id: UUID, options: ImportOptions, *, kind: str, size: int, by: Actor, at: datetime
) -> ImportJob:
    """A job for the file of this size and format that lies under `job_id`."""
    job = ImportJob(
        id=job_id,
        status="queued",
        name=options.name,
        format=kind,
        publish=options.publish,
        dry_run=options.dry_run,
        size=size,
        position=0,
        read=0,
        seconds=0.0,
        created=0,
        updated=0,
        unchanged=0,
        failed=0,
        actor=by.name,
        user_id=by.user_id,
        created_at=at,
        attempts=0,
    )
    session.add(job)
    session.flush()
    chosen = {"format": kind, "size": size, "publish": options.publish, "dry_run": options.dry_run}
    record(session, by, "import", "import", job.id, after=chosen)
    return job


def cancel(session: Session, job: ImportJob, *, by: Actor, at: datetime) -> None:
    """End the job where it is; what it has written stays. Raises `ImportEnded`."""
    if job.finished_at is not None:
        raise ImportEnded("This import has ended already.")
    record(session, by, "cancel", "import", job.id, before={"status": job.status})
    finish(session, job, "cancelled", at=at)


def take(session: Session, job_id: UUID, *, at: datetime) -> ImportJob | None:
    """The job, leased from now on; None if somebody else has it. One over which workers die is given up."""
    job = session.scalar(queries.takeable(job_id, at))
    if job is None:
        return None
    if job.attempts == MOST_ATTEMPTS:
        finish(session, job, "failed", at=at, reason="The server stopped several times at the same place of the file.")
        return None
    job.status, job.lease, job.leased_until = "running", new_id(), at + LEASE
    job.started_at = job.started_at or at
    job.attempts += 1
    return job


def held(session: Session, job_id: UUID, lease: UUID) -> ImportJob:
    """The job, held for a change. Raises `Lost` if the lease is no longer good."""
    job = session.scalar(queries.leased(job_id, lease))
    if job is None:
        raise Lost
    return job


def note(session: Session, job: ImportJob, outcomes: Sequence[Outcome]) -> None:
    """Report what became of the next entries; `read`, `position` and `seconds` are the worker's to set."""
    insert_all(session, [_item(job, number, outcome) for number, outcome in enumerate(outcomes, job.entries + 1)])
    for outcome in outcomes:
        setattr(job, outcome.outcome, getattr(job, outcome.outcome) + 1)
    job.attempts = 0


def put_back(job: ImportJob) -> None:
    """Let another worker go on with it at once."""
    job.status, job.lease, job.leased_until, job.attempts = "queued", None, None, 0


def finish(session: Session, job: ImportJob, status: str, *, at: datetime, reason: str | None = None) -> None:
    """End the job and leave word for subscribers."""
    job.status, job.reason, job.finished_at = status, reason, at
    job.lease = job.leased_until = None
    if status == "finished":
        job.position = job.size
    counts = {name: getattr(job, name) for name in ("created", "updated", "unchanged", "failed")}
    tell(session, "import.finished", job.id, {"id": str(job.id), "status": status, "dry_run": job.dry_run, **counts})


def _item(job: ImportJob, number: int, outcome: Outcome) -> ImportItem:
    return ImportItem(
        job_id=job.id,
        number=number,
        key=outcome.key,
        outcome=outcome.outcome,
        article_id=outcome.article.id if outcome.article else None,
        title=outcome.title,
        quotes=outcome.quotes,
        with_speaker=outcome.with_speaker,
        comments=outcome.comments,
        reason=outcome.reason,
        needs_look=bool(outcome.look) or outcome.outcome == "failed",
        warnings=[{"code": found.code, "detail": found.detail} for found in outcome.look],
    )
