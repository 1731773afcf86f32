"""Public reads from a streaming standby: a real one, of a real primary, that is paused, killed, frozen and promoted."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import anyio.from_thread
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app import serving
from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.db import Database, now
from app.main import create_app
from app.replicas.leave import Leave, leave_given
from app.replicas.positions import LOOK_SECONDS
from app.replicas.standbys import Replicas
from app.settings import load
from tests.cache.test_front import WRITE_FROM_ANOTHER_PROCESS
from tests.conftest import SECRET, Api, published
from tests.postgres import Cluster, Standby, system_binaries, wheel_binaries

SITE = "site"


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    binaries = system_binaries() or wheel_binaries()
    assert binaries
    # What is not flushed is not streamed; without fsync a flush costs nothing.
    with Cluster(binaries, synchronous_commit="on") as cluster:
        serving.prepare(load(database_url=cluster.create_database(SITE), secret_key=SECRET, _env_file=None))
        yield cluster


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Standby]:
    with Standby(primary) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def key(primary: Cluster) -> str:
    """An owner's."""
    with closing(Database(primary.url(SITE))) as database, database.writer.session() as session:
        owner = accounts.create_user(
            session, email="o@example.org", name="O", role="owner", password_hash=None, at=now()
        )
        _, text = accounts.create_key(
            session, owner, name="t", scopes=sorted(RIGHTS["owner"]), expires_at=None, at=now()
        )
    return text


class Reading:
    """A site that may read from standbys."""

    def __init__(self, portal: anyio.from_thread.BlockingPortal, app: FastAPI, key: str) -> None:
        self.api = Api(portal, app, {})
        self.staff = self.api.acting_as(key)
        self.replicas: Replicas = app.state.site.database.replicas

    @property
    def reads(self) -> int:
        return sum(replica.reads for replica in self.replicas.all)

    def state(self) -> str:
        found: str = self.api.get("/readyz").json()["replicas"][0]["state"]
        return found

    def wait_for(self, *states: str, seconds: float = 30) -> None:
        until(lambda: self.state() in states, seconds)

    def title(self, made: dict[str, Any]) -> str:
        answer = self.api.get(f"/v1/articles/{made['slug']}")
        assert answer.status_code == 200
        title: str = answer.json()["title"]
        return title

    def rename(self, made: dict[str, Any], title: str) -> None:
        path = f"/v1/admin/articles/{made['id']}"
        etag = self.staff.get(path).headers["ETag"]
        assert self.staff.patch(path, json={"title": title}, headers={"If-Match": etag}).status_code == 200

    def goes_to_the_replica(self, path: str) -> bool:
        before = self.reads
        assert self.api.get(path).status_code == 200
        return self.reads > before

    def wait_for_the_replica(self, path: str) -> None:
        """Until it is read for an answer at this path, which is a new one each time."""
        addresses = (f"{path}{'&' if '?' in path else '?'}limit={limit}" for limit in range(1, 101))
        until(lambda: self.goes_to_the_replica(next(addresses)), 5)


