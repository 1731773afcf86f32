"""`/v1/articles/{a}/comments/stream`: a thread as it goes on."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Row
from sqlalchemy.orm import Session
from starlette.responses import Response, StreamingResponse

from app.articles.delivery import Reference, signpost, visible
from app.articles.queries import found
from app.comments import queries, shaping
from app.comments.models import Comment
from app.comments.schemas import CommentOut, ThreadChangeOut
from app.context import Router, SiteDep
from app.corrections.models import Correction
from app.db import now
from app.errors import NotAcceptable
from app.events.models import Event
from app.events.streams import BATCH, LastEventId, Streams, event, last_place
from app.http import STREAM, asks_for_stream
from app.openapi import refusals

router = Router(prefix="/v1", tags=["comments"])

RESPONSES: dict[int | str, dict[str, Any]] = refusals(404, 406, 410, 429, 503) | {
    200: {
        "description": "Server-sent events; the `data` of each is a `ThreadChangeOut`.",
        "content": {STREAM: {"schema": {"type": "string"}}},
    },
    308: {},
}


@router.get("/articles/{reference}/comments/stream", response_class=StreamingResponse, responses=RESPONSES)
async def stream_comments(
    request: Request, site: SiteDep, reference: Reference, last_event_id: LastEventId = None
) -> Response:
    """Follow the thread of an article: what readers see anew, see otherwise, or see no longer, within a second.

    It takes `Accept: text/event-stream`, as a browser's `EventSource` sends it. Who comes back with `Last-Event-ID`
    misses nothing; without it the stream begins now. It ends when readers no longer see the article.
    """
    if not asks_for_stream(request.headers.get("accept", "")):
        raise NotAcceptable(f"This is a stream: ask for it with `Accept: {STREAM}`.", available=[STREAM])

    def locate(session: Session) -> UUID | Response:
        article, _ = visible(session, reference, now())
        return signpost(article, reference, request, "/comments/stream") or article.id

    where = await site.database.ask(locate)
    if isinstance(where, Response):
        return where
    streams: Streams = request.app.state.streams
    return await streams.answer(request, site, last_event_id, partial(_news, article_id=where))


def _news(session: Session, since: int, *, article_id: UUID) -> tuple[list[bytes], int] | None:
    if session.scalar(*found(str(article_id), now())) is None:
        return None
    last = last_place(session)
    rows = session.execute(queries.told(article_id, since, last).limit(BATCH)).all()
    seen = last if len(rows) < BATCH else rows[-1][0].position or last
    text = session.scalar(queries.text_of(article_id)) if rows else None
    changes = [_change(row, text) for row in rows]
    return [event(change.kind, change.id, change) for change in changes if change is not None], seen


def _change(row: Row[Event, Comment | None, Correction | None], text: str | None) -> ThreadChangeOut | None:
    """The change with the comment as it is now; None if it has changed again since, of which the log tells later."""
    told, comment, correction = row
    shown = CommentOut(**shaping.public(comment, correction, text)) if comment is not None else None
    if (told.kind == "comment.removed") != (shown is None or shown.removed is not None):
        return None
    return ThreadChangeOut(id=told.id, kind=told.kind, at=told.made_at, subject_id=told.subject_id, comment=shown)
