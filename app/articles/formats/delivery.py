"""From the JSON that readers get of an article to what they get of it in another format."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.formats.imprint import Imprint
from app.articles.formats.writing import FORMATS, Format, write
from app.articles.renditions import open_desk
from app.articles.schemas import ArticleOut
from app.context import Site
from app.errors import InvalidParameter
from app.http import deliver
from app.negotiation import VARY, contents, negotiated

FormatName = Annotated[
    Format | None,
    Query(alias="format", description="In which format; without it, the one that `Accept` likes best."),
]

RESPONSES = contents(
    {
        "jsonld": (
            {"type": "object", "description": "A schema.org `NewsArticle`."},
            {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "The night ferry stays"},
        ),
        "ninjs": (
            {"type": "object", "description": "An IPTC ninjs 3.1 news object."},
            {"uri": "urn:uuid:0199a5b0-c0de-7000-8000-000000000001", "type": "text", "title": "The night ferry stays"},
        ),
        "html": (
            {"type": "string", "description": "A page with the quotes marked by `q` and `blockquote`."},
            "<!doctype html><title>The night ferry stays</title>",
        ),
        "markdown": (
            {"type": "string", "description": "The Markdown that editors wrote, under a YAML front matter."},
            '---\ntitle: "The night ferry stays"\n---\n\nThe boat *stays*, the board said.\n',
        ),
    }
)


def chosen_format(request: Request, given: Format | None, fields: set[str] | None) -> str:
    """The format to answer with. `fields` chooses members of the JSON, so with it the answer is JSON.

    Raises `InvalidParameter` or `NotAcceptable`.
    """
    if fields is None:
        return negotiated(request, given, FORMATS)
    if given not in (None, "json"):
        raise InvalidParameter("See `errors`.", errors=[{"parameter": "fields", "detail": "`fields` is of JSON only."}])
    return "json"


def rewritten(request: Request, site: Site, answer: Response, name: str, at: datetime) -> Response:
    """The article of a JSON answer in the format of this name; what is no article, such as a redirect, as it is."""
    if answer.status_code != 200:
        return answer
    article = ArticleOut.model_validate_json(bytes(answer.body))
    with site.database.reader() as session:
        written = write(name, article, imprint(site, session, at))
    kept = request.state.kept
    links = {"Link": answer.headers["Link"]} if "Link" in answer.headers else {}
    return deliver(
        request,
        written.content,
        media_type=written.media_type,
        at=at,
        changed_at=kept.modified,
        until=kept.until,
        tags=sorted(kept.tags),
        headers={**VARY, **links, **written.headers},
    )


def imprint(site: Site, session: Session, at: datetime) -> Imprint:
    """Under which name and address this site publishes."""
    return Imprint(documents.source(open_desk(session, at).masthead.source), site.settings.base_url)
