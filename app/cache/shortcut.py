"""From a plain GET to an answer that is kept in one step, which the server takes before it makes a task."""

from collections.abc import Callable
from time import perf_counter

from app.cache.front import Front, coding_of, conditions_of, is_anonymous, taste_of, wants_stream
from app.edge.guard import request_id_of
from app.edge.problems import Refusal
from app.edge.request_head import check_host, check_size, fields_of, has_body
from app.http import is_unchanged

Count = Callable[[str, str, str, float], None]
"""Takes note of an answer: operation, method, status, seconds."""

_METHODS = {b"GET": "GET", b"HEAD": "HEAD"}


class Shortcut:
    """Answers what `Front` would answer from memory, after the checks of the edge, and counts it.

    Whatever is unusual in a request gives None: the long way knows what is wrong with it, and says so. The URL needs
    no check of its own: an answer is kept only under one that has passed it.
    """

    def __init__(self, front: Front, *, count: Count) -> None:
        self._front = front
        self._count = count

    def __call__(self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> tuple[int, bytes] | None:
        """The status, and the fields and the body as they go over the wire; None if it is not answered here."""
        began = perf_counter()
        if method not in _METHODS:
            return None
        fields = fields_of(headers)
        try:
            check_size(headers, len(target))
            check_host(fields)
        except Refusal:
            return None
        if has_body(fields) or not is_anonymous(fields) or wants_stream(fields):
            return None
        entry = self._front.kept((target if b"?" in target else target + b"?") + taste_of(fields))
        form = entry.form(coding_of(fields)) if entry is not None else None
        if entry is None or form is None:
            return None
        conditions = conditions_of(fields)
        status, head, body = 200, form.head, form.body if method == b"GET" else b""
        if conditions and is_unchanged(conditions, form.etag, entry.modified):
            status, head, body = 304, form.unchanged_head, b""
        self._front.store.hits += 1
        marks = b"x-request-id: %b\r\nx-content-type-options: nosniff\r\n\r\n" % request_id_of(fields).encode()
        self._count(entry.operation, _METHODS[method], str(status), perf_counter() - began)
        return status, b"".join([head, marks, body])
