"""The problems (RFC 9457) that the edge answers itself, and their bytes."""

import json
from collections.abc import Sequence
from typing import TypedDict
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

EDGE_PROBLEMS: dict[str, tuple[int, str]] = {
    "bad-host": (400, "Bad Host header"),
    "headers-too-large": (431, "Header fields too large"),
    "uri-too-long": (414, "URL too long"),
    "malformed-url": (400, "Malformed URL"),
    "malformed-request": (400, "Malformed HTTP request"),
    "body-not-allowed": (400, "Body not allowed"),
    "body-too-large": (413, "Body too large"),
    "body-timeout": (408, "Body took too long"),
    "unsupported-encoding": (415, "Unsupported content encoding"),
    "unsupported-media-type": (415, "Unsupported media type"),
    "malformed-json": (400, "Malformed JSON"),
    "unacceptable-json": (422, "Unacceptable JSON"),
    "internal-error": (500, "The server failed"),
}
"""Slug, as in the type `/problems/<slug>`, to HTTP status and title."""

EDGE_PAGES: dict[str, str] = {
    "bad-host": "The request has no `Host`, several, or one that is neither a name nor an address.",
    "headers-too-large": "The header has more than 100 fields or more than 32 KiB.",
    "uri-too-long": "Path and query together have more than 8 KiB. Narrow the list by fewer filters.",
    "malformed-url": "The path or the query holds bytes that no URL has, or escapes that are not UTF-8 or hide a NUL, "
    "CR or LF. Percent-encode what you put into a URL.",
    "malformed-request": "What arrived is not HTTP/1.1 (RFC 9112).",
    "body-not-allowed": "A GET, HEAD, DELETE or OPTIONS came with a body. Nobody would read it.",
    "body-too-large": "The body is larger than this address takes; `detail` has the limit.",
    "body-timeout": "The body did not arrive in time.",
    "unsupported-encoding": "The body came compressed. Send it as it is.",
    "unsupported-media-type": "This address takes bodies of another type; `detail` says which.",
    "malformed-json": "The body is not one JSON document in UTF-8 (RFC 8259). NaN and Infinity are not JSON.",
    "unacceptable-json": "The body is JSON that two readers could take for different things, or that no database "
    "keeps: a member given twice, U+0000, half a surrogate pair, an integer beyond 64 bits, more than 32 levels.",
    "internal-error": "A defect of the server. The log holds it under the answer's `request_id`; nothing was changed.",
}
"""What each means and what to do, by slug."""


class InputError(TypedDict):
    """One fault of a JSON body: where it is (RFC 6901) and what is wrong there."""

    pointer: str
    detail: str


class Refusal(Exception):
    """Raised by a check: the request ends here, with this problem as its answer."""

    def __init__(self, slug: str, detail: str, errors: Sequence[InputError] = ()) -> None:
        super().__init__(slug)
        self.slug = slug
        self.status = EDGE_PROBLEMS[slug][0]
        self.detail = detail
        self.errors = errors


def problem_response(refusal: Refusal, *, instance: str, request_id: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the header fields and the `application/problem+json` body that answer a refused request."""
    status, title = EDGE_PROBLEMS[refusal.slug]
    members = {
        "type": f"/problems/{refusal.slug}",
        "title": title,
        "status": status,
        "detail": refusal.detail,
        "instance": instance,
        "request_id": request_id,
    }
    if refusal.errors:
        members["errors"] = refusal.errors
    body = json.dumps(members, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    return headers, body


async def answer_refused(request: Request, error: Exception) -> Response:
    """The answer to a request whose body turned out to be too large or too slow while the application read it."""
    assert isinstance(error, Refusal)  # noqa: S101 (narrows the type for the checker)
    headers, body = problem_response(
        error, instance=quote(request.url.path, errors="replace"), request_id=request.state.request_id
    )
    answer = Response(body, status_code=error.status)
    answer.raw_headers = [*headers, (b"connection", b"close")]
    return answer
