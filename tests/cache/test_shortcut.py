"""Answers from memory without a task: the same bytes as by the long way, with every check of the edge."""

import asyncio
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.server import BoundedProtocol
from tests.conftest import Api, published
from tests.edge.wire import Served, read_reply, serving

HOST = "Host: a.example"
LONG = "The fare “will double”, Ida Holm said on Monday. " * 40


@pytest.fixture
def served(app: FastAPI) -> Iterator[Served]:
    with serving(app) as server:
        yield server


def head(target: str, *fields: str, method: str = "GET", host: str = HOST) -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", *([host] if host else []), *fields, "", ""]).encode()


def raw(served: Served, request: bytes) -> bytes:
    """Everything that the server sends, an answer to a last request included, less what differs each time."""
    got = b""
    with served.connect() as connection:
        connection.sendall(request + head("/healthz", "Connection: close"))
        while part := connection.recv(1 << 16):
            got += part
    return re.sub(rb"(date|x-request-id): [^\r]*\r\n", b"", got)


class Counting:
    """How many requests the shortcut has answered."""

    def __init__(self, app: Any) -> None:
        self.answers = 0
        self.is_on = True
        self._inner = app.state.shortcut
        app.state.shortcut = self

    def __call__(self, *request: Any) -> Any:
        answer = self._inner(*request) if self.is_on else None
        self.answers += answer is not None
        return answer


@pytest.fixture
def counting(app: FastAPI) -> Counting:
    return Counting(app)


def keep(served: Served, url: str, counting: Counting) -> None:
    """Ask until the answer comes from memory: PostgreSQL may tell of a change only after the first has asked."""
    before = counting.answers
    for _ in range(10):
        assert served.exchange(head(url)).status == 200
        if counting.answers > before:
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} is not kept")


def test_both_ways_answer_byte_for_byte_alike(app: FastAPI, counting: Counting, staff: Api) -> None:
    made = published(staff, markdown=LONG)
    url = f"/v1/articles/{made['slug']}"
    etag = staff.get(url, headers={"Accept-Encoding": "identity"}).headers["ETag"]
    requests = [
        head(target, *fields, method=method)
        for target in (url, "/v1/articles", "/v1/articles?limit=1", "/v1/tags", f"/v1/articles/{made['id']}/quotes")
        for method in ("GET", "HEAD")
        for fields in (
            (),
            ("Accept-Encoding: br",),
            ("Accept-Encoding: gzip", "Origin: https://reader.example"),
            ("Accept-Encoding: ;;q=,nonsense",),
            (f"If-None-Match: {etag}",),
            ('If-None-Match: "other"', f"If-None-Match: {etag}"),
            ("If-None-Match: *",),
            ("If-None-Match: nonsense",),
            (f"If-None-Match: {', '.join(f'W/{chr(34)}{n}{chr(34)}' for n in range(1000))}, {etag}",),
            ("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT",),
            ("If-Modified-Since: once upon a time",),
        )
    ]
    with serving(app) as served:
        for request in requests * 2:  # on PostgreSQL the first come before the watcher listens
            raw(served, request)
        before = counting.answers
        short = [raw(served, request) for request in requests]
        assert counting.answers - before == len(requests)
        counting.is_on = False
        assert [raw(served, request) for request in requests] == short
    assert {answer[9:12] for answer in short} == {b"200", b"304"}


def test_what_is_unusual_goes_the_long_way(counting: Counting, served: Served, staff: Api) -> None:
    url = f"/v1/articles/{published(staff)['slug']}"
    keep(served, url, counting)
    before = counting.answers
    served.exchange(head(url, host="")).is_problem("bad-host")
    served.exchange(head(url, host="Host: a b")).is_problem("bad-host")
    served.exchange(head(url, "Host: b.example")).is_problem("bad-host")
    served.exchange(head(url, *(f"x-{n}: 1" for n in range(100)))).is_problem("headers-too-large")
    served.exchange(head(url, "x: " + "x" * 33_000)).is_problem("headers-too-large")
    served.exchange(head(url, "Content-Type: application/json", "Content-Length: 2") + b"{}").is_problem(
        "body-not-allowed"
    )
    served.exchange(head(url + "?" + "x" * 9_000)).is_problem("uri-too-long")
    served.exchange(head(url + "%00")).is_problem("malformed-url")
    assert served.exchange(head(url, "Accept: text/event-stream, */*;q=0.5")).status == 200
    for field in ("Authorization: Bearer nonsense", "Cookie: a=b", "Connection: close"):
        assert served.exchange(head(url, field)).status == 200
    assert served.exchange(head(url, method="OPTIONS")).status == 405
    assert served.exchange(head(url).replace(b"HTTP/1.1", b"HTTP/1.0")).status == 200
    assert counting.answers == before


