"""Doing imports, one at a time in each worker, which may die at any moment."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BufferedReader, FileIO
from pathlib import Path
from time import monotonic
from typing import BinaryIO
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import Database, now
from app.errors import Problem, Unavailable
from app.events.actions import Actor
from app.extract import ExtractError
from app.imports import queries
from app.imports.actions import LEASE, Lost, finish, held, note, put_back, take
from app.imports.models import ImportJob
from app.ingest.actions import Outcome
from app.ingest.importing import Import

RENEWED_EVERY = LEASE.total_seconds() / 3


@dataclass(slots=True)
class _Held:
    """A job that this worker holds, until it is seen to be lost; since when the batch under way has been, and when the
    lease was renewed."""

    job: ImportJob
    lease: UUID
    since: float = field(default_factory=monotonic)
    renewed: float = field(default_factory=monotonic)
    is_lost: bool = False


class _Stopped(Exception):
    """The worker is to stop."""


class _Watched(BufferedReader):
    """A file that checks before each reading whether to read on: long passages of it may have no entry."""

    def __init__(self, path: Path, check: Callable[[], None]) -> None:
        super().__init__(FileIO(path))
        self._check = check

    def read(self, size: int | None = -1, /) -> bytes:
        self._check()
        return super().read(size)


class Importer:
    """Does the imports whose files lie in `folder`, until `stop` is set."""

    def __init__(self, database: Database, folder: Path, stop: threading.Event) -> None:
        self._database = database
        self._folder = folder
        self._stop = stop
        self._held: _Held | None = None

    def work(self) -> bool:
        """Do one import that waits, to its end or until it is stopped; whether there was one.

        After a crash it goes on behind the last entry that is reported: a batch and its report are written together.
        """
        holding = self._take()
        if holding is None:
            return False
        self._held = holding
        try:
            status, reason = self._through(holding)
            with self._database.writer.session() as session:
                job = held(session, holding.job.id, holding.lease)
                if status == "stopped":
                    put_back(job)
                else:
                    finish(session, job, status, at=now(), reason=reason)
        except Lost:
            pass  # cancelled, or another has it
        finally:
            self._held = None
        return True

    def renew(self) -> None:
        """Show now and then that this worker lives, so that nobody else takes its job. Called by another thread."""
        if (holding := self._held) is None or monotonic() < holding.renewed + RENEWED_EVERY:
            return
        holding.renewed = monotonic()
        with self._database.writer.session() as session:
            job = session.scalar(queries.leased(holding.job.id, holding.lease))
            if job is not None:
                job.leased_until = now() + LEASE
            holding.is_lost = job is None

    def _check(self, holding: _Held) -> None:
        """Raises `_Stopped` or `Lost` where there is no use in going on."""
        if self._stop.is_set():
            raise _Stopped
        if holding.is_lost:
            raise Lost

    def _take(self) -> _Held | None:
        at = now()
        with self._database.reader() as session:
            waiting = session.scalars(queries.waiting(at)).all()
        for job_id in waiting:
            if self._stop.is_set() or not (self._folder / str(job_id)).exists():  # another machine may have the file
                continue
            with self._database.writer.session() as session:
                job = take(session, job_id, at=at)
            if job is not None and job.lease is not None:
                return _Held(job, job.lease)
        return None

    def _through(self, holding: _Held) -> tuple[str, str | None]:
        """How the job ended, and why it failed. Raises `Lost`, and what the database raises when it cannot answer."""
        job = holding.job
        plan = Import(Actor(job.actor, job.user_id), publish=job.publish, dry_run=job.dry_run)
        try:
            with _Watched(self._folder / str(job.id), partial(self._check, holding)) as stream:
                noted = partial(self._note, holding, stream)
                outcomes = plan.run_file(self._database, stream, kind=job.format, skip=job.read, note=noted)[1]
                for _ in outcomes:
                    self._check(holding)
        except _Stopped:
            return "stopped", None
        except (Lost, SQLAlchemyError, Unavailable):
            raise
        except (ExtractError, Problem) as error:
            return "failed", error.detail
        except OSError as error:
            return "failed", f"The file cannot be read: {error.strerror or 'it is damaged'}."
        except Exception as error:  # a defect of ours must not begin anew for ever
            structlog.get_logger("onrecord.imports").error("import_failed", job=str(job.id), exc_info=error)
            return "failed", "The server failed at this place of the file; its log has the cause."
        return "finished", None

    def _note(
        self, holding: _Held, stream: BinaryIO, session: Session, entries: int, outcomes: Sequence[Outcome]
    ) -> None:
        job = held(session, holding.job.id, holding.lease)
        at = monotonic()
        note(session, job, outcomes)
        job.read += entries
        job.position = max(job.position, stream.tell())
        job.seconds += at - holding.since
        holding.since = at
