"""The log of changes as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from time import monotonic
from typing import Annotated, Any

from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.context import Site, client_address, household
from app.errors import NotFound, TooManyRequests, Unavailable
from app.events import queries
from app.http import NO_STORE, STREAM
from app.schemas import id_from

LOOK_SECONDS = 0.4
BEAT_SECONDS = 15.0
BATCH = 100

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=100, description="For a stream: go on after the change with this `id`."),
]

News = Callable[[Session, int], tuple[list[bytes], int] | None]
"""What to send of what follows a place in the log, and up to which place the log has been looked through; None ends
the stream."""


class Streams:
    """The streams of this process: how many are open, from where, and whether there is anything new for them."""

    def __init__(self, most: int, most_of_address: int) -> None:
        self._most = most
        self._most_of_address = most_of_address
        self._open: Counter[str] = Counter()
        self._last = 0
        self._looked_at = 0.0

    async def answer(self, request: Request, site: Site, after: str | None, news: News) -> Response:
        """What follows the change with the id `after` in the log, or what happens from now on, as it happens.

        Raises `NotFound` for an id that is not in the log, `TooManyRequests` for an address that has its share of
        streams, and `Unavailable` when all are taken.
        """
        address = household(client_address(request))
        self._enter(address)
        leave = partial(self._leave, address)
        try:
            start = await site.database.ask(partial(place_of, change=after) if after else last_place)
        except BaseException:
            leave()
            raise
        return _Stream(self._events(site, news, start), leave)

    def _enter(self, address: str) -> None:
        if self._open[address] >= self._most_of_address:
            detail = f"At most {self._most_of_address} streams for one address; ask for pages meanwhile."
            raise TooManyRequests(detail, headers={"Retry-After": "30"})
        if self._open.total() >= self._most:
            raise Unavailable("All streams are taken; ask for pages meanwhile.", headers={"Retry-After": "30"})
        self._open[address] += 1

    def _leave(self, address: str) -> None:
        self._open[address] -= 1
        self._open += Counter()  # forgets who has none left

    async def _events(self, site: Site, news: News, seen: int) -> AsyncIterator[bytes]:
        """The news as it comes, and a comment now and then, so that nobody hangs up."""
        spoke_at = monotonic()
        yield b"retry: 2000\n\n"
        while True:
            is_beat = monotonic() - spoke_at >= BEAT_SECONDS
            if is_beat or await self._newest(site) > seen:
                found = await site.database.ask(partial(_news, news=news, since=seen))
                if found is None:
                    return
                events, seen = found
                if events or is_beat:
                    yield b"".join(events) or b": here\n\n"
                    spoke_at = monotonic()
            await asyncio.sleep(0 if self._last > seen else LOOK_SECONDS)

    async def _newest(self, site: Site) -> int:
        """The log's last place, looked up once in `LOOK_SECONDS` however many streams ask."""
        if monotonic() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = monotonic()
            self._last = await site.database.ask(last_place)
        return self._last


class _Stream(StreamingResponse):
    """A stream that gives its place back at its end, also if nobody has heard a word of it."""

    def __init__(self, events: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        # nginx would hold back what it gets until a buffer is full.
        super().__init__(events, media_type=STREAM, headers=NO_STORE | {"X-Accel-Buffering": "no"})
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


def _news(session: Session, *, news: News, since: int) -> tuple[list[bytes], int] | None:
    return news(session, since)


def last_place(session: Session) -> int:
    return session.scalar(queries.last_position()) or 0


def place_of(session: Session, change: str) -> int:
    """Raises `NotFound` for an id that is not in the log."""
    known = id_from(change)
    found = session.scalar(queries.position_of(known)) if known else None
    if found is None:
        raise NotFound("The log has no such change; begin again from its start.")
    return found


def event(kind: str, change: Any, data: BaseModel) -> bytes:
    """The data as an event of this kind; `change` is where a client that comes back goes on."""
    return f"id: {change}\nevent: {kind}\ndata: {data.model_dump_json()}\n\n".encode()
