"""A made-up record of any size, the same each time, written in bulk into the real schema.

    python -m bench.corpus DIRECTORY [--articles N]

What follows from other rows is made by the application's own functions: an article's renditions, the lists that it
is in, and its words as they are searched.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, inspect, text
from sqlalchemy.orm import Session

from app import serving
from app.articles import renditions
from app.articles.documents import Desk
from app.articles.models import Article, FeedRow, Rendition
from app.db import Base, Database
from app.quotes.models import Quote
from app.search.actions import index
from app.settings import Settings
from bench.articles import BEGIN, make_articles, make_cast

BATCH = 500

Rows = dict[type[Base], list[dict[str, Any]]]


def fill(settings: Settings, articles: int) -> float:
    """A new database with so many published articles; how many it wrote a second."""
    serving.prepare(settings)
    database = Database(settings.database)
    began = time.perf_counter()
    try:
        with database.reader() as session:
            desk = renditions.open_desk(session, BEGIN)
        cast = make_cast(articles)
        with database.engine.connect() as connection:
            hurry(connection)
            _write(connection, _rows([*cast.sources, *cast.names, *cast.authors, *cast.tags]))
            made = make_articles(cast, articles)
            written = 0
            while batch := list(islice(made, BATCH)):
                _write(connection, _joined(rows_of(article, desk) for article in batch), batch)
                written += len(batch)
                _tell(f"{written:,} of {articles:,} articles, {written / (time.perf_counter() - began):,.0f} a second")
            with connection.begin():
                connection.execute(text("ANALYZE"))
    finally:
        database.close()
    return articles / (time.perf_counter() - began)


def hurry(connection: Connection) -> None:
    """Nobody misses a corpus that a power cut took half of."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for pragma in ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF"):
            driver.execute(f"PRAGMA {pragma}")


def rows_of(article: Article, desk: Desk) -> Rows:
    """Every row that the article consists of, and those that follow from them."""
    revision = article.revision
    found = _rows([article, revision, *article.slugs, *article.permissions, *article.bylines, *article.labels])
    quotes = [Quote(id=p.quote_id, article_id=article.id, created_at=article.created_at) for p in revision.placements]
    hops = [hop for placement in revision.placements for hop in placement.hops]
    found |= _rows([*quotes, *revision.placements, *hops, *revision.citations])
    for stretch in renditions.stretches(article, BEGIN):
        made = renditions.render(Desk(desk.masthead, stretch.start), article, stretch)
        found[Rendition].append(made)
        place = {column.key: made[column.key] for column in FeedRow.__table__.columns if column.key != "key"}
        found[FeedRow] += [{"key": key, **place} for key in renditions.feed_keys(article, stretch.start)]
    return found


def let_find(session: Session, article: Article) -> None:
    """Index the article's words, as publishing does."""
    revision = article.revision
    names = [author.name for author in article.authors] + [tag.name for tag in article.tags]
    index(
        session,
        article.id,
        published_at=article.created_at,
        title=revision.title,
        summary=revision.summary,
        text=revision.text,
        names=[*names, *sorted({citation.source.name for citation in revision.citations})],
        keys=renditions.feed_keys(article, BEGIN),
    )


def _rows(things: list[Any]) -> Rows:
    """The column values of transient objects, by class."""
    found: Rows = defaultdict(list)
    for thing in things:
        kind: type[Base] = type(thing)
        names, values = _columns(kind)
        found[kind].append(dict(zip(names, values(thing), strict=True)))
    return found


@cache
def _columns(kind: type[Base]) -> tuple[list[str], Callable[[Any], tuple[Any, ...]]]:
    mapped = inspect(kind).column_attrs
    return [a.columns[0].key for a in mapped], attrgetter(*(a.key for a in mapped))


def _joined(batch: Iterable[Rows]) -> Rows:
    found: Rows = defaultdict(list)
    for rows in batch:
        for kind, values in rows.items():
            found[kind] += values
    return found


def _write(connection: Connection, rows: Rows, articles: Iterable[Article] = ()) -> None:
    """Parents before children, and then what is found of the articles."""
    order: list[Any] = Base.metadata.sorted_tables
    with connection.begin():
        for kind in sorted(rows, key=lambda kind: order.index(kind.__table__)):
            if rows[kind]:
                table: Any = kind.__table__
                connection.execute(insert(table), rows[kind])
        session = Session(connection)
        for article in articles:
            let_find(session, article)


def _tell(line: str) -> None:
    print(f"\r{line}", end="", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--articles", type=int, default=10_000)
    options = parser.parse_args()
    speed = fill(Settings(data_dir=options.directory, _env_file=None), options.articles)
    print(f"\n{options.articles:,} articles, {speed:,.0f} a second")


if __name__ == "__main__":
    main()
