"""What the server does to clients that are slow, silent or in the way of a restart."""

import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server import BoundedProtocol, uvicorn_config
from tests.edge.wire import Echo, Served, guarded, read_reply, serving, wait_until

ROOT = Path(__file__).parent.parent.parent
GET = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\n"


class Impatient(BoundedProtocol):
    head_seconds = 0.5
    stall_seconds = 1.0


@pytest.fixture(scope="module")
def impatient() -> Iterator[Served]:
    with serving(guarded(Echo()), Impatient) as served:
        yield served


def seconds_until_closed(connection: socket.socket, trickle: bytes = b"") -> float:
    """How long the server keeps the connection while the client sends `trickle`, byte by byte."""
    started = time.monotonic()
    while time.monotonic() - started < 5:
        readable, _, _ = select.select([connection], [], [], 0.05)
        try:
            if readable and not connection.recv(4096):
                break
            connection.sendall(trickle[:1])
        except OSError:
            break
        trickle = trickle[1:]
    return time.monotonic() - started


@pytest.mark.parametrize(
    ("first", "trickle"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: a.exa", b""),
        (b"GET / HTTP/1.1\r\nHost: a.example\r\nX-Slow: ", b"x" * 200),
        (b"G", b""),
        (b"\r\n", b"\r\n" * 100),
    ],
    ids=["silent", "half a header", "header in drops", "one byte", "empty lines"],
)
def test_a_connection_without_a_whole_header_is_closed(impatient: Served, first: bytes, trickle: bytes) -> None:
    with impatient.connect() as connection:
        connection.sendall(first)
        assert 0.3 < seconds_until_closed(connection, trickle) < 1.5


def test_a_second_header_has_a_deadline_too(impatient: Served) -> None:
    with impatient.connect() as connection:
        connection.sendall(GET)
        assert read_reply(connection).status == 200
        connection.sendall(b"GET / HT")
        assert 0.3 < seconds_until_closed(connection) < 1.5


def test_a_request_that_takes_longer_than_its_header_may_is_served(impatient: Served) -> None:
    with impatient.connect() as connection:
        connection.sendall(POST + b"Content-Length: 2\r\n\r\n")
        time.sleep(0.8)
        connection.sendall(b"{}")
        assert read_reply(connection).body == b"{}"


@pytest.mark.parametrize(
    "start",
    [
        b"GET /",
        b"GET / HTTP/1.1\r\nX: ",
        b"GET / HTTP/1.1\r\nX",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2;x=",
        POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
    ids=["url", "field value", "field name", "chunk extension", "trailer"],
)
def test_what_never_ends_is_refused_before_it_fills_the_memory(impatient: Served, start: bytes) -> None:
    with impatient.connect() as connection:
        connection.sendall(start)
        for _ in range(100):
            connection.sendall(b"a" * 4096)
            if select.select([connection], [], [], 0)[0]:
                break
        read_reply(connection).is_problem("headers-too-large")
        connection.sendall(b"a" * 1024 * 1024)
        wait_until(lambda: not impatient.server.server_state.connections, seconds=2)


def test_a_client_that_does_not_read_is_dropped(impatient: Served) -> None:
    connections = impatient.server.server_state.connections
    wait_until(lambda: not connections)
    with impatient.connect() as connection:
        connection.sendall(GET.replace(b"/", b"/large", 1))
        wait_until(lambda: connections)
        started = time.monotonic()
        wait_until(lambda: not connections)
        assert time.monotonic() - started > 0.5
    wait_until(lambda: not impatient.server.server_state.tasks)


@pytest.mark.parametrize(
    "sent",
    [GET + b"\x00garbage\r\n\r\n", POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n"],
    ids=["behind a request", "in a body"],
)
def test_garbage_ends_the_request_before_it_with_one_answer(served: Served, sent: bytes) -> None:
    with served.connect() as connection:
        connection.settimeout(2)
        connection.sendall(sent)
        read_reply(connection).is_problem("malformed-request")
        assert connection.recv(4096) == b""
        wait_until(lambda: not served.server.server_state.tasks, seconds=2)


SERVE = """
import logging, sys
from app.server import serve, uvicorn_config
from tests.edge.wire import Echo, guarded
logging.basicConfig(level="INFO")
serve(uvicorn_config(guarded(Echo()), host="127.0.0.1", port=int(sys.argv[1]), grace_seconds=1))
"""


def test_a_stalled_upload_does_not_hold_up_sigterm() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if "running on" in line:
                break
        with (
            socket.create_connection(("127.0.0.1", port)) as stalled,
            socket.create_connection(("127.0.0.1", port)),
        ):
            stalled.sendall(POST + b"Content-Length: 100\r\n\r\n{")
            time.sleep(0.2)
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=10)
            assert 0.5 < time.monotonic() - started < 3


def test_forwarded_addresses_count_only_from_trusted_proxies() -> None:
    alone = uvicorn_config(Echo(), host="127.0.0.1", port=0)
    behind = uvicorn_config(Echo(), host="127.0.0.1", port=0, trusted_proxies=["127.0.0.1"])
    assert not alone.proxy_headers
    assert (behind.proxy_headers, behind.forwarded_allow_ips) == (True, ["127.0.0.1"])


def test_the_server_tells_the_date_and_not_its_name(impatient: Served) -> None:
    reply = impatient.exchange(GET)
    assert "date" in reply.headers
    assert "server" not in reply.headers
