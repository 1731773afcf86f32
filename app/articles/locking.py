"""`/v1/admin/articles/{id}/lock`: who has the article open. It is for people to see, and keeps nobody out."""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.responses import Response

from app.articles import actions
from app.articles.admin import Editor
from app.articles.delivery import Reference
from app.context import Router, SiteDep
from app.db import now
from app.errors import Forbidden
from app.events.actions import Actor
from app.http import private
from app.locks.actions import hold, leave, present
from app.locks.schemas import LockOut, LocksOut
from app.openapi import refusals

router = Router(prefix="/v1/admin/articles", tags=["admin"])


@router.put("/{reference}/lock", response_model=LocksOut, responses=refusals(404))
def lock_article(site: SiteDep, by: Editor, reference: Reference) -> Response:
    """Say that you have the article open, or still have: it lapses after two minutes. Answers who else has."""
    with site.database.writer.session() as session:
        article = actions.find(session, reference)
        hold(session, article.id, _user(by), at=now())
        return _shown(session, article.id)


@router.delete("/{reference}/lock", response_model=LocksOut, responses=refusals(404))
def unlock_article(site: SiteDep, by: Editor, reference: Reference) -> Response:
    """Say that you have closed the article. Answers who still has it open."""
    with site.database.writer.session() as session:
        article = actions.find(session, reference)
        leave(session, article.id, _user(by))
        return _shown(session, article.id)


def _user(by: Actor) -> UUID:
    if by.user_id is None:
        raise Forbidden("Only a user can have an article open.")
    return by.user_id


def _shown(session: Session, article_id: UUID) -> Response:
    locks = [LockOut.model_validate(lock) for lock in present(session, article_id, now())]
    return private(LocksOut(items=locks).model_dump_json().encode())
