"""The two ways into the database: a reader that cannot write, and a writer that answers after its commit."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Insert,
    MetaData,
    Text,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column
from starlette.concurrency import run_in_threadpool

from app.replicas.standbys import Replicas
from app.writers import GroupWriter, PooledWriter, Writer

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # no wheel for this platform: the interpreter's own module, behind the version check below
    sqlite = sqlite3  # type: ignore[misc, unused-ignore]

T = TypeVar("T")

SQLITE_FLOOR = (3, 51, 3)
"""Older versions can corrupt a database in WAL mode when a checkpoint meets a reset (the WAL-reset bug)."""


LOCK_SECONDS = 10.0
ASK_AGAIN_MS = 5
"""How long a process waits for another's change. SQLite asks for the lock ever more rarely the longer it has waited, so
that among several busy processes the oldest waits for ever; beginning anew after some milliseconds, all are equal."""

TOUCHED = "onrecord_touched"
"""The PostgreSQL channel that names the cache tags which a commit has touched."""


class WrongDatabase(Exception):
    """The message says in one sentence why this database cannot be used."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both engines. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place on the record")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Ordered = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is sorted by code point on both engines, so that pages come in the same order."""


def begins(column: ColumnElement[str] | InstrumentedAttribute[str], slug: str) -> ColumnElement[bool]:
    """Whether the slug in an `Ordered` column begins so: a stretch of its index, which SQLite does not see in LIKE."""
    return (column >= slug) & (column < slug + "{")  # what comes after "z"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        UUID: Uuid(),
        datetime: UtcDateTime(),
        str: Text(),
    }


def new_id() -> UUID:
    """A fresh UUIDv7 (RFC 9562): unique, and ordered by the time it was made."""
    return uuid_utils.compat.uuid7()


def now() -> datetime:
    return datetime.now(UTC)


class HasId:
    """A UUIDv7 primary key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


def insert_all(session: Session, rows: Iterable[Base]) -> None:
    """Write new rows as they are, parents before children, one statement for each table.

    A quarter of what the unit of work costs, which does more: nothing is filled in here, neither keys nor defaults,
    and the objects stay outside the session.
    """
    found: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        names, values = _columns(type(row))
        found[type(row)].append(dict(zip(names, values(row), strict=True)))
    connection = session.connection()
    for kind in sorted(found, key=lambda kind: _order().index(kind.__table__)):
        connection.execute(_inserting(kind), found[kind])


@cache
def _inserting(kind: type[Base]) -> Insert:
    return insert(kind.__table__)  # type: ignore[arg-type]


@cache
def _columns(kind: type[Base]) -> tuple[list[str], Callable[[Any], tuple[Any, ...]]]:
    mapped = inspect(kind).column_attrs
    return [a.columns[0].key for a in mapped], attrgetter(*(a.key for a in mapped))


@cache
def _order() -> list[Any]:
    return list(Base.metadata.sorted_tables)


