"""The log of changes: in order, without gaps, for mirrors; nothing in it that readers may not know."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import Request
from starlette.requests import ClientDisconnect

from app.context import Site
from app.db import now
from app.errors import NotFound
from app.events.streams import Streams
from app.worker import attend
from tests.conftest import Api, draft, published
from tests.record.world import HOUR, MINUTE, NOON, edit, frozen, schedule, unpublish
from tests.streamed import ACCEPT, Served, next_event, serving

CHANGES = "/v1/changes"


def entries(api: Api, query: str = "") -> list[dict[str, Any]]:
    answer = api.get(f"{CHANGES}?limit=100{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def kinds(api: Api, query: str = "") -> list[str]:
    return [entry["kind"] for entry in entries(api, query)]


def test_the_log_says_where_to_look_and_goes_on_after_any_of_its_entries(site: Site, api: Api, staff: Api) -> None:
    one, two = published(staff, title="One"), published(staff, title="Two")
    edit(staff, one, slug="uno")
    attend(site.database, now())
    found = entries(api)
    assert [(entry["kind"], entry["subject_id"]) for entry in found] == [
        ("article.published", one["id"]),
        ("article.published", two["id"]),
        ("article.updated", one["id"]),
        ("article.slug_changed", one["id"]),
    ]
    assert found[0]["article"] == {
        "id": one["id"], "slug": "uno", "url": "http://127.0.0.1:8000/v1/articles/uno", "href": "/v1/articles/uno",
    }  # fmt: skip
    for place, entry in enumerate(found):
        assert entries(api, f"&after={entry['id']}") == found[place + 1 :]
    assert kinds(api, "&kind=article.updated,article.slug_changed") == ["article.updated", "article.slug_changed"]
    page = api.get(f"{CHANGES}?limit=3").json()
    assert api.get(page["next"]).json()["items"] == found[3:]
    assert api.get(f"{CHANGES}?after={one['id']}").status_code == 404
    assert api.get(f"{CHANGES}?kind=article.read").status_code == 400


def test_an_article_that_is_taken_down_leaves_one_entry_that_says_nothing_else(
    site: Site, api: Api, staff: Api
) -> None:
    made = published(staff, title="Secret by now")
    edit(staff, made, title="Secret still")
    attend(site.database, now())
    assert kinds(api) == ["article.published", "article.updated"]
    unpublish(staff, made)
    assert kinds(api) == [], "before any worker has looked"
    attend(site.database, now())
    [entry] = entries(api)
    assert (entry["kind"], entry["subject_id"], entry["article"]) == ("article.unpublished", made["id"], None)
    assert "secret" not in str(entry)


def test_a_scheduled_article_is_in_the_log_at_its_second(site: Site, api: Api, staff: Api) -> None:
    with frozen(NOON):
        schedule(staff, draft(staff), NOON + HOUR)
    for moment, expected in ((NOON + HOUR - MINUTE / 60, []), (NOON + HOUR, ["article.published"])):
        with frozen(moment):
            attend(site.database, now())
            assert kinds(api) == expected


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    with serving(database_url, tmp_path, ONRECORD_STREAMS="2") as made:
        yield made


def test_a_stream_shows_what_another_process_does_within_a_second_goes_on_and_ends_with_the_server(
    served: Served, staff: Api
) -> None:
    base, process = served
    with httpx.Client(base_url=base, trust_env=False, timeout=10) as client:
        with client.stream("GET", CHANGES, headers=ACCEPT) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.iter_lines()
            next(lines)
            waits: list[float] = []
            while not waits or (min(waits) >= 1 and len(waits) < 5):  # a machine that is busy may be late for once
                made = published(staff, title="One")
                began = time.monotonic()
                event = next_event(lines)
                waits.append(time.monotonic() - began)
                assert event["event"] == "article.published"
                assert json.loads(event["data"])["article"]["slug"] == made["slug"]
            assert min(waits) < 1
        edit(staff, made, title="Two")
        with client.stream("GET", CHANGES, headers=ACCEPT | {"Last-Event-ID": event["id"]}) as stream:
            lines = stream.iter_lines()
            assert next_event(lines)["event"] == "article.updated"
            with client.stream("GET", CHANGES, headers=ACCEPT):
                assert client.get(CHANGES, headers=ACCEPT).status_code == 503
                assert client.head(CHANGES, headers=ACCEPT).headers["content-type"] == "application/json"
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=12)
                assert time.monotonic() - began < 6
                assert all("data" not in line for line in lines), "it ended in order"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_place_among_the_streams_is_taken_at_once_and_given_back_whatever_becomes_of_it(
    site: Site, portal: BlockingPortal
) -> None:
    streams = Streams(most=1, most_of_address=1)
    asked = Request({"type": "http", "client": ("203.0.113.1", 1)})

    async def ask(after: str | None = None) -> Any:
        return await streams.answer(asked, site, after, lambda _session, _since: None)

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def unheard(_message: object) -> None:
        raise OSError

    async def together() -> None:
        with pytest.raises(NotFound):
            await ask("nothing")
        answers: list[Any] = await asyncio.gather(*(ask() for _ in range(3)), return_exceptions=True)
        assert [type(answer).__name__ for answer in answers[1:]] == ["TooManyRequests"] * 2
        with suppress(OSError, ExceptionGroup, ClientDisconnect):
            await answers[0]({"type": "http"}, gone, unheard)
        await ask()

    portal.call(together)
