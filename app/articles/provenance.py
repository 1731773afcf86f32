"""`/v1/articles/{a}/provenance`: how the words of each quote reached the article."""

from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import Response

from app.articles import documents
from app.articles.chains import ProvenanceOut, provenance
from app.articles.delivery import Reference, latest, own_change, own_end, signpost, visible
from app.articles.formats.prov import as_prov
from app.articles.formats.writing import to_json
from app.context import Router, SiteDep
from app.db import now
from app.http import deliver
from app.negotiation import MEDIA_TYPES, VARY, contents, negotiated
from app.openapi import refusals

router = Router(prefix="/v1/articles", tags=["articles"])

FORMATS = ("json", "jsonld")
IN_JSONLD = contents({"jsonld": ({"type": "object", "description": "PROV-O."}, {"@context": {}, "@graph": []})})


@router.get(
    "/{reference}/provenance",
    response_model=ProvenanceOut,
    responses=refusals(404, 406, 410) | IN_JSONLD | {308: {}},
)
def read_article_provenance(
    request: Request,
    site: SiteDep,
    reference: Reference,
    form: Annotated[
        Literal["json", "jsonld"] | None,
        Query(alias="format", description="In which format; without it, the one that `Accept` likes best."),
    ] = None,
) -> Response:
    """Read how each quote reached the article: from the speaker through every station to its publisher.

    As JSON-LD it is a graph in the W3C's PROV-O.
    """
    name = negotiated(request, form, FORMATS)
    at = now()
    with site.database.reader() as session:
        article, desk = visible(session, reference, at)
        if moved := signpost(article, reference, request, "/provenance"):
            return moved
        found = provenance(article, desk)
        changed_at = latest(own_change(article, at), [*documents.shown_sources(article), desk.masthead.source])
    return deliver(
        request,
        found.model_dump_json().encode() if name == "json" else to_json(as_prov(found)),
        media_type=MEDIA_TYPES[name],
        at=at,
        changed_at=changed_at,
        until=own_end(article, at),
        tags=[f"article:{article.id}"],
        headers=VARY,
    )
