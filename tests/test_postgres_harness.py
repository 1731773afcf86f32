import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from tests.postgres import OLDEST, OPTIONS, Cluster, Reused, system_binaries, wheel_binaries

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module", params=[system_binaries, wheel_binaries], ids=["system", "wheel"])
def binaries(request: pytest.FixtureRequest) -> Path:
    found: Path | None = request.param()
    if found is None:
        pytest.skip(f"{request.node.name}: these binaries are not installed here")
    return found


@pytest.fixture(scope="module")
def cluster(binaries: Path) -> Iterator[Cluster]:
    with Cluster(binaries) as running:
        yield running


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def server_process(cluster: Cluster) -> int:
    return int((cluster.base / "data" / "postmaster.pid").read_text().split()[0])


def test_sqlalchemy_and_libpq_connect_with_the_same_url(cluster: Cluster) -> None:
    url = cluster.create_database("both")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE word (text text)")
        connection.execute("INSERT INTO word VALUES ('“naïve”')")
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as session:
        assert session.scalar(sqlalchemy.text("SELECT text FROM word")) == "“naïve”"
        assert int(str(session.scalar(sqlalchemy.text("SHOW server_version_num")))) >= OLDEST * 10_000
    engine.dispose()


def test_a_copy_has_what_its_template_has_and_goes_its_own_way(cluster: Cluster) -> None:
    with psycopg.connect(cluster.create_database("template")) as connection:
        connection.execute("CREATE TABLE word (text text)")
    with psycopg.connect(cluster.create_database("copy", template="template")) as connection:
        connection.execute("INSERT INTO word VALUES ('only here')")
    with psycopg.connect(cluster.url("template")) as connection:
        assert connection.execute("SELECT count(*) FROM word").fetchone() == (0,)


def test_a_dropped_database_is_gone_even_while_somebody_is_connected(cluster: Cluster) -> None:
    url = cluster.create_database("left_open")
    with psycopg.connect(url):
        cluster.drop_database("left_open")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_a_database_that_is_used_again_is_as_its_template(cluster: Cluster) -> None:
    with psycopg.connect(cluster.create_database("used")) as connection:
        connection.execute("CREATE TABLE word (number int GENERATED ALWAYS AS IDENTITY, text text)")
        connection.execute("INSERT INTO word (text) VALUES ('first')")
    reused = Reused(cluster, "again", "used")
    for change in (
        "INSERT INTO word (text) VALUES ('second')",
        "UPDATE word SET text = 'other'",
        "INSERT INTO word (text) SELECT repeat('x', 1000) FROM generate_series(1, 5000)",
        "ALTER TABLE word ADD COLUMN more int DEFAULT 1",
        "ANALYZE word",
        "DROP TABLE word",
    ):
        with psycopg.connect(reused.url, autocommit=True) as left_open:
            left_open.execute(change)
            reused.reset()
        with psycopg.connect(reused.url) as connection:
            assert connection.execute("SELECT * FROM word").fetchall() == [(1, "first")], change
            assert connection.execute("SELECT nextval('word_number_seq')").fetchone() == (2,), change
            assert connection.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'word'").fetchone() == (0,)


def test_the_extensions_that_search_may_use_are_there(cluster: Cluster) -> None:
    with psycopg.connect(cluster.create_database("extensions")) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION unaccent")


def test_nothing_is_left_after_the_block(binaries: Path) -> None:
    with Cluster(binaries) as cluster:
        process = server_process(cluster)
        assert is_running(process)
    assert not is_running(process)
    assert not cluster.base.exists()


def test_nothing_is_left_when_the_tests_are_killed(binaries: Path) -> None:
    script = (
        "import pathlib, sys, time; from tests.postgres import Cluster\n"
        "with Cluster(pathlib.Path(sys.argv[1])) as cluster:\n"
        "    print(cluster.base, flush=True); time.sleep(60)"
    )
    tests = subprocess.Popen([sys.executable, "-c", script, str(binaries)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert tests.stdout
    base = Path(tests.stdout.readline().strip())
    process = int((base / "data" / "postmaster.pid").read_text().split()[0])
    assert is_running(process)

    tests.send_signal(signal.SIGKILL)
    tests.communicate()
    deadline = time.monotonic() + 20
    while base.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not base.exists()
    assert not is_running(process)


def test_a_cluster_that_cannot_start_says_why_and_leaves_nothing(
    binaries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OPTIONS, "fsync", "perhaps")
    cluster = Cluster(binaries)
    with pytest.raises(RuntimeError, match='parameter "fsync" requires a Boolean value'):
        cluster.__enter__()
    assert not cluster.base.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change to another user")
def test_a_wheel_that_lies_where_only_root_may_look_is_used_all_the_same(tmp_path: Path) -> None:
    binaries = wheel_binaries()
    if binaries is None:
        pytest.skip("the wheel is not installed here")
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    package = binaries.parents[1]
    for folder in (package, package.with_suffix(".libs")):
        shutil.copytree(folder, hidden / folder.name, symlinks=True)
    with Cluster(hidden / package.name / "pginstall" / "bin") as cluster:
        assert Path(f"/proc/{server_process(cluster)}/exe").readlink().is_relative_to(cluster.base)
    assert not cluster.base.exists()
