"""What the lists across articles share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import Select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.delivery import latest
from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.renditions import open_desk, public_clock
from app.context import Paging, Site
from app.http import deliver
from app.paging import Sort, fetch
from app.record.schemas import ArticleLinkOut
from app.schemas import Out
from app.sources.models import Source
from app.sources.schemas import RoleOut


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
    tags: Sequence[str] = ("feed:all",),
    derived_at: datetime | None = None,
) -> Response:
    """A page of rows: `write` makes each one's shape, `shows` names the sources whose change would change it.

    `tags`: what it is purged by; `derived_at`: when something behind the record, that it shows too, last changed.
    """
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
            max(changed_at, derived_at or changed_at),
            [desk.masthead.source, *(source for row in listing.rows for source in shows(row))],
        ),
        until=until,
        tags=tags,
        headers=listing.links(),
    )


def link_to(article: Article) -> ArticleLinkOut:
    return ArticleLinkOut(
        id=article.id,
        slug=article.slug,
        title=article.revision.title,
        published_at=article.published_at,
        href=f"/v1/articles/{article.slug}",
    )


def described(source: Source, places: Mapping[UUID, Source]) -> dict[str, Any]:
    """The members of a source with what is known of it; `places` has the organizations of its roles by id."""
    return {
        **documents.source(source).model_dump(),
        "aliases": [name.name for name in source.names if name.name != source.name],
        "roles": [
            RoleOut(
                title=role.title,
                organization=documents.source(places[role.organization_id]) if role.organization_id else None,
                valid_from=role.valid_from,
                valid_through=role.valid_through,
            )
            for role in source.roles
        ],
        "same_as": [link.url for link in source.links],
    }
