"""The problems (RFC 9457) that the edge answers itself, and their bytes."""

import json
from collections.abc import Sequence
from typing import TypedDict

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
