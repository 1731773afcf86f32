"""An editor who never rests, in a process of his own: publishes, takes back and publishes again until told to stop.

    python -m tests.churn DATABASE_URL

Touches only articles that it makes, and those whose slug begins with `churned`. Each line that it prints is a change.
"""

import random
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.articles import actions
from app.articles.models import Article
from app.articles.schemas import ArticleIn
from app.db import Database, now
from app.events.actions import COMMAND_LINE


def churn(database: Database, stopped: threading.Event) -> None:
    chosen = random.Random(3)  # noqa: S311 (a test, no secret)
    with database.reader() as session:
        slugs = list(session.scalars(select(Article.slug).where(Article.slug.startswith("churned"))))
        first, last = (
            session.scalars(select(Article.published_at).order_by(order).limit(1)).one()
            for order in (Article.published_at, Article.published_at.desc())
        )
    assert first
    assert last
    while not stopped.is_set():
        slug = chosen.choice(slugs)
        between = first + (last - first) * chosen.random()
        for act in (
            lambda session, at, on=between: _enter(session, on, at),
            lambda session, at, of=slug: actions.unpublish(session, actions.find(session, of), by=COMMAND_LINE, at=at),
            lambda session, at, of=slug: actions.publish(session, actions.find(session, of), by=COMMAND_LINE, at=at),
        ):
            _do(database, act)


def _enter(session: Session, on: datetime, at: datetime) -> None:
    data = ArticleIn(title="Entered", markdown="Between two others.", published_at=on)
    actions.publish(session, actions.create(session, data, by=COMMAND_LINE, at=at), by=COMMAND_LINE, at=at)


def _do(database: Database, act: Callable[[Session, datetime], None]) -> None:
    with database.writer.session() as session:
        act(session, now() - timedelta(microseconds=1))
    print("changed", flush=True)


def main() -> None:
    stopped = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=listen, daemon=True).start()
    database = Database(sys.argv[1])
    try:
        churn(database, stopped)
    finally:
        database.close()


if __name__ == "__main__":
    main()
