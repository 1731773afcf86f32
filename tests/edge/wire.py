"""A small application behind the edge, and clients that say to it exactly what a test wants said."""

import asyncio
import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.edge import EDGE_PROBLEMS, BodyRule, EdgeGuard
from app.server import BoundedProtocol, uvicorn_config

LIMIT = 1024 * 1024
FORM = "application/x-www-form-urlencoded"


@dataclass
class Echo:
    """Answers with the body it got, or with what it was told of the request; remembers who hung up."""

    hung_up: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] == "/fail":
            raise RuntimeError("the secret reason")
        if scope["path"] == "/wait":
            while (await receive())["type"] != "http.disconnect":
                pass
            self.hung_up.append(scope["query_string"].decode())
            return
        body = await self._body(scope, receive)
        start = {"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"of-the-app")]}
        await send(start)
        if scope["path"] == "/half":
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
            raise RuntimeError("too late")
        await send({"type": "http.response.body", "body": body})
        if scope["path"] == "/late":
            raise RuntimeError("after the answer")

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        if scope["path"] == "/large":
            return b"x" * 32 * 1024 * 1024
        if scope["method"] not in ("POST", "PUT", "PATCH"):
            told = {
                "method": scope["method"],
                "path": scope["path"],
                "headers": [name.decode() for name, _ in scope["headers"]],
                "request_id": scope["state"]["request_id"],
            }
            return json.dumps(told).encode()
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        return body


def request(method: str, target: str, *fields: str, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request that says to carry JSON."""
    lines = [f"{method} {target} HTTP/1.1", "Host: a.example", "Content-Type: application/json", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def guarded(app: ASGIApp, *, body_seconds: float = 5.0) -> EdgeGuard:
    bodies = {
        "/token": BodyRule(frozenset({FORM}), 8 * 1024),
        "/imports": BodyRule(frozenset({"application/json", "application/xml"}), 4 * LIMIT),
    }
    return EdgeGuard(app, max_body_bytes=LIMIT, body_seconds=body_seconds, bodies=bodies)


@dataclass(frozen=True)
class Reply:
    """A response; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def told(self) -> Any:
        return json.loads(self.body)

    def is_problem(self, slug: str) -> dict[str, Any]:
        """Assert that this is the problem of this kind, whole and well-formed; return its members."""
        problem: dict[str, Any] = json.loads(self.body)
        status, title = EDGE_PROBLEMS[slug]
        assert (self.status, problem["type"]) == (status, f"/problems/{slug}"), problem
        assert (problem["status"], problem["title"]) == (status, title)
        assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "instance", "request_id"}
        assert problem["instance"].startswith("/")
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["cache-control"] == "no-store"
        assert self.headers["x-request-id"] == problem["request_id"]
        self.is_marked()
        return problem

    def is_marked(self) -> None:
        """Assert the fields that every response carries."""
        assert re.fullmatch("[A-Za-z0-9._-]{8,64}", self.headers["x-request-id"])
        assert self.headers["x-content-type-options"] == "nosniff"


def ask(
    app: ASGIApp, method: str, path: str, *, content: Any = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """Ask the application in this process, without a server."""

    async def send() -> Reply:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://a.example") as client:
            response = await client.request(method, path, content=content, headers=headers)
            return Reply(response.status_code, dict(response.headers), response.content)

    return asyncio.run(send())


def post_json(app: ASGIApp, body: bytes, path: str = "/") -> Reply:
    return ask(app, "POST", path, content=body, headers={"Content-Type": "application/json"})


@dataclass(frozen=True)
class Served:
    """An application behind a real uvicorn on the loopback interface."""

    server: uvicorn.Server
    port: int

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def exchange(self, request: bytes) -> Reply:
        """Send these bytes on a connection of their own, all before reading the answer."""
        with self.connect() as connection:
            connection.sendall(request)
            return read_reply(connection, request.partition(b" ")[0].decode("latin-1"))

    def exchange_late(self, request: bytes) -> Reply:
        """Send as much as the server takes, as a client does that reads its answer only at the end."""
        with self.connect() as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            return read_reply(connection, "POST")


def read_reply(connection: socket.socket, method: str = "GET") -> Reply:
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    body = response.read()
    return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


@contextlib.contextmanager
def serving(app: ASGIApp, protocol: type[BoundedProtocol] = BoundedProtocol) -> Iterator[Served]:
    config = uvicorn_config(app, host="127.0.0.1", port=0, log_level="critical", grace_seconds=1)
    config.http = protocol
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield Served(server, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


def wait_until(happened: Any, seconds: float = 60) -> None:
    """Return as soon as `happened()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
