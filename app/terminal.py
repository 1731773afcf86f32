"""What the commands share. They start quickly: whatever is dear to load is loaded by the command that needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from app.db import Database
    from app.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Failed(Exception):
    """The command's work failed; the message is one plain sentence."""


def settings(**chosen: Any) -> Settings:
    """The settings of this process, with those that the command line chose; what is misspelt is pointed out on standard
    error. Raises `WrongSettings`."""
    from app.settings import load, misspelt

    for warning in misspelt():
        typer.echo(f"onrecord: {warning}", err=True)
    return load(**chosen)


@contextmanager
def open_database(chosen: Settings | None = None) -> Iterator[Database]:
    """The configured database, if it has this release's schema. Loads the settings unless they are given."""
    import app.models  # noqa: F401 (the tables' relationships need all of them)
    from app.db import Database
    from app.migrating import check_schema

    database = Database((chosen or settings()).database)
    try:
        check_schema(database.engine)
        yield database
    finally:
        database.close()


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file to be written, which only its owner can read. Once the block has been left it is at `path`, whole
    and on disk; if the block failed, it is nowhere. Raises `FileExistsError` if something is there."""
    if path.exists():
        raise FileExistsError(17, "The file is there already, and stays", str(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        _sync(part)
        os.link(part, path)  # unlike a renaming, it never replaces a file that came meanwhile
    finally:
        part.unlink()
    _sync(path.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def explained(error: Exception) -> str | None:
    """One plain sentence for a failure that is no defect of ours; None for one that is."""
    if isinstance(error, Failed):
        return str(error)
    from sqlalchemy.exc import DBAPIError

    from app.db import WrongDatabase
    from app.errors import Problem
    from app.migrating import WrongSchema
    from app.settings import WrongSettings
    from app.supervisor import WorkerFailed

    if isinstance(error, Problem):
        return error.detail
    if isinstance(error, DBAPIError):
        return f"The database refused: {str(error.orig).strip().splitlines()[0]}"
    return str(error) if isinstance(error, WrongDatabase | WrongSchema | WrongSettings | WorkerFailed) else None
