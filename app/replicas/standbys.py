"""The standbys, and which of them shows at this moment all that this process was told of."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import structlog
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError

from app.replicas.leave import leave_given
from app.replicas.positions import (
    LOOK_SECONDS,
    NOWHERE,
    POSITION,
    REPLAYED,
    History,
    Position,
    hang_up,
    hold,
    libpq,
)

if TYPE_CHECKING:
    import psycopg

REST_SECONDS = 0.005
"""At least so long between two looks, so that a busy writer does not keep a thread busy."""

SILENT_SECONDS = 1.5
"""A standby that has said nothing for so long is not read, and who waits for it is let go."""

KEPT = 500
"""Positions of the primary that are remembered: more than `max_lag` can ask for."""


class Replica:
    """One standby, and what is known of it. A thread looks at it as long as the process lives."""

    def __init__(self, url: str, number: int, replicas: "Replicas") -> None:
        self.number = number
        self.reads = 0
        self.replayed = -1
        self.current_at: float | None = None
        """When it last showed all that the primary had, as far as known; by the monotonic clock."""
        self._replicas = replicas
        self._history = NOWHERE.history
        self._looked_at = 0.0
        self._reason = self._said = "unknown"
        self._news = threading.Event()
        self._connections: WeakSet[psycopg.Connection[Any]] = WeakSet()
        self._conninfo = libpq(url)
        engine = create_engine(
            url, pool_size=20, max_overflow=20, hide_parameters=True, connect_args={"connect_timeout": 2}
        )
        event.listen(engine, "connect", lambda connection, _record: self._connections.add(connection))
        self.engine = engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    @property
    def lag(self) -> float | None:
        """Seconds for which it may not have shown all that the primary had; None where that was never so."""
        return None if self.current_at is None else monotonic() - self.current_at

    @property
    def state(self) -> str:
        """`ready`, or why it is not read: `behind`, `foreign`, `promoted`, `unreachable`, or `unknown` at first."""
        if self._reason:
            return self._reason
        if self._history != (theirs := self._replicas.position.history):
            return "foreign" if theirs != NOWHERE.history else "unknown"
        if monotonic() - self._looked_at > SILENT_SECONDS:
            return "unreachable"
        lag = self.lag
        return "ready" if lag is not None and lag <= self._replicas.max_lag else "behind"

    def rest(self) -> None:
        """Not to be read until it has been looked at again."""
        self._note("unreachable")

    def wake(self) -> None:
        """There is a new position to reach. Also lets go of those who wait for a server that does not answer."""
        self._news.set()
        if monotonic() - self._looked_at > SILENT_SECONDS:
            for connection in list(self._connections):
                hang_up(connection)

    def follow(self) -> None:
        """Look at the server until all is over."""
        hold(self._conninfo, self._replicas.stopped, self._follow, self._lose)

    def _follow(self, connection: "psycopg.Connection[Any]") -> None:
        self._connections.add(connection)
        self._looked_at = monotonic()
        pause = REST_SECONDS
        while not self._replicas.stopped.wait(REST_SECONDS):
            self._look(connection)
            pause = pause * 2 if self.replayed < self._replicas.position.needed else LOOK_SECONDS
            if self._news.wait(min(pause, LOOK_SECONDS)):
                self._news.clear()
                pause = REST_SECONDS

    def _look(self, connection: "psycopg.Connection[Any]") -> None:
        is_standby, replayed, *history = connection.execute(REPLAYED).fetchone() or [None] * 5
        self._history = History(*history)
        if is_standby and self._history == self._replicas.position.history:
            seen, self.replayed = self._replicas.seen, int(replayed or 0)
            self.current_at = next((at for at, end in reversed(seen) if end <= self.replayed), self.current_at)
        self._looked_at = monotonic()
        self._note("" if is_standby else "promoted")

    def _lose(self) -> None:
        self._note("unreachable")
        self.engine.dispose()

    def _note(self, reason: str) -> None:
        self._reason = reason
        if (state := self.state) != self._said:
            self._said = state
            self._replicas.log.warning("replica", number=self.number, state=state)


class Replicas:
    """The standbys of the database at `primary`, none where `urls` is empty."""

    def __init__(self, primary: str, urls: Sequence[str] = (), *, max_lag: float = 10.0) -> None:
        self.max_lag = max_lag
        self.position = NOWHERE
        self.seen: list[tuple[float, int]] = []
        """Moments, and up to where the primary had flushed then; the newest last."""
        self.passed_over = 0
        self.stopped = threading.Event()
        self.log = structlog.get_logger("onrecord.replicas")
        self._told = object()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._conninfo = libpq(primary) if urls else ""
        self.all = [Replica(url, number, self) for number, url in enumerate(urls, 1)]
        follow = [self._follow_primary, *(replica.follow for replica in self.all)] if urls else []
        self._threads = [threading.Thread(target=work, name="replicas", daemon=True) for work in follow]
        for thread in self._threads:
            thread.start()

    def changed(self) -> None:
        """Something has been committed. To be called before anybody can know of it from this process."""
        self._told = object()
        self._news.set()

    @contextmanager
    def chosen(self) -> Iterator[Replica | None]:
        """A standby for a reader, by turns; None where the request may not read from one, or none is fit."""
        leave = leave_given.get()
        replica = self._choose() if leave and self.all else None
        if leave and replica:
            leave.used = True
        try:
            yield replica
        except OperationalError:
            if replica:
                replica.rest()
            raise

    def _choose(self) -> Replica | None:
        position = self.position
        fit: list[Replica] = []
        if position.told is self._told:
            fit = [one for one in self.all if one.state == "ready" and one.replayed >= position.needed]
        with self._lock:
            if not fit:
                self.passed_over += 1
                return None
            replica = min(fit, key=lambda one: one.reads)
            replica.reads += 1
        return replica

    def close(self) -> None:
        self.stopped.set()
        self._news.set()
        self._wake()
        for thread in self._threads:
            thread.join(timeout=3)
        for replica in self.all:
            replica.engine.dispose()

    def _follow_primary(self) -> None:
        hold(self._conninfo, self.stopped, self._ask_primary, self._wake)

    def _wake(self) -> None:
        for replica in self.all:
            replica.wake()

    def _ask_primary(self, connection: "psycopg.Connection[Any]") -> None:
        while not self.stopped.wait(REST_SECONDS):
            told, at = self._told, monotonic()
            row = connection.execute(POSITION).fetchone()
            needed, sent, *history = row or [0] * 5
            if History(*history) != self.position.history:
                self.seen = []
            elif told is self.position.told:
                needed = self.position.needed  # nothing that we know of depends on what has come since
            self.position = Position(told, int(needed), History(*history))
            self._remember(at, int(sent))
            self._wake()
            self._news.wait(LOOK_SECONDS)
            self._news.clear()

    def _remember(self, at: float, sent: int) -> None:
        """A new list, since the standbys' threads read the old one."""
        is_soon = len(self.seen) > 1 and at - self.seen[-2][0] < LOOK_SECONDS / 2
        earlier = self.seen[:-1] if self.seen and (self.seen[-1][1] == sent or is_soon) else self.seen[-KEPT:]
        self.seen = [*earlier, (at, sent)]
