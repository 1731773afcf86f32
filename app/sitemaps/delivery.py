"""The sitemaps (sitemaps.org), the one for news search, and `/robots.txt`, which names them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any
from xml.etree.ElementTree import Element

from fastapi import Path, Request
from sqlalchemy.orm import Session
from starlette.responses import PlainTextResponse, Response

from app.articles.renditions import open_desk, public_clock
from app.context import Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.http import deliver
from app.markup import add, to_bytes
from app.openapi import refusals
from app.schemas import in_utc
from app.sitemaps import queries

router = Router(tags=["feeds"])

PART = 10_000
"""Addresses in one part. The standard allows 50,000; fewer are sooner made, and anew only where something changed."""

NEWS_HOURS = 48
NEWS_MOST = 1000
"""How old news may be, and how many may be named (Google, News sitemaps)."""

XML = "application/xml"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "As the standard says.", "content": {XML: {"schema": {"type": "string"}}}}
}


@router.get("/sitemap.xml", response_class=Response, responses=RESPONSES)
def read_sitemap_index(request: Request, site: SiteDep) -> Response:
    """Read where the sitemaps of all public articles are, and when something in each last changed."""
    at = now()
    root = Element("sitemapindex", {"xmlns": NAMESPACE})
    with site.database.reader() as session:
        for number, changed_at in session.execute(queries.parts(at, PART)):
            found = add(root, "sitemap")
            add(found, "loc", f"{site.settings.base_url}/sitemap-{number}.xml")
            add(found, "lastmod", in_utc(changed_at))
        return _answer(request, session, root, at)


@router.get("/robots.txt", include_in_schema=False)
def read_robots(site: SiteDep) -> Response:
    """Where the sitemaps are (RFC 9309; sitemaps.org), and that nothing for staff is worth a visit."""
    lines = ["User-agent: *", "Disallow: /v1/admin/", ""]
    lines += [f"Sitemap: {site.settings.base_url}{path}" for path in ("/sitemap.xml", "/sitemap-news.xml")]
    headers = {"Cache-Control": "public, max-age=86400"}
    return PlainTextResponse("\n".join([*lines, ""]), headers=headers)


@router.get("/sitemap-news.xml", response_class=Response, responses=RESPONSES)
def read_news_sitemap(request: Request, site: SiteDep) -> Response:
    """Read what came out in the last 48 hours, at most a thousand articles, the latest first."""
    at = now()
    span = timedelta(hours=NEWS_HOURS)
    root = Element("urlset", {"xmlns": NAMESPACE, "xmlns:news": NEWS})
    with site.database.reader() as session:
        masthead = open_desk(session, at).masthead
        rows = session.execute(queries.since(at - span, at, NEWS_MOST)).all()
        for article, title, published_at in rows:
            found = add(root, "url")
            add(found, "loc", masthead.url_of(article))
            news = add(found, "news:news")
            publication = add(news, "news:publication")
            add(publication, "news:name", masthead.source.name)
            add(publication, "news:language", article.language)
            add(news, "news:publication_date", in_utc(published_at))
            add(news, "news:title", title)
        gone = session.scalar(queries.last_before(at - span, at))
        return _answer(
            request,
            session,
            root,
            at,
            changes=[masthead.source.modified_at, *([gone + span] if gone else [])],
            ends=[published_at + span for _, _, published_at in rows],
        )


@router.get("/sitemap-{number}.xml", response_class=Response, responses=refusals(404) | RESPONSES)
def read_sitemap(
    request: Request, site: SiteDep, number: Annotated[int, Path(ge=1, le=50_000, description="Which part.")]
) -> Response:
    """Read one part of the sitemap: addresses of articles, and when readers last got new words of each."""
    at = now()
    root = Element("urlset", {"xmlns": NAMESPACE})
    with site.database.reader() as session:
        masthead = open_desk(session, at).masthead
        rows = session.execute(queries.part(at, number, PART)).all()
        if not rows and number > 1:
            raise NotFound("The sitemap has no such part.")
        for article, updated_at in rows:
            found = add(root, "url")
            add(found, "loc", masthead.url_of(article))
            add(found, "lastmod", in_utc(updated_at))
        return _answer(request, session, root, at)


def _answer(
    request: Request,
    session: Session,
    root: Element,
    at: datetime,
    *,
    changes: Iterable[datetime] = (),
    ends: Iterable[datetime] = (),
) -> Response:
    """`changes`: when it changed besides with the record; `ends`: when it will do so by itself."""
    changed_at, until = public_clock(session, at)
    return deliver(
        request,
        to_bytes(root),
        media_type=XML,
        at=at,
        changed_at=max([changed_at, *changes]),
        until=min([*ends, *([until] if until else [])], default=None),
        tags=["feed:all"],
    )
