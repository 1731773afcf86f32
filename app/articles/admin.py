"""`/v1/admin/articles`: creating, reading, editing and trashing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import demand, needs
from app.articles import actions, staff_queries
from app.articles.delivery import Reference
from app.articles.documents import staff_card
from app.articles.models import Article
from app.articles.renditions import open_desk
from app.articles.schemas import ArticleIn, ArticlePatch, StaffArticleOut, StaffCardOut, Status
from app.articles.states import EDITABLE, STEPS
from app.articles.versions import check_version, version
from app.context import Paging, Router, SiteDep
from app.db import now
from app.events.actions import Actor
from app.events.retries import RetriesDep
from app.http import private
from app.locks.actions import present
from app.locks.models import Lock
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page

router = Router(prefix="/v1/admin/articles", tags=["admin"])

ReaderOfDrafts = Annotated[Actor, Depends(needs("articles:read"))]
Editor = Annotated[Actor, Depends(needs("articles:write"))]
Publisher = Annotated[Actor, Depends(needs("articles:publish"))]


class StaffPaging(Paging):
    status: Status | None = Field(default=None, description="Only articles in this state.")
    sort: Literal["-created_at", "created_at"] = Field(default="-created_at", description="By the time of entry.")


@router.get("", response_model=Page[StaffCardOut])
def list_staff_articles(
    request: Request, site: SiteDep, _by: ReaderOfDrafts, page: Annotated[StaffPaging, Query()]
) -> Response:
    """List articles in any state, the latest entered first."""
    at = now()
    query = staff_queries.staff_cards()
    if page.status is not None:
        query = query.where(staff_queries.in_state(page.status, at))
    with site.database.reader() as session:
        listing = fetch(
            session,
            query,
            Sort(
                Article.created_at.expression,
                Article.id.expression,
                descending=page.sort.startswith("-"),
                parse=datetime.fromisoformat,
            ),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [staff_card(article, at).model_dump_json().encode() for article in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.post("", status_code=201, response_model=StaffArticleOut, responses=refusals(409, 422))
def create_article(site: SiteDep, by: Editor, data: ArticleIn, retries: RetriesDep) -> Response:
    """Create a draft. `Location` and `ETag` are what a change of it will need."""
    with site.database.writer.session() as session:

        def act() -> Response:
            article = actions.create(session, data, by=by, at=now())
            return shown(session, article, status_code=201, locks=[])  # nobody can have opened it

        return retries.once(session, act)


@router.get("/{reference}", response_model=StaffArticleOut, responses=refusals(404))
def read_staff_article(site: SiteDep, _by: ReaderOfDrafts, reference: Reference) -> Response:
    """Read an article in any state."""
    with site.database.reader() as session:
        return shown(session, actions.find(session, reference))


@router.patch("/{reference}", response_model=StaffArticleOut, responses=refusals(404, 409, 412, 422, 428))
def update_article(request: Request, site: SiteDep, by: Editor, reference: Reference, data: ArticlePatch) -> Response:
    """Change an article. What the body does not name stays; every change makes a revision, quotes carried along.

    One that is published or scheduled needs `articles:publish` too.
    """
    with site.database.writer.session() as session:
        article = matched(request, session, reference)
        check_may_edit(by, article)
        return shown(session, actions.edit(session, article, data, by=by, at=now()))


@router.delete("/{reference}", response_model=StaffArticleOut, responses=refusals(404, 409, 412, 428))
def trash_article(request: Request, site: SiteDep, by: Editor, reference: Reference) -> Response:
    """Move an article to the trash, out of readers' sight. Nothing is lost: it can be restored.

    One that is published or scheduled needs `articles:publish` too.
    """
    with site.database.writer.session() as session:
        article = matched(request, session, reference)
        trash(session, article, by=by, at=now())
        return shown(session, article)


def trash(session: Session, article: Article, *, by: Actor, at: datetime) -> None:
    """Put the article in the trash. Raises `Forbidden` if he may not take down what readers see, or `Trashed`."""
    demand(by, STEPS["trash_public" if article.is_published else "trash"].scope)
    actions.trash(session, article, by=by, at=at)


def matched(request: Request, session: Session, reference: str) -> Article:
    """The article, held for a change, if the request's `If-Match` names its present state.

    Raises `NotFound`, `PreconditionRequired` or `PreconditionFailed`.
    """
    article = actions.find(session, reference, lock=True)
    check_version(request.headers.get("if-match"), session, article)
    return article


def check_may_edit(by: Actor, article: Article) -> None:
    """Raises `Forbidden` if his credential lacks the scope that a change of the article needs in its state."""
    demand(by, EDITABLE.get(article.state(now()), "articles:write"))  # in the trash it is refused to all


def shown(
    session: Session, article: Article, *, status_code: int = 200, locks: Sequence[Lock] | None = None
) -> Response:
    """The article as staff see it, with the ETag that a change of it must name. Looks up its locks unless given."""
    if locks is None:
        locks = present(session, article.id, now())
    document = open_desk(session, now()).staff_article(article, locks)
    headers = {"Location": f"/v1/admin/articles/{article.id}"} if status_code == 201 else {}
    return private(document.model_dump_json().encode(), tag=version(article), status_code=status_code, headers=headers)
