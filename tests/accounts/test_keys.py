"""API keys: what they open, and from when on they do not."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.accounts import actions, queries
from app.accounts.actions import is_key_text, new_key_text
from app.accounts.models import ApiKey
from app.accounts.rights import RIGHTS, SCOPES
from app.context import Site
from app.db import now
from app.errors import Invalid
from tests.conftest import Api

DRAFTS = "/v1/admin/articles"
OWNER = "owner@example.org"


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def make(writing: Callable[[], Any]) -> Callable[..., str]:
    """Makes a key of an owner who stays the same: `make(["articles:read"], days=1)`."""
    with writing() as session:
        actions.create_user(session, email=OWNER, name="", role="owner", password_hash=None, at=now())

    def make(scopes: list[str], *, days: int | None = None) -> str:
        with writing() as session:
            owner = actions.find_user(session, OWNER)
            expires_at = now() + timedelta(days=days) if days else None
            return actions.create_key(session, owner, name="", scopes=scopes, expires_at=expires_at, at=now())[1]

    return make


def status(api: Api, key: str, url: str = DRAFTS) -> int:
    return api.acting_as(key).get(url).status_code


def row(reading: Callable[[], Any], key: str) -> ApiKey:
    with reading() as session:
        found: ApiKey = session.scalar(queries.key_by_prefix(key[4:12]))
        return found


def test_a_key_opens_what_its_scopes_say(api: Api, make: Callable[..., str]) -> None:
    key = make(["articles:read"])
    assert status(api, key) == 200
    assert status(api, key, "/v1/admin/comments") == 403
    assert api.acting_as(key).post(DRAFTS, json={"title": "a", "markdown": "b"}).status_code == 403


def test_a_key_and_its_secret_are_nowhere_kept(make: Callable[..., str], reading: Callable[[], Any]) -> None:
    key = make(["articles:read"])
    kept = vars(row(reading, key))
    assert kept["prefix"] == key[4:12]
    assert not any(key[12:] in str(value) for value in kept.values())


def test_a_revoked_or_expired_key_is_401_at_once(
    api: Api, make: Callable[..., str], writing: Callable[[], Any]
) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        revoked, expiring = make(["articles:read"]), make(["articles:read"], days=1)
        assert (status(api, revoked), status(api, expiring)) == (200, 200)
        with writing() as session:
            actions.revoke_key(session, revoked[:12], at=now())
        assert (status(api, revoked), status(api, expiring)) == (401, 200)
        clock.shift(timedelta(days=1) - timedelta(seconds=1))
        assert status(api, expiring) == 200
        clock.shift(timedelta(seconds=1))
        assert status(api, expiring) == 401


def test_the_keys_of_a_disabled_user_are_401_at_once(
    api: Api, make: Callable[..., str], writing: Callable[[], Any]
) -> None:
    key = make(["articles:read"])
    assert status(api, key) == 200
    with writing() as session:
        actions.disable_user(session, actions.find_user(session, OWNER), at=now())
    assert status(api, key) == 401


def test_a_key_never_has_more_rights_than_its_owner_has_now(
    api: Api, make: Callable[..., str], writing: Callable[[], Any]
) -> None:
    key = make(sorted(SCOPES))
    for role, drafts, comments in [
        ("owner", 200, 200), ("author", 200, 403), ("moderator", 200, 200), ("reader", 403, 403), ("owner", 200, 200)
    ]:  # fmt: skip
        with writing() as session:
            actions.find_user(session, OWNER).role = role
        assert (status(api, key), status(api, key, "/v1/admin/comments")) == (drafts, comments), role


@one_engine
def test_no_key_is_made_beyond_its_owners_role(writing: Callable[[], Any]) -> None:
    for role, rights in RIGHTS.items():
        with writing() as session:
            owner = actions.create_user(
                session, email=f"{role}@example.org", name="", role=role, password_hash=None, at=now()
            )
            for wrong in [[scope] for scope in [*SCOPES, "everything", "articles:*", ""] if scope not in rights] + [[]]:
                with pytest.raises(Invalid):
                    actions.create_key(session, owner, name="", scopes=wrong, expires_at=None, at=now())


@one_engine
def test_a_mistyped_key_is_found_out_without_a_query(api: Api, make: Callable[..., str], statements: list[str]) -> None:
    key = make(["articles:read"])
    assert status(api, key) == 200
    statements.clear()
    for place in range(len(key)):
        wrong = key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :]
        assert not is_key_text(wrong)
        if place >= 4 and place % 9 == 0:
            answer = api.acting_as(wrong).get(DRAFTS)
            assert answer.status_code == 401
            assert "mistyped" in answer.json()["detail"], "it says that the key itself is at fault"
            assert wrong[4:] not in answer.text
    assert not [statement for statement in statements if "api_keys" in statement]
    assert status(api, new_key_text()) == 401, "well-formed, and nobody's"


def test_last_use_is_noted_once_a_minute(api: Api, make: Callable[..., str], reading: Callable[[], Any]) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        key = make(["articles:read"])
        assert row(reading, key).last_used_at is None
        status(api, key)
        first = row(reading, key).last_used_at
        assert first == now()
        clock.shift(timedelta(seconds=59))
        status(api, key)
        assert row(reading, key).last_used_at == first
        clock.shift(timedelta(seconds=2))
        status(api, key)
        assert row(reading, key).last_used_at == now()


def test_noting_the_use_of_a_key_does_not_undo_its_revocation(
    api: Api, site: Site, make: Callable[..., str], reading: Callable[[], Any]
) -> None:
    key = make(["articles:read"])
    with site.database.writer.session() as session:
        using = threading.Thread(target=status, args=(api, key))
        using.start()
        time.sleep(0.3)  # by now it has read the key and waits for us to note its use
        actions.revoke_key(session, key[4:12], at=now())
    using.join()
    assert row(reading, key).revoked_at is not None
    assert status(api, key) == 401


def odd_credentials() -> Iterator[list[tuple[bytes, bytes]]]:
    key = new_key_text().encode()
    for value in (
        b"", b" ", b"Bearer", b"Bearer ", b"Bearer  ", b"bearer\t", key, b"Basic " + key, b"Bearer{}", b"Bearer {}",
        b"Bearer []", b"Bearer null", b"Bearer undefined", b"Bearer ork_", b"Bearer " + b"x" * 10_000,
        b"Bearer " + key + b" " + key, b"Bearer " + key + b",", b"Bearer \xff\xfe", "Bearer ключ".encode(),
        b"Bearer ork_" + b"\xe9" * 46, b"Bearer ' OR 1=1 --", b"Bearer ora_%00", b"Token " + key, b"Bearer=" + key,
    ):  # fmt: skip
        yield [(b"authorization", value)]
    yield [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")]


@one_engine
def test_an_odd_credential_is_401(api: Api) -> None:
    for headers in odd_credentials():
        answer = api.get(DRAFTS, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized"), headers
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="onrecord"')
        assert answer.headers["Cache-Control"] == "no-store"
        assert api.post(DRAFTS, headers=headers, json={}).status_code == 401
    assert api.get(DRAFTS).headers["WWW-Authenticate"] == 'Bearer realm="onrecord"'
    wrong = api.get(DRAFTS, headers={"Authorization": "Bearer ora_unknown"})
    assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="onrecord", error="invalid_token"'


@one_engine
def test_two_good_credentials_are_none(api: Api, make: Callable[..., str]) -> None:
    good = f"Bearer {make(['articles:read'])}".encode()
    assert api.get(DRAFTS, headers=[(b"authorization", good)]).status_code == 200
    assert api.get(DRAFTS, headers=[(b"authorization", good.replace(b"Bearer", b"bEARER"))]).status_code == 200
    assert api.get(DRAFTS, headers=[(b"authorization", good), (b"authorization", good)]).status_code == 401
    assert api.get(DRAFTS, headers=[(b"x-authorization", good)]).status_code == 401
    assert api.get(f"{DRAFTS}?access_token={good[7:].decode()}").status_code in (400, 401)


@one_engine
def test_a_credential_in_an_answer_is_never_shown_again(api: Api, make: Callable[..., str]) -> None:
    key = make(["articles:read"])
    for answer in (
        api.acting_as(key).get(DRAFTS),
        api.acting_as(key).post(DRAFTS, json={}),
        api.acting_as(key + "x").get(DRAFTS),
    ):
        assert key not in answer.text + str(answer.headers)
