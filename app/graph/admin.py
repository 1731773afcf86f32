"""`/v1/admin/sourcing`: on how many sources articles rest, and how many of these stay unnamed."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field
from sqlalchemy import CTE, Row
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import needs
from app.context import Router, SiteDep
from app.db import now
from app.events.actions import Actor
from app.graph import queries
from app.graph.nodes import Nodes
from app.graph.reports import Window, look
from app.graph.schemas import SourcingItemOut, SourcingOut
from app.http import private

router = Router(prefix="/v1/admin", tags=["admin"])

By = Literal["article", "author", "tag", "month"]
Sourced = Row[UUID, datetime, int, int, str]


class SourcingFilters(Window):
    by: By = Field(default="month", description="What to add up by. An article with two authors counts for each.")


@router.get("/sourcing", response_model=SourcingOut)
def read_sourcing(
    site: SiteDep, _by: Annotated[Actor, Depends(needs("articles:read"))], filters: Annotated[SourcingFilters, Query()]
) -> Response:
    """Read on how many sources published articles rest, and which share of these is unnamed, by article, author, tag
    or month. A source is one whose own words are quoted, or which is cited itself."""
    at = now()
    with site.database.reader() as session:
        looked = look(session, filters, at)
        groups: defaultdict[tuple[str, str], list[Sourced]] = defaultdict(list)
        rows = session.execute(queries.sourcing(looked.articles)).all()
        if filters.by == "article":
            rows = rows[: filters.limit]
        for value, name, row in _grouped(session, filters.by, looked.articles, rows, at):
            groups[value, name].append(row)
    items = [_added_up(value, name, found) for (value, name), found in groups.items()]
    if filters.by in ("author", "tag"):
        items.sort(key=lambda item: (-item.article_count, item.value))
    shown = SourcingOut(items=items[: filters.limit], counted=looked.counted, complete=looked.complete)
    return private(shown.model_dump_json().encode())


def _grouped(
    session: Session, by: By, articles: CTE, rows: Sequence[Sourced], at: datetime
) -> Iterator[tuple[str, str, Sourced]]:
    """Each of the rows with what it counts for."""
    if by == "month":
        yield from ((f"{row[1]:%Y-%m}", f"{row[1]:%Y-%m}", row) for row in rows)
    elif by == "article":
        links = Nodes(session, (row[0] for row in rows), at).links
        yield from ((links[row[0]].slug, links[row[0]].title, row) for row in rows)
    else:
        of_article = {row[0]: row for row in rows}
        query = queries.bylines(articles) if by == "author" else queries.labels(articles)
        for article_id, slug, name in session.execute(query):
            if article_id in of_article:
                yield slug, name, of_article[article_id]


def _added_up(value: str, name: str, rows: list[Sourced]) -> SourcingItemOut:
    sources, unnamed = sum(row[2] for row in rows), sum(row[3] for row in rows)
    return SourcingItemOut(
        value=value,
        name=name,
        article_count=len(rows),
        source_count=sources,
        unnamed_count=unnamed,
        unnamed_share=round(unnamed / sources, 4),
        single_source_count=sum(row[2] == 1 for row in rows),
    )
