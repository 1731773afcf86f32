"""Bodies that the application reads as they arrive, in memory that does not grow with them."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from starlette.types import Receive, Scope, Send

from app.edge import BodyRule, EdgeGuard, Refusal
from tests.edge.wire import LIMIT, Served, read_reply, request, serving

JSON = frozenset({"application/json"})
MOST = 4 * LIMIT


class Reader:
    """Answers with how many bytes came, and in how many pieces; to `/closed` without reading anything."""

    def __init__(self) -> None:
        self.largest = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        size, status, more = 0, 200, scope["path"] != "/files/closed"
        if not more:
            status = 401
        try:
            while more:
                message = await receive()
                size += len(message["body"])
                self.largest = max(self.largest, len(message["body"]))
                more = message["more_body"]
        except Refusal as refusal:
            status = refusal.status
        body = b"%d" % size
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def served(reader: Reader) -> Iterator[Served]:
    rule = BodyRule(JSON, MOST, streamed=True)
    guard = EdgeGuard(reader, max_body_bytes=LIMIT, body_seconds=0.8, bodies={"/files": rule, "/files/closed": rule})
    with serving(guard) as made:
        yield made


def chunked(size: int) -> bytes:
    piece = b"%x\r\n%b\r\n" % (65_536, b"x" * 65_536)
    return piece * (size // 65_536) + b"0\r\n\r\n"


def post(path: str, *fields: str) -> bytes:
    return request("POST", path, *fields)


def test_a_body_comes_whole_and_in_pieces(served: Served, reader: Reader) -> None:
    for sent in (
        post("/files", f"Content-Length: {MOST}") + b"x" * MOST,
        post("/files", "Transfer-Encoding: chunked") + chunked(MOST),
    ):
        assert (reply := served.exchange(sent)).status == 200
        assert reply.body == b"%d" % MOST
    assert reader.largest < MOST // 2, "JSON larger than usual bodies too, and never the whole in memory"


def test_a_body_that_turns_out_too_large_ends_the_connection_after_the_answer(served: Served) -> None:
    reply = served.exchange(post("/files", "Transfer-Encoding: chunked") + chunked(16 * LIMIT))
    assert (reply.status, reply.headers["connection"]) == (413, "close")
    served.exchange(post("/files", f"Content-Length: {MOST + 1}")).is_problem("body-too-large")


def test_who_is_refused_before_anything_is_read_gets_his_answer(served: Served) -> None:
    reply = served.exchange(post("/files/closed", "Transfer-Encoding: chunked") + chunked(16 * LIMIT))
    assert (reply.status, reply.headers["connection"]) == (401, "close")
    assert served.exchange(post("/files/closed")).headers.get("connection") != "close"


def test_a_body_that_stops_coming_is_given_up_and_one_that_is_only_slow_is_not(served: Served) -> None:
    with served.connect() as connection:
        began = time.monotonic()
        connection.sendall(post("/files", "Content-Length: 100") + b"x")
        assert read_reply(connection).status == 408
        assert time.monotonic() - began < 5
    with served.connect() as connection:
        connection.sendall(post("/files", "Content-Length: 10"))
        slowly = threading.Thread(target=send_slowly, args=(connection,))
        slowly.start()
        assert read_reply(connection).body == b"10"
        slowly.join()


def send_slowly(connection: socket.socket) -> None:
    for _ in range(10):
        time.sleep(0.1)
        connection.sendall(b"x")
