"""Bulk: each article is done or refused by itself, as by its own route, and all is on the record."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.db import now
from app.events.actions import verify
from app.events.models import AuditEntry, Event
from app.media.models import Image
from tests.conftest import Api, draft, published
from tests.record.world import NOON, frozen

ARTICLES = "/v1/admin/articles"
NOBODY = "0193a5b0-c0de-7000-8000-00000000000a"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def bulk(staff: Api, action: str, *items: Any, key: str = "", **more: Any) -> dict[str, Any]:
    sent = {"action": action, "items": [item if isinstance(item, dict) else {"id": item} for item in items], **more}
    answer = staff.post(f"{ARTICLES}/bulk", json=sent, headers={"Idempotency-Key": key} if key else {})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def statuses(result: dict[str, Any]) -> list[int]:
    return [item["status"] for item in result["items"]]


def test_each_article_is_published_or_refused_by_itself(api: Api, staff: Api, writing: Callable[[], Any]) -> None:
    good, stale, public, last = draft(staff), draft(staff), published(staff), draft(staff)
    result = bulk(
        staff, "publish",
        {"id": good["id"], "etag": good["etag"]}, {"id": stale["id"], "etag": '"old"'},
        public["id"], NOBODY, last["id"],
    )  # fmt: skip
    assert statuses(result) == [200, 412, 409, 404, 200]
    assert (result["succeeded"], result["failed"]) == (2, 3)
    assert [item["id"] for item in result["items"]] == [good["id"], stale["id"], public["id"], NOBODY, last["id"]]
    refused = [item["problem"] for item in result["items"] if item["problem"]]
    assert [problem["type"] for problem in refused] == [
        "/problems/precondition-failed", "/problems/already-published", "/problems/not-found",
    ]  # fmt: skip
    assert refused[0]["current_etag"] == stale["etag"]
    assert refused[0]["instance"] == f"{ARTICLES}/{stale['id']}"
    for article, seen in ((good, 200), (stale, 404), (last, 200)):
        assert api.get(f"/v1/articles/{article['id']}").status_code == seen
        now_at = staff.get(f"{ARTICLES}/{article['id']}").headers["ETag"]
        told = next(item["etag"] for item in result["items"] if item["id"] == article["id"])
        assert told == (now_at if seen == 200 else None)
    with writing() as session:
        kinds = session.scalars(select(Event.subject_id).where(Event.kind == "article.published")).all()
        assert {str(found) for found in kinds} == {good["id"], public["id"], last["id"]}
        assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)).all()[-2:] == ["publish"] * 2
        assert verify(session).first_broken is None


def test_what_is_refused_half_way_leaves_nothing_behind(api: Api, staff: Api, writing: Callable[[], Any]) -> None:
    kind = {"type": "image/png", "width": 1, "height": 1, "bytes": 1, "created_at": now(), "modified_at": now()}
    with writing() as session:
        image = Image(digest="0" * 64, files=[{"name": "1.jpg", "type": "image/jpeg", "width": 1, "height": 1}], **kind)
        session.add(image)
    wordless, good = draft(staff, image=str(image.id)), draft(staff)
    result = bulk(staff, "publish", wordless["id"], good["id"])
    assert statuses(result) == [422, 200]
    assert result["items"][0]["problem"]["errors"][0]["pointer"] == "/image"
    assert staff.get(f"{ARTICLES}/{wordless['id']}").headers["ETag"] == wordless["etag"]
    assert api.get(f"/v1/articles/{wordless['id']}").status_code == 404
    assert api.get(f"/v1/articles/{good['id']}").status_code == 200


def test_every_step_does_what_its_own_route_does(api: Api, staff: Api) -> None:
    ids = [draft(staff)["id"] for _ in range(2)]
    for action, state in (
        ("submit", "in_review"), ("send_back", "draft"), ("publish", "published"), ("unpublish", "unpublished"),
        ("trash", "trashed"), ("restore", "draft"),
    ):  # fmt: skip
        assert statuses(bulk(staff, action, *ids)) == [200, 200], action
        assert [staff.get(f"{ARTICLES}/{one}").json()["status"] for one in ids] == [state, state]
        assert api.get("/v1/articles?count=exact").json()["total"] == (2 if state == "published" else 0)
    assert statuses(bulk(staff, "unschedule", *ids)) == [409, 409]
    assert statuses(bulk(staff, "trash", ids[0], ids[0])) == [200, 409], "the second meets what the first has done"


def test_many_are_scheduled_for_one_moment_and_appear_at_it(api: Api, staff: Api) -> None:
    due = NOON + timedelta(hours=1)
    later = due + timedelta(hours=1)
    with frozen(NOON):
        ids, public = [draft(staff)["id"] for _ in range(2)], published(staff)["id"]
        result = bulk(staff, "schedule", *ids, public, scheduled_at=due.isoformat())
        assert statuses(result) == [200, 200, 409]
        assert statuses(bulk(staff, "schedule", ids[1], scheduled_at=later.isoformat())) == [200], "again moves it"
        assert statuses(bulk(staff, "schedule", ids[0], scheduled_at=NOON.isoformat())) == [422]
    seen = []
    for moment in (due - timedelta(seconds=1), due, later):
        with frozen(moment):
            seen.append([api.get(f"/v1/articles/{one}").status_code for one in ids])
    assert seen == [[404, 404], [200, 404], [200, 200]]


def test_tags_are_added_and_taken_away_and_what_is_so_already_makes_no_revision(api: Api, staff: Api) -> None:
    one, two = published(staff, tags=["Ferries"]), published(staff, tags=["Money", "Ferries"])
    full = draft(staff, tags=[f"T{n}" for n in range(50)])
    result = bulk(staff, "tag", one["id"], two["id"], full["id"], tags=["Money", "Ferries"])
    assert statuses(result) == [200, 200, 422]
    shown = [staff.get(f"{ARTICLES}/{article['id']}").json() for article in (one, two)]
    names = [[tag["name"] for tag in article["tags"]] for article in shown]
    assert names == [["Ferries", "Money"], ["Money", "Ferries"]]
    assert [article["revision"] for article in shown] == [2, 1]
    assert api.get("/v1/articles?tag=money&count=exact").json()["total"] == 2
    bulk(staff, "untag", one["id"], two["id"], tags=["Money"])
    assert api.get("/v1/articles?tag=money&count=exact").json()["total"] == 0


@one_engine
def test_a_repeated_request_gets_its_first_answer(staff: Api) -> None:
    made = draft(staff)
    first = bulk(staff, "publish", made["id"], key="once")
    assert first == bulk(staff, "publish", made["id"], key="once")
    assert statuses(first) == [200]


@one_engine
def test_the_rights_are_those_of_the_single_routes(api: Api, staff: Api, key_of: Callable[..., str]) -> None:
    author = api.acting_as(key_of("author"))
    mine, public = draft(author), published(staff)
    assert statuses(bulk(author, "trash", mine["id"], public["id"])) == [200, 403]
    assert staff.get(f"{ARTICLES}/{public['id']}").json()["status"] == "published"
    moment = {"scheduled_at": "2031-05-05T04:00:00Z"}
    for action, more in (("publish", {}), ("unpublish", {}), ("restore", {}), ("schedule", moment), ("unschedule", {})):
        answer = author.post(f"{ARTICLES}/bulk", json={"action": action, "items": [{"id": mine["id"]}], **more})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), action
    assert staff.get(f"{ARTICLES}/{mine['id']}").json()["status"] == "trashed"


@one_engine
def test_a_wrong_request_changes_nothing(staff: Api) -> None:
    made = draft(staff)
    item = {"id": made["id"]}
    for wrong in (
        {"action": "delete", "items": [item]}, {"action": "tag", "items": [item]},
        {"action": "publish", "items": [item], "tags": ["A"]}, {"action": "publish", "items": []},
        {"action": "publish", "items": [item] * 101}, {"action": "publish", "items": [item | {"status": 1}]},
        {"action": "publish", "items": [{"id": made["slug"]}]}, {"action": "schedule", "items": [item]},
        {"action": "publish", "items": [item], "scheduled_at": "2031-05-05T04:00:00Z"},
        {"action": "schedule", "items": [item], "scheduled_at": "2031-05-05"},
    ):  # fmt: skip
        assert staff.post(f"{ARTICLES}/bulk", json=wrong).status_code == 422, wrong
    assert staff.get(f"{ARTICLES}/{made['id']}").headers["ETag"] == made["etag"]
