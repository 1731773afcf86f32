"""`/v1/changes`: the log of public changes, in pages and as a stream of server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import Field
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session
from starlette.responses import Response, StreamingResponse

from app.articles.models import Masthead
from app.articles.renditions import open_desk, public_clock
from app.changes import queries
from app.changes.schemas import ChangedArticleOut, ChangeOut
from app.context import Paging, Site, SiteDep
from app.db import now
from app.errors import NotFound, Unavailable
from app.events.actions import PUBLIC_KINDS
from app.events.models import Event
from app.events.queries import last_position
from app.http import NO_STORE, STREAM, asks_for_stream, chosen_fields, deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page, id_from

router = APIRouter(prefix="/v1", tags=["record"])

LOOK_SECONDS = 0.4
BEAT_SECONDS = 15.0
BATCH = 100

_KINDS = "|".join(sorted(PUBLIC_KINDS)).replace(".", r"\.")


class ChangesPaging(Paging):
    kind: str | None = Field(
        default=None,
        max_length=300,
        description="Only these kinds, separated by commas.",
        json_schema_extra={"pattern": f"^({_KINDS})(,({_KINDS}))*$"},
        examples=["article.published,article.unpublished"],
    )
    after: str | None = Field(
        default=None, max_length=100, description="Only what follows the change with this `id`; 404 if it is none."
    )


LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", max_length=100, description="For a stream: go on after the change with this `id`."),
]


@router.get("/changes", response_model=Page[ChangeOut], responses=refusals(404, 503))
async def list_changes(
    request: Request, site: SiteDep, page: Annotated[ChangesPaging, Query()], last_event_id: LastEventId = None
) -> Response:
    """List what changed in public, the oldest first. To go on later, give the last `id` that you have as `after`.

    With `Accept: text/event-stream` the changes come as server-sent events as they happen, each with its `id`; a
    client that comes back with `Last-Event-ID` (or `after`) misses none, one without gets what happens from now on.
    """
    kinds = chosen_fields(page.kind, sorted(PUBLIC_KINDS), parameter="kind")
    if asks_for_stream(request.headers.get("accept", "")):
        return await _stream(request, site, kinds, last_event_id or page.after)

    def answer(session: Session) -> Response:
        at = now()
        listing = fetch(
            session,
            _chosen(queries.changes(at), kinds, _position(session, page.after)),
            Sort(Event.position.expression, None, descending=False, parse=int),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
        masthead = open_desk(session, at).masthead
        content = listing.to_json([_change(row, masthead).model_dump_json().encode() for row in listing.rows])
        changed_at, until = public_clock(session, at)
        last = session.scalar(queries.last_change())
        return deliver(
            request,
            content,
            at=at,
            changed_at=max(changed_at, last) if last else changed_at,
            until=until,
            tags=["feed:all", "feed:changes"],
            headers={**listing.links(), "Vary": "Accept"},
        )

    return await site.database.ask(answer)


def _position(session: Session, after: str | None) -> int:
    """Raises `NotFound` for an id that is not in the log."""
    if after is None:
        return 0
    change = id_from(after)
    found = session.scalar(queries.position_of(change)) if change else None
    if found is None:
        raise NotFound("The log has no such change; begin again from its start.")
    return found


def _chosen(query: Select[Event, str | None], kinds: set[str] | None, after: int) -> Select[Event, str | None]:
    if kinds is not None:
        query = query.where(Event.kind.in_(sorted(kinds)))
    return query.where(Event.position > after)


def _change(row: Row[Event, str | None], masthead: Masthead) -> ChangeOut:
    event, slug = row[0], row[1]
    article = None
    if slug is not None and event.kind != "article.unpublished":
        url = masthead.article_url.replace("{slug}", slug).replace("{id}", str(event.article_id))
        article = ChangedArticleOut(id=event.article_id, slug=slug, url=url, href=f"/v1/articles/{slug}")
    return ChangeOut(id=event.id, kind=event.kind, at=event.made_at, subject_id=event.subject_id, article=article)


async def _stream(request: Request, site: Site, kinds: set[str] | None, after: str | None) -> Response:
    streams: set[object] = request.app.state.streams
    if len(streams) >= site.settings.streams:
        raise Unavailable("All streams are taken; ask for pages meanwhile.", headers={"Retry-After": "30"})
    start = await site.database.ask(lambda session: _position(session, after) if after else _last(session))
    return StreamingResponse(_events(site, streams, kinds, start), media_type=STREAM, headers=NO_STORE)


def _last(session: Session) -> int:
    return session.scalar(last_position()) or 0


async def _events(site: Site, streams: set[object], kinds: set[str] | None, seen: int) -> AsyncIterator[bytes]:
    """The changes after `seen` as they are released, and a comment now and then, so that nobody hangs up."""
    me = object()
    streams.add(me)
    silent = 0.0
    try:
        yield b"retry: 2000\n\n"
        while True:
            if await site.database.ask(_last) > seen:
                rows, masthead, seen = await site.database.ask(partial(_next, kinds=kinds, since=seen))
                for row in rows:
                    yield _event(_change(row, masthead))
                    silent = 0.0
                continue
            if silent >= BEAT_SECONDS:
                yield b": here\n\n"
                silent = 0.0
            await asyncio.sleep(LOOK_SECONDS)
            silent += LOOK_SECONDS
    finally:
        streams.discard(me)


def _next(
    session: Session, *, kinds: set[str] | None, since: int
) -> tuple[Sequence[Row[Event, str | None]], Masthead, int]:
    """The next changes, and up to which place the log has been looked through."""
    at, last = now(), _last(session)
    query = _chosen(queries.changes(at), kinds, since).where(Event.position <= last)
    rows = session.execute(query.order_by(Event.position).limit(BATCH)).all()
    seen = last if len(rows) < BATCH else rows[-1][0].position or last
    return rows, open_desk(session, at).masthead, seen


def _event(change: ChangeOut) -> bytes:
    data = json.dumps(json.loads(change.model_dump_json()), ensure_ascii=False, separators=(",", ":"))
    return f"id: {change.id}\nevent: {change.kind}\ndata: {data}\n\n".encode()
