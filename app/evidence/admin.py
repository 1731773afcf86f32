"""`/v1/admin/quotes/{id}/evidence`: what vouches for the words of a quote."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles.actions import find
from app.articles.admin import ReaderOfDrafts, matched
from app.articles.models import Article
from app.articles.quoting import QuoteEditor, placed
from app.articles.versions import version
from app.context import Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.events.retries import RetriesDep
from app.evidence import actions, queries
from app.evidence.models import Evidence
from app.evidence.schemas import EvidenceIn, EvidenceOut, MatchOut, QuoteEvidenceOut, SourcedEvidenceOut
from app.http import private
from app.openapi import refusals

router = Router(prefix="/v1/admin/quotes/{quote_id}/evidence", tags=["admin"])

QuoteId = Annotated[UUID, Path(description="Id of a quote of an article in any state.")]
EvidenceId = Annotated[UUID, Path(description="Id of an item of evidence for this quote.")]


@router.get("", response_model=QuoteEvidenceOut, responses=refusals(404))
def list_evidence(site: SiteDep, _by: ReaderOfDrafts, quote_id: QuoteId) -> Response:
    """Read a quote's verification and all its evidence, without the stored texts. The ETag is the article's."""
    with site.database.reader() as session:
        return _shown(session, find(session, _article_of(session, quote_id)), quote_id)


@router.post("", status_code=201, response_model=QuoteEvidenceOut, responses=refusals(404, 409, 412, 422, 428))
def add_evidence(
    request: Request, site: SiteDep, by: QuoteEditor, quote_id: QuoteId, data: EvidenceIn, retries: RetriesDep
) -> Response:
    """Say what you found about the words of a quote; its `verification` is yours from now on.

    422 `not-in-source` with the nearest passage and the diff if it should be `matched_in_source` and the words do not
    stand in `source_text`. `If-Match` takes the ETag of the article, which this changes.
    """
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, _article_of(session, quote_id))
            placement = placed(article.revision.placements, quote_id)
            actions.add(session, article, placement, data, by=by, at=now())
            return _shown(session, article, quote_id, status_code=201)

        return retries.once(session, act)


@router.get("/{evidence_id}", response_model=SourcedEvidenceOut, responses=refusals(404))
def read_evidence(site: SiteDep, _by: ReaderOfDrafts, quote_id: QuoteId, evidence_id: EvidenceId) -> Response:
    """Read one item with its stored text. The ETag is the article's."""
    with site.database.reader() as session:
        article = find(session, _article_of(session, quote_id))
        row = _one(session, quote_id, evidence_id)
        made = SourcedEvidenceOut(**_document(row).model_dump(), source_text=row.source_text)
        return private(made.model_dump_json().encode(), tag=version(article))


@router.delete("/{evidence_id}", response_model=QuoteEvidenceOut, responses=refusals(404, 409, 412, 422, 428))
def remove_evidence(
    request: Request, site: SiteDep, by: QuoteEditor, quote_id: QuoteId, evidence_id: EvidenceId
) -> Response:
    """Take an item back, with its stored text; the newest of the others about the same words decides then.

    The audit log keeps what it said. 422 `quotes-not-ready` if the article is scheduled and this quote would then lack
    what publishing asks of it. `If-Match` takes the ETag of the article, which this changes.
    """
    with site.database.writer.session() as session:
        article = matched(request, session, _article_of(session, quote_id))
        placement = placed(article.revision.placements, quote_id)
        actions.take_back(session, article, placement, _one(session, quote_id, evidence_id), by=by, at=now())
        return _shown(session, article, quote_id)


def _article_of(session: Session, quote_id: UUID) -> str:
    article_id = session.scalar(queries.article_of(quote_id))
    if article_id is None:
        raise NotFound("There is no such quote.")
    return str(article_id)


def _one(session: Session, quote_id: UUID, evidence_id: UUID) -> Evidence:
    row = session.scalar(queries.one_of(quote_id, evidence_id))
    if row is None:
        raise NotFound("The quote has no such evidence.")
    return row


def _shown(session: Session, article: Article, quote_id: UUID, *, status_code: int = 200) -> Response:
    placement = placed(article.revision.placements, quote_id)
    document = QuoteEvidenceOut(
        quote=quote_id,
        exact=placement.exact,
        verification=placement.quote.verification,
        items=[_document(row) for row in session.scalars(queries.all_of(quote_id))],
    )
    headers = {"Location": f"/v1/admin/quotes/{quote_id}/evidence"} if status_code == 201 else {}
    return private(document.model_dump_json().encode(), tag=version(article), status_code=status_code, headers=headers)


def _document(row: Evidence) -> EvidenceOut:
    match = None
    if row.similarity is not None:
        diff = actions.compared(row.exact, row.passage) if row.similarity < 1 else []
        match = MatchOut(similarity=row.similarity, passage=row.passage, diff=diff)
    return EvidenceOut(
        id=row.id,
        verification=row.verification,
        exact=row.exact,
        url=row.url,
        source_sha256=row.source_sha256,
        match=match,
        time_code=row.time_code,
        note=row.note,
        checked_by=row.checked_by,
        checked_at=row.checked_at,
    )
