"""HTTP as the contract wants it: validators, conditional requests, cache lifetimes. Pure: no database here."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import InvalidParameter, PreconditionFailed, PreconditionRequired

JSON = "application/json"
NDJSON = "application/x-ndjson"
STREAM = "text/event-stream"
NO_STORE = {"Cache-Control": "no-store"}

BROWSER_SECONDS = 5
SHARED_SECONDS = 60
STALE_SECONDS = 60
"""How long a browser, a shared cache, and a shared cache that is fetching anew may use an answer.

Short, because not every site purges its CDN; with purging by `Cache-Tag` a proxy may be told to keep longer.
"""

_ENTITY_TAG = re.compile(r'[\s,]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


def etag(content: bytes) -> str:
    """A strong validator (RFC 9110, 8.8.3): equal if and only if the bytes are."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def asks_for_stream(accept: str) -> bool:
    """Whether an `Accept` header asks for server-sent events, which no cache answers and HEAD does not get."""
    return STREAM in accept.lower()


def entity_tags(header: str) -> list[tuple[bool, str]] | None:
    """`(weak, opaque)` of each tag in an `If-Match` or `If-None-Match` list; None where the header is no such list."""
    tags: list[tuple[bool, str]] = []
    header, position = header.rstrip(", \t"), 0  # empty elements of a list are nothing (RFC 9110, 5.6.1.2)
    while position < len(header):
        found = _ENTITY_TAG.match(header, position)
        if not found:
            return None
        tags.append((found[1] is not None, f'"{found[2]}"'))
        position = found.end()
    return tags


def last_modified(changed_at: datetime, at: datetime) -> datetime:
    """The whole second that `Last-Modified` may name.

    While the second of the change still runs, another change may follow in it and a client holding that second
    would be told 304; so the second before is named until it is over (RFC 9110, 8.8.2.1). A client's date is
    compared with the second of the change itself, so that the second before never counts as this version.
    """
    second = min(changed_at, at).replace(microsecond=0)
    return second if at >= second + timedelta(seconds=1) else second - timedelta(seconds=1)


def is_unchanged(headers: Mapping[str, str], tag: str, modified: datetime) -> bool:
    """Whether the request's own copy is still right (RFC 9110, 13.2.2). Unreadable conditions count as absent."""
    if (condition := headers.get("if-none-match")) is not None:
        if condition.strip() == "*":
            return True
        return any(opaque == tag for _, opaque in entity_tags(condition) or ())
    if (since := headers.get("if-modified-since")) is not None:
        try:
            moment = parsedate_to_datetime(since)
        except (ValueError, TypeError, OverflowError):
            return False
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return modified <= moment
    return False


def cache_control(at: datetime, until: datetime | None) -> str:
    """How long this answer may be used; never past `until`, when it may have become wrong."""
    left = int((until - at).total_seconds()) if until else SHARED_SECONDS + STALE_SECONDS
    if left <= 0:
        return "public, no-cache"
    shared = min(SHARED_SECONDS, left)
    return (
        f"public, max-age={min(BROWSER_SECONDS, left)}, s-maxage={shared}, "
        f"stale-while-revalidate={min(STALE_SECONDS, left - shared)}"
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What the cache must know of an answer: by which tags it is purged, and when it may be wrong without a change."""

    etag: str
    modified: datetime
    """The second of the last change: a client with a copy from then, or later, has this version."""
    tags: frozenset[str]
    until: datetime | None


def deliver(
    request: Request,
    content: bytes,
    *,
    at: datetime,
    changed_at: datetime,
    tags: Iterable[str],
    until: datetime | None = None,
    tag: str | None = None,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
) -> Response:
    """A public answer with its validators and lifetime. The cache in front makes a 304 of it where that is due.

    `changed_at`: the last change of anything in it; `until`: when it may become wrong without a change;
    `tags`: what it is purged by, here and at a CDN; `tag`: its entity tag, where that is known.
    """
    keys = list(dict.fromkeys(tags))
    kept = Kept(tag or etag(content), changed_at.replace(microsecond=0), frozenset(keys), until)
    request.state.kept = kept
    return Response(
        content,
        media_type=media_type,
        headers={
            "ETag": kept.etag,
            "Last-Modified": format_datetime(last_modified(changed_at, at), usegmt=True),
            "Cache-Control": cache_control(at, until),
            **tagged(keys),
            **(headers or {}),
        },
    )


def tagged(keys: Sequence[str]) -> dict[str, str]:
    """By what a CDN may purge an answer: the field of Cloudflare and Akamai, and that of Fastly and Varnish."""
    return {"Cache-Tag": ",".join(keys), "Surrogate-Key": " ".join(keys)}


def private(
    content: bytes,
    *,
    tag: str | None = None,
    status_code: int = 200,
    media_type: str = JSON,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer for one person, in no cache, with the ETag that `If-Match` must name to change it.

    `tag`: the ETag, where it stands for less than the content.
    """
    return Response(
        content,
        status_code=status_code,
        media_type=media_type,
        headers={**NO_STORE, "ETag": tag or etag(content), **(headers or {})},
    )


def check_match(request: Request, current: bytes) -> None:
    """Let a change pass only if the client saw the current state, which is what its ETag stands for.

    Raises `PreconditionRequired` (428) or `PreconditionFailed` (412, with the current ETag).
    """
    check_tag(request.headers.get("if-match"), etag(current))


def check_tag(condition: str | None, tag: str) -> None:
    """The same of an `If-Match` and the current ETag."""
    if condition is None:
        raise PreconditionRequired("Send `If-Match` with the ETag of the version that you read.")
    if condition.strip() == "*":
        return
    if (False, tag) not in (entity_tags(condition) or ()):
        raise PreconditionFailed(
            "It was changed since you read it; read it again and repeat your change.",
            headers={"ETag": tag},
            current_etag=tag,
        )


def chosen_fields(given: str | None, known: Iterable[str], *, parameter: str = "fields") -> set[str] | None:
    """The top-level fields that `fields=a,b` asks for; None for all. Raises `InvalidParameter`."""
    if given is None:
        return None
    names = given.split(",")
    known = list(known)
    if unknown := [name for name in names if name not in known]:
        raise InvalidParameter(
            f"`{parameter}` names something that this resource does not have.",
            errors=[{"parameter": parameter, "detail": f"{len(unknown)} unknown; known are: {', '.join(known)}"}],
        )
    return set(names)


def picked(content: bytes, fields: set[str] | None) -> bytes:
    """A JSON object with only these of its members, or as it is."""
    if fields is None:
        return content
    members = json.loads(content)
    return json.dumps(
        {name: members[name] for name in members if name in fields}, ensure_ascii=False, separators=(",", ":")
    ).encode()


class Cors(CORSMiddleware):
    """CORS for an API that all origins may read: then the answer is the same for each, and caches need to keep one.

    Starlette's adds `Vary: Origin` even so, and to a preflight, which no cache may keep (RFC 9110, 9.3.7), three more.
    """

    def preflight_response(self, request_headers: Headers) -> Response:
        answer = super().preflight_response(request_headers)
        if self.allow_all_origins:
            del answer.headers["Vary"]
        return answer

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        if not self.allow_all_origins:
            await super().send(message, send, request_headers)
            return
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(self.simple_headers)
        await send(message)


class HeadAsGet:
    """Answer HEAD as GET would, without the body (RFC 9110, 9.3.2): one route serves both, and cannot differ."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                if message.get("more_body", False):
                    return
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_head)
