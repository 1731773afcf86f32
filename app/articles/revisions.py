"""`/v1/admin/articles/{id}/revisions`: every save of an article, what differs between two, and one brought back."""

from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.articles import actions, history, staff_queries
from app.articles.admin import Editor, ReaderOfDrafts, check_may_edit, matched, shown
from app.articles.delivery import Reference
from app.articles.models import Revision
from app.articles.renditions import open_desk
from app.articles.schemas import StaffArticleOut
from app.articles.snapshots import DiffOut, SnapshotOut, StaffRevisionOut
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.paging import Listing, Sort, fetch
from app.schemas import In, Page

router = Router(prefix="/v1/admin/articles", tags=["admin"])

LAST = 2**31 - 1
"""The highest number that the database's column takes."""

Number = Annotated[int, Path(ge=1, le=LAST, description="Number of the save.", examples=[1])]


class Compared(In):
    """Which revisions to compare."""

    from_: int | None = Field(
        default=None, alias="from", ge=1, le=LAST, description="Number of a save; the one before `to` if not given."
    )
    to: int | None = Field(default=None, ge=1, le=LAST, description="Number of a save; the current one if not given.")


@router.get("/{reference}/revisions", response_model=Page[StaffRevisionOut], responses=refusals(404))
def list_staff_revisions(
    request: Request, site: SiteDep, _by: ReaderOfDrafts, reference: Reference, page: Annotated[Paging, Query()]
) -> Response:
    """List every save of an article, the latest first."""
    with site.database.reader() as session:
        article = actions.find(session, reference)
        listing: Listing[tuple[Revision, str | None]] = fetch(
            session,
            staff_queries.saves(article.id),
            Sort(Revision.number.expression, None, descending=True, parse=int),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [history.listed(*row).model_dump_json().encode() for row in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.get("/{reference}/revisions/diff", response_model=DiffOut, responses=refusals(404))
def compare_revisions(
    site: SiteDep, _by: ReaderOfDrafts, reference: Reference, asked: Annotated[Compared, Query()]
) -> Response:
    """Compare two saves of an article: its texts word by word, its fields, quotes and sources.

    Without parameters: what the last save changed.
    """
    with site.database.reader() as session:
        article = actions.find(session, reference)
        after = asked.to or article.revision.number
        before = asked.from_ or max(1, after - 1)
        old, new = (history.found(session, article, number)[0] for number in (before, after))
        made = history.diff(open_desk(session, now()), article, old, new)
    return private(made.model_dump_json().encode())


@router.get("/{reference}/revisions/{number}", response_model=SnapshotOut, responses=refusals(404))
def read_staff_revision(site: SiteDep, _by: ReaderOfDrafts, reference: Reference, number: Number) -> Response:
    """Read a save of an article, whole, with its quotes where they stood."""
    with site.database.reader() as session:
        article = actions.find(session, reference)
        made = history.snapshot(session, open_desk(session, now()), article, number)
    return private(made.model_dump_json().encode())


@router.post(
    "/{reference}/revisions/{number}/restore",
    response_model=StaffArticleOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def restore_revision(
    request: Request, site: SiteDep, by: Editor, reference: Reference, number: Number, retries: RetriesDep
) -> Response:
    """Make a new revision that is like an earlier one: words, quotes, cited sources, authors, tags, language, original.

    Nothing is lost: what it takes the place of stays in the list. A published article is new to readers at once, and
    needs `articles:publish` too, as a scheduled one does.
    """
    with site.database.writer.session() as session:

        def act() -> Response:
            article = matched(request, session, reference)
            check_may_edit(by, article)
            return shown(session, history.bring_back(session, article, number, by=by, at=now()))

        return retries.once(session, act)
