"""Readers make themselves accounts, and get into them again, where the site allows it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from sqlalchemy import text as sql

from app.accounts.actions import create_user, hash_password
from app.context import Site
from app.db import now
from app.settings import WrongSettings, load
from tests.comments.world import kind, one_engine, pointers
from tests.conftest import PASSWORD, Api
from tests.mail.postbox import Postbox
from tests.mail.test_notifications import links

Work = Callable[[], None]
EMAIL, NEW = "ada.canary@reader.example", "a new password for me"


def registered(api: Api, email: str = EMAIL, password: str = PASSWORD) -> httpx.Response:
    return api.post("/v1/auth/register", json={"email": email, "name": "Ada", "password": password})


def signed_in(api: Api, password: str) -> httpx.Response:
    return api.post("/v1/auth/token", data={"grant_type": "password", "username": EMAIL, "password": password})


def together(call: Callable[[], httpx.Response]) -> list[int]:
    """The statuses of the same request, made by two at once."""
    found: list[int] = []
    both = [threading.Thread(target=lambda: found.append(call().status_code)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    return sorted(found)


def test_a_reader_makes_an_account_and_gets_into_it_again(
    api: Api, staff: Api, postbox: Postbox, work: Work, reading: Callable[[], Any]
) -> None:
    asked = registered(api, " Ada.CANARY@reader.example")
    assert (asked.status_code, asked.json()) == (202, {"expires_in": 86400})
    with reading() as session:
        assert "canary" not in str(session.execute(sql("SELECT * FROM mails")).all())
    work()
    [message] = postbox.take()
    [link] = links(message)
    assert (message["To"], message["Subject"]) == (EMAIL, "Your account at Onrecord demo")
    assert api.get(link).status_code == 200
    assert kind(signed_in(api, PASSWORD)) == (400, "invalid-grant")  # a scanner has read the page, no more
    assert together(lambda: api.post(link)) == [200, 400]
    tokens = signed_in(api, PASSWORD).json()
    assert tokens["scope"] == ""
    [entry] = staff.get("/v1/admin/audit", params={"action": "register"}).json()["items"]
    assert entry["after"] == {"role": "reader", "disabled": False}

    assert registered(api, password=NEW).json() == asked.json()
    work()
    [message] = postbox.take()
    assert "has one already" in message.get_content()
    assert links(message) == []

    for _ in range(2):
        forgot = api.post("/v1/auth/password/forgot", json={"email": EMAIL})
        assert (forgot.status_code, forgot.json()) == (202, {"expires_in": 3600})
    nobody = api.post("/v1/auth/password/forgot", json={"email": "nobody@reader.example"})
    assert (nobody.status_code, nobody.json()) == (202, forgot.json())
    work()
    first, second = (links(message)[0] for message in postbox.take())
    assert '<input name="password"' in api.get(first).text
    assert pointers(api.post(first, data={"password": "short"})) == {"/password"}
    assert together(lambda: api.post(first, data={"password": NEW})) == [200, 400]
    assert api.post(second, data={"password": PASSWORD}).status_code == 400
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert kind(api.post("/v1/auth/token", data=refresh)) == (400, "invalid-grant")
    assert signed_in(api, PASSWORD).status_code == 400
    assert signed_in(api, NEW).status_code == 200
    assert staff.get("/v1/admin/audit/verify").json()["intact"] is True

    # Erased, the account does not come again by an old link.
    assert staff.post("/v1/admin/people/erase", json={"email": EMAIL}).json()["account"] is True
    assert api.post(link).status_code == 400
    assert "canary" not in str(staff.get("/v1/admin/audit").json())


def test_a_link_ends_in_time_and_an_address_gets_few(api: Api, postbox: Postbox, work: Work, site: Site) -> None:
    with site.database.writer.session() as session:
        for role in ("owner", "reader"):
            address = f"{role}@harbour.example"
            create_user(session, email=address, name="", role=role, password_hash=hash_password(PASSWORD), at=now())
    for _ in range(5):
        assert registered(api).status_code == 202
        assert api.post("/v1/auth/password/forgot", json={"email": "owner@harbour.example"}).status_code == 202
        assert api.post("/v1/auth/password/forgot", json={"email": "reader@harbour.example"}).status_code == 202
    work()
    messages = postbox.take()
    assert [message["To"] for message in messages].count("owner@harbour.example") == 0  # staff get in by the command
    verify = [links(message)[0] for message in messages if message["To"] == EMAIL]
    reset = [links(message)[0] for message in messages if message["To"] == "reader@harbour.example"]
    assert (len(verify), len(reset)) == (3, 3)
    crossed = reset[0].replace("/password/reset", "/verify")
    assert kind(api.post(crossed)) == (400, "invalid-link")
    with time_machine.travel(now() + timedelta(minutes=61), tick=True):
        assert kind(api.post(reset[0], data={"password": NEW})) == (400, "invalid-link")
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        assert kind(api.post(verify[0])) == (400, "invalid-link")
    assert api.post(verify[1]).status_code == 200
    assert api.post(verify[2]).status_code == 400  # the address has an account


@one_engine
def test_nobody_registers_where_the_site_does_not_allow_it(api: Api, site: Site, tmp_path: Any) -> None:
    assert pointers(registered(api, "a,b@reader.example")) == {"/email"}
    assert pointers(registered(api, password="short")) == {"/password"}
    object.__setattr__(site, "settings", site.settings.model_copy(update={"login_rate": 1}))
    assert kind(registered(api)) == (429, "too-many-requests")
    object.__setattr__(site, "settings", site.settings.model_copy(update={"registration": False}))
    assert kind(registered(api)) == (403, "registration-closed")
    assert kind(api.post("/v1/auth/password/forgot", json={"email": EMAIL})) == (403, "registration-closed")
    assert kind(api.post("/v1/auth/verify?token=x")) == (403, "registration-closed")
    assert kind(api.get("/v1/auth/password/reset?token=x")) == (403, "registration-closed")
    with pytest.raises(WrongSettings, match="ONRECORD_REGISTRATION needs ONRECORD_SMTP_HOST"):
        load(data_dir=tmp_path, registration=True, _env_file=None)
