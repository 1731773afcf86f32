"""Comments from before there were places in threads get theirs."""

from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text as sql

from app.migrating import config
from tests.comments.world import Json, decide, posted
from tests.conftest import Api

NAMES = "id, path, depth, is_seen, reply_count, parent_id, text, status"


def before_places() -> str:
    """The revision before the one that gave comments their places."""
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    (found,) = [str(script.down_revision) for script in scripts if script.path.endswith("comments_with_moderation.py")]
    return found


def test_a_thread_comes_through_the_migration_as_it_was(
    api: Api, staff: Api, piece: Json, database_url: str, reading: Callable[[], Any]
) -> None:
    chain = [posted(api, piece, body="1")]
    for n in range(2, 5):
        chain.append(posted(api, piece, body=str(n), parent_id=chain[-1]["id"]))
    posted(api, piece, body="5", parent_id=chain[0]["id"])
    decide(staff, "reject", *chain[:2])
    decide(staff, "spam", chain[3])

    def rows() -> list[Any]:
        with reading() as session:
            return list(session.execute(sql(f"SELECT {NAMES} FROM comments ORDER BY path")).all())  # noqa: S608

    before = rows()
    assert [(row.depth, bool(row.is_seen), row.reply_count) for row in before] == [
        (1, True, 2),
        (2, True, 1),
        (3, True, 0),
        (4, False, 0),
        (2, True, 0),
    ]
    command.downgrade(config(database_url), before_places())
    command.upgrade(config(database_url), "head")
    assert rows() == before
