"""Where in the stream of changes (WAL) a server stands, and how it is asked for that."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import make_url

if TYPE_CHECKING:
    import psycopg

LOOK_SECONDS = 0.25
"""How often each server is asked for its position where nothing calls for it sooner."""

POSITION = """
SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END - '0/0', pg_current_wal_flush_lsn() - '0/0',
    system_identifier, ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int, oid
FROM pg_control_system(), pg_database WHERE datname = current_database()
"""
"""What is committed is flushed, unless the server is told not to wait for that. Where the next record goes may be
further on: what is not flushed is not sent, and that which no commit waits for (pruned pages) can take seconds."""

REPLAYED = """
SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0', system_identifier,
    greatest(min_recovery_end_timeline, (SELECT received_tli FROM pg_stat_wal_receiver)), oid
FROM pg_control_system(), pg_control_recovery(), pg_database WHERE datname = current_database()
"""
"""Who follows a server that was promoted says so at once to a role with `pg_read_all_stats`, to others after its next
restart point."""


class History(NamedTuple):
    """What two servers must share for their positions to mean the same, and for their tables to be the same site's."""

    system: int
    timeline: int
    database: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where the primary stood when it was asked."""

    told: object
    """Stands for the changes that had been told of before it was asked."""
    needed: int
    """Whoever has replayed up to here shows all those changes."""
    history: History


NOWHERE = Position(object(), 0, History(0, 0, 0))


def libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def hold(
    conninfo: str,
    stopped: threading.Event,
    work: "Callable[[psycopg.Connection[Any]], None]",
    lost: Callable[[], None],
) -> None:
    """Give `work` a connection, and a new one after each that fails, until all is over."""
    import psycopg  # 7 MB that nobody on SQLite needs

    while not stopped.is_set():
        with suppress(psycopg.Error), psycopg.connect(conninfo, autocommit=True, connect_timeout=2) as connection:
            work(connection)
        if not stopped.is_set():
            lost()
        stopped.wait(LOOK_SECONDS)


def hang_up(connection: "psycopg.Connection[Any]") -> None:
    """End the connection under whoever waits for its answer in another thread."""
    import psycopg

    with suppress(psycopg.Error, OSError):
        number = connection.fileno()
        with socket.socket(fileno=os.dup(number)) as shared:
            if connection.fileno() == number:  # otherwise it was closed, and the number may be another's by now
                shared.shutdown(socket.SHUT_RDWR)
