"""A backup is whole, private and never in the way of what is there; from one a database is made."""

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.articles.models import Article
from app.db import Database, now
from app.events.actions import COMMAND_LINE
from app.ingest.exporting import export
from app.ingest.importing import import_text
from app.migrating import check_schema
from app.operations.backups import back_up, bring_back
from app.settings import Settings
from app.terminal import Failed

TEXT = "Fares Rise {}\nMarch 2, 2026\n“Nobody asked us,” said Bo Lind, a commuter.\n"

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def record_of(database: Database) -> list[bytes]:
    with database.reader() as session:
        return list(export(session))


@one_engine
def test_a_backup_is_one_moment_of_a_database_that_goes_on(settings: Settings, tmp_path: Path) -> None:
    database, stop = Database(settings.database), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with database.writer.session() as session:
                import_text(session, TEXT.format(number).encode(), by=COMMAND_LINE, at=now(), public=True)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        copies = [tmp_path / f"copy-{number}.db" for number in range(3)]
        for copy in copies:
            back_up(settings.database, copy)
    finally:
        stop.set()
        writer.join()
    before = record_of(database)
    database.close()
    for number, copy in enumerate(copies):
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        bring_back(copy, url := f"sqlite:///{tmp_path / str(number) / 'new' / 'onrecord.db'}")
        back = Database(url)
        check_schema(back.engine)
        found = record_of(back)
        assert set(found) <= set(before)
        with back.reader() as session:
            assert session.scalar(select(func.count()).select_from(Article)) == sum(b'"article"' in x for x in found)
        back.close()
    assert not list(tmp_path.rglob("*.part"))


@one_engine
def test_what_is_there_stays(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine"
    file.write_text("mine")
    with pytest.raises(FileExistsError):
        back_up(settings.database, file)
    assert file.read_text() == "mine"
    back_up(settings.database, copy := tmp_path / "copy.db")
    with pytest.raises(Failed, match="There is a database already"):
        bring_back(copy, settings.database)
    (tmp_path / "new.db-wal").touch()
    with pytest.raises(Failed, match=r"move it away first: .*new\.db-wal"):
        bring_back(copy, f"sqlite:///{tmp_path / 'new.db'}")


@one_engine
def test_what_is_no_whole_backup_is_refused_and_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    back_up(settings.database, copy := tmp_path / "copy.db")
    content = copy.read_bytes()
    middle = len(content) // 2
    for broken in (b"", b"words", content[:middle], content[:9000] + bytes(20_000) + content[29_000:]):
        (bad := tmp_path / "bad.db").write_bytes(broken)
        with pytest.raises(Failed):
            bring_back(bad, f"sqlite:///{tmp_path / 'there' / 'onrecord.db'}")
        assert not (tmp_path / "there").exists()
    with pytest.raises(Failed, match="There is no such file"):
        bring_back(tmp_path / "none", f"sqlite:///{tmp_path / 'there' / 'onrecord.db'}")
    with pytest.raises(Failed, match="There is no database yet"):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_postgresql_has_its_own(tmp_path: Path) -> None:
    for work in (lambda url: back_up(url, tmp_path / "x"), lambda url: bring_back(tmp_path / "x", url)):
        with pytest.raises(Failed, match="pg_dump"):
            work("postgresql://onrecord@localhost/onrecord")
