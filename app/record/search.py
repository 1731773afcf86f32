"""`GET /v1/search`: articles by their words, with the places of those words, and what the hits have in common."""

import json
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response

from app.articles import hits
from app.articles.filters import Filters
from app.articles.renditions import public_clock
from app.context import Router, SiteDep
from app.db import now
from app.http import chosen_fields, deliver, picked
from app.record.facets import FACETS, count_facets
from app.record.schemas import HIGHLIGHTS, HighlightOut, HitOut, HitPage
from app.schemas import names_of
from app.search import asking
from app.search.asking import Asked
from app.search.queries import LOOKED_AT
from app.search.words import folded

router = Router(prefix="/v1", tags=["record"])


class SearchFilters(Filters):
    q: str = Field(max_length=300, description=asking.MEANING, examples=["bridge"])
    sort: Literal["-published_at", "published_at", "relevance"] = Field(
        default="-published_at",
        description="`relevance`: where the words stand (title, summary, a name, often in the text, in the text), then "
        f"the newest first, among the {LOOKED_AT:,} newest hits.",
    )
    facets: str | None = Field(
        default=None,
        max_length=100,
        description=f"Count what the {LOOKED_AT:,} newest hits have in common: `{'`, `'.join(FACETS)}`, by commas.",
        examples=["tag,month"],
        json_schema_extra={"pattern": f"^({'|'.join(FACETS)})(,({'|'.join(FACETS)}))*$"},
    )
    fields: str | None = Field(
        default=None,
        max_length=400,
        description="Keep only these top-level fields, separated by commas.",
        examples=["slug,highlights"],
        json_schema_extra=names_of(HitOut),
    )


@router.get("/search", response_model=HitPage)
def search(request: Request, site: SiteDep, filters: Annotated[SearchFilters, Query()]) -> Response:
    """Find published articles by the words of their title, summary, text and quotes, and by names: of their sources,
    authors and tags. Newest first unless sorted otherwise. The answer does not repeat the query."""
    at = now()
    asked = asking.read(filters.q)
    fields = chosen_fields(filters.fields, HitOut.model_fields)
    facets = chosen_fields(filters.facets, FACETS, parameter="facets")
    with site.database.reader() as session:
        found = hits.narrowed(session, asked, filters, at)
        page = hits.find(request, site, session, asked, found, sort=filters.sort, filters=filters, at=at)
        counts = count_facets(session, found, facets) if facets else None
        changed_at, until = public_clock(session, at)
    content = page.to_json([picked(_hit(row, asked), fields) for row in page.rows])
    if counts is not None:
        content = content[:-1] + b',"facets":' + counts.model_dump_json().encode() + b"}"
    return deliver(
        request,
        content,
        at=at,
        changed_at=max([changed_at, *(row.changed_at for row in page.rows)]),
        until=until,
        tags=["feed:all", *(f"article:{row.article_id}" for row in page.rows)],
        headers=page.links(),
    )


def _hit(row: Row[*tuple[Any, ...]], asked: Asked) -> bytes:
    """The article's card with the places of the words that were asked for."""
    document = json.loads(row.document)
    texts = {"title": document["title"], "summary": document["summary"] or "", "text": document["body"]["text"]}
    highlights = [
        HighlightOut(field=field, start=start, end=end).model_dump()
        for field, text in texts.items()
        for start, end in asked.spans(folded(text), HIGHLIGHTS)
    ]
    return bytes(row.card[:-1]) + b',"highlights":' + json.dumps(highlights, separators=(",", ":")).encode() + b"}"
