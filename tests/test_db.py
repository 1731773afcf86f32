"""The database's promises: what was acknowledged is kept, what failed left nothing, and nobody waits for ever."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from app import db, writers
from app.db import Database, UtcDateTime, WrongDatabase, check_sqlite_version, new_id, now, sqlite_engine
from app.errors import Unavailable
from app.models import Event
from app.writers import GroupWriter
from tests.conftest import Api

ROOT = Path(__file__).parent.parent
NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL)"


def opened(url: str) -> Database:
    """The database at `url` with an empty table `notes`."""
    database = Database(url)
    with database.writer.session() as session:
        session.execute(text(NOTES))
    return database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database of each engine."""
    made = opened(database_url)
    yield made
    made.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    made = opened(f"sqlite:///{tmp_path / 'notes.db'}")
    yield made
    made.close()


@pytest.fixture
def writer(sqlite: Database) -> GroupWriter:
    assert isinstance(sqlite.writer, GroupWriter)
    return sqlite.writer


def add(session: Session, number: int, body: str = "words") -> None:
    session.execute(text("INSERT INTO notes (id, body) VALUES (:id, :body)"), {"id": number, "body": body})


def kept(database: Database) -> list[int]:
    with database.reader() as session:
        return list(session.scalars(text("SELECT id FROM notes ORDER BY id")))


def until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads do, not for a time that a slow machine might need."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen within a minute"
        time.sleep(0.001)


