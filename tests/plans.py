"""How the engines would run the statements of a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.context import Site


@contextmanager
def noted(site: Site) -> Iterator[list[tuple[str, Any]]]:
    """Every statement by which the site asks its database from now on, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.startswith(("SELECT", "WITH")):
            seen.append((statement, parameters))

    engine = site.database.engines[1] if site.database.is_sqlite else site.database.engines[0]
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def plan(site: Site, statement: str, parameters: Any) -> str:
    """What the engine says of the way it would take; PostgreSQL, of the way that avoids walking over whole tables."""
    with site.database.reader() as session:
        connection = session.connection()
        if site.database.is_sqlite:
            return "\n".join(
                row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            )
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # so few rows would always be walked
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))
