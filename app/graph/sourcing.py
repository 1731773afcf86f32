"""On how many sources articles rest, and how many of these stay unnamed, added up."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CTE, Row
from sqlalchemy.orm import Session

from app.graph import queries
from app.graph.nodes import Nodes
from app.graph.schemas import SourcingItemOut

By = Literal["article", "author", "tag", "month"]
ADDED: tuple[By, ...] = ("author", "tag", "month")
"""What several articles add up to."""

Sourced = Row[UUID, datetime, int, int, str]
"""As `queries.sourcing` finds it."""


def added_up(session: Session, by: By, articles: CTE, rows: Sequence[Sourced], at: datetime) -> list[SourcingItemOut]:
    """What these rows, which are of these articles, come to: the most articles first; months and articles, the latest
    first."""
    groups: defaultdict[tuple[str, str], list[Sourced]] = defaultdict(list)
    for value, name, row in _grouped(session, by, articles, rows, at):
        groups[value, name].append(row)
    items = [_item(value, name, found) for (value, name), found in groups.items()]
    if by in ("author", "tag"):
        items.sort(key=lambda item: (-item.article_count, item.value))
    return items


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


def _item(value: str, name: str, rows: list[Sourced]) -> SourcingItemOut:
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
