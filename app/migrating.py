"""The schema's version: which this release expects, which the database has, and the way from one to the other."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

ROOT = Path(__file__).parent.parent


class WrongSchema(Exception):
    """The message is one sentence that ends with the command that mends it."""


def config(url: str = "") -> Config:
    """Alembic's configuration for the database at `url`."""
    made = Config(ROOT / "alembic.ini")
    made.set_main_option("script_location", str(ROOT / "migrations"))
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> None:
    """Bring the database to the schema of this release, all or nothing on each step."""
    command.upgrade(config(url), "head")


def check_schema(engine: Engine) -> None:
    """Raises `WrongSchema` unless the database has exactly the schema of this release."""
    scripts = ScriptDirectory.from_config(config())
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    if file is not None and not Path(file).exists():  # connecting would make an empty one
        raise WrongSchema("There is no database yet; run: onrecord migrate")
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is None or current in known:
        raise WrongSchema("The database has an older schema than this release needs; run: onrecord migrate")
    raise WrongSchema(
        f"The database has schema {current}, which is newer than this release; upgrade it: "
        "git pull && make demo, or install the release that wrote it"
    )
