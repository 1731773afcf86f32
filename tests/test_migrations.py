"""The schema's way up and down, on both engines, with rows in it and with somebody pulling the plug."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, inspect, text

from app import migrating
from app.db import Database
from app.migrating import WrongSchema, check_schema, config, upgrade
from app.serving import introduce
from app.settings import load
from tests.conftest import SECRET, Api, published
from tests.postgres import Cluster

ROOT = Path(__file__).parent.parent
REBUILD = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = {head!r}

def upgrade():
    with op.batch_alter_table("articles", recreate="auto") as batch:
        batch.add_column(sa.Column("wire", sa.Text(), nullable=False, server_default=""))
        batch.create_check_constraint("wire", "wire <> 'x'")
    op.execute("UPDATE articles SET wire = slug")

def downgrade():
    with op.batch_alter_table("articles") as batch:
        batch.drop_constraint(op.f("ck_articles_wire"), type_="check")
        batch.drop_column("wire")
"""
ORPHANS = """
from alembic import op

revision = "9001"
down_revision = {head!r}

def upgrade():
    op.execute("DELETE FROM articles")
"""
NOTES_TIMEOUTS = """
from alembic import op

revision = "9001"
down_revision = {head!r}

def upgrade():
    op.execute("CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS lock_timeout, "
               "current_setting('statement_timeout') AS statement_timeout")
"""


def head() -> str:
    found = ScriptDirectory.from_config(config()).get_current_head()
    assert found
    return found


def with_another(url: str, folder: Path, source: str) -> Config:
    """Alembic's configuration for the database, with one more migration after the project's own."""
    versions = folder / "versions"
    shutil.copytree(ROOT / "migrations" / "versions", versions, ignore=shutil.ignore_patterns("__pycache__"))
    (versions / "9001_next.py").write_text(source.format(head=head()))
    made = config(url)
    made.set_main_option("version_locations", str(versions))
    return made


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    database = Database(url)
    try:
        yield database.engine
    finally:
        database.close()


def schema(url: str) -> dict[str, Any]:
    """Every table with its columns and indexes."""
    with connected(url) as engine:
        found = inspect(engine)
        return {
            table: (
                sorted((column["name"], str(column["type"])) for column in found.get_columns(table)),
                sorted(str(index["name"]) for index in found.get_indexes(table)),
            )
            for table in found.get_table_names()
        }


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in a fixed order."""
    with connected(url) as engine, engine.connect() as connection:
        return {
            table: sorted(
                (dict(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()),  # noqa: S608
                key=repr,
            )
            for table in inspect(engine).get_table_names()
            if table != "alembic_version" and not table.startswith("search_index")
        }


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each engine with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"empty_{abs(hash(tmp_path))}"
    yield cluster.create_database(name)
    cluster.drop_database(name)


BOTH = pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)


def filled(staff: Api, api: Api) -> None:
    """Rows in the tables that matter: articles, revisions, quotes, sources, comments, keys, events, audit."""
    article = published(staff, authors=["Ida Holm"], tags=["Ferries"])
    api.post(f"/v1/articles/{article['slug']}/comments", json={"author_name": "Ada", "body": "Too much."})


def test_the_migrations_make_exactly_the_tables_of_the_models(database_url: str) -> None:
    command.check(config(database_url))


@BOTH
def test_every_migration_can_be_undone_and_done_again(empty_url: str) -> None:
    upgrade(empty_url)
    first = schema(empty_url)
    command.downgrade(config(empty_url), "base")
    assert set(schema(empty_url)) <= {"alembic_version"}
    upgrade(empty_url)
    assert schema(empty_url) == first


def test_rows_stay_where_the_schema_keeps_their_table(staff: Api, api: Api, database_url: str, tmp_path: Path) -> None:
    filled(staff, api)
    before = rows(database_url)
    assert all(before[table] for table in ("articles", "revisions", "article_slugs", "comments", "events", "bylines"))
    another = with_another(database_url, tmp_path, REBUILD)
    command.upgrade(another, "head")
    raised = rows(database_url)
    assert [row.pop("wire") for row in raised["articles"]] == ["ferry-fares-rise"]
    assert raised == before
    command.downgrade(another, head())
    assert rows(database_url) == before
    command.upgrade(another, "head")
    assert len(rows(database_url)["comments"]) == len(before["comments"])


class PulledPlug(Exception):
    """What stops a migration."""


@contextmanager
def stopped_at(statement: int) -> Iterator[None]:
    """Raise in place of the numbered statement of every engine."""
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        if seen == statement:
            raise PulledPlug
        seen += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", count)


@BOTH
def test_a_migration_that_stops_at_any_statement_leaves_the_database_as_it_was(
    empty_url: str,
) -> None:
    step = 5 if empty_url.startswith("sqlite") else 9
    whole = [schema(empty_url)]
    for script in reversed(list(ScriptDirectory.from_config(config()).walk_revisions())):
        command.upgrade(config(empty_url), script.revision)
        whole.append(schema(empty_url))
    command.downgrade(config(empty_url), "base")
    whole.append(schema(empty_url))
    stops = 0
    while True:
        try:
            with stopped_at(stops * step):
                upgrade(empty_url)
            break
        except PulledPlug:
            stops += 1
            assert schema(empty_url) in whole, "what was whole stays, what was half done is undone"
    assert stops * step > 60
    with connected(empty_url) as engine:
        check_schema(engine)


def test_a_stopped_rebuild_of_a_table_leaves_its_rows_and_their_children(
    staff: Api, api: Api, database_url: str, tmp_path: Path
) -> None:
    filled(staff, api)
    before, shape = rows(database_url), schema(database_url)
    another = with_another(database_url, tmp_path, REBUILD)
    stops = 0
    while True:
        try:
            with stopped_at(stops):
                command.upgrade(another, "head")
            break
        except PulledPlug:
            stops += 1
            assert schema(database_url) == shape
            assert rows(database_url) == before
    assert stops > 3
    assert [row["wire"] for row in rows(database_url)["articles"]] == ["ferry-fares-rise"]


KILLED = """
import os, signal, sys
sys.path.insert(0, {root!r})
from sqlalchemy import Engine, event
from app.migrating import upgrade
seen = []
def count(*_):
    seen.append(1)
    if len(seen) == {statement}:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "after_cursor_execute", count)
