"""One tree of migrations for both engines.

SQLite: foreign keys are off while tables are rebuilt (dropping a rebuilt table would delete its children) and
checked before the commit; all that is pending is one transaction, so that nobody who migrates at the same time
sees a schema in between. PostgreSQL: each migration is a transaction, and one that waits for a lock gives up
quickly instead of holding up everybody behind it. Of several who migrate at once, one does and the others
find it done.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event

from app.db import UtcDateTime, sqlite_engine
from app.models import Base
from app.settings import load

LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "15min"
MIGRATING = 0x6D696772617465  # "migrate"

OUTSIDE_THE_MODELS = ("search_index", "ix_search_documents_words", "ix_quote_documents_words")
"""Full-text indexes, which each engine spells in its own way; the migrations write them by hand."""


def include_name(name: str | None, _kind: str, _parents: Any) -> bool:
    return not (name or "").startswith(OUTSIDE_THE_MODELS)


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A migration must outlive the application's own types, so it names SQLAlchemy's."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=include_name,
        render_item=render_item,
        render_as_batch=is_sqlite,
        transactional_ddl=True,
        transaction_per_migration=not is_sqlite,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def on_sqlite(url: str) -> Engine:
    """An engine without foreign keys, which checks at each commit that none is broken."""
    engine = sqlite_engine(url, begin="BEGIN IMMEDIATE")

    @event.listens_for(engine, "connect")
    def without_foreign_keys(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "commit")
    def check(connection: Connection) -> None:
        broken = connection.connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration breaks {len(broken)} foreign keys, first in table {broken[0][0]}")

    return engine


def on_postgresql(url: str) -> Engine:
    options = f"-c lock_timeout={LOCK_TIMEOUT} -c statement_timeout={STATEMENT_TIMEOUT}"
    engine = create_engine(url, connect_args={"options": options})

    @event.listens_for(engine, "connect")
    def wait_for_the_others(connection: Any, _record: object) -> None:
        connection.execute("SET LOCAL lock_timeout = 0")
        connection.execute(f"SELECT pg_advisory_lock({MIGRATING})")
        connection.commit()

    return engine


def run() -> None:
    url = context.config.attributes.get("url") or load().database
    engine = on_sqlite(url) if url.startswith("sqlite") else on_postgresql(url)
    try:
        with engine.connect() as connection:
            migrate(connection)
    finally:
        engine.dispose()


run()
