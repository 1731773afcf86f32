"""In front of the application: public answers from memory, in the coding that the client takes, or 304."""

from dataclasses import dataclass
from time import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cache.coding import chosen, encode
from app.cache.store import Entry, Form, Headers, Store
from app.cache.watching import EVERYTHING, Watcher
from app.edge.request_head import Fields, fields_of
from app.http import SHARED_SECONDS, STALE_SECONDS, Kept, asks_for_stream, is_unchanged
from app.negotiation import ranked

PUBLIC = ("/v1/", "/feeds/", "/sitemap", "/oembed")
NOT_KEPT = ("/v1/admin/", "/v1/auth/", "/v1/media/")
"""What is for one person, and files: the system keeps those in memory anyway, and no coding makes them smaller."""

MARGIN = SHARED_SECONDS + STALE_SECONDS
"""An answer is made anew so long before it may become wrong, since its headers let others keep it for that time."""

_CONDITIONS = (b"if-none-match", b"if-modified-since")
_CREDENTIALS = (b"authorization", b"cookie", b"x-edit-token")


def coding_of(fields: Fields) -> str:
    """The coding to answer with."""
    wishes = fields.get(b"accept-encoding")
    return chosen(b", ".join(wishes).decode("latin-1")) if wishes else "identity"


def conditions_of(fields: Fields) -> dict[str, str]:
    """The conditions of the request; several lines of one are one list (RFC 9110, 5.3)."""
    return {name.decode(): b", ".join(fields[name]).decode("latin-1") for name in _CONDITIONS if name in fields}


def is_anonymous(fields: Fields) -> bool:
    return not any(name in fields for name in _CREDENTIALS)


def wants_stream(fields: Fields) -> bool:
    return any(asks_for_stream(wish.decode("latin-1")) for wish in fields.get(b"accept", ()))


def taste_of(fields: Fields) -> bytes:
    """What of a request's `Accept` decides the format of the answer; nothing for whoever takes JSON gladly.

    It ends the key of an answer, and cannot be part of an address.
    """
    wishes = fields.get(b"accept")
    if not wishes or wishes == [b"*/*"] or wants_stream(fields):
        return b""
    formats = ranked(b",".join(wishes).decode("latin-1"))
    return b"" if formats[:1] == ("json",) else f"#{','.join(formats)}".encode()


@dataclass(slots=True)
class Wish:
    """What of a request decides how it is answered."""

    key: bytes
    coding: str
    conditions: dict[str, str]
    anonymous: bool


class Front:
    """Answers a public GET or HEAD without the application, if it has the answer and nothing that it shows has changed.

    A request with a credential is never answered from here, nor is its answer kept. Where `anonymous` is given, it is
    asked instead of `app` when there is none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        watcher: Watcher,
        store: Store,
        vary: str = "Accept-Encoding",
        anonymous: ASGIApp | None = None,
    ) -> None:
        self._app = app
        self._anonymous = anonymous or app
        self._watcher = watcher
        self._vary = vary.encode()
        self._epoch = 0
        self.store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or not scope["path"].startswith(PUBLIC)
            or scope["path"].startswith(NOT_KEPT)
            or (scope["method"] == "GET" and _wants_stream(scope))
        ):
            await self._app(scope, receive, send)
            return
        wish = self._read(scope)
        entry = self.kept(wish.key) if wish.anonymous else None
        if entry is not None:
            self.store.hits += 1
            scope["state"]["operation"] = entry.operation
            await self._answer(entry, wish, scope, send)
        else:
            self.store.misses += 1
            await self._ask(wish, scope, receive, send)

    def kept(self, key: bytes) -> Entry | None:
        """The answer to this path and query, if it is in memory and right at this moment."""
        self._look()
        entry = self.store.get(key)
        return entry if entry is not None and entry.until > time() else None

    def _read(self, scope: Scope) -> Wish:
        fields = fields_of(scope["headers"])
        return Wish(
            key=scope["raw_path"] + b"?" + scope["query_string"] + taste_of(fields),
            coding=coding_of(fields),
            conditions=conditions_of(fields),
            anonymous=is_anonymous(fields),
        )

    def _look(self) -> None:
        """Forget what commits have touched since the last look."""
        touched = self._watcher.touched()
        if touched is EVERYTHING:
            self._epoch += 1
            self.store.clear()
        elif touched:
            self._epoch += 1
            self.store.drop_tagged(touched)

    async def _answer(self, entry: Entry, wish: Wish, scope: Scope, send: Send) -> None:
        form = self._coded(entry, wish.coding)
        if wish.conditions and is_unchanged(wish.conditions, form.etag, entry.modified):
            await send({"type": "http.response.start", "status": 304, "headers": form.unchanged})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": form.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else form.body})

    def _coded(self, entry: Entry, coding: str) -> Form:
        """The answer in the coding, which is made once; a coded one has an entity tag of its own."""
        if (form := entry.form(coding)) is None:
            etag = f'{entry.plain.etag[:-1]}-{coding}"'
            body = encode(coding, entry.plain.body)
            changed = {b"etag": etag.encode(), b"content-length": b"%d" % len(body)}
            headers = [(name, changed.get(name, value)) for name, value in entry.plain.headers]
            form = Form([*headers, (b"content-encoding", coding.encode())], body, etag)
            self.store.add_coding(entry, coding, form)
        return form

    async def _ask(self, wish: Wish, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the application answer in full, keep that if it may be kept, and answer the wish."""
        epoch = self._epoch
        state = scope.setdefault("state", {})
        head: Message = {}
        body = bytearray()
        as_it_is = False

        async def collect(message: Message) -> None:
            nonlocal as_it_is, head
            if message["type"] == "http.response.start":
                head = message
                as_it_is = "kept" not in state or message["status"] != 200
            if as_it_is:
                if message["type"] == "http.response.body" and scope["method"] == "HEAD":
                    message = {**message, "body": b""}
                await send(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        asked = [field for field in scope["headers"] if field[0] not in _CONDITIONS]
        if _wants_stream(scope):  # HEAD of one: the answer to it is that of a page
            asked = [field for field in asked if field[0] != b"accept"]
        inside = self._anonymous if wish.anonymous else self._app
        await inside({**scope, "method": "GET", "headers": asked}, receive, collect)
        if as_it_is:
            return
        entry = self._entry(wish, state["kept"], state.get("operation", "none"), head["headers"], bytes(body))
        self._look()
        if wish.anonymous and epoch == self._epoch and entry.until > time():
            self.store.put(entry)
        await self._answer(entry, wish, scope, send)

    def _entry(self, wish: Wish, kept: Kept, operation: str, headers: Headers, body: bytes) -> Entry:
        vary = [value for name, value in headers if name == b"vary"]
        rest = [field for field in headers if field[0] != b"vary"]
        return Entry(
            key=wish.key,
            operation=operation,
            modified=kept.modified,
            plain=Form([*rest, (b"vary", b", ".join([self._vary, *vary]))], body, kept.etag),
            tags=kept.tags,
            until=kept.until.timestamp() - MARGIN if kept.until else float("inf"),
        )


def _wants_stream(scope: Scope) -> bool:
    return wants_stream(fields_of(scope["headers"]))