upgrade({url!r})
"""


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_a_killed_migration_leaves_the_database_as_it_was_and_the_next_one_succeeds(empty_url: str) -> None:
    for statement in (3, 30, 60):
        program = KILLED.format(root=str(ROOT), url=empty_url, statement=statement)
        finished = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True)
        assert finished.returncode == -signal.SIGKILL, finished.stderr
        assert schema(empty_url) == {}
    upgrade(empty_url)
    with connected(empty_url) as engine:
        check_schema(engine)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_migration_that_leaves_rows_without_their_parents_is_undone(
    staff: Api, api: Api, database_url: str, tmp_path: Path
) -> None:
    filled(staff, api)
    before = rows(database_url)
    with pytest.raises(RuntimeError, match=r"breaks [0-9]+ foreign keys, first in table"):
        command.upgrade(with_another(database_url, tmp_path, ORPHANS), "head")
    assert rows(database_url) == before
    with connected(database_url) as engine:
        check_schema(engine)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_a_migration_gives_up_waiting_for_a_lock(database_url: str, tmp_path: Path) -> None:
    command.upgrade(with_another(database_url, tmp_path, NOTES_TIMEOUTS), "head")
    assert rows(database_url)["seen"] == [{"lock_timeout": "5s", "statement_timeout": "15min"}]


@BOTH
def test_whoever_migrates_while_another_does_waits_and_finds_it_done(empty_url: str, tmp_path: Path) -> None:
    is_in_the_middle, may_go_on = threading.Event(), threading.Event()
    seen = 0

    def pause(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == 40:
            is_in_the_middle.set()
            assert may_go_on.wait(30)

    event.listen(Engine, "before_cursor_execute", pause)
    try:
        first = threading.Thread(target=upgrade, args=[empty_url])
        first.start()
        assert is_in_the_middle.wait(30)
        env = os.environ | {"ONRECORD_DATABASE_URL": empty_url, "ONRECORD_DATA_DIR": str(tmp_path)}
        command_line = [str(Path(sys.executable).with_name("onrecord")), "migrate"]
        second = subprocess.Popen(command_line, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(3)
        may_go_on.set()
        first.join()
        assert second.communicate()[1] == ""
        assert second.returncode == 0
    finally:
        event.remove(Engine, "before_cursor_execute", pause)


@BOTH
def test_several_who_start_at_once_introduce_the_site_once(empty_url: str, tmp_path: Path) -> None:
    upgrade(empty_url)
    chosen = load(data_dir=tmp_path, database_url=empty_url, secret_key=SECRET, site_name="The Post", _env_file=None)
    databases = [Database(empty_url) for _ in range(8)]
    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(partial(introduce, chosen), databases))
    for database in databases:
        database.close()
    assert [row["name"] for row in rows(empty_url)["sources"]] == ["The Post"]


def test_the_revisions_are_those_that_alembic_finds() -> None:
    scripts = ScriptDirectory.from_config(config())
    known = frozenset(script.revision for script in scripts.walk_revisions())
    assert migrating.revisions(migrating.VERSIONS) == (scripts.get_current_head(), known)


@BOTH
def test_an_empty_database_is_refused_with_what_mends_it(empty_url: str) -> None:
    with connected(empty_url) as engine, pytest.raises(WrongSchema, match=r"run: onrecord migrate$"):
        check_schema(engine)


def test_a_database_one_migration_behind_is_older_than_the_release(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_another(database_url, tmp_path, REBUILD)
    monkeypatch.setattr(migrating, "VERSIONS", tmp_path / "versions")
    with connected(database_url) as engine, pytest.raises(WrongSchema, match=r"older schema.*run: onrecord migrate$"):
        check_schema(engine)


def test_a_database_of_a_later_release_is_refused_with_what_mends_it(database_url: str, tmp_path: Path) -> None:
    command.upgrade(with_another(database_url, tmp_path, REBUILD), "head")
    with connected(database_url) as engine, pytest.raises(WrongSchema, match=r"schema 9001, which is newer.*git pull"):
        check_schema(engine)
