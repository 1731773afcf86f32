"""A thread is followed as it goes on: what readers see of it, at once, and nothing else."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.comments.world import Json, decide, deleted, edited, one_engine, open_article, posted, rule
from tests.conftest import Api, published
from tests.record.world import unpublish
from tests.streamed import ACCEPT, Served, next_event, serving


def told(lines: Iterator[str]) -> tuple[str, Any, Json]:
    """Kind and comment's id of the next event, and the comment as it came, or nothing."""
    event = next_event(lines)
    data = json.loads(event["data"])
    assert (event["id"], event["event"]) == (data["id"], data["kind"])
    return data["kind"], data["subject_id"], data["comment"] or {}


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    with serving(database_url, tmp_path, ONRECORD_WORKERS="2", ONRECORD_STREAMS_PER_ADDRESS="2") as made:
        yield made


def test_a_thread_is_followed_across_processes_and_held_comments_are_not_in_it(
    served: Served, api: Api, staff: Api
) -> None:
    base, _ = served
    piece = open_article(staff)
    other = published(staff, title="Another")
    with httpx.Client(base_url=base, trust_env=False, timeout=10) as client:
        path = f"/v1/articles/{piece['slug']}/comments/stream"
        with client.stream("GET", path, headers=ACCEPT) as stream:
            assert stream.status_code == 200
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers["x-accel-buffering"] == "no"
            lines = stream.iter_lines()
            next(lines)
            began = time.monotonic()
            first = posted(api, piece, body="First of all.")
            assert told(lines)[:2] == ("comment.approved", first["id"])
            assert time.monotonic() - began < 5
            posted(api, other, body="Under another article.")
            reply = posted(api, piece, body="Is it so?", parent_id=first["id"])
            assert edited(api, first, "First, and **edited**.").status_code == 200
            assert told(lines)[1] == reply["id"]
            kind, who, comment = told(lines)
            assert (kind, who, comment["text"]) == ("comment.approved", first["id"], "First, and **edited**.")
            assert set(comment) == set(api.get(f"/v1/comments/{first['id']}").json())

            rule(staff, mode="held")
            held = posted(api, piece, body="A secret that waits.")
            assert deleted(api, first).status_code == 204
            kind, who, comment = told(lines)
            assert (kind, who, comment["text"], comment["removed"]) == ("comment.removed", first["id"], "", "author")
            assert decide(staff, "approve", held).status_code == 200
            assert told(lines)[:2] == ("comment.approved", held["id"])
            assert decide(staff, "reject", held, reason_code="off_topic").status_code == 200
            event = next_event(lines)
            data = json.loads(event["data"])
            assert (data["kind"], data["subject_id"], data["comment"]) == ("comment.removed", held["id"], None)
            last = event["id"]

        assert decide(staff, "reject", reply, reason_code="off_topic").status_code == 200
        with client.stream("GET", path, headers=ACCEPT | {"Last-Event-ID": last}) as stream:
            lines = stream.iter_lines()
            assert told(lines)[:2] == ("comment.removed", reply["id"]), "what came while nobody listened"
            unpublish(staff, piece)
            assert [line for line in lines if line.startswith("data")] == [], "it ends, and says nothing more"
        assert client.get(path, headers=ACCEPT).status_code == 404


@one_engine
def test_streams_are_asked_for_as_such_and_shared_out(database_url: str, tmp_path: Path, staff: Api) -> None:
    piece = published(staff)
    path = f"/v1/articles/{piece['id']}/comments/stream"
    limits = {"ONRECORD_STREAMS": "2", "ONRECORD_STREAMS_PER_ADDRESS": "1", "ONRECORD_TRUSTED_PROXIES": "127.0.0.1"}
    with (
        serving(database_url, tmp_path, **limits) as (base, _),
        httpx.Client(base_url=base, trust_env=False, timeout=10) as client,
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["available"]) == (406, ["text/event-stream"])
        assert client.head(path, headers=ACCEPT).status_code == 406
        assert client.get(path, headers=ACCEPT | {"Last-Event-ID": "nothing"}).status_code == 404

        def at(address: str) -> dict[str, str]:
            return ACCEPT | {"X-Forwarded-For": address}

        with client.stream("GET", path, headers=at("2001:db8:1:2::1")) as stream:
            chunks = stream.iter_raw()  # kept, for who lets go of it hangs up
            next(chunks)
            full = client.get(path, headers=at("2001:db8:1:2::2"))
            assert (full.status_code, full.headers["retry-after"]) == (429, "30")
            with client.stream("GET", path, headers=at("192.0.2.1")) as second:
                others = second.iter_raw()
                next(others)
                assert client.get("/v1/changes", headers=at("192.0.2.2")).status_code == 503
        for _ in range(40):
            with client.stream("GET", path, headers=at("2001:db8:1:2::3")) as stream:
                if stream.status_code == 200:
                    break
            time.sleep(0.1)
        assert stream.status_code == 200, "who goes leaves his place"


def test_what_is_no_id_is_not_found(api: Api) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        answer = api.request(method, "/v1/comments/not-a-uuid", json={"body": "x"} if method == "PATCH" else None)
        assert answer.status_code == 404, (method, answer.text)
