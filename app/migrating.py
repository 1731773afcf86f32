"""The schema's version: which this release expects, which the database has, and the way from one to the other."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, inspect

if TYPE_CHECKING:
    from alembic.config import Config

ROOT = Path(__file__).parent.parent
VERSIONS = ROOT / "migrations" / "versions"

_NAMES = re.compile(r'^(revision|down_revision) = ["\'](.+)["\']$', re.MULTILINE)


class WrongSchema(Exception):
    """The message is one sentence that ends with the command that mends it."""


def config(url: str = "") -> "Config":
    """Alembic's configuration for the database at `url`."""
    from alembic.config import Config  # 12 MB that serving does not need

    made = Config(ROOT / "alembic.ini")
    made.set_main_option("script_location", str(ROOT / "migrations"))
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> None:
    """Bring the database to the schema of this release, all or nothing on each step."""
    from alembic import command

    command.upgrade(config(url), "head")


@cache
def revisions(folder: Path) -> tuple[str, frozenset[str]]:
    """The last revision of these migrations, and all of them; their text is read, for Alembic would run it."""
    files = [dict(_NAMES.findall(file.read_text())) for file in folder.glob("*.py")]
    (head,) = {file["revision"] for file in files} - {file.get("down_revision") for file in files}
    return head, frozenset(file["revision"] for file in files)


def check_schema(engine: Engine) -> None:
    """Raises `WrongSchema` unless the database has exactly the schema of this release."""
    head, known = revisions(VERSIONS)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file is not None and not Path(file).exists():  # connecting would make an empty one
        raise WrongSchema("There is no database yet; run: onrecord migrate")
    with engine.connect() as connection:
        current = None
        if inspect(connection).has_table("alembic_version"):
            current = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if current == head:
        return
    if current is None or current in known:
        raise WrongSchema("The database has an older schema than this release needs; run: onrecord migrate")
    raise WrongSchema(
        f"The database has schema {current}, which is newer than this release; upgrade it: "
        "git pull && make demo, or install the release that wrote it"
    )
