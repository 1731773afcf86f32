"""A body that the application reads as it arrives, and what becomes of one that turns out wrong on the way."""

import time
from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from app.edge import BodyRule, EdgeGuard, Refusal, refused
from tests.edge.wire import Served, read_reply, serving

LIMIT = 100_000
PNG = "Content-Type: image/png"


class Store:
    """Counts what arrives, while it arrives."""

    def __init__(self) -> None:
        self.bytes = 0
        self.hung_up = False

    async def __call__(self, request: Request) -> Response:
        try:
            async for chunk in request.stream():
                self.bytes += len(chunk)
        except ClientDisconnect:
            self.hung_up = True
            raise
        return Response(str(self.bytes))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    async def put(request: Request) -> Response:
        return await store(request)

    routes = [Route("/files", put, methods=["POST"]), Route("/files/1", put, methods=["POST"])]
    inside = Starlette(routes=routes, exception_handlers={Refusal: refused})
    rule = BodyRule(frozenset({"image/png"}), LIMIT, streamed=True)
    with serving(EdgeGuard(inside, max_body_bytes=LIMIT, body_seconds=1.5, bodies={"/files": rule})) as server:
        yield server


def post(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: a.example", *fields]).encode() + b"\r\n\r\n"


def comes_true(condition: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 10
    while not condition() and time.monotonic() < ends:
        time.sleep(0.01)
    return condition()


def test_the_application_has_the_first_half_before_the_second_is_sent(served: Served, store: Store) -> None:
    with served.connect() as connection:
        connection.sendall(post("/files", PNG, "Content-Length: 10") + b"01234")
        assert comes_true(lambda: store.bytes == 5)
        connection.sendall(b"56789")
        assert read_reply(connection).body == b"10"


def test_one_that_is_too_long_is_refused_as_soon_as_that_shows(served: Served, store: Store) -> None:
    with served.connect() as connection:
        connection.sendall(post("/files", PNG, f"Content-Length: {LIMIT + 1}"))
        read_reply(connection).is_problem("body-too-large")
    assert store.bytes == 0
    with served.connect() as connection:
        chunk = b"%x\r\n%b\r\n" % (LIMIT // 2 + 1, b"x" * (LIMIT // 2 + 1))
        connection.sendall(post("/files", PNG, "Transfer-Encoding: chunked") + chunk * 2)
        reply = read_reply(connection)
    reply.is_problem("body-too-large")
    assert reply.headers["connection"] == "close"
    assert store.bytes <= LIMIT


def test_one_that_does_not_come_to_its_end_in_time_is_refused(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(post("/files", PNG, "Content-Length: 10") + b"01234")
        read_reply(connection).is_problem("body-timeout")


def test_who_hangs_up_is_let_go_and_others_are_served(served: Served, store: Store) -> None:
    with served.connect() as connection:
        connection.sendall(post("/files", PNG, "Content-Length: 10") + b"01234")
        assert comes_true(lambda: store.bytes == 5)
    assert comes_true(lambda: store.hung_up)
    with served.connect() as connection:
        connection.sendall(post("/files", PNG, "Content-Length: 2") + b"ab")
        assert read_reply(connection).body == b"7"


def test_the_rule_is_for_its_very_path_and_its_types(served: Served) -> None:
    for path, kind in (("/files/1", PNG), ("/files", "Content-Type: image/svg+xml"), ("/files", "Accept: */*")):
        with served.connect() as connection:
            connection.sendall(post(path, kind, "Content-Length: 2") + b"ab")
            read_reply(connection).is_problem("unsupported-media-type")
