"""What the commands share. They start quickly: whatever is dear to load is loaded by the command that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from app.db import Database
    from app.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


class Failed(Exception):
    """The command's work failed; the message is one plain sentence."""


def settings(**chosen: Any) -> Settings:
    """The settings of this process, with those that the command line chose. Raises `WrongSettings`."""
    from app.settings import load

    return load(**chosen)


@contextmanager
def open_database() -> Iterator[Database]:
    """The configured database, if it has this release's schema."""
    import app.models  # noqa: F401 (the tables' relationships need all of them)
    from app.db import Database
    from app.migrating import check_schema

    database = Database(settings().database)
    try:
        check_schema(database.engine)
        yield database
    finally:
        database.close()


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
