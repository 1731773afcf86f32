"""What tests of comments share."""

from collections.abc import Callable
from typing import Any

import anyio.from_thread
import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import Api, published

Json = dict[str, Any]
RULES = "/v1/admin/moderation/rules"
BANS = "/v1/admin/moderation/bans"

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


class Elsewhere(Api):
    """A client at another address."""

    def __init__(self, portal: anyio.from_thread.BlockingPortal, app: FastAPI, address: str, **headers: str) -> None:
        super().__init__(portal, app, headers)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 40000))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


At = Callable[[str], Api]
"""Gives a client at an address."""


def rule(staff: Api, **rules: Any) -> None:
    answer = staff.request("PUT", RULES, json=rules, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def post(api: Api, article: Json, **fields: Any) -> httpx.Response:
    said = {"author_name": "Ada", "body": "Well put."} | fields
    return api.post(f"/v1/articles/{article['id']}/comments", json=said)


def posted(api: Api, article: Json, **fields: Any) -> Json:
    answer = post(api, article, **fields)
    assert answer.status_code in (201, 202), answer.text
    made: Json = answer.json()
    return made


def decide(staff: Api, action: str, *comments: Json, **fields: Any) -> httpx.Response:
    ids = [comment["id"] for comment in comments]
    return staff.post("/v1/admin/comments/moderate", json={"ids": ids, "action": action} | fields)


def thread(api: Api, article: Json, **query: Any) -> list[Json]:
    answer = api.get(f"/v1/articles/{article['id']}/comments", params=query)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def queue(staff: Api, name: str) -> list[str]:
    return [row["id"] for row in staff.get("/v1/admin/comments", params={"queue": name}).json()["items"]]


def edited(api: Api, comment: Json, body: str, token: str | None = None) -> httpx.Response:
    headers = {"X-Edit-Token": comment["edit_token"] if token is None else token}
    return api.patch(f"/v1/comments/{comment['id']}", json={"body": body}, headers=headers)


def deleted(api: Api, comment: Json) -> httpx.Response:
    return api.delete(f"/v1/comments/{comment['id']}", headers={"X-Edit-Token": comment["edit_token"]})


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def pointers(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


def open_article(staff: Api, **fields: Any) -> Json:
    """A public article on a site where comments are seen at once."""
    rule(staff, mode="open")
    return published(staff, **fields)
