"""`onrecord backup` and `restore`."""

from pathlib import Path
from typing import Annotated

import typer

from app.terminal import settings


def backup(file: Annotated[Path, typer.Argument(help="The file to make; one that is there is not touched.")]) -> None:
    """Copy the whole SQLite database to a new file while the server goes on, and check the copy.

    It has everything but `secret_key`, password hashes too: keep it safe.
    """
    from app.operations.backups import back_up

    back_up(settings().database, file)
    print(f"The database is in {file}, whole and checked.")


def restore(file: Annotated[Path, typer.Argument(help="What `onrecord backup` made.")]) -> None:
    """Make the SQLite database of a backup. Where there is a database already, nothing is done.

    Run `onrecord migrate` afterwards if the backup is of an older release.
    """
    from app.operations.backups import bring_back

    database = bring_back(file, settings().database)
    print(f"The database is in {database}, whole and checked.")