class Database:
    """One database, and the only place that knows which engine it is. PostgreSQL may have standbys, at `replica_urls`;
    each is read while it is at most `max_lag` seconds behind."""

    def __init__(self, url: str, *, replica_urls: Sequence[str] = (), max_lag: float = 10.0) -> None:
        self.replicas = Replicas(url, replica_urls, max_lag=max_lag)
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.writer: Writer
        if self.is_sqlite:
            check_sqlite_version()
            self.engine = sqlite_engine(url, begin="BEGIN IMMEDIATE")
            self._reading = sqlite_engine(url, begin="BEGIN", query_only=True)
            self._kept: list[Connection] = []
            self.writer = GroupWriter(self.engine)
        else:
            self.engine = create_engine(
                url,
                pool_size=20,
                max_overflow=20,
                pool_pre_ping=True,
                hide_parameters=True,  # an error's text goes to the log
                connect_args={"connect_timeout": 5},
            )
            self._reading = self.engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
            self.writer = PooledWriter(self.engine, self.replicas.changed)

    @contextmanager
    def reader(self) -> Iterator[Session]:
        """A session on one snapshot that the database itself keeps from writing."""
        with self.replicas.chosen() as replica:
            engine = replica.engine if replica else self._reading
            with Session(engine, expire_on_commit=False, autoflush=False) as session:
                yield session

    async def ask(self, work: Callable[[Session], T]) -> T:
        """What `work` finds, for a coroutine. It must be brief: on SQLite it runs at once, since handing it to
        another thread would cost more than it does; on PostgreSQL it waits for the network in one."""
        if self.is_sqlite:
            return self._read(work)
        return await run_in_threadpool(self._read, work)

    def _read(self, work: Callable[[Session], T]) -> T:
        with self.reader() as session:
            return work(session)

    async def look_up(self, work: Callable[[Connection], T]) -> T:
        """The same with a bare connection, on one snapshot, that cannot write: for rows that are sent as they are. The
        ORM's session, and taking a connection from the pool, cost more than such rows do."""
        if self.is_sqlite:
            return self._look_up_at_once(work)
        return await run_in_threadpool(self._look_up, work)

    def _look_up_at_once(self, work: Callable[[Connection], T]) -> T:
        connection = self._kept.pop() if self._kept else self._reading.connect()
        try:
            return work(connection)
        finally:
            connection.rollback()
            self._kept.append(connection)

    def _look_up(self, work: Callable[[Connection], T]) -> T:
        with self.replicas.chosen() as replica, (replica.engine if replica else self._reading).connect() as connection:
            return work(connection)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The writing and the reading engine."""
        return self.engine, self._reading

    def close(self) -> None:
        self.writer.close()
        self.replicas.close()
        while self.is_sqlite and self._kept:
            self._kept.pop().close()
        self._reading.dispose()
        self.engine.dispose()


def check_sqlite_version() -> None:
    if sqlite.sqlite_version_info < SQLITE_FLOOR:
        floor = ".".join(map(str, SQLITE_FLOOR))
        raise WrongDatabase(
            f"SQLite {sqlite.sqlite_version} can corrupt a database in WAL mode; {floor} or newer is needed "
            "(the package pysqlite3 brings one on 64-bit x86 Linux), or use PostgreSQL."
        )


def data_version(connection: Connection) -> int | None:
    """A number that differs, within this connection, from one snapshot to another if there was a commit in between.
    PostgreSQL has none."""
    if connection.dialect.name != "sqlite":
        return None
    driver: Any = connection.connection.driver_connection
    found: int = driver.execute("PRAGMA data_version").fetchone()[0]
    return found


def connect_reading(file: str) -> Any:
    """A bare DB-API connection to an SQLite database that cannot write, for any thread."""
    connection = sqlite.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    return connection


def sqlite_engine(url: str, *, begin: str, query_only: bool = False) -> Engine:
    """An engine that begins its transactions itself: Python's sqlite3 begins late and leaks savepoints."""
    engine = create_engine(
        url,
        module=sqlite,
        pool_size=20,
        max_overflow=30,
        hide_parameters=True,  # an error's text goes to the log
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        pragmas = ["busy_timeout=5000", "foreign_keys=ON", "mmap_size=0", "trusted_schema=OFF"]
        # A reader that found no file must not make one, so only the writer may set the journal mode.
        pragmas += ["query_only=ON"] if query_only else ["journal_mode=WAL", "synchronous=FULL"]
        if not query_only:
            pragmas.append(f"busy_timeout={ASK_AGAIN_MS}")
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if query_only:  # waits for nobody
            connection.connection.driver_connection.execute(begin)  # type: ignore[union-attr]
            return
        end = monotonic() + LOCK_SECONDS
        while True:
            try:
                connection.exec_driver_sql(begin)
            except OperationalError as error:
                if monotonic() > end or getattr(error.orig, "sqlite_errorcode", None) != sqlite.SQLITE_BUSY:
                    raise
            else:
                return

    return engine
