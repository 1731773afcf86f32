"""Page through a thread of many comments, and set the cost of a comment beside that of an article.

    python -m bench.threads [--comments N] [--posts N]

In one process, over ASGI, with nothing from the cache: it holds nothing for requests with a credential. Pages of 100
are followed from the first to the last in each order; what is compared is the median of the first and of the last ones,
visited in turn. Comments and articles are written in turn too.
"""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from app import serving
from app.accounts import actions as accounts
from app.articles.actions import find
from app.comments.models import Comment
from app.comments.rules import MAX_DEPTH, to_html
from app.db import Database, insert_all, new_id, now
from app.events.actions import COMMAND_LINE
from app.ingest.importing import import_text
from app.main import create_app
from app.settings import Settings, load

GOAL_DEPTH = 1.3
GOAL_POSTS = 0.8
AT_ENDS = 20
"""Pages at each end that are compared."""
ROUNDS = 5
ROOTS = 0.4
"""Of all comments, how many begin a thread; the others answer a recent one."""
ORDERS = [("flat", "oldest"), ("flat", "newest"), ("flat", "top"), ("tree", "oldest"), ("tree", "newest")]
TEXT = "A made-up place\n2026-03-02\n\nThe ferry runs at night again, the board said.\n"


def prepared(directory: Path) -> tuple[Settings, str, str]:
    """Settings of a new site with an article; the article's slug; and a key that may do everything."""
    settings = load(data_dir=directory, comment_rate=10_000, _env_file=None)
    serving.prepare(settings)
    database = Database(settings.database)
    with database.writer.session() as session:
        made = import_text(session, TEXT.encode(), by=COMMAND_LINE, at=now(), public=True)
        hashed = accounts.hash_password("correct horse battery staple")
        owner = accounts.create_user(
            session, email="bench@example.org", name="Bench", role="owner", password_hash=hashed, at=now()
        )
        scopes = ["articles:read", "articles:write"]
        _, key = accounts.create_key(session, owner, name="bench", scopes=scopes, expires_at=None, at=now())
        slug = made.article.slug if made.article else ""
    database.close()
    return settings, slug, key


def fill(settings: Settings, slug: str, comments: int) -> None:
    """So many approved comments in threads under the article, the same ones each time."""
    chance = random.Random(comments)  # noqa: S311
    database = Database(settings.database)
    with database.writer.session() as session:
        article = find(session, slug)
        begin = now() - timedelta(seconds=comments)
        recent: list[Comment] = []
        made: list[Comment] = []
        for number in range(comments):
            text = f"Comment {number}: " + "well put, and the night boat too. " * chance.randint(1, 8)
            comment = Comment(
                id=new_id(), article_id=article.id, kind="comment", status="approved", is_seen=True, author_name="Ada",
                text=text, html=to_html(text), findings=[], reply_count=0, flag_count=0, votes_against=0,
                votes_for=0, rank=chance.randint(0, 10**6), created_at=begin + timedelta(seconds=number),
            )  # fmt: skip
            parent = None if chance.random() < ROOTS or not recent else chance.choice(recent)
            comment.place(parent if parent and parent.depth < MAX_DEPTH else None)
            if comment.parent_id and parent:
                parent.reply_count += 1
            recent = [*recent[-200:], comment]
            made.append(comment)
        insert_all(session, made)
        article.comment_count = comments
    database.close()


@asynccontextmanager
async def client_of(settings: Settings, key: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=headers) as client:
        yield client
    app.state.close()


async def milliseconds(client: httpx.AsyncClient, url: str) -> tuple[float, dict[str, str | None]]:
    began = time.perf_counter()
    answer = await client.get(url)
    spent = (time.perf_counter() - began) * 1000
    answer.raise_for_status()
    return spent, answer.json()


async def depth_ratio(client: httpx.AsyncClient, slug: str, view: str, sort: str) -> tuple[int, float, float]:
    """How many pages there are; milliseconds of one of the first, and of the last."""
    url: str | None = f"/v1/articles/{slug}/comments?view={view}&sort={sort}&limit=100"
    pages: list[str] = []
    while url:
        pages.append(url)
        _, page = await milliseconds(client, url)
        url = page["next"]
    full = pages[:-1] or pages  # the last one may have few
    first, last = full[:AT_ENDS], full[-AT_ENDS:]
    spent: dict[str, list[float]] = {"first": [], "last": []}
    for _ in range(ROUNDS):
        for one, other in zip(first, last, strict=True):
            spent["first"].append((await milliseconds(client, one))[0])
            spent["last"].append((await milliseconds(client, other))[0])
    return len(pages), median(spent["first"]), median(spent["last"])


async def write_ratio(client: httpx.AsyncClient, slug: str, posts: int) -> tuple[float, float]:
    """Milliseconds of creating an article, and of posting a comment."""
    staff = client.headers
    spent: dict[str, list[float]] = {"article": [], "comment": []}
    for number in range(posts):
        text = f"Paragraph {number}. " * 40
        for what, url, body in (
            ("article", "/v1/admin/articles", {"title": f"An article, number {number}", "markdown": text}),
            ("comment", f"/v1/articles/{slug}/comments", {"author_name": "Ada", "body": f"Number {number} is right."}),
        ):
            began = time.perf_counter()
            client.headers = {} if what == "comment" else staff
            answer = await client.post(url, json=body)
            spent[what].append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
    return median(spent["article"]), median(spent["comment"])


async def measure(comments: int, posts: int) -> bool:
    """Print the figures; whether all goals are met."""
    met = True
    with TemporaryDirectory() as folder:
        settings, slug, key = prepared(Path(folder) / "data")
        fill(settings, slug, comments)
        async with client_of(settings, key) as client:
            print(f"{comments:,} comments under one article, pages of 100 [ms of a page]")
            for view, sort in ORDERS:
                pages, first, last = await depth_ratio(client, slug, view, sort)
                met &= last <= GOAL_DEPTH * first
                print(f"{view} {sort:6}: {pages:5} pages, first {first:.1f}, last {last:.1f}: {last / first:.2f}")
            article, comment = await write_ratio(client, slug, posts)
            met &= article >= GOAL_POSTS * comment
            print(f"an article takes {article:.1f} ms, a comment {comment:.1f} ms: {article / comment:.2f} of the rate")
    return met


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--comments", type=int, default=100_000)
    parser.add_argument("--posts", type=int, default=200)
    options = parser.parse_args()
    raise SystemExit(not asyncio.run(measure(options.comments, options.posts)))


if __name__ == "__main__":
    main()
