"""Ahead of FastAPI an answer is, byte for byte, what the route would have given; the rest is left to the route."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import anyio.from_thread
import pytest
from fastapi import FastAPI
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from starlette.types import Message, Scope

from app.articles.ordinary import Ordinary
from app.db import Database
from tests.conftest import draft
from tests.record.world import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Json,
    Stage,
    building,
    edit,
    frozen,
    permit,
    publish,
    schedule,
    source,
    unpublish,
    z,
)

LATER = NOON + 2 * DAY
MOMENTS = [NOON + HOUR, LATER - 2 * MINUTE, LATER - MINUTE / 60, LATER, LATER + DAY]
"""Around `LATER`, when permissions end and the scheduled article appears."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Own articles and reprints, of which some come and some go at `LATER`; a draft, and one that was taken back."""
    with building(request, tmp_path_factory.mktemp("ordinary")) as built, frozen(NOON - DAY):
        staff = built.staff
        post = source(staff, "The Post", "publication")["id"]
        found: dict[str, Json] = {}
        for number in range(5):
            made = draft(staff, title=f"Piece {number}", tags=["News"], authors=["Ida Holm"], language="en-GB")
            found[f"own {number}"] = publish(staff, made)
        found["former"] = edit(staff, found["own 1"], slug="renamed")
        for end in ("stub", "redirect", "gone"):
            made = draft(staff, title=f"Reprint {end}", canonical_url="https://post.example/1")
            permit(staff, made, post, valid_through=z(LATER), on_expire=end)
            found[end] = publish(staff, made)
        found["scheduled"] = schedule(staff, draft(staff, title="Tomorrow", tags=["News"]), LATER)
        found["draft"] = draft(staff, title="Nothing yet", tags=["News"])
        found["back"] = publish(staff, draft(staff, title="Taken back", tags=["News"]))
        unpublish(staff, found["back"])
        yield built.stage(found)


@pytest.fixture
def app(stage: Stage) -> FastAPI:
    return stage.app


class Both:
    """Asks with and without what stands ahead of the routes, and counts what these were left."""

    def __init__(self, app: Any, portal: anyio.from_thread.BlockingPortal) -> None:
        self._routes, self._portal = app.inside, portal
        self._ahead = Ordinary(self._counted, app.state.site)
        self.left = 0

    async def _counted(self, *exchange: Any) -> None:
        self.left += 1
        await self._routes(*exchange)

    def answers(self, target: str) -> tuple[Any, Any]:
        return self.ahead(target), self._portal.call(self._ask, self._routes, target)

    def ahead(self, target: str) -> Any:
        return self._portal.call(self._ask, self._ahead, target)

    async def _ask(self, app: Any, target: str) -> Any:
        path, _, query = target.partition("?")
        scope: Scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(b"host", b"a.example")],
            "client": ("192.0.2.7", 40000),
            "server": ("a.example", 80),
            "state": {"request_id": "one-for-all"},
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await app(scope, receive, send)
        body = b"".join(message.get("body", b"") for message in sent)
        state = {name: scope["state"].get(name) for name in ("kept", "operation")}
        return sent[0]["status"], sent[0]["headers"], body, state


@pytest.fixture
def both(app: FastAPI, portal: anyio.from_thread.BlockingPortal) -> Both:
    return Both(app, portal)


def articles(stage: Stage) -> list[str]:
    names = [made[name] for made in stage.articles.values() for name in ("slug", "id")]
    return [f"/v1/articles/{name}" for name in names] + ["/v1/articles/none", "/v1/articles/" + "x" * 121]


ORDINARY = [
    "/v1/articles" + "".join(("?" if n == 0 else "&") + part for n, part in enumerate(filter(None, parts)))
    for parts in product(
        ("", "tag=news", "tag=news&author=ida-holm&language=en", "source=the-post&reprint=true", "tag=none"),
        ("", "sort=published_at", "sort=-updated_at", "sort=title"),
        ("", "view=full&limit=2&count=exact", "limit=3&fields=slug,title", f"published_after={z(NOON - 9 * DAY)}"),
    )
] + [f"/v1/articles?published_before={z(NOON)}&updated_after={z(NOON - 9 * DAY)}&corrected=false"]

UNUSUAL = [
    *("/v1/articles?nonsense=1", "/v1/articles?tag=a&tag=b", "/v1/articles?limit=0", "/v1/articles?limit=", "/v1/"),
    *("/v1/articles?q=piece", "/v1/articles?sort=relevance", "/v1/articles?cursor=abc", "/v1/articles?fields=nothing"),
    *("/v1/articles/", "/v1/articlesque", "/v1/articles/piece-0/quotes", "/v1/articles/piece-0?fields=title"),
    *("/v1/articles/piece-1", "/v1/articles/none", "/v1/articles/nothing-yet", "/v1/articles/taken-back"),
]


@pytest.mark.parametrize("at", MOMENTS, ids=lambda at: at.isoformat())
def test_both_ways_answer_byte_for_byte_alike(stage: Stage, both: Both, at: Any) -> None:
    with frozen(at):
        for target in [*articles(stage), *ORDINARY, *UNUSUAL]:
            ahead, by_the_route = both.answers(target)
            assert ahead == by_the_route, target


def test_the_ordinary_is_not_left_to_the_routes_and_the_unusual_is(stage: Stage, both: Both) -> None:
    with frozen(NOON + HOUR):
        for target in [*ORDINARY, *(f"/v1/articles/{stage.articles[name]['slug']}" for name in ("own 0", "stub"))]:
            assert both.ahead(target)[0] == 200
        assert both.left == 0
        for target in UNUSUAL:
            both.ahead(target)
        assert both.left == len(UNUSUAL)


def test_every_page_of_a_list_is_the_same_both_ways(both: Both) -> None:
    with frozen(NOON + HOUR):
        seen, target = 0, "/v1/articles?limit=2&sort=title"
        while target:
            ahead, by_the_route = both.answers(target)
            assert ahead == by_the_route
            link = dict(ahead[1]).get(b"link", b"").decode()
            target = link.partition("<")[2].partition(">")[0] if 'rel="next"' in link else ""
            seen += 1
        assert seen == 4
        assert both.left == 0


def test_what_the_database_refuses_is_left_to_the_route(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    with monkeypatch.context() as broken_for_now:
        broken_for_now.setattr(Database, "look_up", broken)
        answer = both.ahead("/v1/articles")
    assert (answer[0], both.left) == (503, 1)
    assert both.ahead("/v1/articles")[0] == 200


def test_a_commit_is_seen_by_the_next_list(both: Both, app: Any) -> None:
    """The clock of the public record is kept between commits only."""
    with frozen(NOON + HOUR):
        before = both.ahead("/v1/articles?limit=1")
        with app.state.site.database.writer.session() as session:
            connection: Connection = session.connection()
            connection.exec_driver_sql("UPDATE articles SET modified_at = '2031-05-05 12:30:00' WHERE slug = 'piece-0'")
        after = both.ahead("/v1/articles?limit=1")
        assert after[3]["kept"].modified > before[3]["kept"].modified