def until(found: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def opened(
    primary: Cluster, key: str, portal: anyio.from_thread.BlockingPortal, tmp_path: Path
) -> Iterator[Callable[..., Reading]]:
    """Makes a site: `opened(standby, cache_mb=0)`."""
    apps = []

    def make(*standbys: Cluster | str, database_url: str = primary.url(SITE), **settings: Any) -> Reading:
        chosen = load(
            data_dir=tmp_path,
            database_url=database_url,
            replica_urls=",".join(one if isinstance(one, str) else one.url(SITE) for one in standbys),
            secret_key=SECRET,
            worker="apart",
            _env_file=None,
            **settings,
        )
        apps.append(create_app(chosen))
        return Reading(portal, apps[-1], key)

    yield make
    for app in apps:
        app.state.close()


@contextmanager
def paused(standby: Cluster) -> Iterator[None]:
    """Changes arrive at the standby, and are not replayed."""
    with psycopg.connect(standby.url(SITE), autocommit=True) as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        until(lambda: connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",), 5)
        try:
            yield
        finally:
            connection.execute("SELECT pg_wal_replay_resume()")


def test_public_reads_go_to_the_replica_and_those_with_a_credential_do_not(
    opened: Callable[..., Reading], standby: Standby
) -> None:
    site = opened(standby, cache_mb=0)
    made = published(site.staff)
    site.wait_for_the_replica("/v1/articles")
    for path in (f"/v1/articles/{made['slug']}", "/v1/search?q=ferry", "/v1/sources", "/v1/changes", "/v1/site"):
        assert site.goes_to_the_replica(path)
    before = site.reads
    assert site.staff.get(f"/v1/articles/{made['slug']}").status_code == 200
    assert site.staff.get(f"/v1/admin/articles/{made['id']}").status_code == 200
    assert site.api.get("/v1/articles", headers={"Cookie": "a=b"}).status_code == 200
    assert site.reads == before


def mark(database: Database, number: int, wait: float) -> int | None:
    """Write the number, and read what a public reader of this process finds `wait` seconds later."""
    with database.writer.session() as session:
        session.execute(text("UPDATE marks SET number = :number"), {"number": number})
    time.sleep(wait)
    leave_given.set(Leave())
    with database.reader() as session:
        found: int | None = session.scalar(text("SELECT number FROM marks"))
    leave_given.set(None)
    return found


@pytest.fixture
def marked(opened: Callable[..., Reading], standby: Standby, primary: Cluster) -> Iterator[Reading]:
    """A site whose database has a table of one number for `mark`; the standby has it too."""
    with psycopg.connect(primary.url(SITE)) as connection:
        connection.execute("CREATE TABLE marks AS SELECT 0 AS number")
    site = opened(standby, cache_mb=0)
    site.wait_for_the_replica("/v1/articles")
    yield site
    with psycopg.connect(primary.url(SITE)) as connection:
        connection.execute("DROP TABLE marks")


def test_a_process_reads_each_of_its_own_writes_while_the_replica_stands_still(
    marked: Reading, standby: Standby
) -> None:
    database: Database = marked.api.app.state.site.database
    made = published(marked.staff)
    time.sleep(LOOK_SECONDS)  # until it has been told of that by NOTIFY too
    marked.wait_for_the_replica("/v1/articles")
    with paused(standby):
        assert marked.goes_to_the_replica("/v1/articles")
        before = marked.reads
        assert [number for number in range(1, 981) if mark(database, number, number // 970 / 50) != number] == []
        for number in range(20):
            marked.rename(made, f"Number {number}")
            assert marked.title(made) == f"Number {number}"
        assert marked.reads == before
    marked.wait_for_the_replica("/v1/articles")
    assert marked.goes_to_the_replica(f"/v1/articles/{made['slug']}")
    assert marked.title(made) == "Number 19"


def test_it_does_so_while_the_replica_follows_and_reads_from_it_in_between(marked: Reading) -> None:
    database: Database = marked.api.app.state.site.database
    before = marked.reads
    assert [number for number in range(1, 301) if mark(database, number, number % 16 / 1000) != number] == []
    assert marked.reads > before


@pytest.mark.parametrize("cache_mb", [0, 8])
def test_what_another_process_changes_is_seen_within_100_ms_while_the_replica_stands_still(
    opened: Callable[..., Reading], standby: Standby, primary: Cluster, cache_mb: int
) -> None:
    site = opened(standby, cache_mb=cache_mb)
    made = published(site.staff)
    site.wait_for_the_replica("/v1/articles")
    assert site.title(made) == "Ferry fares rise"
    with paused(standby):
        before = site.reads
        command = [sys.executable, "-c", WRITE_FROM_ANOTHER_PROCESS, primary.url(SITE), made["id"], "Changed elsewhere"]
        subprocess.run(command, check=True, env={"ONRECORD_SECRET_KEY": SECRET})
        time.sleep(0.1)
        for _ in range(3):
            assert site.title(made) == "Changed elsewhere"
        assert site.reads == before
    assert site.title(made) == "Changed elsewhere"


def test_a_refusal_is_never_given_on_a_replicas_word(
    opened: Callable[..., Reading], standby: Standby, primary: Cluster
) -> None:
    """This process has not been told of the article's slug, and its replica does not have it."""
    site = opened(standby, cache_mb=0)
    made = published(site.staff, title="Two slugs")
    site.wait_for_the_replica("/v1/articles")
    with paused(standby), psycopg.connect(primary.url(SITE), autocommit=True) as connection:
        connection.execute("UPDATE article_slugs SET slug = 'of-another-process' WHERE article_id = %s", [made["id"]])
        before = site.reads
        answer = site.api.get("/v1/articles/of-another-process")
        assert site.reads > before
        assert answer.status_code in (200, 308)
        assert site.api.get("/v1/articles/nobodys").status_code == 404


def test_a_replica_that_is_too_far_behind_is_not_read_and_health_and_metrics_say_so(
    opened: Callable[..., Reading], standby: Standby, primary: Cluster
) -> None:
    site = opened(standby, cache_mb=0, replica_max_lag=1)
    site.wait_for_the_replica("/v1/articles")
    with paused(standby):
        with psycopg.connect(primary.url(SITE)) as connection:
            connection.execute("CREATE TABLE untold ()")
        time.sleep(2 * LOOK_SECONDS)
        assert site.goes_to_the_replica("/v1/articles")
        site.wait_for("behind")
        assert not site.goes_to_the_replica("/v1/articles")
        told = site.api.get("/readyz").json()
        assert told["database"] == "ok"
        assert told["replicas"][0]["lag_seconds"] > 1
        assert told["replicas"][0]["reads"] == site.reads
        lines = site.api.get("/metrics").text.splitlines()
        numbers = dict(line.rsplit(" ", 1) for line in lines if line.startswith("onrecord_replica"))
        assert float(numbers['onrecord_replica_lag_seconds{replica="1"}']) > 1
        assert float(numbers['onrecord_replica_ready{replica="1"}']) == 0
        assert float(numbers['onrecord_replica_reads_total{replica="1"}']) == site.reads
        assert float(numbers["onrecord_replica_passed_over_total"]) > 0
    site.wait_for("ready")
    assert site.goes_to_the_replica("/v1/articles")
    with psycopg.connect(primary.url(SITE)) as connection:
        connection.execute("DROP TABLE untold")


def test_while_the_replica_is_dead_readers_notice_nothing_and_later_it_is_read_again(
    opened: Callable[..., Reading], standby: Standby
) -> None:
    site = opened(standby, cache_mb=0)
    site.wait_for_the_replica("/v1/articles")
    standby.kill()
    try:
        for _ in range(20):
            assert site.api.get("/v1/articles").status_code == 200
        site.wait_for("unreachable")
        assert not site.goes_to_the_replica("/v1/articles")
    finally:
        standby.start()
    site.wait_for("ready")
    assert site.goes_to_the_replica("/v1/articles")


def test_while_the_primary_is_away_readers_get_their_answers_from_the_replica(
    opened: Callable[..., Reading], standby: Standby, primary: Cluster
) -> None:
    site = opened(standby)
    made = published(site.staff)
    time.sleep(LOOK_SECONDS)
    site.wait_for_the_replica("/v1/articles")
    primary.kill()
    try:
        for _ in range(3):
            assert site.goes_to_the_replica(f"/v1/articles/{made['slug']}")
        assert site.staff.get("/v1/admin/articles").status_code == 503
    finally:
        primary.start()
    until(lambda: site.api.get("/readyz").status_code == 200, 5)
    site.rename(made, "After all")
    assert site.title(made) == "After all"
    site.wait_for("ready")


@contextmanager
def frozen(cluster: Cluster) -> Iterator[None]:
    """None of its processes does anything, nor ends. A shell thaws them, also when the tests are killed."""
    first = str(cluster.process)
    everyone = [first, *Path(f"/proc/{first}/task/{first}/children").read_text().split()]
    script = 'kill -STOP "$@"; echo; read -r _; kill -CONT "$@"'
    command = ["/bin/sh", "-c", script, "sh", *everyone]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as shell:
        assert shell.stdin
        assert shell.stdout
        shell.stdout.readline()
        try:
            yield
        finally:
            shell.stdin.close()


def test_who_waits_for_a_replica_that_has_frozen_gets_his_answer_from_the_primary(
    opened: Callable[..., Reading], standby: Standby
) -> None:
    site = opened(standby, cache_mb=0)
    site.wait_for_the_replica("/v1/articles")
    with frozen(standby):
        began, before = time.monotonic(), site.reads
        assert site.api.get("/v1/articles").status_code == 200
        assert site.reads > before
        assert time.monotonic() - began < 4
        assert site.state() == "unreachable"
        assert not site.goes_to_the_replica("/v1/articles")
    site.wait_for("ready")


def test_a_promoted_server_is_not_read(opened: Callable[..., Reading], primary: Cluster) -> None:
    with Standby(primary) as second:
        site = opened(second, cache_mb=0)
        published(site.staff)
        site.wait_for_the_replica("/v1/articles")
        with psycopg.connect(second.url(SITE), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")
            connection.execute("DELETE FROM feed_rows")
        site.wait_for("promoted")
        assert not site.goes_to_the_replica("/v1/articles")
        assert site.api.get("/v1/articles").json()["items"]


def test_after_the_promotion_changes_and_reads_go_to_the_new_primary(
    opened: Callable[..., Reading], primary: Cluster
) -> None:
    with Standby(primary) as second:
        either = f"postgresql://postgres@/{SITE}?host={primary.base},{second.base}&target_session_attrs=read-write"
        site = opened(primary, second, database_url=either, cache_mb=0)
        made = published(site.staff)
        site.wait_for_the_replica("/v1/articles")
        primary.kill()
        try:
            with psycopg.connect(second.url(SITE), autocommit=True) as connection:
                connection.execute("SELECT pg_promote()")
            path = f"/v1/admin/articles/{made['id']}"
            until(lambda: site.staff.get(path).status_code == 200, 10)
            site.rename(made, "Written to the new primary")
            assert site.title(made) == "Written to the new primary"
            states = [replica["state"] for replica in site.api.get("/readyz").json()["replicas"]]
            assert states == ["unreachable", "promoted"]
        finally:
            primary.start()


def test_another_database_is_not_read(opened: Callable[..., Reading], primary: Cluster, standby: Standby) -> None:
    primary.create_database("foreign")
    site = opened(standby.url("foreign"), cache_mb=0)
    site.wait_for("foreign")
    assert not site.goes_to_the_replica("/v1/articles")
