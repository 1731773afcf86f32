"""Reports over all articles cost too much for a request, so the worker makes them ahead."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.articles.renditions import public_clock
from app.db import Database
from app.events.actions import take_turn, touch
from app.graph import queries
from app.graph.circling import between, circles_in, is_all
from app.graph.models import GraphReport
from app.graph.schemas import EdgeKind, NodeKind
from app.graph.sourcing import ADDED, added_up

REPORTED = "graph-reports"
"""The cache tag of whatever shows one."""

FROM = 500
"""Articles of the site from which on reports are made ahead: over fewer each request makes its own."""

KEPT = 200
"""Rows of a report: twice as many as an answer has, so that enough are left when some are seen no more."""

CIRCLING = 200_000
"""Edges at most among which circles are looked for."""

Made = tuple[str, int, bool, list[Any]]
"""Name, `counted`, `complete` and `rows` of a report."""


def report(database: Database, *, at: datetime) -> None:
    """Make all reports anew if the public record has changed since. Looks before it writes."""
    with database.reader() as session:
        known_at, _ = public_clock(session, at)
        last = session.scalar(queries.known_at())
        if last == known_at:
            return
        many = session.scalar(queries.many(queries.newest("all", None, None, at, FROM + 1))) or 0
        made = list(_reports(session, at)) if many > FROM else []
    if last is None and not made:
        return
    names = "name", "counted", "complete", "rows"
    rows = [dict(zip(names, one, strict=True)) | {"as_of": at, "known_at": known_at} for one in made]
    with database.writer.session() as session:
        take_turn(session)
        session.execute(delete(GraphReport))
        if rows:
            session.execute(insert(GraphReport), rows)
        touch(session, [REPORTED])


def most_cited(kind: str | None, node: str | None) -> str:
    """The name of the report on what is cited most."""
    return f"most-cited {kind or 'any'} {node or 'any'}"


def _reports(session: Session, at: datetime) -> Iterator[Made]:
    articles = queries.newest("all", None, None, at, None)
    counted = session.scalar(queries.many(articles)) or 0
    for kind in (None, *get_args(EdgeKind)):
        found = session.execute(queries.most_cited_of_each(articles, kind, KEPT, at)).all()
        for node in (None, *get_args(NodeKind)):
            rows = [(str(row[1]), row[2], row[3]) for row in found if node in (None, row[0])]
            most = sorted(rows, key=lambda row: (-row[2], row[0]))[:KEPT]
            yield most_cited(kind, node), counted, True, most
    sourced = session.execute(queries.sourcing(articles)).all()
    single = [str(row[0]) for row in sourced if row[2] == 1]
    yield "single-source-stories", counted, True, single[:KEPT]
    yield "sourcing article", counted, True, [str(row[0]) for row in sourced[:KEPT]]
    for by in ADDED:
        items = added_up(session, by, articles, sourced, at)
        yield f"sourcing {by}", counted, True, [item.model_dump() for item in items[:KEPT]]
    edges = session.execute(queries.circling(at, CIRCLING)).all()
    loops = [[len(members), [str(one) for one in between(edges, members)]] for members in circles_in(edges)[:KEPT]]
    yield "circular-reporting", len(edges), is_all(edges, CIRCLING), loops
