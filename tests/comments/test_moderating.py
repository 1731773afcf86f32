"""What moderators find in their queues, decide, and keep out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import text as sql

from tests.comments.world import (
    BANS,
    RULES,
    At,
    Json,
    decide,
    edited,
    kind,
    one_engine,
    pointers,
    post,
    posted,
    queue,
    rule,
    thread,
)
from tests.conftest import Api, published

BULK = "/v1/admin/comments/bulk"
LINKS = "See https://a.example and www.b.example and http://c.example"
LONG = "This is a text of some length, which nobody would write twice by chance."


def ban(staff: Api, **fields: Any) -> Json:
    answer = staff.post(BANS, json=fields)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def test_the_queues_are_counted_and_listed(api: Api, staff: Api, at: At) -> None:
    made = published(staff)
    waits, junk = posted(api, made), posted(api, made)
    doubt = posted(api, made, kind="challenge", evidence="https://example.org/minutes")
    decide(staff, "spam", junk)
    rule(staff, mode="open")
    bad = posted(api, made)
    assert at("198.51.100.1").post(f"/v1/comments/{bad['id']}/flags", json={"reason": "abusive"}).status_code == 204
    assert staff.get("/v1/admin/comments/queues").json() == {"pending": 2, "reported": 1, "spam": 1, "challenges": 1}
    assert queue(staff, "pending") == [waits["id"], doubt["id"]]
    assert queue(staff, "challenges") == [doubt["id"]]
    assert queue(staff, "spam") == [junk["id"]]
    assert queue(staff, "reported") == [bad["id"]]
    decide(staff, "approve", bad)
    assert queue(staff, "reported") == []
    assert [c["id"] for c in thread(api, made)] == [bad["id"]]
    assert staff.get(f"/v1/admin/comments/{bad['id']}").json()["flags"][0]["is_open"] is False


def test_a_decision_has_a_reason_and_is_in_the_log(api: Api, staff: Api) -> None:
    said = posted(api, published(staff))
    assert decide(staff, "reject", said, reason_code="off_topic", reason="Not about ferries").status_code == 200
    known = staff.get(f"/v1/admin/comments/{said['id']}").json()
    assert (known["status"], known["reason_code"], known["reason"]) == ("rejected", "off_topic", "Not about ferries")
    [entry] = staff.get("/v1/admin/audit", params={"object": said["id"]}).json()["items"]
    assert (entry["action"], entry["before"]) == ("moderate", {"status": "pending"})
    assert entry["after"] == {"status": "rejected", "reason_code": "off_topic", "reason": "Not about ferries"}
    assert pointers(decide(staff, "reject", said, reason_code="dull")) == {"/reason_code"}


def test_who_comes_late_is_told_the_present_status(api: Api, staff: Api) -> None:
    made = published(staff)
    one, two = posted(api, made), posted(api, made)
    decide(staff, "reject", one)
    answer = decide(staff, "approve", one, two, current_status="pending")
    assert kind(answer) == (409, "already-decided")
    assert answer.json()["current"] == [
        {"id": one["id"], "status": "rejected", "edited_at": None},
        {"id": two["id"], "status": "pending", "edited_at": None},
    ]
    assert thread(api, made) == []


def test_of_many_decisions_each_stands_by_itself(api: Api, staff: Api) -> None:
    made = published(staff)
    one, two, three = posted(api, made), posted(api, made), posted(api, made)
    nowhere = "0193a5b0-c0de-7000-8000-00000000000a"
    decide(staff, "spam", two)
    decisions = [
        {"id": one["id"], "action": "approve", "current_status": "pending"},
        {"id": two["id"], "action": "approve", "current_status": "pending"},
        {"id": nowhere, "action": "approve"},
        {"id": three["id"], "action": "reject", "reason_code": "other"},
        {"id": three["id"], "action": "approve"},
    ]
    answer = staff.post(BULK, json={"decisions": decisions})
    assert [(row["status"], row["problem"]) for row in answer.json()["items"]] == [
        ("approved", None),
        ("spam", "/problems/already-decided"),
        (None, "/problems/not-found"),
        ("rejected", None),
        ("rejected", "/problems/not-found"),
    ]
    assert [c["id"] for c in thread(api, made)] == [one["id"]]
    assert pointers(staff.post(BULK, json={"decisions": []})) == {"/decisions"}


def test_moderators_leave_notes_that_no_reader_gets(api: Api, staff: Api, piece: Json) -> None:
    said = posted(api, piece)
    url = f"/v1/admin/comments/{said['id']}"
    assert staff.post(f"{url}/notes", json={"text": "Third time this week."}).status_code == 201
    assert [note["text"] for note in staff.get(url).json()["notes"]] == ["Third time this week."]
    assert "Third time" not in api.get(f"/v1/comments/{said['id']}").text
    assert (
        staff.post("/v1/admin/comments/0193a5b0-c0de-7000-8000-00000000000a/notes", json={"text": "x"}).status_code
        == 404
    )


@one_engine
def test_something_odd_waits_and_its_author_learns_no_more_than_that(api: Api, staff: Api, piece: Json) -> None:
    cases = [
        (LINKS, "links"),
        ("THIS IS WHAT I CALL AN OUTRAGE", "shouting"),
        ("So CHЕАР  píll$ are here", "words"),
        ("这里有廉价药丸出售", "words"),
    ]
    ban(staff, words="cheap pills")
    ban(staff, words="廉价药丸")
    for body, finding in cases:
        answer = post(api, piece, body=body)
        assert (answer.status_code, answer.json()["held"]) == (202, "review"), body
        assert "findings" not in answer.json()
        assert staff.get(f"/v1/admin/comments/{answer.json()['id']}").json()["findings"] == [finding]
    assert post(api, piece, body=LONG).status_code == 201
    assert post(api, piece, body=LONG.replace("text", "téxt")).json()["held"] == "review"
    assert post(api, piece, body="cheaper pillsx, and one https://link.example").status_code == 201
    rule(staff, mode="open", max_links=5, hold_shouting=False, max_length=200)
    assert post(api, piece, body=f"{LINKS} as well").status_code == 201
    assert post(api, piece, body="THIS IS WHAT I CALL ANOTHER OUTRAGE").status_code == 201
    assert pointers(post(api, piece, body="x" * 201)) == {"/body"}


@one_engine
def test_words_may_keep_a_comment_out(api: Api, staff: Api, piece: Json) -> None:
    made = ban(staff, words="Buy  now", effect="refuse")
    assert made["value"] == "Buy now"
    assert pointers(post(api, piece, body="Buy-now and save")) == {"/body"}
    assert staff.request("DELETE", f"{BANS}/{made['id']}").status_code == 204
    assert staff.request("DELETE", f"{BANS}/{made['id']}").status_code == 404
    assert post(api, piece, body="Buy-now and save").status_code == 201


def test_a_person_is_kept_out_until_the_ban_ends(api: Api, staff: Api, piece: Json, at: At) -> None:
    said = posted(api, piece, author_email="eve@reader.example")
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        made = ban(staff, comment=said["id"], note="Insults", expires_at="2027-03-02T12:00:00Z")
        assert (made["kind"], made["value"], made["effect"]) == ("email", None, "refuse")
        elsewhere = at("203.0.113.9")
        refused = post(elsewhere, piece, author_email="EVE@reader.example")
        assert kind(refused) == (403, "banned")
        assert refused.json()["until"] == "2027-03-02T12:00:00Z"
        assert post(api, piece).status_code == 201, "it was the e-mail address that was banned"
        ban(staff, comment=said["id"], by="address", effect="hold")
        assert post(api, piece).json()["held"] == "review"
        clock.shift(timedelta(days=1))
        assert post(elsewhere, piece, author_email="eve@reader.example").status_code == 201


@one_engine
def test_a_range_of_addresses_is_kept_out(staff: Api, piece: Json, at: At) -> None:
    ban(staff, network="198.51.100.77/24")
    assert [row["value"] for row in staff.get(BANS).json()["items"]] == ["198.51.100.0/24"]
    assert kind(post(at("198.51.100.200"), piece)) == (403, "banned")
    assert kind(post(at("::ffff:198.51.100.200"), piece)) == (403, "banned")
    assert post(at("198.51.101.1"), piece).status_code == 201
    ban(staff, network="2001:db8::/32", effect="hold")
    assert post(at("2001:db8:1::7"), piece).status_code == 202


@one_engine
@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({}, ""),
        ({"words": "ab", "network": "192.0.2.0/24"}, ""),
        ({"network": "192.0.2.0/99"}, "/network"),
        ({"words": " a "}, "/words"),
        ({"email": "no address"}, "/email"),
        ({"words": "pills", "expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"words": "pills", "by": "email"}, ""),
        ({"comment": "0193a5b0-c0de-7000-8000-00000000000a"}, "/comment"),
        ({"words": "pills", "effect": "burn"}, "/effect"),
    ],
)
def test_a_ban_that_cannot_be_is_refused(staff: Api, wrong: Json, pointer: str) -> None:
    assert pointers(staff.post(BANS, json=wrong)) == {pointer}
    assert staff.get(BANS).json()["items"] == []


def test_rules_are_changed_by_who_saw_them_and_the_log_has_it(staff: Api) -> None:
    seen = staff.get(RULES)
    assert seen.json()["mode"] == "held"
    assert staff.request("PUT", RULES, json={"mode": "open"}).status_code == 428
    changed = staff.request("PUT", RULES, json={"mode": "open"}, headers={"If-Match": seen.headers["ETag"]})
    assert changed.status_code == 200
    late = staff.request("PUT", RULES, json={"mode": "closed"}, headers={"If-Match": seen.headers["ETag"]})
    assert late.status_code == 412
    entry = staff.get("/v1/admin/audit", params={"action": "rule"}).json()["items"][0]
    assert (entry["before"]["mode"], entry["after"]["mode"]) == ("held", "open")
    for wrong in ({"mode": "ajar"}, {"max_links": -1}, {"edit_minutes": 9999}, {"close_after_days": 0}, {"odd": 1}):
        answer = staff.request("PUT", RULES, json=wrong, headers={"If-Match": "*"})
        assert pointers(answer) == {f"/{next(iter(wrong))}"}


def test_no_table_and_no_answer_names_who_was_banned(api: Api, staff: Api, piece: Json, reading: Any) -> None:
    said = posted(api, piece, author_email="canary@reader.example")
    ban(staff, comment=said["id"])
    ban(staff, email="canary@other.example")
    api.post(f"/v1/comments/{said['id']}/votes", json={"value": 1})
    answers = [staff.get(url).text for url in (BANS, "/v1/admin/audit", f"/v1/admin/comments/{said['id']}")]
    assert "canary" not in "".join(answers)
    with reading() as session:
        for table in ("comments", "comment_bans", "comment_votes", "comment_flags", "audit_entries"):
            rows = str(session.execute(sql(f"SELECT * FROM {table}")).all())  # noqa: S608
            assert "canary" not in rows
            assert table == "audit_entries" or "192.0.2.7" not in rows


@one_engine
def test_a_checker_outside_sees_the_words_it_decides_about_and_overrules_nobody(api: Api, staff: Api) -> None:
    made = published(staff)
    rule(staff, mode="held", edit_minutes=0)
    first, second = posted(api, made), posted(api, made, body="Buy this.")
    assert kind(edited(api, first, "Other words than the checker read")) == (409, "editing-over")
    assert staff.get(f"/v1/admin/comments/{first['id']}").json()["status"] == "pending"
    assert thread(api, made) == []
    assert decide(staff, "approve", first, current_status="pending").status_code == 200
    assert [c["id"] for c in thread(api, made)] == [first["id"]]
    decide(staff, "reject", second)
    assert kind(decide(staff, "approve", second, current_status="pending")) == (409, "already-decided")
    assert [c["id"] for c in thread(api, made)] == [first["id"]]
