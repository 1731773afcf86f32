"""How a process learns what other processes, and its own, have committed."""

import mmap
import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import structlog
from sqlalchemy import URL, make_url

from app.db import TOUCHED, Database, connect_reading
from app.writers import PooledWriter

EVERYTHING: Final = None
"""What changed is not known, so everything may have."""

_UNSEEN = b""


class Watcher(Protocol):
    def touched(self) -> list[str] | None:
        """The cache tags that commits have touched since the last call, none if there were none; or EVERYTHING.

        After a call that returned nothing, what was committed before it has been told of.
        """
        ...

    def close(self) -> None: ...


def watch(database: Database) -> Watcher:
    url = database.engine.url
    if isinstance(database.writer, PooledWriter):
        return PostgresWatcher(url, own=database.writer.touched, changed=database.replicas.changed)
    return SqliteWatcher(str(url.database))


class SqliteWatcher:
    """Looks at the header of the WAL index, which every commit of any process changes, 0.3 µs a look.

    The header lies in the first 48 bytes of the `-shm` file, twice (https://sqlite.org/walformat.html, 2.1); a
    writer changes the second copy first, so two that differ show a commit under way. A connection of our own keeps
    the file from being deleted. The file is opened once and never closed: closing any descriptor of it would drop
    the locks that SQLite holds on it for the whole process.
    """

    def __init__(self, file: str) -> None:
        self._shm = Path(f"{file}-shm")
        self._connection = connect_reading(file)
        self._last = self._newest()
        self._descriptor = os.open(self._shm, os.O_RDONLY)
        self._map = mmap.mmap(self._descriptor, 0, prot=mmap.PROT_READ)
        self._inode = os.fstat(self._descriptor).st_ino
        self._checked_at = monotonic()
        self._seen = _UNSEEN

    def touched(self) -> list[str] | None:
        header = self._map[:96]
        if header == self._seen:
            if monotonic() - self._checked_at > 1 and not self._is_same_file():
                return EVERYTHING
            return []
        # Taken before the look into the table: a commit in between is told of now, and once more next time.
        self._seen = header if header[:48] == header[48:] else _UNSEEN
        rows = self._connection.execute(
            "SELECT number, tag FROM touches WHERE number > ? ORDER BY number", (self._last,)
        ).fetchall()
        if not rows:
            return EVERYTHING if self._newest() < self._last else []
        expected, self._last = self._last + 1, rows[-1][0]
        return [tag for _, tag in rows] if rows[0][0] == expected else EVERYTHING

    def _newest(self) -> int:
        found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'touches'").fetchone()
        return int(found[0]) if found else 0

    def _is_same_file(self) -> bool:
        """Whether the map still shows the database's index; another file there would be silent for ever."""
        self._checked_at = monotonic()
        try:
            return self._shm.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Let go of the connection. The map stays, for the reason above."""
        self._connection.close()


class PostgresWatcher:
    """Listens for NOTIFY on a connection and thread of its own. While it cannot listen, everything may have changed.

    What this process commits it takes from `own`, at once; word of others' commits comes within 100 ms. `changed` is
    called before it is told of.
    """

    RETRY_SECONDS = 1.0

    def __init__(self, url: URL, own: deque[str], changed: Callable[[], None]) -> None:
        self._own = own
        self._changed = changed
        self._conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._tags: deque[str] = deque()
        self._listening = False
        self._forget = True
        self._stop = threading.Event()
        self._line: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="touch-listener", daemon=True)
        self._thread.start()

    def touched(self) -> list[str] | None:
        if not self._listening or self._forget:
            self._forget = not self._listening
            self._tags.clear()
            return EVERYTHING
        found = []
        for tags in (self._own, self._tags):
            while tags:
                found.append(tags.popleft())
        return found

    def _run(self) -> None:
        import psycopg  # 7 MB that nobody on SQLite needs

        while not self._stop.is_set():
            try:
                self._listen()
            except psycopg.Error as error:
                if self._stop.is_set():
                    return
                structlog.get_logger("onrecord.cache").warning("listener_down", reason=str(error).strip())
            self._listening = False
            self._forget = True
            self._stop.wait(self.RETRY_SECONDS)

    def _listen(self) -> None:
        import psycopg

        with (
            psycopg.connect(self._conninfo, autocommit=True, connect_timeout=5) as connection,
            socket.socket(fileno=os.dup(connection.fileno())) as self._line,
        ):
            connection.execute(f"LISTEN {TOUCHED}")
            self._changed()
            self._forget = True
            self._listening = True
            while not self._stop.is_set():
                for notice in connection.notifies(timeout=0.5):
                    self._changed()
                    self._tags.append(notice.payload)

    def close(self) -> None:
        self._stop.set()
        if self._line is not None:
            with suppress(OSError):  # it has ended by itself
                self._line.shutdown(socket.SHUT_RDWR)  # else the thread would wait for its time to run out
        self._thread.join(timeout=2)
