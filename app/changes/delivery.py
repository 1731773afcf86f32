"""`/v1/changes`: the log of public changes, in pages and as a stream of server-sent events."""

from functools import partial
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.models import Masthead
from app.articles.renditions import open_desk, public_clock
from app.changes import queries
from app.changes.schemas import ChangedArticleOut, ChangeOut
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.actions import PUBLIC_KINDS
from app.events.models import Event
from app.events.streams import BATCH, LastEventId, Streams, event, last_place, place_of
from app.http import asks_for_stream, chosen_fields, deliver
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page

router = Router(prefix="/v1", tags=["record"])

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


@router.get("/changes", response_model=Page[ChangeOut], responses=refusals(404, 429, 503))
async def list_changes(
    request: Request, site: SiteDep, page: Annotated[ChangesPaging, Query()], last_event_id: LastEventId = None
) -> Response:
    """List what changed in public, the oldest first. To go on later, give the last `id` that you have as `after`.

    With `Accept: text/event-stream` the changes come as server-sent events as they happen, each with its `id`; a
    client that comes back with `Last-Event-ID` (or `after`) misses none, one without gets what happens from now on.
    """
    kinds = chosen_fields(page.kind, sorted(PUBLIC_KINDS), parameter="kind")
    if asks_for_stream(request.headers.get("accept", "")):
        streams: Streams = request.app.state.streams
        return await streams.answer(request, site, last_event_id or page.after, partial(_news, kinds=kinds))

    def answer(session: Session) -> Response:
        at = now()
        listing = fetch(
            session,
            _chosen(queries.changes(at), kinds, place_of(session, page.after) if page.after else 0),
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


def _chosen(query: Select[Event, str | None], kinds: set[str] | None, after: int) -> Select[Event, str | None]:
    if kinds is not None:
        query = query.where(Event.kind.in_(sorted(kinds)))
    return query.where(Event.position > after)


def _change(row: Row[Event, str | None], masthead: Masthead) -> ChangeOut:
    told, slug = row[0], row[1]
    article = None
    if slug is not None and told.kind != "article.unpublished":
        url = masthead.article_url.replace("{slug}", slug).replace("{id}", str(told.article_id))
        article = ChangedArticleOut(id=told.article_id, slug=slug, url=url, href=f"/v1/articles/{slug}")
    return ChangeOut(id=told.id, kind=told.kind, at=told.made_at, subject_id=told.subject_id, article=article)


def _news(session: Session, since: int, *, kinds: set[str] | None) -> tuple[list[bytes], int]:
    at, last = now(), last_place(session)
    query = _chosen(queries.changes(at), kinds, since).where(Event.position <= last)
    rows = session.execute(query.order_by(Event.position).limit(BATCH)).all()
    seen = last if len(rows) < BATCH else rows[-1][0].position or last
    masthead = open_desk(session, at).masthead
    return [event(row[0].kind, row[0].id, _change(row, masthead)) for row in rows], seen
