"""What every response carries, and what becomes of failures."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from app.edge import EDGE_PROBLEMS, EdgeGuard
from app.edge.problems import Refusal
from tests.edge.wire import Echo, Served, ask, guarded, read_reply, request, serving, wait_until


def test_a_well_formed_request_id_is_kept_and_told_to_the_application(app: EdgeGuard) -> None:
    for given in ("8letters", "A.b_c-9" + "x" * 57):
        reply = ask(app, "GET", "/", headers={"X-Request-ID": given})
        assert reply.headers["x-request-id"] == reply.told()["request_id"] == given
        reply.is_marked()


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space", "a;b;c;d;e", "naïve-id", "line\tline"])
def test_another_request_id_is_replaced(app: EdgeGuard, given: str) -> None:
    first, second = (ask(app, "GET", "/", headers={"X-Request-ID": given.encode()}) for _ in range(2))  # type: ignore[dict-item]
    for reply in (first, second):
        assert reply.headers["x-request-id"] == reply.told()["request_id"] != given
        reply.is_marked()
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


def test_a_problem_carries_the_request_id_that_was_given(app: EdgeGuard) -> None:
    reply = ask(app, "GET", "/caf%C3%A9?a=%FF", headers={"X-Request-ID": "0123456789"})
    problem = reply.is_problem("malformed-url")
    assert (problem["request_id"], problem["instance"]) == ("0123456789", "/caf%C3%A9")


def test_a_failure_of_the_application_is_logged_under_the_request_id_and_not_told(app: EdgeGuard) -> None:
    with capture_logs() as logs:
        reply = ask(app, "GET", "/fail")
    problem = reply.is_problem("internal-error")
    assert b"secret" not in reply.body
    assert [entry["request_id"] for entry in logs] == [problem["request_id"]]
    assert str(logs[0]["exc_info"]) == "the secret reason"


def test_a_failure_behind_a_body_is_answered_too(served: Served) -> None:
    with capture_logs():
        served.exchange(request("POST", "/fail", "Content-Length: 2", body=b"{}")).is_problem("internal-error")


def test_a_failure_in_mid_answer_cuts_the_connection(served: Served) -> None:
    with capture_logs() as logs, served.connect() as connection:
        connection.sendall(request("GET", "/half"))
        received = b""
        while piece := connection.recv(4096):
            received += piece
    assert b"half" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert len(logs) == 1


def test_a_failure_after_the_answer_is_only_logged(served: Served) -> None:
    with capture_logs() as logs, served.connect() as connection:
        connection.sendall(request("GET", "/late"))
        assert read_reply(connection).status == 200
        wait_until(lambda: logs)
        connection.sendall(request("GET", "/"))
        assert read_reply(connection).status == 200
    assert [entry["event"] for entry in logs] == ["unhandled_exception"]


def test_a_head_request_gets_the_head_of_the_problem_only(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(request("HEAD", "/%FF", "Connection: close"))
        reply = read_reply(connection, "HEAD")
        assert connection.recv(4096) == b""
    assert (reply.status, reply.body) == (400, b"")
    reply.is_marked()


@pytest.mark.parametrize(
    "sent",
    [
        request("GET", "/wait?get"),
        request("POST", "/wait?post", "Content-Length: 2", body=b"{}"),
        request("GET", "/wait?first") + request("GET", "/wait?second"),
    ],
    ids=["get", "post", "pipelined"],
)
def test_the_application_learns_that_the_client_has_hung_up(sent: bytes) -> None:
    echo = Echo()
    with serving(guarded(echo)) as served:
        with served.connect() as connection:
            connection.sendall(sent)
            wait_until(lambda: served.server.server_state.tasks)
        wait_until(lambda: echo.hung_up)
        wait_until(lambda: not served.server.server_state.tasks)


def test_a_client_that_hangs_up_in_mid_body_gets_no_application(served: Served) -> None:
    with capture_logs() as logs:
        with served.connect() as connection:
            connection.sendall(request("POST", "/fail", "Content-Length: 2", body=b"{"))
            wait_until(lambda: served.server.server_state.tasks)
        wait_until(lambda: not served.server.server_state.tasks)
    assert logs == []


def test_trailer_fields_never_join_the_checked_header(served: Served) -> None:
    trailer = b"0\r\nHost: b.example\r\nAuthorization: Bearer x\r\n\r\n"
    reply = served.exchange(request("GET", "/", "Transfer-Encoding: chunked", body=trailer))
    assert reply.told()["headers"] == ["host", "content-type", "transfer-encoding"]


def test_lifespan_passes_through() -> None:
    seen: list[str] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> MutableMapping[str, Any]:
        return {}

    asyncio.run(guarded(app)({"type": "lifespan"}, nothing, nothing))  # type: ignore[arg-type]
    assert seen == ["lifespan"]


@pytest.mark.parametrize("slug", EDGE_PROBLEMS)
def test_every_kind_of_problem_is_a_client_or_server_error_with_a_title(slug: str) -> None:
    status, title = EDGE_PROBLEMS[slug]
    assert 400 <= Refusal(slug, "").status == status <= 500
    assert title
