"""A made-up record of any size, the same each time, written in bulk into the real schema.

    python -m bench.corpus DIRECTORY [--articles N]

The first articles are written as an import writes them, by the application's own functions. All later ones are copies
of these, with ids, slugs and dates of their own in every row and in the ready bytes (`bench.copying`). There is no
history: no events and no audit log.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, text
from sqlalchemy.orm import Session

from app import serving
from app.articles import renditions
from app.articles.models import Article
from app.db import Base, Database, insert_all, now
from app.events.models import Event
from app.settings import Settings
from bench.articles import Cast, make_article, make_cast
from bench.copying import Copier

ORIGINALS = 1_000
"""Articles with a text of their own. The same share of any larger corpus has a given word."""

BATCH = 500


def fill(settings: Settings, articles: int, *, originals: int = ORIGINALS) -> float:
    """A new database with so many published articles; how many it wrote a second."""
    serving.prepare(settings)
    database = Database(settings.database)
    cast = make_cast(articles)
    began = time.perf_counter()

    def tell(written: int) -> None:
        speed = written / (time.perf_counter() - began)
        print(f"\r{written:,} of {articles:,} articles, {speed:,.0f} a second", end="", flush=True)

    try:
        with database.engine.connect() as connection, hurried(connection):
            copied = _write_originals(connection, cast, min(articles, originals), tell)
            copier = Copier(connection, copied)
            for first in range(len(copied), articles, BATCH):
                last = min(first + BATCH, articles)
                with connection.begin():
                    copier.write(range(first, last))
                tell(last)
            with connection.begin():
                renditions.recount(Session(connection))
                connection.execute(text("ANALYZE"))
    finally:
        database.close()
    return articles / (time.perf_counter() - began)


def _write_originals(connection: Connection, cast: Cast, many: int, tell: Any) -> list[Article]:
    with connection.begin():
        insert_all(Session(connection), [*cast.sources, *cast.names, *cast.authors, *cast.tags])
    made: list[Article] = []
    for first in range(0, many, BATCH):
        batch = [make_article(cast, number) for number in range(first, min(first + BATCH, many))]
        with connection.begin(), Session(connection) as session:
            insert_all(session, [row for article in batch for row in rows_of(article)])
            renditions.show(session, batch, at=now())
            session.flush()
            session.execute(delete(Event))
        made += batch
        tell(len(made))
    return made


@contextmanager
def hurried(connection: Connection) -> Iterator[None]:
    """Nobody misses a corpus that a power cut took half of, and its rows are known to refer to each other."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        for pragma in ("synchronous=OFF", "cache_size=-400000", "foreign_keys=OFF", "wal_autocheckpoint=20000"):
            driver.execute(f"PRAGMA {pragma}")
        _set_hash_size(driver, 64 << 20)  # of FTS5: words that it holds back before it writes them
        yield
        _set_hash_size(driver, 1 << 20)
    else:
        with connection.begin():
            connection.execute(text("SET session_replication_role = replica"))
        yield


def _set_hash_size(driver: Any, size: int) -> None:
    for index in "search_index", "search_index_of_quotes":
        driver.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', ?)", (size,))  # noqa: S608


def rows_of(article: Article) -> list[Base]:
    """Every row that the article consists of."""
    revision = article.revision
    quotes = [placement.quote for placement in revision.placements]
    hops = [hop for placement in revision.placements for hop in placement.hops]
    own = [article, revision, *article.slugs, *article.permissions, *article.bylines, *article.labels]
    return [*own, *quotes, *revision.placements, *hops, *revision.citations]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--articles", type=int, default=10_000)
    options = parser.parse_args()
    speed = fill(Settings(data_dir=options.directory, _env_file=None), options.articles)
    print(f"\n{options.articles:,} articles, {speed:,.0f} a second")


if __name__ == "__main__":
    main()
