"""A request that is sent again under its `Idempotency-Key` gets its first answer again, and acts once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine

from app.main import document
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.events.racing import at_once

ARTICLES = "/v1/admin/articles"
WORDS = {"title": "Tram line opens", "markdown": "The first tram ran at noon."}


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0})


def create(staff: Api, key: str = "key-1", **fields: Any) -> httpx.Response:
    return staff.post(ARTICLES, json=WORDS | fields, headers={"Idempotency-Key": key})


def titles(staff: Api) -> list[str]:
    return [card["title"] for card in staff.get(ARTICLES).json()["items"]]


def test_the_same_request_gets_the_first_answer_again(staff: Api) -> None:
    first, again = create(staff), create(staff)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert first.headers.get("Idempotency-Replayed") is None
    assert again.headers["Idempotency-Replayed"] == "true"
    for name in ("ETag", "Location", "Cache-Control", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert titles(staff) == ["Tram line opens"]
    assert create(staff, "key-2").json()["slug"] == "tram-line-opens-2"


def test_another_request_under_the_same_key_is_refused(staff: Api) -> None:
    made = create(staff).json()
    for answer in (
        create(staff, title="Other"),
        staff.post(f"{ARTICLES}/{made['id']}/publish", headers={"If-Match": "*", "Idempotency-Key": "key-1"}),
        staff.post("/v1/admin/sources", json=WORDS | {"kind": "person"}, headers={"Idempotency-Key": "key-1"}),
    ):
        assert answer.status_code == 422
    assert create(staff, title="Other").json()["type"] == "/problems/idempotency-mismatch"
    assert titles(staff) == ["Tram line opens"]
    assert staff.get(f"{ARTICLES}/{made['id']}").json()["status"] == "draft"


def test_requests_at_the_same_moment_under_one_key_act_once(staff: Api) -> None:
    answers = at_once(lambda _: create(staff), range(6))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 5
    assert titles(staff) == ["Tram line opens"]


def test_different_requests_at_the_same_moment_under_one_key_act_once(staff: Api) -> None:
    answers = at_once(lambda title: create(staff, title=title), ["One", "Two", "Three"])
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
    assert len(titles(staff)) == 1


def test_a_refusal_is_not_kept(staff: Api) -> None:
    taken = draft(staff, slug="wanted")
    assert create(staff, slug="wanted").status_code == 409
    staff.patch(f"{ARTICLES}/{taken['id']}", json={"title": "x"}, headers={"If-Match": "*"})
    assert create(staff, slug="free").status_code == 201, "the key is still good for another request"
    stale = staff.post(
        f"{ARTICLES}/{taken['id']}/publish", headers={"If-Match": taken["etag"], "Idempotency-Key": "key-2"}
    )
    assert stale.status_code == 412
    current = staff.get(f"{ARTICLES}/{taken['id']}").headers["ETag"]
    for replayed in (None, "true"):
        answer = staff.post(
            f"{ARTICLES}/{taken['id']}/publish", headers={"If-Match": current, "Idempotency-Key": "key-2"}
        )
        assert (answer.status_code, answer.headers.get("Idempotency-Replayed")) == (200, replayed)


def test_two_callers_may_choose_the_same_key(staff: Api, key_of: Callable[..., str]) -> None:
    colleague = staff.acting_as(key_of("editor"))
    assert create(staff, title="Mine").json()["title"] == "Mine"
    assert create(colleague, title="Theirs").json()["title"] == "Theirs"
    assert create(staff, title="Mine").headers["Idempotency-Replayed"] == "true"
    stranger = create(staff.acting_as("ork_nobody"), title="Mine")
    assert stranger.status_code == 401, "a kept answer is for him who got it"


def test_an_answer_is_kept_for_a_day(staff: Api) -> None:
    with time_machine.travel("2027-03-02T12:00:00Z", tick=False) as clock:
        create(staff)
        clock.shift(timedelta(hours=24))
        assert "Idempotency-Replayed" in create(staff).headers
        clock.shift(timedelta(seconds=1))
        assert "Idempotency-Replayed" not in create(staff).headers
    assert len(titles(staff)) == 2


def test_a_reader_who_sends_his_comment_twice_has_posted_one(api: Api, staff: Api) -> None:
    article = published(staff)
    url = f"/v1/articles/{article['slug']}/comments"
    sent = {"author_name": "Ada", "body": "Well put."}
    answers = [api.post(url, json=sent, headers={"Idempotency-Key": "mine"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["edit_token"] for answer in answers}) == 1
    assert len(staff.get("/v1/admin/comments").json()["items"]) == 1
    other = api.post(url, json=sent | {"body": "Other."}, headers={"Idempotency-Key": "mine"})
    assert other.status_code == 422


@one_engine
def test_a_key_that_is_none_is_refused(staff: Api) -> None:
    for key in ("", "x" * 201):
        assert create(staff, key).status_code == 400
    assert titles(staff) == []


def test_every_post_of_staff_and_readers_takes_a_key() -> None:
    for path, operations in document()["paths"].items():
        if path in ("/v1/admin/extract", "/v1/admin/people/export"):  # they change nothing
            continue
        if "post" in operations and (path.startswith("/v1/admin") or path.endswith("/comments")):
            names = {parameter["name"].lower() for parameter in operations["post"].get("parameters", ())}
            assert "idempotency-key" in names, path
