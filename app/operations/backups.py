"""A copy of an SQLite database while others write to it, and a database from such a copy."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from app.db import sqlite  # type: ignore[attr-defined]
from app.terminal import Failed, new_file

WITH_POSTGRESQL = "The database is on PostgreSQL, which has its own: pg_dump and pg_restore (docs/exporting.md)."


def back_up(url: str, file: Path) -> None:
    """Write the whole database as it is at this moment to a new file that only its owner can read.

    Raises `Failed` for PostgreSQL and for a database that is not whole, `FileExistsError` if the file is there.
    """
    database = _path(url)
    if not database.exists():
        raise Failed("There is no database yet; run: onrecord migrate")
    with new_file(file) as copy:
        with _reading(database) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        _check(copy)


def bring_back(file: Path, url: str) -> Path:
    """Make the database of a backup; where it lies. Raises `Failed` if there is a database already, or no backup."""
    database = _path(url)
    left = [path for end in ("", "-wal", "-shm") if (path := Path(f"{database}{end}")).exists()]
    if left:
        raise Failed(f"There is a database already; stop the server and move it away first: {left[0]}")
    if not file.is_file():
        raise Failed(f"There is no such file: {file}")
    _check(file)
    database.parent.mkdir(parents=True, exist_ok=True)
    with new_file(database) as copy:
        shutil.copyfile(file, copy)
        _check(copy)
    return database


def _path(url: str) -> Path:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise Failed(WITH_POSTGRESQL)
    return Path(parsed.database)


@contextmanager
def _reading(file: Path) -> Iterator[Any]:
    with closing(sqlite.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _check(file: Path) -> None:
    """Raises `Failed` unless the file is a whole database of ours, with all that its rows refer to."""
    try:
        with _reading(file) as connection:
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    except sqlite.DatabaseError as error:
        raise Failed(f"{file.name} is no whole SQLite database: {error}.") from None
    if found != "ok" or dangling is not None:
        raise Failed(f"{file.name} is damaged: {found if found != 'ok' else f'a row of {dangling[0]} is cut off'}.")
    if not {"alembic_version", "articles"} <= tables:
        raise Failed(f"{file.name} is no database of Onrecord.")
