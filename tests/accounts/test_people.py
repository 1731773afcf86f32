"""Users, keys and sign-ins through the admin API: who may change whom, from when on, and what the record says."""

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from app.accounts import actions
from app.accounts.rights import RIGHTS, SCOPES
from app.db import Base, now
from app.events.actions import first_broken
from app.events.models import AuditEntry
from app.settings import Settings
from tests.conftest import PASSWORD, Api

USERS, KEYS, SESSIONS = "/v1/admin/users", "/v1/admin/api-keys", "/v1/admin/sessions"
BOB = "bob@example.org"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0})


def taken(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer that went well, with its ETag."""
    assert answer.is_success, answer.text
    return {**answer.json(), "etag": answer.headers["ETag"]}


def problem(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def bob(staff: Api, **fields: Any) -> dict[str, Any]:
    return taken(staff.post(USERS, json={"email": BOB, "role": "editor", "password": PASSWORD} | fields))


def change(staff: Api, user: dict[str, Any], **fields: Any) -> httpx.Response:
    return staff.patch(f"{USERS}/{user['id']}", json=fields, headers={"If-Match": user["etag"]})


def sign_in(api: Api, email: str = BOB, password: str = PASSWORD) -> httpx.Response:
    return api.post("/v1/auth/token", data={"grant_type": "password", "username": email, "password": password})


def works(api: Api, credential: str, url: str = "/v1/admin/articles") -> int:
    return api.acting_as(credential).get(url).status_code


def test_a_user_is_made_read_listed_changed_and_erased(api: Api, staff: Api, reading: Callable[[], Any]) -> None:
    made = taken(staff.post(USERS, json={"email": " Bob@Example.ORG", "name": "Bob Reeve", "role": "author"}))
    url = f"{USERS}/{made['id']}"
    assert (made["email"], made["has_password"], made["disabled_at"]) == (BOB, False, None)
    assert taken(staff.get(url)) == made
    assert [user["email"] for user in staff.get(USERS, params={"role": "author"}).json()["items"]] == [BOB]
    assert len(staff.get(USERS, params={"disabled": "false"}).json()["items"]) == 2
    assert staff.get(USERS, params={"disabled": "true", "count": "exact"}).json()["total"] == 0

    assert change(staff, made, name="Robert Reeve", password=PASSWORD).status_code == 200
    assert change(staff, made, name="Stale").status_code == 412
    assert staff.patch(url, json={"name": "No"}).status_code == 428
    changed = taken(staff.get(url))
    assert (changed["name"], changed["role"], changed["has_password"]) == ("Robert Reeve", "author", True)
    assert sign_in(api).status_code == 200

    erased = taken(staff.delete(url, headers={"If-Match": changed["etag"]}))
    assert (erased["name"], erased["email"], erased["has_password"]) == ("", f"{made['id']}@erased.invalid", False)
    assert sign_in(api).status_code == 400
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = str(session.execute(select(table)).all()).lower()
            assert not {"bob", "robert"} & set(re.findall(r"[a-z]+", rows)), table.name
        assert first_broken(session) is None
    assert bob(staff)["id"] != made["id"], "the address is free again"


def test_a_role_a_disablement_and_a_new_password_hold_from_the_next_request_on(api: Api, staff: Api) -> None:
    user = bob(staff)
    key = taken(staff.post(KEYS, json={"name": "t", "scopes": ["comments:moderate"], "owner": user["id"]}))["key"]
    token = sign_in(api).json()["access_token"]
    queue = "/v1/admin/comments"
    assert (works(api, token, queue), works(api, key, queue)) == (200, 200)
    user = taken(change(staff, user, role="author"))
    assert (works(api, token, queue), works(api, key, queue), works(api, token)) == (403, 403, 200)
    user = taken(change(staff, user, role="editor", disabled=True))
    assert (works(api, token), works(api, key, queue), sign_in(api).status_code) == (401, 401, 400)
    user = taken(change(staff, user, disabled=False))
    assert (works(api, token), works(api, key, queue)) == (401, 200), "his keys only rested"
    token = sign_in(api).json()["access_token"]
    taken(change(staff, user, password="another long password"))
    assert works(api, token) == 401
    assert (sign_in(api).status_code, sign_in(api, password="another long password").status_code) == (400, 200)


@one_engine
def test_bad_input_is_a_problem_and_changes_nothing(staff: Api) -> None:
    user = bob(staff)
    before = staff.get(USERS).json()
    wrong: list[Any] = [
        {}, [], {"email": "no address", "role": "editor"}, {"email": "a@example.org", "role": "king"},
        {"email": "a@example.org", "role": "editor", "password": "short"}, {"email": 1, "role": "editor"},
        {"email": "a@example.org", "role": "editor", "password": "x" * 201},
        {"email": "a@example.org", "role": "editor", "id": user["id"]},
        {"email": "a@example.org", "role": "editor", "created_at": user["created_at"]},
    ]  # fmt: skip
    for body in wrong:
        answer = staff.post(USERS, json=body)
        assert (answer.status_code, "x" * 40 in answer.text) == (422, False), body
    assert problem(staff.post(USERS, json={"email": "BOB@example.org", "role": "editor"})) == "email-taken"
    for fields in ({"email": None}, {"role": "king"}, {"disabled_at": None}, {"password": ""}, {"email": "nobody"}):
        assert change(staff, user, **fields).status_code == 422, fields
    assert problem(change(staff, user, email="owner@example.org")) == "email-taken"
    for reference in ("nobody", "0193a5b0-c0de-7000-8000-00000000000a"):
        assert staff.get(f"{USERS}/{reference}").status_code in (400, 404)
    assert staff.get(USERS, params={"role": "king"}).status_code == 400
    assert staff.get(USERS).json() == before


def test_the_last_owner_can_neither_go_nor_step_down(staff: Api) -> None:
    owner = next(user for user in staff.get(USERS).json()["items"] if user["role"] == "owner")
    owner = taken(staff.get(f"{USERS}/{owner['id']}"))
    for answer in (
        change(staff, owner, role="editor"),
        change(staff, owner, disabled=True),
        staff.delete(f"{USERS}/{owner['id']}", headers={"If-Match": "*"}),
    ):
        assert (answer.status_code, problem(answer)) == (409, "last-owner")
    assert taken(staff.get(f"{USERS}/{owner['id']}")) == owner
    bob(staff, role="owner")
    assert change(staff, owner, role="editor").status_code == 200


def test_of_two_owners_who_disable_each_other_at_once_one_stays(staff: Api, reading: Callable[[], Any]) -> None:
    bob(staff, role="owner")
    owners = [user["id"] for user in staff.get(USERS, params={"role": "owner"}).json()["items"]]
    assert len(owners) == 2
    found: list[int] = []

    def disable(user_id: str) -> None:
        answer = staff.patch(f"{USERS}/{user_id}", json={"disabled": True}, headers={"If-Match": "*"})
        found.append(answer.status_code)

    threads = [threading.Thread(target=disable, args=(user_id,)) for user_id in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The key is one of the two owners': once he is disabled the other's request may come too late to be let in.
    assert sorted(found) in ([200, 401], [200, 409])
    with reading() as session:
        assert session.scalar(text("SELECT count(*) FROM users WHERE role = 'owner' AND disabled_at IS NULL")) == 1


@one_engine
def test_nobody_lends_rights_that_he_does_not_have(api: Api, staff: Api, key_of: Callable[..., str]) -> None:
    owner = next(user["id"] for user in staff.get(USERS).json()["items"] if user["role"] == "owner")
    reader = bob(staff, role="reader")
    people = api.acting_as(key_of("owner", scopes=["users:write"]))
    assert people.post(USERS, json={"email": "c@example.org", "role": "reader"}).status_code == 201
    for role in ("owner", "editor", "author", "moderator"):
        assert people.post(USERS, json={"email": "d@example.org", "role": role}).status_code == 403
        assert change(people, reader, role=role).status_code == 403
    for fields in ({"password": PASSWORD}, {"email": "mine@example.org"}, {"disabled": True}):
        answer = people.patch(f"{USERS}/{owner}", json=fields, headers={"If-Match": "*"})
        assert (answer.status_code, problem(answer)) == (403, "forbidden")
    assert people.delete(f"{USERS}/{owner}", headers={"If-Match": "*"}).status_code == 403
    keys = api.acting_as(key_of("owner", scopes=["keys:write", "articles:read"]))
    assert keys.post(KEYS, json={"name": "k", "scopes": ["articles:read"]}).status_code == 201
    for scopes in (["articles:write"], ["articles:read", "users:write"]):
        assert keys.post(KEYS, json={"name": "k", "scopes": scopes}).status_code == 403
    for role in set(RIGHTS) - {"owner"}:
        by = api.acting_as(key_of(role)) if RIGHTS[role] else None
        for url in (USERS, KEYS, SESSIONS) if by else ():
            assert by is not None
            assert by.get(url).status_code == 403


def test_a_key_is_made_shown_once_listed_and_revoked(api: Api, staff: Api, reading: Callable[[], Any]) -> None:
    user = bob(staff)
    wanted = {
        "name": "Front page",
        "scopes": ["articles:read"],
        "owner": user["id"],
        "expires_at": (now() + timedelta(days=1)).isoformat(),
    }
    again = {"Idempotency-Key": "make-a-key"}
    first = staff.post(KEYS, json=wanted, headers=again)
    made = taken(first)
    text_of_key = made["key"]
    assert made["prefix"] == text_of_key[:12]
    assert made["owner"]["email"] == BOB
    assert staff.post(KEYS, json=wanted, headers=again).json() == first.json()
    assert works(api, text_of_key) == 200
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            rows = str(session.execute(select(table)).all())
            assert text_of_key[12:] not in rows, table.name
    listed = staff.get(KEYS, params={"owner": user["id"]}).json()["items"]
    assert [key["id"] for key in listed] == [made["id"]]
    assert "key" not in listed[0]
    assert listed[0]["last_used_at"] is not None
    assert staff.get(f"{KEYS}/{made['id']}").json() == listed[0]
    revoked = staff.delete(f"{KEYS}/{made['id']}").json()
    assert revoked["revoked_at"] is not None
    assert staff.delete(f"{KEYS}/{made['id']}").json() == revoked
    assert works(api, text_of_key) == 401


@one_engine
def test_a_key_that_could_not_work_is_refused(staff: Api) -> None:
    user = bob(staff, role="author")
    wrong: list[dict[str, Any]] = [
        {"scopes": []}, {"scopes": ["everything"]}, {"scopes": ["articles:publish"], "owner": user["id"]},
        {"scopes": ["articles:read"], "expires_at": "2020-01-01T00:00:00Z"}, {"scopes": list(SCOPES) * 2},
        {"scopes": ["articles:read"], "owner": "0193a5b0-c0de-7000-8000-00000000000a"}, {"scopes": "articles:read"},
    ]  # fmt: skip
    for fields in wrong:
        assert staff.post(KEYS, json={"name": "k"} | fields).status_code in (403, 422), fields
    change(staff, user, disabled=True)
    assert staff.post(KEYS, json={"name": "k", "scopes": ["articles:read"], "owner": user["id"]}).status_code == 422
    assert staff.get(f"{KEYS}/0193a5b0-c0de-7000-8000-00000000000a").status_code == 404
    assert staff.delete(f"{KEYS}/0193a5b0-c0de-7000-8000-00000000000a").status_code == 404


def test_sign_ins_are_listed_and_ended_one_by_one_or_all(api: Api, staff: Api) -> None:
    user = bob(staff)
    one, two = sign_in(api).json(), sign_in(api).json()
    listed = staff.get(SESSIONS, params={"user": user["id"]}).json()["items"]
    assert [session["user"]["email"] for session in listed] == [BOB, BOB]
    assert staff.delete(f"{SESSIONS}/{listed[0]['id']}").status_code == 204
    assert (works(api, one["access_token"]), works(api, two["access_token"])) == (200, 401), "the latest comes first"
    assert staff.delete(f"{SESSIONS}/{user['id']}").status_code == 404
    three = sign_in(api).json()
    assert api.post("/v1/auth/revoke", data={"token": two["refresh_token"], "everywhere": "true"}).status_code == 204
    assert works(api, three["access_token"]) == 200, "a token that is not live ends nothing else"
    assert api.post("/v1/auth/revoke", data={"token": one["refresh_token"], "everywhere": "true"}).status_code == 204
    assert (works(api, one["access_token"]), works(api, three["access_token"])) == (401, 401)
    assert staff.get(SESSIONS, params={"user": user["id"]}).json()["items"] == []


def test_everybody_changes_his_own_password_with_the_old_one(api: Api, staff: Api) -> None:
    bob(staff, role="reader")
    token = sign_in(api).json()["access_token"]
    new = "another long password"

    def to_new(**fields: Any) -> httpx.Response:
        body = {"email": BOB, "current_password": PASSWORD, "new_password": new} | fields
        return api.post("/v1/auth/password", json=body)

    for answer in (to_new(current_password="wrong"), to_new(email="nobody@example.org"), to_new(email="none")):
        assert (answer.status_code, problem(answer)) == (400, "invalid-grant")
    assert to_new(new_password="short").status_code == 422
    assert works(api, token) == 403
    assert (to_new().status_code, works(api, token)) == (204, 401)
    assert (sign_in(api).status_code, sign_in(api, password=new).status_code) == (400, 200)


def test_each_act_is_on_the_record_and_names_no_secret(staff: Api, reading: Callable[[], Any]) -> None:
    user = bob(staff)
    user = taken(change(staff, user, role="author", email="robert@example.org", password="another long password"))
    key = taken(staff.post(KEYS, json={"name": "k", "scopes": ["articles:read"], "owner": user["id"]}))
    staff.delete(f"{KEYS}/{key['id']}")
    staff.delete(f"{USERS}/{user['id']}", headers={"If-Match": user["etag"]})
    with reading() as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))
    assert [(entry.object_kind, entry.action) for entry in entries] == [
        ("user", "create"), ("user", "update"), ("api_key", "create"), ("api_key", "revoke"), ("user", "erase"),
    ]  # fmt: skip
    assert entries[1].before == {"role": "editor", "disabled": False}
    assert entries[1].after == {"role": "author", "disabled": False, "email": True, "password": True}
    kept = json.dumps([[entry.before, entry.after] for entry in entries])
    assert "example.org" not in kept
    assert 'password": "' not in kept


def test_tokens_that_have_expired_are_taken_away(api: Api, staff: Api, writing: Callable[[], Any]) -> None:
    bob(staff)
    sign_in(api)
    with writing() as session:
        found = actions.find_user(session, BOB)
        actions.sign_in(session, found, at=now() - timedelta(days=31))
        assert session.scalar(text("SELECT count(*) FROM tokens")) == 4
    sign_in(api)
    with writing() as session:
        assert session.scalar(text("SELECT count(*) FROM tokens")) == 4
