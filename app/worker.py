"""`onrecord worker`: what is to be done when nobody asks. Any number of them may run."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import registering
from app.articles.renditions import keep_dates
from app.comments import external, letters
from app.db import Database, now
from app.errors import Unavailable
from app.events import queries as events
from app.graph.actions import report
from app.imports.files import folder_of, sweep
from app.imports.running import Importer
from app.mail.actions import prune as prune_mail
from app.mail.sending import Postman
from app.outbound import Outbound
from app.people.actions import forget
from app.permissions.noticing import notice
from app.settings import Settings
from app.variants.actions import compare
from app.webhooks import actions
from app.webhooks.delivering import AT_ONCE, Attempt, deliver, take

COMPOSE = letters.COMPOSE | registering.COMPOSE
"""Who makes out which kind of e-mail."""

TICK = 0.25
"""Seconds between two looks; a change is told of so much later at most, plus what it takes."""

AT_A_TIME = 0.5
"""Seconds at most, and one stretch, that a chore takes between two looks."""

RARELY = 30.0
"""Seconds between two looks for what has time."""

SELDOM = 300.0
"""Seconds between two looks for what takes seconds on a large site."""

AFTER_FAILURE = 5.0
"""Seconds at least before a chore that failed is tried again."""


@dataclass
class Chore:
    """Work that nobody waits for: stretch by stretch until nothing is left, and anew after `every` seconds."""

    name: str
    stretch: Callable[[], bool | None]
    every: float = RARELY
    due: float = float("-inf")

    def work(self, stop: threading.Event) -> None:
        """Do some of it, if it is due. That it fails is logged, and keeps nothing else from being done."""
        until = monotonic() + AT_A_TIME
        if until - AT_A_TIME < self.due:
            return
        try:
            while self.stretch():
                if stop.is_set() or monotonic() >= until:
                    return  # the rest at the next look
            self.due = monotonic() + self.every
        except Exception as error:
            self.due = monotonic() + max(self.every, AFTER_FAILURE)
            structlog.get_logger("onrecord.worker").warning("chore_failed", chore=self.name, exc_info=error)


class Worker:
    """Announces articles whose time has come, releases events, compares quotes, delivers webhooks, asks about
    comments, sends e-mail, imports files, until stopped."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._under_way: dict[asyncio.Task[None], UUID] = {}
        self._asking: set[asyncio.Task[None]] = set()
        external.check_address(settings)
        folder = folder_of(settings)
        self._importer = Importer(database, folder, self._stop)
        self._beside: dict[str, Callable[[], object]] = {
            "import": self._importer.work,
            "mail": Postman(database, settings, COMPOSE, self._stop).work,
        }
        """What takes long and goes on beside the rest, each in a thread."""
        self._busy: dict[str, asyncio.Task[object]] = {}
        self._chores = (
            Chore("compare", lambda: compare(database, at=now()), every=0.0),
            Chore("notice", partial(_notice, database)),
            Chore("forget", partial(forget, database, days=settings.comment_personal_days)),
            Chore("report", lambda: report(database, at=now()), every=SELDOM),
            Chore("sweep", partial(sweep, database, folder, days=settings.import_files_days)),
        )

    def start(self) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def halt(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def stop(self) -> None:
        """Begin nothing more, and let what is under way end."""
        self.halt()
        if self._thread is not None:
            seconds = max(self._settings.webhook_timeout, self._settings.moderation_timeout)
            self._thread.join(timeout=seconds + 2)

    def run(self) -> None:
        """Work until `stop`."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        seconds = float(self._settings.webhook_timeout)
        outbound = Outbound(allowed=self._settings.outbound_allow, seconds=seconds)
        lease_for = timedelta(seconds=2 * seconds + 1)
        service = external.way_out(self._settings)
        while not self._stop.is_set():
            try:
                for attempt in await asyncio.to_thread(self.tick, lease_for):
                    self._begin(deliver(self._database, outbound, attempt), attempt)
                await self._ask(service)
                for name in self._beside.keys() - self._busy.keys():
                    self._busy[name] = asyncio.create_task(asyncio.to_thread(self._beside[name]))
                    self._busy[name].add_done_callback(partial(self._done, name))
                await asyncio.to_thread(self.spare)
            except (SQLAlchemyError, Unavailable) as error:
                structlog.get_logger("onrecord.worker").warning("worker_waits", reason=type(error).__name__)
                await asyncio.sleep(1)
            await asyncio.sleep(TICK)
        await asyncio.gather(*self._under_way, *self._asking, *self._busy.values(), return_exceptions=True)
        await outbound.close()
        await service.close()

    def _begin(self, work: Coroutine[Any, Any, None], attempt: Attempt) -> None:
        task = asyncio.create_task(work)
        self._under_way[task] = attempt.webhook_id
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        if (error := task.exception()) is not None:  # its lease ends, and it is tried again
            structlog.get_logger("onrecord.worker").warning("delivery_not_noted", reason=type(error).__name__)

    async def _ask(self, service: Outbound) -> None:
        """Ask the service outside about the comments that wait for it, if there is one."""
        if not self._settings.moderation_url:
            return
        free = external.AT_ONCE - len(self._asking)
        for question in await asyncio.to_thread(external.take, self._database, self._settings, free=free):
            task = asyncio.create_task(external.ask(self._database, service, self._settings.moderation_url, question))
            self._asking.add(task)
            task.add_done_callback(self._asked)

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking.discard(task)
        if (error := task.exception()) is not None:  # its lease ends, and it is asked again
            structlog.get_logger("onrecord.worker").warning("answer_not_noted", reason=type(error).__name__)

    def _done(self, name: str, task: asyncio.Task[object]) -> None:
        del self._busy[name]
        if (error := task.exception()) is not None:  # its lease ends, and it goes on from where it was
            structlog.get_logger("onrecord.worker").warning(f"{name}_waits", reason=type(error).__name__)

    def tick(self, lease_for: timedelta) -> list[Attempt]:
        """Do all that is due now, and take the deliveries that may go."""
        self._importer.renew()
        attend(self._database, now())
        room: dict[UUID, int] = {}
        for webhook_id in self._under_way.values():
            room[webhook_id] = room.get(webhook_id, 0) + 1
        free = AT_ONCE - len(self._under_way)
        return take(self._database, self._settings.secret, room, free=free, lease_for=lease_for)

    def spare(self) -> None:
        """Do some of what nobody waits for."""
        for chore in self._chores:
            chore.work(self._stop)


def _notice(database: Database) -> None:
    at = now()
    with database.writer.session() as session:
        notice(session, at=at)
        actions.prune(session, at=at)
        prune_mail(session, at=at)


def attend(database: Database, at: datetime) -> None:
    """Tell of the articles that dates have shown or hidden by now, and release all events. Looks before it writes."""
    while True:
        with database.reader() as session:
            recheck_at = session.scalar(events.next_recheck())
            is_new = session.scalar(events.any_unreleased())
        is_due = recheck_at is not None and recheck_at <= at
        if not (is_due or is_new):
            return
        with database.writer.session() as session:
            looked = keep_dates(session, at=at) if is_due else 0
        with database.writer.session() as session:
            released = actions.release(session, at=at)
        if not (looked or released):  # another worker is at it
            return
