"""A reader says that something in the article is wrong, and is right."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import demand, needs
from app.articles.admin import matched
from app.articles.correcting import correct
from app.articles.models import Article
from app.articles.versions import version
from app.comments import queries
from app.comments.admin import CommentId, shown_all
from app.comments.learning import learn
from app.comments.models import Comment
from app.comments.moderating import AlreadyDecided, settle
from app.comments.notifying import notify
from app.comments.staff_schemas import AcceptedOut, AcceptIn
from app.comments.tally import Tally
from app.context import Router, SiteDep
from app.db import now
from app.errors import Conflict, NotFound
from app.events.actions import Actor, record_all, tell
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals

router = Router(prefix="/v1/admin/comments", tags=["admin"])

Publisher = Annotated[Actor, Depends(needs("articles:publish"))]


class NoChallenge(Conflict):
    """Only a comment of the kind `challenge` can be accepted."""

    slug, title = "no-challenge", "The comment challenges nothing"


@router.post(
    "/{comment_id}/accept",
    status_code=201,
    response_model=AcceptedOut,
    responses=refusals(404, 409, 412, 422, 428),
)
def accept_challenge(
    request: Request, site: SiteDep, by: Publisher, comment_id: CommentId, data: AcceptIn, retries: RetriesDep
) -> Response:
    """Correct the article as a reader's challenge asks for, and show the challenge with what came of it.

    The correction credits the reader by name. `If-Match` is the article's. Besides, it needs `comments:moderate`.
    """
    demand(by, "comments:moderate")
    with site.database.writer.session() as session:

        def act() -> Response:
            comment = session.get(Comment, comment_id)
            if comment is None:
                raise NotFound("There is no such comment.")
            article = matched(request, session, str(comment.article_id))
            session.refresh(comment)  # nobody changes it any more, now that the article is held
            accept(session, comment, article, data, by=by, at=now())
            [shown] = shown_all(session, session.execute(queries.shown_by_ids([comment_id])))
            made = AcceptedOut(comment=shown, article_etag=version(article))
            path = f"/v1/admin/articles/{article.id}/corrections/{comment.correction_id}"
            return private(made.model_dump_json().encode(), status_code=201, headers={"Location": path})

        return retries.once(session, act)


def accept(session: Session, comment: Comment, article: Article, data: AcceptIn, *, by: Actor, at: datetime) -> None:
    """Make the correction, and let readers see the challenge with it. Raises `NoChallenge` or `AlreadyDecided`."""
    if comment.kind != "challenge":
        raise NoChallenge("Only a challenge can be accepted.")
    if comment.correction_id is not None or comment.status == "deleted":
        current = [{"id": str(comment.id), "status": comment.status}]
        raise AlreadyDecided("It was accepted before, or deleted by its author.", current=current)
    correction = correct(session, article, data, by=by, at=at, credit=comment.author_name)
    comment.correction_id = correction.id
    was_seen, waited = comment.status == "approved", comment.waits
    tally = Tally(session, at)
    deed = settle(session, tally, comment, "approved", None, None, at=at)
    tally.show(comment)
    if was_seen:
        tell(session, "comment.approved", comment.id, {"article_id": str(article.id)})
    else:
        notify(session, [(comment, waited)], at=at)
    learn(session, [comment])
    session.execute(queries.closing_flags([comment.id]))
    session.execute(queries.dropping_checks([comment.id]))
    record_all(session, by, [deed])
    tally.settle()
