"""The first ASGI application in the chain: it lets sound requests in and marks every answer."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
import uuid_utils
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app.edge import request_head
from app.edge.exchange import Answer, Upload
from app.edge.problems import Refusal
from app.edge.request_head import Fields
from app.edge.strict_json import check_json

JSON = "application/json"
QUICK_CHECK_BYTES = 64 * 1024
"""JSON up to this size is checked within the event loop; more would hold up other requests."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What bodies a path, and every path under it, takes: the media types in lower case and the size.

    One that is `streamed`, for this very path only, reaches the application as it arrives, unchecked; beyond its size,
    or after `body_seconds` without a byte, the application's `receive` raises the `Refusal` to answer with.
    """

    media_types: frozenset[str]
    max_bytes: int
    streamed: bool = False


class EdgeGuard:
    """Answers what is malformed, too large or too slow with a problem; the application sees only the rest.

    JSON bodies reach the application whole and byte for byte, after `check_json`; they never exceed
    `max_body_bytes`, whatever a rule in `bodies` says. A body has `body_seconds` to arrive, in proportion
    longer where a rule allows a larger one. `scope["state"]["request_id"]` holds the id that the answer
    carries as `X-Request-ID`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int = 1024 * 1024,
        body_seconds: float = 30.0,
        bodies: Mapping[str, BodyRule] | None = None,
    ) -> None:
        self.app = app
        self.body_seconds = body_seconds
        self.default_rule = BodyRule(frozenset({JSON}), max_body_bytes)
        self.bodies = dict(bodies or {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        fields = request_head.fields_of(scope["headers"])
        request_id = request_id_of(fields)
        scope.setdefault("state", {})["request_id"] = request_id
        upload = Upload(receive, unread=request_head.has_body(fields))
        answer = Answer(send, scope, request_id, upload)
        try:
            admitted = await self._admit(scope, fields, upload)
        except Refusal as refusal:
            await answer.refuse(refusal)
        except ClientDisconnect:
            return
        else:
            await self._run(scope, admitted, answer)

    async def _run(self, scope: Scope, receive: Receive, answer: Answer) -> None:
        try:
            await self.app(scope, receive, answer.send)
        except ClientDisconnect:  # while it read a streamed body
            return
        except Exception as error:
            structlog.get_logger().error(
                "unhandled_exception", request_id=answer.request_id, method=scope["method"], exc_info=error
            )
            if not answer.started:
                await answer.refuse(Refusal("internal-error", "The server's log has the cause under this request id."))
            elif not answer.complete:
                raise  # the server cuts the connection, so that nobody takes the half for the whole

    async def _admit(self, scope: Scope, fields: Fields, upload: Upload) -> Receive:
        """Return the `receive` for the application, or raise the Refusal that this request gets instead."""
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope["query_string"]
        request_head.check_size(scope["headers"], len(path) + len(query))
        request_head.check_url(path, query)
        request_head.check_host(fields)
        if not upload.unread:
            return upload.receive
        return await self._body(scope, fields, upload)

    async def _body(self, scope: Scope, fields: Fields, upload: Upload) -> Receive:
        request_head.check_codings(fields)
        kind = request_head.media_type(fields)
        rule = self._rule(scope["path"])
        if scope["method"] not in ("GET", "HEAD", "DELETE", "OPTIONS"):
            limit = self._limit(rule, kind)
            too_large = Refusal("body-too-large", f"The body may have {limit} bytes here.")
        else:
            limit = 0
            too_large = Refusal("body-not-allowed", f"{scope['method']} takes no body.")
        if request_head.declared_length(fields) > limit:
            raise too_large
        if rule.streamed and limit:
            too_slow = Refusal("body-timeout", f"Nothing of the body came for {self.body_seconds:g} seconds.")
            return upload.passed_on(limit, self.body_seconds, too_large, too_slow)
        seconds = self.body_seconds * max(1.0, limit / self.default_rule.max_bytes)
        too_slow = Refusal("body-timeout", f"The body was not complete after {seconds:g} seconds.")
        try:
            async with asyncio.timeout(seconds):
                body = await upload.read(limit, too_large)
        except TimeoutError:
            raise too_slow from None
        if kind == JSON and body:
            await _check_json(body)
        return upload.replay(body)

    def _rule(self, path: str) -> BodyRule:
        for place, rule in self.bodies.items():
            if path == place or (not rule.streamed and path.startswith(f"{place}/")):
                return rule
        return self.default_rule

    def _limit(self, rule: BodyRule, kind: str) -> int:
        """Return how many bytes a body of this media type may have; refuse a type that the rule does not name."""
        if kind not in rule.media_types:
            accepted = " or ".join(sorted(rule.media_types))
            coded = "" if rule.streamed else ", in UTF-8"
            raise Refusal("unsupported-media-type", f"Send {accepted}{coded}.")
        if kind == JSON and not rule.streamed:
            return min(rule.max_bytes, self.default_rule.max_bytes)
        return rule.max_bytes


async def _check_json(body: bytes) -> None:
    if len(body) <= QUICK_CHECK_BYTES:
        check_json(body)
    else:
        await asyncio.to_thread(check_json, body)


def request_id_of(fields: Fields) -> str:
    """The caller's id if it is one that a log can hold, else a new one."""
    given = fields.get(b"x-request-id", [b""])[0]
    return given.decode() if _REQUEST_ID.fullmatch(given) else uuid_utils.uuid7().hex
