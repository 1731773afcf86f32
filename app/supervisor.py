"""Several processes that serve from one socket: started together, replaced one after another, stopped together."""

import gc
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from time import monotonic
from typing import Any

import structlog

STOP_SECONDS = 11.0
"""From SIGTERM to SIGKILL; uvicorn gives requests ten seconds, the rest is for letting go of the database."""

RESTART_SECONDS = 1.0
"""At most so often is one worker started anew, so that one that always dies does not keep the machine busy."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Work = Callable[[int, Callable[[], None]], None]
"""What a worker does, given its number, from 0 on, and what it has to call once it takes requests."""


class WorkerFailed(Exception):
    """The message says in one sentence why a worker cannot start."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which of several workers this is, from 0 on, and a folder that all of them share as long as they live."""

    number: int
    folder: Path


@dataclass(slots=True)
class Worker:
    """The process that has this number now."""

    process: ForkProcess
    report: Connection
    started_at: float
    is_ready: bool = False
    leaves_by: float | None = None
    """When it is killed if it has not ended by then; None for one that shall stay."""


class Supervisor:
    """Keeps `count` processes at `work`.

    They are forks of this one, which must therefore have no thread and no open database, and share with it all memory
    that nobody writes to. A worker that dies is replaced; when this process dies, they end too.
    """

    def __init__(
        self, work: Work, *, count: int, sock: socket.socket, ready: Callable[[], None] = lambda: None
    ) -> None:
        self._work = work
        self._count = count
        self._socket = sock
        self._ready = ready
        self._context = get_context("fork")
        self._workers: dict[int, Worker] = {}
        self._due: dict[int, float] = {}
        self._to_replace: deque[int] = deque()
        self._is_up = False
        self._log = structlog.get_logger("onrecord.workers")

    def run(self) -> None:
        """Until SIGTERM or SIGINT; SIGHUP replaces the workers one after another.

        Raises `WorkerFailed` if one cannot start in the beginning, after the others have ended.
        """
        gc.freeze()  # a collection would write to every object, and so copy the memory that is shared
        self._life, self._pulse = os.pipe()
        with self._told() as told:
            try:
                for number in range(self._count):
                    self._start(number)
                while not self._is_over(told):
                    self._tend()
                    wait(self._watched(told), timeout=self._patience())
            finally:
                self._stop()

    @contextmanager
    def _told(self) -> Iterator[socket.socket]:
        """A socket on which each signal arrives as a byte."""
        inside, outside = socket.socketpair()
        with closing(inside), closing(outside):
            inside.setblocking(False)
            outside.setblocking(False)
            signal.set_wakeup_fd(outside.fileno())
            before = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
            try:
                yield inside
            finally:
                signal.set_wakeup_fd(-1)
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _is_over(self, told: socket.socket) -> bool:
        with suppress(BlockingIOError):
            for number in told.recv(64):
                if number == signal.SIGHUP:
                    self._log.info("workers_are_replaced")
                    self._to_replace = deque(range(self._count))
                elif number in SIGNALS:
                    return True
        return False

    def _tend(self) -> None:
        """Do whatever is due now."""
        for number, worker in list(self._workers.items()):
            self._hear(number, worker)
            if worker.process.exitcode is not None:
                self._bury(number, worker)
            elif worker.leaves_by is not None and worker.leaves_by <= monotonic():
                worker.process.kill()
        for number in [number for number, at in self._due.items() if at <= monotonic()]:
            self._start(number)
        if not self._due and all(worker.is_ready for worker in self._workers.values()):
            if not self._is_up:
                self._is_up = True
                self._ready()
            self._replace_next()

    def _watched(self, told: socket.socket) -> list[Any]:
        """What has news when something happens."""
        watched: list[Any] = [told]
        for worker in self._workers.values():
            watched.append(worker.process.sentinel)
            if not worker.is_ready:
                watched.append(worker.report)
        return watched

    def _patience(self) -> float | None:
        """Seconds until something is due by itself."""
        deadlines = [worker.leaves_by for worker in self._workers.values() if worker.leaves_by is not None]
        deadlines += self._due.values()
        return max(0.0, min(deadlines) - monotonic()) if deadlines else None

    def _start(self, number: int) -> None:
        self._due.pop(number, None)
        report, tell = self._context.Pipe(duplex=False)
        process = self._context.Process(target=self._live, args=(number, tell), name=f"onrecord worker {number}")
        process.start()
        tell.close()
        self._workers[number] = Worker(process, report, monotonic())

    def _live(self, number: int, tell: Connection) -> None:
        """A worker's whole life, in its own process."""
        signal.set_wakeup_fd(-1)
        for name in SIGNALS:
            signal.signal(name, signal.SIG_DFL)
        os.close(self._pulse)
        threading.Thread(target=_end_with, args=(self._life,), name="life-line", daemon=True).start()
        try:
            self._work(number, lambda: tell.send(""))
        except Exception as error:
            tell.send(str(error).strip().partition("\n")[0] or type(error).__name__)
            raise SystemExit(1) from None

    def _hear(self, number: int, worker: Worker) -> None:
        """Take in that the worker is ready, or why it cannot be. Raises `WorkerFailed`."""
        if worker.is_ready or not worker.report.poll():
            return
        with suppress(EOFError):
            reason = worker.report.recv()
            worker.is_ready = not reason
            if reason:
                self._fail(number, reason)

    def _bury(self, number: int, worker: Worker) -> None:
        """See that the dead worker's number goes to a new one. Raises `WorkerFailed`."""
        code = worker.process.exitcode
        if not worker.is_ready and not self._is_up:
            self._fail(number, f"A worker ended before it took requests (exit code {code}); see the log.")
        if worker.leaves_by is None:
            self._log.warning("worker_died", worker=number, pid=worker.process.pid, exit_code=code)
        del self._workers[number]
        worker.report.close()
        self._due[number] = max(monotonic(), worker.started_at + RESTART_SECONDS)

    def _fail(self, number: int, reason: str) -> None:
        if not self._is_up:
            raise WorkerFailed(reason)
        self._to_replace.clear()  # what kept this one from starting would keep the others too
        self._log.error("worker_cannot_start", worker=number, reason=reason)

    def _replace_next(self) -> None:
        if self._to_replace and all(worker.leaves_by is None for worker in self._workers.values()):
            worker = self._workers[self._to_replace.popleft()]
            worker.leaves_by = monotonic() + STOP_SECONDS
            worker.process.terminate()

    def _stop(self) -> None:
        self._socket.close()  # nobody is kept waiting for a worker that will not come
        deadline = monotonic() + STOP_SECONDS
        for worker in self._workers.values():
            worker.process.terminate()
        for worker in self._workers.values():
            worker.process.join(max(0.0, deadline - monotonic()))
        for worker in self._workers.values():
            worker.process.kill()
            worker.process.join()


def _end_with(life: int) -> None:
    """End this process in good order when the other end of the pipe is gone, and with it the supervisor."""
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
