"""What is kept of one reader is handed out, erased and forgotten, and never shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import anyio.from_thread
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import text as sql
from structlog.testing import capture_logs

from app.accounts.actions import create_user, sign_in
from app.comments.folding import keyed
from app.context import Site
from app.db import now
from app.ingest.exporting import export
from app.people import actions
from tests.comments.world import BANS, Elsewhere, decide, edited, one_engine, pointers, post, posted, rule, thread
from tests.conftest import SECRET, Api, published

EMAIL, ADDRESS = "canary@reader.example", "198.51.100.77"
CANARIES = ("canary", ADDRESS)
EXPORT, ERASE = "/v1/admin/people/export", "/v1/admin/people/erase"
TRACES = ("comments", "comment_wordings", "comment_notes", "comment_votes", "comment_flags", "users")


@pytest.fixture
def reader(portal: anyio.from_thread.BlockingPortal, app: FastAPI) -> Api:
    return Elsewhere(portal, app, ADDRESS)


def asked(staff: Api, url: str, **whom: str) -> dict[str, Any]:
    answer = staff.post(url, json=whom)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def everything(reading: Callable[[], Any]) -> str:
    with reading() as session:
        return "".join(str(session.execute(sql(f"SELECT * FROM {table}")).all()) for table in TRACES)  # noqa: S608


def test_a_person_is_handed_out_and_erased_and_nobody_else(
    api: Api, staff: Api, reader: Api, reading: Callable[[], Any]
) -> None:
    made = published(staff)
    rule(staff, mode="open")
    said = posted(reader, made, author_name="Cyd Canary", author_email=EMAIL, body="My canary said it")
    assert edited(reader, said, "My canary sang").status_code == 200
    answer = posted(api, made, parent_id=said["id"], author_email="bo@reader.example")
    assert staff.post(f"/v1/admin/comments/{said['id']}/notes", json={"text": "The canary man"}).status_code == 201
    assert staff.post(BANS, json={"email": EMAIL, "note": "canary"}).status_code == 201
    for path, body in (("votes", {"value": 1}), ("flags", {"reason": "other", "note": "canary"})):
        assert reader.post(f"/v1/comments/{answer['id']}/{path}", json=body).is_success
    shown = asked(staff, EXPORT, email=f" {EMAIL.upper()}")
    [comment] = shown["comments"]
    assert (comment["text"], comment["author_name"]) == ("My canary sang", "Cyd Canary")
    assert (comment["kind"], comment["parent_id"], comment["findings"], comment["target"]) == (
        "comment",
        None,
        [],
        None,
    )
    assert (comment["has_email"], comment["has_address"], comment["notes"]) == (True, True, ["The canary man"])
    assert [wording["text"] for wording in comment["wordings"]] == ["My canary said it"]
    assert (shown["account"], shown["votes"], shown["flags"]) == (None, [], [])
    assert [ban["note"] for ban in shown["bans"]] == ["canary"]
    by_address = asked(staff, EXPORT, address=ADDRESS)
    assert [vote["comment_id"] for vote in by_address["votes"]] == [answer["id"]]
    assert [flag["note"] for flag in by_address["flags"]] == ["canary"]

    erased = asked(staff, ERASE, email=EMAIL)
    assert erased == {"account": False, "comments": 1, "votes": 0, "flags": 0, "bans": 1, "addresses": 0, "credits": []}
    assert asked(staff, ERASE, address=ADDRESS)["votes"] == 1
    left = everything(reading)
    assert not any(trace in left for trace in ("canary", "Canary", keyed(SECRET.encode(), EMAIL)))
    assert keyed(SECRET.encode(), ADDRESS) not in left
    gone, kept = thread(api, made)
    assert (gone["removed"], gone["author"]["name"], gone["text"]) == ("author", "", "")
    assert (kept["text"], kept["score"]) == ("Well put.", 1)
    assert asked(staff, EXPORT, email=EMAIL)["comments"] == []
    recorded = staff.get("/v1/admin/audit", params={"action": "erase"}).json()["items"]
    again = asked(staff, ERASE, email=EMAIL)
    assert (again["comments"], again["bans"]) == (0, 0)
    assert staff.get("/v1/admin/audit", params={"action": "erase"}).json()["items"] == recorded  # nothing went
    assert post(api, made, author_email=EMAIL).status_code == 403  # the ban stays
    entries = staff.get("/v1/admin/audit", params={"action": "erase"}).json()["items"]
    assert entries[-1]["object_kind"] == "person"
    assert "canary" not in str(staff.get("/v1/admin/audit").json()).lower()
    assert staff.get("/v1/admin/audit/verify").json()["intact"] is True


def test_an_account_goes_with_its_comments(
    api: Api, staff: Api, reader: Api, writing: Callable[[], Any], reading: Callable[[], Any]
) -> None:
    made = published(staff)
    rule(staff, mode="open")
    with writing() as session:
        user = create_user(session, email=EMAIL, name="Cyd Canary", role="reader", password_hash=None, at=now())
        member = api.acting_as(sign_in(session, user, at=now()).access)
    said = member.post(f"/v1/articles/{made['id']}/comments", json={"body": "Sung"})
    assert said.status_code == 201, said.text
    other = posted(reader, made)
    assert member.post(f"/v1/comments/{other['id']}/votes", json={"value": 1}).status_code == 200
    shown = asked(staff, EXPORT, email=EMAIL)
    assert shown["account"]["email"] == EMAIL
    assert (len(shown["account"]["sign_ins"]), shown["account"]["keys"]) == (1, [])
    assert asked(staff, EXPORT, user=shown["account"]["id"]) == shown
    assert (len(shown["comments"]), len(shown["votes"])) == (1, 1)
    erased = asked(staff, ERASE, user=shown["account"]["id"])
    assert (erased["account"], erased["comments"], erased["votes"]) == (True, 1, 1)
    assert asked(staff, ERASE, user=shown["account"]["id"])["account"] is False
    assert "canary" not in everything(reading)
    assert [comment["id"] for comment in thread(api, made)] == [other["id"]]
    assert member.get("/v1/admin/users").status_code == 401


def test_what_credits_the_person_is_named(api: Api, staff: Api) -> None:
    made = published(staff)
    doubt = posted(api, made, author_email=EMAIL, kind="challenge", evidence="https://example.org/minutes")
    url = f"/v1/admin/comments/{doubt['id']}/accept"
    accepted = staff.post(url, json={"text": "Eleven."}, headers={"If-Match": "*"})
    assert accepted.status_code == 201, accepted.text
    assert asked(staff, ERASE, email=EMAIL)["credits"] == [accepted.json()["comment"]["outcome"]["correction"]]


@one_engine
def test_only_who_may_change_users_may_ask_and_for_one_person(api: Api, staff: Api, key_of: Callable[..., str]) -> None:
    moderator = api.acting_as(key_of("moderator"))
    nobody = "0193a5b0-c0de-7000-8000-00000000000a"
    for url in (EXPORT, ERASE):
        assert moderator.post(url, json={"email": EMAIL}).status_code == 403
        assert pointers(staff.post(url, json={})) == {""}
        assert pointers(staff.post(url, json={"email": EMAIL, "address": ADDRESS})) == {""}
        assert pointers(staff.post(url, json={"email": "canary"})) == {"/email"}
        assert pointers(staff.post(url, json={"address": "198.51.100.0/24"})) == {"/address"}
        assert staff.post(url, json={"user": nobody}).status_code == 404
    owner = asked(staff, EXPORT, email="owner@example.org")["account"]
    assert staff.post(ERASE, json={"user": owner["id"]}).json()["type"] == "/problems/last-owner"
    assert asked(staff, EXPORT, email="owner@example.org")["account"] == owner


def test_readers_are_forgotten_in_time(
    api: Api, staff: Api, reader: Api, site: Site, reading: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    made = published(staff)
    rule(staff, mode="open")
    old = [posted(reader, made, author_email=EMAIL) for _ in range(5)]
    assert api.post(f"/v1/comments/{old[0]['id']}/votes", json={"value": 1}).status_code == 200
    assert api.post(f"/v1/comments/{old[0]['id']}/flags", json={"reason": "other"}).status_code == 204
    with time_machine.travel(now() + timedelta(days=90), tick=True):
        posted(reader, made, author_email="new@reader.example")
    with time_machine.travel(now() + timedelta(days=180), tick=True):
        assert [actions.forget(site.database, days=100) for _ in range(4)] == [True, True, True, False]
        with reading() as session:
            kept = session.execute(sql("SELECT count(email_digest), count(address_digest) FROM comments")).one()
            votes, flags = (
                session.execute(sql(f"SELECT count(*) FROM comment_{table}")).scalar()  # noqa: S608
                for table in ("votes", "flags")
            )
    assert (tuple(kept), votes, flags) == ((1, 1), 0, 0)
    assert [comment["score"] for comment in thread(api, made, sort="oldest")] == [1, 0, 0, 0, 0, 0]
    assert edited(reader, old[0], "Better put.").status_code == 200


def test_nothing_that_anybody_gets_names_a_reader_s_addresses(
    api: Api, staff: Api, reader: Api, reading: Callable[[], Any]
) -> None:
    """In no public answer, feed, event, log, export, nor for moderators."""
    made = published(staff)
    rule(staff, mode="open")
    with capture_logs() as logs:
        said = posted(reader, made, author_email=EMAIL)
        assert reader.post(f"/v1/comments/{said['id']}/flags", json={"reason": "odd"}).status_code == 422
        decide(staff, "reject", said)
        decide(staff, "approve", said)
    urls = (
        f"/v1/articles/{made['id']}",
        f"/v1/articles/{made['id']}/comments",
        f"/v1/comments/{said['id']}",
        "/v1/changes",
        "/feeds/articles.atom",
    )
    seen = [str(api.get(url).text) for url in urls]
    seen += [staff.get(url).text for url in ("/v1/admin/comments", f"/v1/admin/comments/{said['id']}")]
    seen += [staff.get("/v1/admin/audit").text, str(said), str(logs)]
    with reading() as session:
        seen += [line.decode() for line in export(session, users=True)]
        seen.append(str(session.execute(sql("SELECT * FROM events")).all()))
        seen.append(str(session.execute(sql("SELECT * FROM comments")).all()))
    digests = keyed(SECRET.encode(), EMAIL), keyed(SECRET.encode(), ADDRESS)
    for shown in seen[:-1]:
        assert not any(trace in shown for trace in (*CANARIES, *digests)), shown
    assert not any(canary in seen[-1] for canary in CANARIES)
    assert all(digest in seen[-1] for digest in digests)
