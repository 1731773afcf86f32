"""`/v1/admin/extract`, and the same for an article that is there; `/v1/admin/export`."""

from collections.abc import Generator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.accounts.access import demand, needs
from app.articles.actions import find
from app.articles.admin import Editor, matched, shown
from app.articles.body import render
from app.articles.delivery import Reference
from app.articles.models import Revision
from app.articles.quoting import QuoteEditor
from app.articles.schemas import StaffArticleOut
from app.context import Router, SiteDep
from app.db import now
from app.events.actions import Actor, record
from app.events.retries import RetriesDep
from app.extract import Draft
from app.http import NDJSON, NO_STORE, private
from app.ingest.actions import suggest_anew
from app.ingest.drafting import draft_of, extracted
from app.ingest.drafts import extract
from app.ingest.exporting import stream
from app.ingest.names import known_sources
from app.ingest.schemas import ExtractOut
from app.openapi import refusals
from app.sources import queries as sources
from app.sources.schemas import SourceOut

router = Router(prefix="/v1/admin", tags=["admin"])

FORMATS = {"text/plain": "text", "text/markdown": "markdown", "text/html": "html"}
"""The formats of one article, by their media types."""

EXAMPLES = {
    "text/plain": "Ferry fares rise\nMarch 2, 2026\nBy Ada Berg\nThe fare “will double,” Ida Holm said on Monday.\n",
    "text/markdown": "# Ferry fares rise\n\nThe fare “will *double*,” Ida Holm said on Monday.\n",
    "text/html": "<h1>Ferry fares rise</h1><p>The fare “will double,” Ida Holm said on Monday.</p>",
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One article, at most 5,000,000 bytes, in UTF-8.",
        "content": {kind: {"schema": {"type": "string", "examples": [text]}} for kind, text in EXAMPLES.items()},
    }
}


async def read_body(request: Request) -> bytes:
    """A coroutine, since the body comes through the event loop; the route itself then runs in a thread."""
    return await request.body()


@router.post("/extract", response_model=ExtractOut, responses=refusals(422), openapi_extra=BODY)
def extract_draft(
    request: Request, site: SiteDep, _by: Editor, content: Annotated[bytes, Depends(read_body)]
) -> Response:
    """Show the draft that an import would make of an article, with its quotes and sources. Nothing is saved.

    The first line of plain text, the first heading or the front matter of Markdown, and the page's own title of HTML
    become the title. Sources that are kept already have their id, slug and name; the others have neither id nor slug.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    made = draft_of(content, FORMATS.get(kind, "text"), at=now())
    with site.database.reader() as session:
        own = SourceOut.model_validate(session.scalars(sources.site()).one()).model_dump()
        shown = extracted(made, site=own, source=known_sources(session, made.draft))
    return private(shown.model_dump_json().encode())


@router.post(
    "/articles/{reference}/extract", response_model=StaffArticleOut, responses=refusals(404, 409, 412, 422, 428)
)
def extract_again(
    request: Request, site: SiteDep, by: QuoteEditor, reference: Reference, retries: RetriesDep
) -> Response:
    """Look for quotes in an article's present words. What was found takes the place of what machines suggested before.

    Quotes that an editor confirmed, rejected or added stay as they are, and nothing is suggested again for their words.
    If that changes anything, it makes a revision.
    """
    with site.database.reader() as session:
        seen = find(session, reference).revision
    draft = _draft_of(seen)  # before the database is held
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)
            is_same = article.revision.id == seen.id
            found = draft if is_same else _draft_of(article.revision)
            suggest_anew(session, article, found, by=by, at=now())
            return shown(session, find(session, str(article.id)))

        return retries.once(session, act)


def _draft_of(revision: Revision) -> Draft:
    body = render(revision.markdown)
    # The text that was saved is what counts, should this release make another of its Markdown.
    return extract(revision.title, revision.text, body.set_off if body.text == revision.text else ())


Exporter = Annotated[Actor, Depends(needs("imports:write"))]

EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The lines that docs/exporting.md describes, the head first.",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}


@router.get("/export", response_class=StreamingResponse, responses=EXPORTED)
def export_record(
    site: SiteDep,
    by: Exporter,
    users: Annotated[
        bool, Query(description="Also who may sign in, with e-mail addresses. Needs `users:write`.")
    ] = False,
) -> Response:
    """Get the whole record as NDJSON, as `onrecord export` writes it; `POST /v1/admin/imports` takes it back.

    It is one moment of the record, drafts and held comments too, so it needs `articles:read` and `comments:moderate`
    as well. Passwords, keys, readers' addresses and the audit log are not in it; that it was handed out is on record.
    An answer that breaks off is not whole: it lacks the end that chunked encoding has.
    """
    for scope in ("articles:read", "comments:moderate", *(["users:write"] if users else [])):
        demand(by, scope)
    with site.database.writer.session() as session:
        record(session, by, "export", "site", UUID(int=0), after={"users": users})
    return _Export(stream(site.database, users=users))


class _Export(StreamingResponse):
    """A stream that lets go of its snapshot when it ends, also where the client has gone."""

    def __init__(self, chunks: Generator[bytes]) -> None:
        named = {"Content-Disposition": 'attachment; filename="record.ndjson"'}
        super().__init__(chunks, media_type=NDJSON, headers=NO_STORE | named)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._chunks.close()
