"""The way to change something: a session that is left before the answer is sent, and durable once it has been left."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from app.errors import Unavailable

GROUP_LIMIT = 64
"""Changes in one commit, at most. Past this a waiting reader would see its answer late for little gain."""

QUEUE_SECONDS = 10.0
"""How long a change stands in line, so that a lock which never ends does not hold up all who come after."""


class Writer(Protocol):
    def session(self) -> AbstractContextManager[Session]:
        """A session whose changes are durable once the block has been left; an exception undoes them all.

        Leave the block before answering. No network call and no password hashing belongs inside.
        """
        ...

    def close(self) -> None: ...


class PooledWriter:
    """PostgreSQL: a transaction and a commit for each change; the server groups the flushes itself.

    `touched` gets what each commit names in `session.info["touched"]`: the server tells all processes, a moment
    later; this one knows before it answers. `changed` is called before that.
    """

    def __init__(self, engine: Engine, changed: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._changed = changed
        self.touched: deque[str] = deque(maxlen=100_000)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self._engine, expire_on_commit=False) as session:
            yield session
            try:
                session.commit()
            finally:
                self._changed()  # also where the server's answer is lost, for then it may have committed
            self.touched.extend(session.info.get("touched", ()))

    def close(self) -> None:
        """Nothing of its own to close: the engine is the database's."""


class _Group:
    """Changes that share one commit."""

    def __init__(self) -> None:
        self.size = 0
        self.done = threading.Event()
        self.failure: BaseException | None = None


class GroupWriter:
    """SQLite: one writing connection, a fair queue, and one synced commit for all who stood in line.

    Each change runs in a savepoint of a shared transaction. Whoever finds nobody waiting behind commits it,
    and every change of the group, failed ones included, answers only after that: a conflict may have been
    seen in a neighbour's uncommitted row.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._mutex = threading.Lock()
        self._busy = False
        self._waiting: deque[threading.Event] = deque()
        self._group: _Group | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        self._take_turn()
        try:
            group = self._join()
        except BaseException:
            self._pass_turn()
            raise
        try:
            assert self._connection is not None  # noqa: S101 (set by _join)
            with (
                Session(self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
                session.begin(),
            ):
                yield session
        finally:
            self._leave(group)
            group.done.wait()
            if group.failure is not None:
                raise Unavailable(
                    "The database could not keep this change, or cannot tell whether it did.",
                    headers={"Retry-After": "1"},
                ) from group.failure

    def _take_turn(self) -> None:
        with self._mutex:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(QUEUE_SECONDS):
            return
        with self._mutex:
            if turn.is_set():
                return
            self._waiting.remove(turn)
        raise Unavailable("Other changes hold up the database.", headers={"Retry-After": "1"})

    def _pass_turn(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._busy = False

    def _join(self) -> _Group:
        if self._group is None:
            if self._connection is None or self._connection.closed:
                self._connection = self._engine.connect()
            self._connection.begin()
            self._group = _Group()
        self._group.size += 1
        return self._group

    def _leave(self, group: _Group) -> None:
        with self._mutex:
            last = not self._waiting or group.size >= GROUP_LIMIT or self._is_undone()
            if not last:
                self._waiting.popleft().set()
        if last:
            self._commit(group)
            self._pass_turn()

    def _is_undone(self) -> bool:
        """Whether SQLite has undone the whole transaction by itself, as it does when the disk is full."""
        assert self._connection is not None  # noqa: S101 (a group has a connection)
        driver: Any = self._connection.connection.driver_connection
        return not driver.in_transaction

    def _commit(self, group: _Group) -> None:
        assert self._connection is not None  # noqa: S101 (a group has a connection)
        self._group = None
        try:
            self._connection.exec_driver_sql("COMMIT")  # fails where nothing is left to commit; commit() does not
            self._connection.commit()
        except BaseException as error:  # noqa: BLE001, RUF100 (each member raises it in its own thread)
            group.failure = error
            self._connection.invalidate()
            self._connection.close()
        finally:
            group.done.set()

    def close(self) -> None:
        """Keep the change under way, then let go of the connection."""
        self._take_turn()
        try:
            if self._group is not None:
                self._commit(self._group)
            if self._connection is not None:
                self._connection.close()
        finally:
            self._pass_turn()
