"""What the lists across articles share."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.delivery import latest
from app.articles.documents import Desk
from app.articles.quoted import as_role, held
from app.articles.renditions import open_desk, public_clock
from app.context import Paging, Site
from app.http import deliver
from app.paging import Sort, fetch
from app.schemas import Out
from app.sources.models import Source


def listed(
    request: Request,
    site: Site,
    session: Session,
    page: Paging,
    query: Select[*tuple[Any, ...]],
    sort: Sort,
    at: datetime,
    *,
    write: Callable[[Any, Desk], Out],
    shows: Callable[[Any], Iterable[Source]],
) -> Response:
    """A page of rows: `write` makes each one's shape, `shows` names the sources whose change would change it."""
    listing = fetch(
        session, query, sort, request=request, cursors=site.cursors, limit=page.limit, count=page.count == "exact"
    )
    desk = open_desk(session, at)
    changed_at, until = public_clock(session, at)
    return deliver(
        request,
        listing.to_json([write(row, desk).model_dump_json().encode() for row in listing.rows]),
        at=at,
        changed_at=latest(
            changed_at, [desk.masthead.source, *(source for row in listing.rows for source in shows(row))]
        ),
        until=until,
        tags=["feed:all"],
        headers=listing.links(),
    )


def described(source: Source, places: Mapping[UUID, Source], *, on: date | None = None) -> dict[str, Any]:
    """The members of a source with what is known of it; `places` has the organizations of its roles by id. If a day is
    named, only with the roles held on it."""
    return {
        **documents.source(source).model_dump(),
        "aliases": [name.name for name in source.names if name.name != source.name],
        "roles": [
            as_role(role, places[role.organization_id] if role.organization_id else None)
            for role in source.roles
            if on is None or held(role, on)
        ],
        "same_as": [link.url for link in source.links],
    }