def test_a_request_id_is_kept_and_the_answer_is_counted(counting: Counting, served: Served, staff: Api) -> None:
    url = f"/v1/articles/{published(staff)['slug']}"
    for _ in range(3):
        answer = served.exchange(head(url, "X-Request-ID: of-a-client"))
    assert answer.headers["x-request-id"] == "of-a-client"
    assert counting.answers > 0
    counted = 'onrecord_requests_total{method="GET",operation="read_article",status="200"} 3.0'
    assert counted in served.exchange(head("/metrics")).body.decode()


def test_pipelined_requests_are_answered_in_order(counting: Counting, served: Served, staff: Api) -> None:
    url = f"/v1/articles/{published(staff)['slug']}"
    keep(served, url, counting)
    before = counting.answers
    with served.connect() as connection:
        connection.sendall(head(url) + head("/v1/articles/nothing") + head(url) + head(url)[:-2])
        stream = connection.makefile("rb")
        assert [reply_status(stream) for _ in range(3)] == [200, 404, 200]
        connection.sendall(b"\r\n")
        assert reply_status(stream) == 200
    assert counting.answers == before + 2  # the one behind a long way waits for it


def reply_status(stream: Any) -> int:
    """Read one answer off the stream; its status."""
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    stream.read(length)
    return status


def test_many_large_answers_to_one_that_does_not_read_do_not_pile_up(
    counting: Counting, served: Served, staff: Api
) -> None:
    url = f"/v1/articles/{published(staff, markdown=LONG * 40)['slug']}"
    keep(served, url, counting)
    before = counting.answers
    with served.connect() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(head(url) * 500)
        time.sleep(0.3)
        assert counting.answers - before < 250


def test_a_change_is_seen_by_the_next_request(counting: Counting, served: Served, staff: Api) -> None:
    made = published(staff)
    url = f"http://127.0.0.1:{served.port}/v1/articles/{made['slug']}"
    with httpx.Client() as client:
        for number in range(5):
            for _ in range(3):
                client.get(url)
            etag = staff.get(f"/v1/admin/articles/{made['id']}").headers["ETag"]
            change = {"title": f"Ferry fares rise again, {number}"}
            staff.patch(f"/v1/admin/articles/{made['id']}", json=change, headers={"If-Match": etag})
            time.sleep(0.1)  # what is promised for PostgreSQL
            assert client.get(url).json()["title"] == change["title"]
        assert counting.answers > 5


class Impatient(BoundedProtocol):
    head_seconds = 0.4

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive = 1


@pytest.mark.parametrize("more", [b"", b"GET /v1"])
def test_an_idle_connection_is_closed_after_an_answer_at_once(
    app: FastAPI, counting: Counting, staff: Api, more: bytes
) -> None:
    url = f"/v1/articles/{published(staff)['slug']}"
    with serving(app, Impatient) as served:
        keep(served, url, counting)
        before = counting.answers
        with served.connect() as connection:
            connection.sendall(head(url) + more)
            assert read_reply(connection).status == 200
            assert counting.answers == before + 1
            connection.settimeout(3)
            assert connection.recv(1) == b""


def test_after_an_answer_at_once_the_next_head_has_its_own_deadline(app: FastAPI, staff: Api) -> None:
    url = f"/v1/articles/{published(staff)['slug']}"
    with serving(app, Impatient) as served, served.connect() as connection:
        for _ in range(3):  # an idle connection may wait longer than a head
            connection.sendall(head(url))
            assert read_reply(connection).status == 200
            time.sleep(0.6)
        connection.sendall(b"GET /v1")
        connection.settimeout(0.8)
        assert connection.recv(1) == b""


def test_nonsense_neither_fails_nor_fills_the_cache(app: FastAPI, api: Api, staff: Api) -> None:
    url = f"/v1/articles/{published(staff)['slug']}"
    deadline = time.monotonic() + 30
    while not len(app.state.store) and time.monotonic() < deadline:
        api.get(url)
    kept = len(app.state.store)
    assert kept == 1
    tags = ", ".join(f'"{n}"' for n in range(1000))
    for headers in ({"If-None-Match": tags}, {"If-None-Match": "*"}, {"Accept-Encoding": "br;q=x," * 500 + "*;;"}):
        assert api.get(url, headers=headers).status_code in (200, 304)
    filters = "&".join(f"tag=t{n}" for n in range(500))
    assert api.get(f"/v1/articles?{filters}").status_code == 400
    for number in range(20):
        assert api.get(f"/v1/articles/none-{number}").status_code == 404
        assert api.get(f"/v1/articles?cursor=nonsense{number}").status_code == 400
    assert len(app.state.store) == kept