class Line:
    """Changes that stand in line behind one that is held open, so that they share its transaction."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer
        self._held, self._go = threading.Event(), threading.Event()
        self.outcomes: dict[str, BaseException | None] = {}
        self.order: list[str] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> "Line":
        return self

    def first(self, change: Callable[[Session], Any]) -> None:
        def hold(session: Session) -> None:
            change(session)
            self._held.set()
            assert self._go.wait(10)

        self._start("first", hold)
        assert self._held.wait(10)

    def then(self, name: str, change: Callable[[Session], Any]) -> None:
        waiting = len(self._writer._waiting)
        self._start(name, change)
        until(lambda: len(self._writer._waiting) == waiting + 1)

    def __exit__(self, *_: object) -> None:
        self._go.set()
        for thread in self._threads:
            thread.join(10)
        assert not any(thread.is_alive() for thread in self._threads), "a change never ended"

    def _start(self, name: str, change: Callable[[Session], Any]) -> None:
        def run() -> None:
            try:
                with self._writer.session() as session:
                    self.order.append(name)
                    change(session)
                self.outcomes[name] = None
            except BaseException as error:
                self.outcomes[name] = error

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()


def test_of_32_threads_of_which_every_fifth_change_fails_nothing_leaks_and_nothing_is_lost(database: Database) -> None:
    acknowledged, failed = [], []

    def change(number: int) -> None:
        try:
            with database.writer.session() as session:
                add(session, number)
                if number % 5 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            failed.append(number)
        else:
            acknowledged.append(number)

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(change, range(640)))
    assert len(failed) == 128
    assert kept(database) == sorted(acknowledged)


def test_changes_come_in_the_order_in_which_they_were_asked_for(writer: GroupWriter) -> None:
    names = [f"number {number}" for number in range(20)]
    with Line(writer) as line:
        line.first(lambda session: add(session, 0))
        for name in names:
            line.then(name, lambda _: None)
    assert line.order == ["first", *names]


def test_those_who_stand_in_line_share_one_commit(sqlite: Database, writer: GroupWriter) -> None:
    commits: list[str] = []
    with writer.session() as session:
        driver: Any = session.connection().connection.driver_connection
    driver.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
    with Line(writer) as line:
        line.first(lambda session: add(session, 0))
        for number in range(1, 10):
            line.then(str(number), partial(add, number=number))
    driver.set_trace_callback(None)
    assert len(commits) == 1
    assert kept(sqlite) == list(range(10))


def break_a_deferred_key(session: Session) -> None:
    """Make something that only the commit refuses."""
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    session.execute(text("INSERT INTO children (parent) VALUES (99)"))


def test_a_commit_that_fails_fails_its_whole_group_and_the_next_group_is_kept(
    sqlite: Database, writer: GroupWriter
) -> None:
    with writer.session() as session:
        session.execute(text("CREATE TABLE children (parent INTEGER REFERENCES notes (id))"))
    with Line(writer) as line:
        line.first(lambda session: add(session, 1))
        line.then("broken", break_a_deferred_key)
        line.then("last", lambda session: add(session, 3))
    assert [type(error) for error in line.outcomes.values()] == [Unavailable] * 3
    assert kept(sqlite) == []
    with writer.session() as session:
        add(session, 4)
    assert kept(sqlite) == [4]


def fill_the_disk(session: Session) -> None:
    """Make SQLite undo the whole transaction, as it does where the disk is full."""
    pages = session.scalar(text("PRAGMA page_count"))
    session.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
    session.execute(text("INSERT INTO notes (body) VALUES (zeroblob(100000))"))


def test_nobody_is_told_that_a_change_is_kept_which_a_full_disk_has_undone(
    sqlite: Database, writer: GroupWriter
) -> None:
    with Line(writer) as line:
        line.first(lambda session: add(session, 1))
        line.then("too large", fill_the_disk)
        line.then("last", lambda session: add(session, 3))
    assert isinstance(line.outcomes["first"], Unavailable)
    assert isinstance(line.outcomes["too large"], Unavailable)
    assert line.outcomes["last"] is None
    assert kept(sqlite) == [3]


def test_a_change_under_way_is_kept_when_the_database_is_closed(sqlite: Database, writer: GroupWriter) -> None:
    with Line(writer) as line:
        line.first(lambda session: add(session, 1))
        closing = threading.Thread(target=writer.close, daemon=True)
        closing.start()
        until(lambda: len(writer._waiting) == 1)
    closing.join(10)
    assert line.outcomes == {"first": None}
    assert kept(sqlite) == [1]


def test_whoever_waits_too_long_gives_up_and_strands_nobody(
    sqlite: Database, writer: GroupWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "QUEUE_SECONDS", 0.2)
    with Line(writer) as line:
        line.first(lambda session: add(session, 1))
        line.then("impatient", lambda session: add(session, 2))
        until(lambda: "impatient" in line.outcomes)
        line.then("last", lambda session: add(session, 3))
    assert isinstance(line.outcomes["impatient"], Unavailable)
    assert [line.outcomes["first"], line.outcomes["last"]] == [None, None]
    assert kept(sqlite) == [1, 3]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lock_of_another_program_is_answered_503_and_the_line_moves_on_after_it(api: Api, writing: Any) -> None:
    with writing() as session:
        session.execute(text("PRAGMA busy_timeout = 100"))  # of the one writing connection; else it is 5 seconds
        file = session.scalar(text("SELECT file FROM pragma_database_list"))
    form = {"grant_type": "refresh_token", "refresh_token": "unknown"}
    other = sqlite_engine(f"sqlite:///{file}", begin="BEGIN IMMEDIATE")
    with other.begin(), ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.post("/v1/auth/token", data=form), range(4)))
    for answer in answers:
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/unavailable"
        assert answer.headers["Retry-After"] == "1"
    other.dispose()
    assert api.post("/v1/auth/token", data=form).status_code == 400


def test_a_part_of_a_change_can_fail_alone(database: Database) -> None:
    def fail(session: Session) -> None:
        with session.begin_nested():
            add(session, 2)
            add(session, 1)

    with database.writer.session() as session:
        add(session, 1)
        with pytest.raises(IntegrityError):
            fail(session)
        add(session, 3)
    assert kept(database) == [1, 3]


KILLED = """
import sys, threading
sys.path.insert(0, {root!r})
from sqlalchemy import text
from app.db import Database
database = Database({url!r})
said = threading.Lock()
def write(first):
    for number in range(first, 10**9, 8):
        with database.writer.session() as session:
            session.execute(text("INSERT INTO notes (id, body) VALUES (:id, 'words')"), {{"id": number}})
        with said:
            print(number, flush=True)
for first in range(8):
    threading.Thread(target=write, args=({start} + first,)).start()
