"""Signing in by e-mail and password, going on with refresh tokens, signing out."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import anyio.from_thread
import httpx
import pytest
import time_machine
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import actions
from app.accounts.actions import normal_email
from app.db import now
from app.errors import Conflict, Invalid
from app.main import create_app
from app.settings import Settings
from tests.conftest import PASSWORD, Api

TOKEN = "/v1/auth/token"
ADA = "ada@example.org"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MINE = {"X-Request-ID": "the-same-for-both"}


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture(scope="session")
def hashed() -> str:
    return actions.hash_password(PASSWORD)


@pytest.fixture
def ada(writing: Callable[[], Any], hashed: str) -> None:
    """An editor with a password."""
    with writing() as session:
        actions.create_user(session, email=ADA, name="Ada", role="editor", password_hash=hashed, at=now())


def sign_in(api: Api, username: str = ADA, password: str = PASSWORD) -> httpx.Response:
    form = {"grant_type": "password", "username": username, "password": password}
    return api.post(TOKEN, data=form, headers=MINE)


def go_on(api: Api, refresh_token: str) -> httpx.Response:
    return api.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": refresh_token})


def works(api: Api, access_token: str) -> bool:
    answer = api.acting_as(access_token).get("/v1/admin/articles")
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


@pytest.mark.usefixtures("ada")
def test_the_right_password_gives_tokens_for_what_the_role_allows(api: Api) -> None:
    answer = sign_in(api)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert "articles:publish" in tokens["scope"].split()
    assert "users:write" not in tokens["scope"].split()
    assert works(api, tokens["access_token"])
    assert not works(api, tokens["refresh_token"]), "a refresh token opens nothing"
    for spelling in ("ADA@EXAMPLE.ORG", " ada@example.org ", "ａｄａ＠example.org"):
        assert sign_in(api, spelling).status_code == 200, spelling


@pytest.mark.usefixtures("ada")
def test_wrong_password_and_unknown_user_cannot_be_told_apart(
    api: Api, writing: Callable[[], Any], hashed: str
) -> None:
    with writing() as session:
        gone = actions.create_user(
            session, email="gone@example.org", name="", role="editor", password_hash=hashed, at=now()
        )
        actions.disable_user(session, gone, at=now())
        actions.create_user(session, email="bot@example.org", name="", role="editor", password_hash=None, at=now())
    answers = [
        sign_in(api, ADA, "wrong password"),
        sign_in(api, "nobody@example.org"),
        sign_in(api, "gone@example.org"),
        sign_in(api, "bot@example.org"),
        sign_in(api, "bot@example.org", ""),
        sign_in(api, "no address"),
        sign_in(api, ADA, ""),
        api.post(TOKEN, data={"grant_type": "password"}, headers=MINE),
        api.post(TOKEN, data={"grant_type": "refresh_token", "refresh_token": "orr_x"}, headers=MINE),
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    assert answers[0].json()["error"] == "invalid_grant"
    assert PASSWORD not in answers[0].text
    assert ADA not in answers[0].text


@one_engine
@pytest.mark.usefixtures("ada")
def test_an_unknown_user_takes_as_long_as_a_wrong_password(api: Api) -> None:
    def seconds(username: str) -> float:
        took = []
        for _ in range(3):
            began = perf_counter()
            sign_in(api, username, "wrong password")
            took.append(perf_counter() - began)
        return min(took)

    known, unknown = seconds(ADA), seconds("nobody@example.org")
    assert unknown > known / 3


@pytest.mark.usefixtures("ada")
def test_a_refresh_token_is_good_for_one_use(api: Api) -> None:
    first = sign_in(api).json()
    second = go_on(api, first["refresh_token"]).json()
    third = go_on(api, second["refresh_token"]).json()
    assert len({tokens["refresh_token"] for tokens in (first, second, third)}) == 3
    assert all(works(api, tokens["access_token"]) for tokens in (first, second, third))


@pytest.mark.usefixtures("ada")
def test_a_spent_refresh_token_that_comes_back_ends_the_whole_sign_in_and_no_other(api: Api) -> None:
    other = sign_in(api).json()
    first = sign_in(api).json()
    second = go_on(api, first["refresh_token"]).json()
    assert go_on(api, first["refresh_token"]).status_code == 400
    assert not works(api, first["access_token"])
    assert not works(api, second["access_token"])
    assert go_on(api, second["refresh_token"]).status_code == 400
    assert works(api, other["access_token"])
    assert go_on(api, other["refresh_token"]).status_code == 200


@pytest.mark.usefixtures("ada")
def test_of_many_who_use_a_refresh_token_at_once_only_one_gets_in(api: Api, writing: Callable[[], Any]) -> None:
    token = sign_in(api).json()["refresh_token"]
    with ThreadPoolExecutor() as pool:
        with writing() as session:
            assert actions.refresh(session, token, at=now()) is not None
            others = [pool.submit(go_on, api, token) for _ in range(3)]
            time.sleep(0.3)  # by now they have come as far as they get
        assert [answer.result().status_code for answer in others] == [400] * 3


@pytest.mark.usefixtures("ada")
def test_tokens_expire(api: Api) -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        tokens = sign_in(api).json()
        clock.shift(timedelta(minutes=15) - timedelta(seconds=1))
        assert works(api, tokens["access_token"])
        clock.shift(timedelta(seconds=1))
        assert not works(api, tokens["access_token"])
        clock.shift(timedelta(days=29))
        tokens = go_on(api, tokens["refresh_token"]).json()
        assert works(api, tokens["access_token"])
        clock.shift(timedelta(days=30))
        assert go_on(api, tokens["refresh_token"]).status_code == 400


@pytest.mark.usefixtures("ada")
def test_signing_out_by_either_token_ends_both(api: Api) -> None:
    for kind in ("access_token", "refresh_token"):
        tokens, other = sign_in(api).json(), sign_in(api).json()
        answer = api.post("/v1/auth/revoke", data={"token": tokens[kind]})
        assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (204, b"", "no-store")
        assert not works(api, tokens["access_token"])
        assert go_on(api, tokens["refresh_token"]).status_code == 400
        assert works(api, other["access_token"])
    assert api.post("/v1/auth/revoke", data={"token": "never was"}).status_code == 204


@pytest.mark.usefixtures("ada")
def test_disabling_a_user_or_changing_his_password_ends_his_sign_ins_at_once(
    api: Api, writing: Callable[[], Any], hashed: str
) -> None:
    tokens = sign_in(api).json()
    with writing() as session:
        actions.set_password(session, actions.find_user(session, ADA), hashed, at=now())
    assert not works(api, tokens["access_token"])
    assert go_on(api, tokens["refresh_token"]).status_code == 400
    tokens = sign_in(api).json()
    with writing() as session:
        actions.disable_user(session, actions.find_user(session, ADA), at=now())
    assert not works(api, tokens["access_token"])
    assert go_on(api, tokens["refresh_token"]).status_code == 400
    assert sign_in(api).status_code == 400


@pytest.mark.usefixtures("ada")
def test_a_change_of_role_holds_for_tokens_that_are_out(api: Api, writing: Callable[[], Any]) -> None:
    access = api.acting_as(sign_in(api).json()["access_token"])
    assert access.get("/v1/admin/comments").status_code == 200
    with writing() as session:
        actions.find_user(session, ADA).role = "author"
    assert access.get("/v1/admin/comments").status_code == 403
    assert access.get("/v1/admin/articles").status_code == 200


@one_engine
@pytest.mark.usefixtures("ada")
def test_a_form_that_is_none_is_refused_and_not_echoed(api: Api) -> None:
    right = {"grant_type": "password", "username": ADA, "password": PASSWORD}
    for body in (
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe=\x00",
        b"grant_type=password&grant_type=password",
        urlencode(right | {"grant_type": "client_credentials"}).encode(),
        urlencode(right | {"is_admin": "true"}).encode(),
        urlencode(right | {"username": "x" * 255}).encode(),
        urlencode(right | {"password": "canary" * 34}).encode(),
        b"grant_type=refresh_token&refresh_token=" + b"a" * 201,
        b"&".join(b"a%d=1" % n for n in range(30)),
        b"&" * 100,
        b"=&=" * 20,
    ):
        answer = api.post(TOKEN, content=body, headers=FORM)
        assert answer.status_code == 422, (body, answer.text)
        assert answer.headers["Cache-Control"] == "no-store"
        assert b"canary" not in answer.content
    for body in (b"{}", b"[]", b"null", b'{"grant_type":"password"}'):
        answer = api.post(TOKEN, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 415
        assert api.post("/v1/auth/revoke", content=body, headers=FORM).status_code == 422
    assert api.post(TOKEN, data=right | {"password": "x" * 11_000}).status_code == 413
    assert api.get(TOKEN).status_code == 405
    assert api.get(TOKEN, params=right).status_code in (400, 405)
    assert sign_in(api, "a\x00@example.org", "p\x00").status_code == 400


@pytest.fixture
def strict(settings: Settings) -> Iterator[FastAPI]:
    """The same site, where three tries a minute are enough."""
    made = create_app(settings.model_copy(update={"login_rate": 3}))
    yield made
    made.state.close()


def caller_at(portal: anyio.from_thread.BlockingPortal, app: FastAPI, address: str) -> Api:
    caller = Api(portal, app, {})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40000))
    caller._client = httpx.AsyncClient(transport=transport, base_url="http://testserver")
    return caller


@pytest.mark.usefixtures("ada")
def test_guessing_is_slowed_by_address_and_by_account(
    portal: anyio.from_thread.BlockingPortal, strict: FastAPI
) -> None:
    guesser = caller_at(portal, strict, "192.0.2.1")
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        assert [sign_in(guesser, f"u{n}@example.org", "guess").status_code for n in range(4)] == [400, 400, 400, 429]
        refused = sign_in(guesser, ADA)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Policy"] == '"sign-in";q=3;w=60'
        assert refused.headers["RateLimit"].startswith('"sign-in";r=0;t=')
        assert sign_in(caller_at(portal, strict, "192.0.2.2")).status_code == 200, "others are not held up"

        addresses = [f"198.51.100.{n}" for n in range(1, 4)]
        spread = [sign_in(caller_at(portal, strict, address), ADA, "guess").status_code for address in addresses]
        assert spread == [400, 400, 429], "one account, many addresses"
        unknown = [
            sign_in(caller_at(portal, strict, f"203.0.113.{n}"), "NOBODY@example.org").status_code for n in range(1, 5)
        ]
        assert unknown == [400, 400, 400, 429], "an unknown account is counted alike"
        clock.shift(timedelta(seconds=61))
        assert sign_in(guesser).status_code == 200
        assert [go_on(guesser, "orr_guess").status_code for _ in range(3)] == [400, 400, 429]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.ORG", "ada@example.org"),
        ("ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ada@example.org"),
        ("straße@example.org", "STRASSE@example.org"),
        ("ﬁsch@example.org", "fisch@example.org"),
        ("e\u0301va@example.org", "\u00c9va@example.org"),
        ("\tada@example.org\n", "ada@example.org"),
    ],
)
def test_an_address_has_one_spelling(one: str, other: str) -> None:
    assert normal_email(one) == normal_email(other)


@one_engine
def test_an_address_that_differs_only_in_spelling_is_taken(writing: Callable[[], Any]) -> None:
    with writing() as session:
        actions.create_user(session, email="Straße@example.org", name="", role="reader", password_hash=None, at=now())
    with pytest.raises(Conflict), writing() as session:
        actions.create_user(session, email="STRASSE@EXAMPLE.org", name="", role="owner", password_hash=None, at=now())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@example",
        "@example.org",
        "a b@example.org",
        "a\x00@b.org",
        "a\r\nBcc:@b.org",
        "x" * 300 + "@b.org",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        normal_email(text)


@given(st.text(min_size=1).map(lambda name: f"{name}@example.org"))
def test_the_one_spelling_of_an_address_stays_what_it_is(text: str) -> None:
    try:
        once = normal_email(text)
    except Invalid:
        return
    assert normal_email(once) == once


def test_a_password_has_a_length_that_helps(hashed: str) -> None:
    for wrong in ("short", "123456789", "x" * 201):
        with pytest.raises(Invalid):
            actions.hash_password(wrong)
    assert hashed.startswith("$argon2id$")
    assert PASSWORD not in hashed
