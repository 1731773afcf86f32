"""From a request for a feed to a page of it, in the format that the address ends in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request
from sqlalchemy import Select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.renditions import open_desk, public_clock
from app.context import Site, SiteDep
from app.db import now
from app.errors import NotFound
from app.feeds import atom, json_feed, rss
from app.feeds.channel import Channel, Item
from app.http import deliver
from app.paging import Listing, Sort, fetch

PAGE = 20
"""Entries on a page."""

WRITERS = {"rss.xml": rss, "atom.xml": atom, "feed.json": json_feed}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a page of a feed, at a moment."""

    request: Request
    site: Site
    file: str
    at: datetime

    def page(
        self, session: Session, query: Select[*tuple[Any, ...]], sort: Sort, values: Mapping[str, Any] | None = None
    ) -> Listing[Any]:
        """The rows of this page."""
        request, cursors = self.request, self.site.cursors
        return fetch(session, query, sort, request=request, cursors=cursors, limit=PAGE, count=False, values=values)

    def answer(
        self,
        session: Session,
        listing: Listing[Any],
        items: Sequence[Item],
        *,
        name: str | None,
        tags: Sequence[str],
        changes: Sequence[datetime] = (),
    ) -> Response:
        """The page. `name`: what of the site it is a feed of; `changes`: when what it shows last changed."""
        publisher = open_desk(session, self.at).masthead.source
        changed_at, until = public_clock(session, self.at)
        changed_at = max([changed_at, publisher.modified_at, *changes])
        base, first = self.site.settings.base_url, self.request.url.path
        channel = Channel(
            title=f"{name} – {publisher.name}" if name else publisher.name,
            home=publisher.url or base,
            url=f"{base}{first}{'?' * bool(self.request.url.query)}{self.request.url.query}",
            first=f"{base}{first}",
            next=listing.next and f"{base}{listing.next}",
            prev=listing.prev and f"{base}{listing.prev}",
            publisher=publisher.name,
            updated_at=max((item.updated_at for item in items), default=publisher.modified_at),
            items=items,
        )
        writer = WRITERS[self.file]
        return deliver(
            self.request,
            writer.write(channel),
            media_type=writer.MEDIA_TYPE,
            at=self.at,
            changed_at=changed_at,
            until=until,
            tags=tags,
            headers=listing.links(),
        )


def asked_for(
    request: Request,
    site: SiteDep,
    file: Annotated[
        str,
        Path(
            max_length=20,
            description="The format: RSS 2.0, Atom or JSON Feed 1.1.",
            json_schema_extra={"enum": list(WRITERS)},
            examples=["atom.xml"],
        ),
    ],
    _cursor: Annotated[
        str | None,
        Query(alias="cursor", max_length=600, description="Opaque; taken from a link to another page of the feed."),
    ] = None,
) -> Asked:
    """Raises `NotFound` for a format that feeds do not have."""
    if file not in WRITERS:
        raise NotFound(f"Feeds come as {', '.join(WRITERS)}.")
    return Asked(request, site, file, now())