"""


def test_every_acknowledged_change_is_there_after_kill_9(sqlite: Database) -> None:
    chance = random.Random(9)  # noqa: S311 (no secret)
    url = sqlite.engine.url.render_as_string()
    acknowledged: list[int] = []
    for kill in range(10):
        program = KILLED.format(root=str(ROOT), url=url, start=kill * 10**6)
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        assert process.stdout
        said = [process.stdout.readline()]
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        said += process.stdout.readlines()
        process.stdout.close()
        process.wait()
        acknowledged += [int(line) for line in said if line.endswith("\n")]
    assert len(acknowledged) > 100
    assert set(acknowledged) <= set(kept(sqlite))
    with sqlite.reader() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize("statement", ["INSERT INTO notes VALUES (1, 'x')", "DELETE FROM notes", "DROP TABLE notes"])
def test_a_reader_cannot_write(database: Database, statement: str) -> None:
    with database.reader() as session, pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        session.execute(text(statement))


def test_a_reader_sees_one_moment_however_long_it_looks(database: Database) -> None:
    with database.reader() as session:
        assert session.scalar(text("SELECT count(*) FROM notes")) == 0
        with database.writer.session() as writing:
            add(writing, 1)
        assert session.scalar(text("SELECT count(*) FROM notes")) == 0
    assert kept(database) == [1]


def test_sqlite_syncs_each_commit_keeps_its_log_and_checks_foreign_keys(sqlite: Database) -> None:
    with sqlite.writer.session() as session:
        found = [session.scalar(text(f"PRAGMA {name}")) for name in ("synchronous", "journal_mode", "foreign_keys")]
    assert found == [2, "wal", 1]  # 2 is FULL


def test_an_sqlite_that_can_corrupt_its_log_is_refused_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert db.SQLITE_FLOOR == (3, 51, 3)
    monkeypatch.setattr("app.db.sqlite.sqlite_version_info", (3, 51, 2))
    with pytest.raises(WrongDatabase, match=r"^SQLite .* can corrupt a database in WAL mode; 3\.51\.3 or newer"):
        check_sqlite_version()
    monkeypatch.setattr("app.db.sqlite.sqlite_version_info", (3, 51, 3))
    check_sqlite_version()


def event(made_at: datetime) -> Event:
    return Event(id=new_id(), kind="test", subject_id=new_id(), is_public=False, body={}, made_at=made_at)


def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database) -> None:
    given = datetime(2026, 3, 2, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    row = event(given)
    with database.writer.session() as session:
        session.add(row)
    with database.reader() as session:
        read = session.get_one(Event, row.number)
    assert read.made_at == given
    assert read.made_at.tzinfo is UTC
    assert (read.made_at.day, read.made_at.hour) == (1, 20)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"), database.writer.session() as session:
        session.add(event(datetime(2026, 3, 2)))  # noqa: DTZ001, RUF100
    with pytest.raises(ValueError, match="naive"):
        UtcDateTime().process_bind_param(datetime(2026, 3, 2), database.engine.dialect)  # noqa: DTZ001, RUF100


def test_ids_are_in_the_order_in_which_they_were_made_on_both_engines(database: Database) -> None:
    ids = [new_id() for _ in range(10_000)]
    assert {made.version for made in ids} == {7}
    assert ids == sorted(set(ids))
    rows = [event(now()) for _ in range(200)]
    random.Random(7).shuffle(rows)  # noqa: S311 (no secret)
    with database.writer.session() as session:
        session.add_all(rows)
    with database.reader() as session:
        assert [row.id for row in session.query(Event).order_by(Event.id)] == sorted(row.id for row in rows)


def test_an_error_that_goes_to_the_log_does_not_hold_what_was_written(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught, database.writer.session() as session:
        session.execute(text("INSERT INTO nowhere (body) VALUES (:body)"), {"body": "a reader's secret"})
    assert "secret" not in str(caught.value)


def test_the_writing_connection_survives_a_change_that_fails(sqlite: Database, writer: GroupWriter) -> None:
    seen: list[Connection | None] = []
    for number in (1, 1, 2):
        try:
            with writer.session() as session:
                add(session, number)
        except IntegrityError:
            pass
        seen.append(writer._connection)
    assert seen[0] is not None
    assert len(set(map(id, seen))) == 1
    assert kept(sqlite) == [1, 2]
