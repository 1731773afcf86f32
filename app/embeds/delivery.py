"""`/oembed`, and the cards of quotes."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, Literal
from xml.etree.ElementTree import Element

from fastapi import Path, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.models import Masthead
from app.articles.queries import found, rendition
from app.articles.renditions import open_desk, public_clock
from app.articles.schemas import ArticleOut, RecordedQuoteOut
from app.context import Router, SiteDep
from app.db import now
from app.embeds import queries
from app.embeds.cards import card, painted
from app.embeds.oembed import Room, of_article, of_quote
from app.errors import NotFound
from app.http import JSON, deliver
from app.markup import add, to_bytes
from app.openapi import refusals
from app.schemas import In

router = Router(tags=["feeds"])

SVG, PNG = "image/svg+xml", "image/png"
_NAME = "[A-Za-z0-9-]{1,120}"
NOTHING_RUNS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""A picture that is opened by itself is a document, in which a browser would run scripts."""

AS_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A picture of 1200 by 630 pixels.",
        "content": {SVG: {"schema": {"type": "string"}}, PNG: {"schema": {"type": "string", "format": "binary"}}},
    }
}
IN_BOTH: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An oEmbed response of type `rich`.",
        "content": {
            JSON: {
                "schema": {"type": "object", "description": "As oEmbed 1.0 has it."},
                "examples": {"article": {"value": {"type": "rich", "version": "1.0", "title": "The ferry stays"}}},
            },
            "text/xml": {"schema": {"type": "string", "description": "The same in XML."}},
        },
    }
}


class Embed(In):
    url: str = Field(
        max_length=2000,
        description="The page of an article, or the address of an article or quote in this API.",
        examples=["http://127.0.0.1:8000/v1/articles/harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"],
    )
    format: Literal["json", "xml"] = Field(default="json", description="In which format.")
    maxwidth: int = Field(default=2000, ge=100, le=10_000, description="Pixels that the page has from side to side.")
    maxheight: int | None = Field(
        default=None, ge=50, le=10_000, description="Pixels that the page has from top to bottom."
    )


@router.get("/oembed", response_class=Response, responses=refusals(404) | IN_BOTH)
def read_oembed(request: Request, site: SiteDep, asked: Annotated[Embed, Query()]) -> Response:
    """Read how a page elsewhere may show an article or a confirmed quote."""
    at = now()
    room = Room(asked.maxwidth, asked.maxheight)
    with site.database.reader() as session:
        desk = open_desk(session, at)
        publisher, home = desk.masthead.source.name, site.settings.base_url
        kind, reference = _named(asked.url, desk.masthead, home)
        if kind == "quotes":
            row = _confirmed(session, reference, at)
            shown = of_quote(RecordedQuoteOut.model_validate_json(row.card), publisher, home, room)
            changed, tags = row.changed_at, ["feed:all"]
        else:
            article = session.scalar(*found(reference, at))
            if article is None:
                raise NotFound("There is no such article.")
            ready = session.execute(*rendition(str(article.id), at)).one()
            shown = of_article(ArticleOut.model_validate_json(ready.document), publisher, home, room)
            changed, tags = ready.changed_at, [f"article:{ready.article_id}"]
        changed_at, until = public_clock(session, at)
    return deliver(
        request,
        _in_xml(shown) if asked.format == "xml" else json.dumps(shown, ensure_ascii=False).encode(),
        media_type="text/xml" if asked.format == "xml" else JSON,
        at=at,
        changed_at=max(changed_at, changed),
        until=until,
        tags=tags,
    )


@router.get("/v1/quotes/{quote_id}/card.{form}", response_class=Response, responses=refusals(404) | AS_PICTURE)
def read_quote_card(
    request: Request,
    site: SiteDep,
    quote_id: Annotated[str, Path(max_length=120, description="Id.")],
    form: Annotated[Literal["svg", "png"], Path(description="In which format.")],
) -> Response:
    """Read a confirmed quote as a picture: the words, the speaker, the way they came, and where they stand."""
    at = now()
    with site.database.reader() as session:
        row = _confirmed(session, quote_id, at)
        desk = open_desk(session, at)
        changed_at, until = public_clock(session, at)
        quote = RecordedQuoteOut.model_validate_json(row.card)
        drawn = card(quote, desk.masthead.source.name, row.language)
    return deliver(
        request,
        drawn if form == "svg" else painted(drawn),
        media_type=SVG if form == "svg" else PNG,
        at=at,
        changed_at=max(changed_at, row.changed_at),
        until=until,
        tags=["feed:all"],
        headers=NOTHING_RUNS,
    )


def _confirmed(session: Session, quote_id: str, at: datetime) -> Any:
    row = session.execute(queries.confirmed(quote_id, at)).one_or_none()
    if row is None:
        raise NotFound("There is no such quote, or nobody has confirmed it.")
    return row


def _named(url: str, masthead: Masthead, base_url: str) -> tuple[str, str]:
    """What an address is of: `articles` or `quotes`, and its slug or id. Raises `NotFound`."""
    page = url.partition("#")[0].rstrip("/")
    for kind, template in (
        ("quotes", f"{base_url}/v1/quotes/{{id}}"),
        ("articles", f"{base_url}/v1/articles/{{slug}}"),
        ("articles", masthead.article_url.partition("#")[0].rstrip("/")),
    ):
        before, *parts = map(re.escape, re.split(r"\{(?:slug|id)\}", template))
        if called := re.fullmatch(f"{before}({_NAME}){_NAME.join(parts)}", page):
            return kind, called[1]
    raise NotFound("This is no address of an article or a quote here.")


def _in_xml(shown: dict[str, Any]) -> bytes:
    root = Element("oembed")
    for name, value in shown.items():
        add(root, name, str(value))
    return to_bytes(root)
