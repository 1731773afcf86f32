"""The HTTP server: uvicorn with httptools, and the limits that it lacks."""

import asyncio
import contextlib
import ctypes
import socket
import sys
from collections.abc import Callable, Sequence

import uuid_utils
import uvicorn
from starlette.types import ASGIApp
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.edge.problems import Refusal, problem_response

MAX_UNPARSED_BYTES = 64 * 1024

SHORTCUT = "shortcut"
"""The name in the application's lifespan state (ASGI, Lifespan State) of a function that answers at once, or not."""

Shortcut = Callable[[bytes, bytes, list[tuple[bytes, bytes]]], tuple[int, bytes] | None]
"""Takes method, target and header fields; gives the status, and as they go over the wire the fields and the body."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection, which no client can hold open by neither finishing a request nor reading the answer.

    What arrives must add up to the head of a request within `head_seconds` and MAX_UNPARSED_BYTES; what is
    sent must be taken within `stall_seconds` (where the system has TCP_USER_TIMEOUT). What is not HTTP is
    answered with a problem. A client that hangs up is noticed even behind requests it has pipelined.

    What the application's lifespan state names `SHORTCUT` may answer a request before a task is made for it.
    """

    head_seconds = 10.0
    stall_seconds = 30.0

    unparsed = 0
    refused = False
    answered = False
    """Whether the request that was parsed last has had its answer by the shortcut."""
    running: RequestResponseCycle | None = None
    head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            milliseconds = int(self.stall_seconds * 1000)
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        self._disconnect_application()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.refused:
            return
        self.unparsed += len(data)
        self.answered = False
        super().data_received(data)
        if self.unparsed > MAX_UNPARSED_BYTES:
            self._refuse(Refusal("headers-too-large", "The header or trailer does not end."))
        elif not (self.answered or self._is_answering()):
            self._expect_head()

    def on_message_begin(self) -> None:
        self.answered = False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self.unparsed = 0
        self._cancel_deadline()
        self.answered = self._answer_at_once()
        if self.answered:
            return
        super().on_headers_complete()
        self.headers = []  # what the parser adds from here on is a trailer: nothing checks it, nobody gets it

    def on_body(self, body: bytes) -> None:
        self.unparsed = 0
        super().on_body(body)

    def shutdown(self) -> None:
        """A stream has no end of its own: it ends now, and its client goes on elsewhere."""
        if self.running is not None and self._is_answering() and self.running.chunked_encoding:
            self._disconnect_application()
            self.transport.write(b"0\r\n\r\n")
            self.transport.close()
        super().shutdown()

    def on_message_complete(self) -> None:
        if not self.answered:
            super().on_message_complete()

    def _answer_at_once(self) -> bool:
        """Whether the shortcut had the answer to this request, and it is sent."""
        shortcut: Shortcut | None = self.app_state.get(SHORTCUT)
        parser = self.parser
        if (
            shortcut is None
            or self.pipeline
            or self._is_answering()
            or self.flow.write_paused
            or self.transport.is_closing()
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
            or self.expect_100_continue
        ):
            return False
        answer = shortcut(parser.get_method(), self.url, self.headers)
        if answer is None:
            return False
        own = [b"%b: %b\r\n" % field for field in self.server_state.default_headers]
        self.transport.write(b"".join([STATUS_LINE[answer[0]], *own, answer[1]]))
        self.on_response_complete()
        return True

    def send_400_response(self, _msg: str) -> None:
        self._refuse(Refusal("malformed-request", "This is not HTTP/1.1 (RFC 9112)."))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def _is_answering(self) -> bool:
        return self.running is not None and not self.running.response_complete

    def _disconnect_application(self) -> None:
        if self.running is not None and self._is_answering():
            self.running.disconnected = True
            self.running.message_event.set()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer without the application, then give the client until the deadline to read it."""
        self.refused = True
        if self.running is not None and self._is_answering() and self.running.response_started:
            self.transport.close()
            return
        self._disconnect_application()
        request_id = uuid_utils.uuid7().hex
        headers, body = problem_response(refusal, instance="/", request_id=request_id)
        headers = [
            *self.server_state.default_headers,
            *headers,
            (b"x-request-id", request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        lines = [b"%s: %s\r\n" % field for field in headers]
        self.transport.write(b"".join([STATUS_LINE[refusal.status], *lines, b"\r\n", body]))
        self.transport.write_eof()
        self._expect_head()

    def _expect_head(self) -> None:
        if self.head_deadline is None and not self.transport.is_closing():
            self.head_deadline = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self.head_deadline is not None:
            self.head_deadline.cancel()
            self.head_deadline = None


def uvicorn_config(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    log_level: str = "info",
    trusted_proxies: Sequence[str] = (),
    grace_seconds: int = 10,
) -> uvicorn.Config:
    """How to serve the application.

    `X-Forwarded-For` and `-Proto` count only from `trusted_proxies`. After SIGTERM, requests under way have
    `grace_seconds` to end.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level=log_level,
        log_config=None,  # uvicorn's words go where the process sends all others
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_keep_alive=5,
        timeout_graceful_shutdown=grace_seconds,
    )


M_ARENA_MAX = -8
"""glibc's malloc.h."""


def share_heap() -> None:
    """Let all threads to come take memory from one heap, where the C library is glibc. It would give each of them its
    own, which keeps what was once taken; under the interpreter's lock they hardly meet in one."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(M_ARENA_MAX, 1)


class Server(uvicorn.Server):
    """Calls `ready` once it takes requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def serve(
    config: uvicorn.Config, *, sock: socket.socket | None = None, ready: Callable[[], None] = lambda: None
) -> None:
    """Serve until SIGTERM or SIGINT, on the socket if one is given. Exits with status 3 if the application or the
    port cannot be opened."""
    with contextlib.suppress(KeyboardInterrupt):
        Server(config, ready).run([sock] if sock else None)
