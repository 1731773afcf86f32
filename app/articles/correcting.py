"""`/v1/admin/articles/{id}/corrections`: what readers are told was wrong. Each change of it makes a revision."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import documents
from app.articles.actions import find, reload, revise
from app.articles.admin import Publisher, ReaderOfDrafts, matched, shown
from app.articles.delivery import Reference
from app.articles.dependents import dependents
from app.articles.models import Article, Revision
from app.articles.renditions import refresh
from app.articles.schemas import StaffArticleOut, StaffCorrectionOut
from app.articles.versions import version
from app.context import Paging, Router, SiteDep
from app.corrections.actions import aim
from app.corrections.models import Correction
from app.corrections.schemas import CorrectionIn, CorrectionOut, CorrectionPatch
from app.db import new_id, now
from app.errors import NotFound
from app.events.actions import Actor, record, tell
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import cut
from app.schemas import Page

router = Router(prefix="/v1/admin/articles", tags=["admin"])

CorrectionId = Annotated[UUID, Path(description="Id of a correction of this article.")]


@router.get("/{reference}/corrections", response_model=Page[CorrectionOut], responses=refusals(404))
def list_staff_corrections(
    request: Request, site: SiteDep, _by: ReaderOfDrafts, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List the corrections of an article in any state, oldest first. The ETag is the article's."""
    with site.database.reader() as session:
        article = find(session, reference)
    listing = cut(
        [documents.correction(row).model_dump_json().encode() for row in article.corrections],
        version=article.revision.number,
        request=request,
        cursors=site.cursors,
        limit=page.limit,
        count=page.count == "exact",
    )
    return private(listing.to_json(listing.rows), tag=version(article), headers=listing.links())


@router.get("/{reference}/corrections/{correction_id}", response_model=StaffCorrectionOut, responses=refusals(404))
def read_correction(site: SiteDep, _by: ReaderOfDrafts, reference: Reference, correction_id: CorrectionId) -> Response:
    """Read a correction with its dependents as they are now. The ETag is the article's."""
    with site.database.reader() as session:
        article = find(session, reference)
        return _shown(session, article, _of(article, correction_id))


@router.post(
    "/{reference}/corrections",
    status_code=201,
    response_model=StaffCorrectionOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def create_correction(
    request: Request, site: SiteDep, by: Publisher, reference: Reference, data: CorrectionIn, retries: RetriesDep
) -> Response:
    """Tell readers what was wrong. Answers what else on this site repeats the passage; the ETag is the article's.

    The article's `updated_at` becomes now, and subscribers get `article.corrected`.
    """
    at = now()
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)
            correction = correct(session, article, data, by=by, at=at)
            return _shown(session, article, correction, status_code=201)

        return retries.once(session, act)


def correct(
    session: Session, article: Article, data: CorrectionIn, *, by: Actor, at: datetime, credit: str | None = None
) -> Correction:
    """A new correction of the article; `credit`: the reader who pointed it out. Raises `Invalid` or `Trashed`."""
    correction = Correction(
        id=new_id(), article_id=article.id, kind=data.kind, text=data.text, credit=credit, published_at=at
    )
    aim(correction, data.target, article.revision.text)

    def add(revision: Revision) -> None:
        correction.revision_id = revision.id
        session.add(correction)

    _mend(session, article, add, note="correction added", by=by, at=at)
    _tell_corrected(session, article, correction)
    record(session, by, "correct", "article", article.id, after=_state(correction))
    return correction


@router.patch(
    "/{reference}/corrections/{correction_id}",
    response_model=StaffCorrectionOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def update_correction(
    request: Request,
    site: SiteDep,
    by: Publisher,
    reference: Reference,
    correction_id: CorrectionId,
    data: CorrectionPatch,
) -> Response:
    """Change what a correction says. What the body does not name stays; the ETag is the article's."""
    at = now()
    with site.database.writer.session() as session:
        article = matched(request, session, reference)
        correction = _of(article, correction_id)
        before = _state(correction)
        correction.kind = data.kind or correction.kind
        correction.text = data.text or correction.text
        if "target" in data.model_fields_set:
            aim(correction, data.target, _revision(session, correction).text)
        _mend(session, article, lambda _: None, note="correction changed", by=by, at=at)
        _tell_corrected(session, article, correction)
        record(session, by, "correct", "article", article.id, before=before, after=_state(correction))
        return _shown(session, article, correction)


@router.delete(
    "/{reference}/corrections/{correction_id}",
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 428),
)
def delete_correction(
    request: Request, site: SiteDep, by: Publisher, reference: Reference, correction_id: CorrectionId
) -> Response:
    """Take a correction back, as one that was itself wrong. The audit log keeps it; answers the article."""
    at = now()
    with site.database.writer.session() as session:
        article = matched(request, session, reference)
        correction = _of(article, correction_id)
        before = _state(correction)
        _mend(session, article, lambda _: session.delete(correction), note="correction removed", by=by, at=at)
        record(session, by, "uncorrect", "article", article.id, before=before)
        return shown(session, article)


def _mend(
    session: Session, article: Article, change: Callable[[Revision], None], *, note: str, by: Actor, at: datetime
) -> None:
    """Change an article's corrections with a new revision, which `change` gets: news to readers, words or not.

    Raises `Trashed`.
    """
    revision = revise(session, article, by=by, at=at, note=note)
    change(revision)
    if article.is_published:
        article.updated_at = max(at, article.published_at or at)
    reload(session, article)
    if article.is_published:
        refresh(session, [article.id], at=at)


def _tell_corrected(session: Session, article: Article, correction: Correction) -> None:
    """Let subscribers know of a correction that readers see."""
    body = {"slug": article.slug, "correction_id": str(correction.id), "kind": correction.kind}
    tell(session, "article.corrected", article.id, body | {"revision": article.revision.public_number})


def _of(article: Article, correction_id: UUID) -> Correction:
    for correction in article.corrections:
        if correction.id == correction_id:
            return correction
    raise NotFound("The article has no such correction.")


def _revision(session: Session, correction: Correction) -> Revision:
    """The revision that it came with."""
    return session.get_one(Revision, correction.revision_id)


def _state(correction: Correction) -> dict[str, object]:
    return documents.correction(correction).model_dump(mode="json")


def _shown(session: Session, article: Article, correction: Correction, *, status_code: int = 200) -> Response:
    document = StaffCorrectionOut(
        **documents.correction(correction).model_dump(),
        revision=_revision(session, correction).number,
        dependents=dependents(session, article, correction.target_exact, at=now()),
    )
    path = f"/v1/admin/articles/{article.id}/corrections/{correction.id}"
    headers = {"Location": path} if status_code == 201 else {}
    content = document.model_dump_json().encode()
    return private(content, tag=version(article), status_code=status_code, headers=headers)
