"""Pages of a long list, turned while somebody in another process publishes, takes back and publishes again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.articles import renditions
from app.articles.models import Article, ArticleSlug, FeedRow, Rendition, Revision
from app.context import Site
from app.db import new_id
from tests.conftest import Api

ROWS = int(os.environ.get("ROWS", "10000"))
CHURNED = 50
"""One article in so many is taken back and published again meanwhile."""

PAGE = 100
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


def enter(session: Session) -> list[UUID]:
    """So many public articles with next to nothing in them, three at each moment; their ids, newest first."""
    stable: list[tuple[datetime, UUID]] = []
    for first in range(0, ROWS, 1_000):
        kinds = (Article, Revision, ArticleSlug, Rendition, FeedRow)
        rows = list(zip(*(_rows(number) for number in range(first, min(first + 1_000, ROWS))), strict=True))
        for kind, found in zip(kinds, rows, strict=True):
            session.execute(insert(kind), list(found))
        stable += [(row["published_at"], row["id"]) for row in rows[0] if not row["slug"].startswith("churned")]
    renditions.recount(session)
    return [article_id for _, article_id in sorted(stable, reverse=True)]


def _rows(number: int) -> tuple[dict[str, object], ...]:
    at, article_id = BEGIN + timedelta(minutes=number // 3), new_id()
    slug = f"{'churned' if number % CHURNED == 0 else 'stable'}-{number}"
    words = {"title": slug, "markdown": "", "html": "", "text": "", "details": {}}
    feed = {"article_id": article_id, "visible_from": at, "visible_until": None, "published_at": at}
    ready = {"updated_at": at, "title": slug, "changed_at": at, "etag": '"x"', "document": b"{}"}
    return (
        {
            "id": article_id,
            "slug": slug,
            "status": "published",
            "language": "en",
            "published_at": at,
            "updated_at": at,
            "modified_at": at,
            "comments_state": "open",
            "comment_count": 0,
            "created_at": at,
        },
        {
            "id": new_id(),
            "article_id": article_id,
            "number": 1,
            "is_current": True,
            "public_number": 1,
            "public_at": at,
            "created_at": at,
            **words,
        },
        {"slug": slug, "article_id": article_id, "created_at": at},
        {**feed, **ready, "card": f'{{"id":"{article_id}"}}'.encode()},
        {"key": "all", **feed},
    )


@contextmanager
def churning(site: Site) -> Iterator[list[str]]:
    """While the block lasts somebody writes; what he did is in the list after it."""
    done: list[str] = []
    command = [sys.executable, "-m", "tests.churn", site.settings.database]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "changed\n", "he has begun"
        yield done
        said, _ = process.communicate("", timeout=60)
        done += said.splitlines()
        assert process.returncode == 0


def turned(api: Api, path: str, way: str) -> tuple[list[UUID], str]:
    """The ids of all items from the page at this path on, page after page, and the path of the last page."""
    found: list[UUID] = []
    while True:
        page = api.get(path).json()
        items = [UUID(item["id"]) for item in page["items"]]
        found += items if way == "next" else reversed(items)
        if page[way] is None:
            return found, path
        path = page[way]


def test_nothing_comes_twice_and_nothing_is_skipped_while_another_process_writes(site: Site, api: Api) -> None:
    with site.database.writer.session() as session:
        stable = enter(session)
    path = f"/v1/articles?limit={PAGE}&fields=id"
    with churning(site) as done:
        forward, last = turned(api, path, "next")
        backward, _ = turned(api, last, "prev")
    for found, wanted in ((forward, stable), (backward, stable[::-1])):
        assert len(set(found)) == len(found), "none twice"
        known = set(wanted)
        assert [article_id for article_id in found if article_id in known] == wanted, "none skipped, all in order"
    assert len(done) >= 3, "he has made one, taken one back, and published it again"
    total = api.get("/v1/articles?limit=1&count=exact").json()["total"]
    assert total == len(turned(api, path, "next")[0])
