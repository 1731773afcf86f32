"""Which bodies are read at all, and how far."""

import gzip
import threading
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.edge import EdgeGuard
from tests.edge.wire import FORM, LIMIT, Echo, Served, ask, guarded, post_json, read_reply, request, serving

JSON = {"Content-Type": "application/json"}
CHUNKED = "Transfer-Encoding: chunked"


def post(path: str, *fields: str) -> bytes:
    return request("POST", path, *fields)


def string_of(size: int) -> bytes:
    """A JSON document of exactly this many bytes."""
    return b'"' + b"x" * (size - 2) + b'"'


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def chunked(body: bytes, size: int = 64 * 1024) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


@pytest.mark.parametrize("body", [b'{"a": [1, "\xc3\xa9"]}', b" [ ] \n", b"null", string_of(LIMIT)])
def test_a_body_reaches_the_application_byte_for_byte(served: Served, body: bytes) -> None:
    with_length = post("/", f"Content-Length: {len(body)}") + body
    in_chunks = post("/", CHUNKED) + chunked(body, 100_000)
    assert served.exchange(with_length).body == body
    assert served.exchange(in_chunks).body == body


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_body_may_be_missing_or_empty(app: EdgeGuard, method: str) -> None:
    for content in (None, b"", in_pieces()):
        assert ask(app, method, "/", content=content, headers=JSON).status == 200


def test_the_connection_stays_open_after_json_that_was_refused(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(post("/", "Content-Length: 1") + b"{")
        read_reply(connection).is_problem("malformed-json")
        connection.sendall(post("/", "Content-Length: 2") + b"{}")
        assert read_reply(connection).body == b"{}"


def test_a_declared_length_over_the_limit_is_refused_before_the_body_comes(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(post("/", f"Content-Length: {LIMIT + 1}"))
        reply = read_reply(connection)
    reply.is_problem("body-too-large")
    assert reply.headers["connection"] == "close"


def test_a_client_that_asks_first_is_refused_without_being_told_to_continue(served: Served) -> None:
    reply = served.exchange(post("/", "Expect: 100-continue", f"Content-Length: {LIMIT + 1}"))
    reply.is_problem("body-too-large")


@pytest.mark.parametrize("fields", [CHUNKED, f"Content-Length: {64 * LIMIT}"])
def test_a_client_that_sends_64_mib_before_it_reads_gets_the_answer(served: Served, fields: str) -> None:
    body = string_of(64 * LIMIT)
    body = chunked(body) if fields == CHUNKED else body
    served.exchange(post("/", fields) + body).is_problem("body-too-large")


def test_a_client_that_never_stops_sending_is_cut_off(served: Served) -> None:
    endless = post("/", CHUNKED) + chunked(b"x" * 96 * LIMIT, LIMIT)
    with served.connect() as connection, pytest.raises(OSError, match=r"reset|Broken pipe"):
        connection.sendall(endless)


def test_a_body_that_is_not_complete_in_time_is_refused() -> None:
    with serving(guarded(Echo(), body_seconds=0.3)) as served, served.connect() as connection:
        started = time.monotonic()
        connection.sendall(post("/", "Content-Length: 100"))
        stop = threading.Event()
        trickle = threading.Thread(target=send_slowly, args=(connection, stop))
        trickle.start()
        read_reply(connection).is_problem("body-timeout")
        assert time.monotonic() - started < 8
        stop.set()
        trickle.join()


def send_slowly(connection: Any, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        connection.sendall(b" ")


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_a_method_that_takes_no_body_refuses_one(served: Served, method: str) -> None:
    with_length = served.exchange(request(method, "/", "Content-Length: 2", body=b"{}"))
    in_chunks = served.exchange(request(method, "/", CHUNKED, body=chunked(b"{}")))
    for reply in (with_length, in_chunks):
        assert reply.status == 400
        assert method == "HEAD" or reply.is_problem("body-not-allowed")
    assert served.exchange(request(method, "/", "Content-Length: 0")).status == 200
    assert served.exchange(request(method, "/", CHUNKED, body=chunked(b""))).status == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "x-unknown", ""])
def test_a_compressed_body_is_refused(app: EdgeGuard, coding: str) -> None:
    headers = {**JSON, "Content-Encoding": coding}
    reply = ask(app, "POST", "/", content=gzip.compress(b"{}"), headers=headers)
    reply.is_problem("unsupported-encoding")


def test_a_compressed_transfer_is_refused(served: Served) -> None:
    body = chunked(gzip.compress(b"{}"))
    reply = served.exchange(post("/", "Transfer-Encoding: gzip, chunked") + body)
    reply.is_problem("unsupported-encoding")


def test_a_body_that_is_not_compressed_may_say_so(app: EdgeGuard) -> None:
    assert ask(app, "POST", "/", content=b"{}", headers={**JSON, "Content-Encoding": "Identity"}).body == b"{}"


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON ; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_in_utf_8_is_taken(app: EdgeGuard, kind: str) -> None:
    assert ask(app, "POST", "/", content=b"{}", headers={"Content-Type": kind}).status == 200


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "application/jsonx",
        "application/ld+json",
        FORM,
    ],
)
def test_another_media_type_is_refused(app: EdgeGuard, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    ask(app, "POST", "/", content=b"{}", headers=headers).is_problem("unsupported-media-type")


def test_two_media_types_are_refused(served: Served) -> None:
    request = post("/", "Content-Type: text/plain", "Content-Length: 2") + b"{}"
    served.exchange(request).is_problem("unsupported-media-type")


def test_a_path_with_a_rule_takes_what_the_rule_says_and_nothing_else(app: EdgeGuard) -> None:
    form = {"Content-Type": FORM}
    assert ask(app, "POST", "/token", content=b"a=b", headers=form).body == b"a=b"
    ask(app, "POST", "/token", content=b"a=" + b"b" * 8192, headers=form).is_problem("body-too-large")
    ask(app, "POST", "/tokens", content=b"a=b", headers=form).is_problem("unsupported-media-type")
    post_json(app, b"{}", "/token").is_problem("unsupported-media-type")


def test_a_rule_allows_larger_bodies_under_its_path_but_never_larger_json(app: EdgeGuard) -> None:
    xml = {"Content-Type": "application/xml"}
    assert ask(app, "POST", "/imports/7", content=b"x" * 4 * LIMIT, headers=xml).status == 200
    ask(app, "POST", "/imports/7", content=b"x" * 4 * LIMIT + b"x", headers=xml).is_problem("body-too-large")
    post_json(app, string_of(LIMIT + 1), "/imports/7").is_problem("body-too-large")
