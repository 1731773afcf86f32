import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.actions import digest, normal_email
from app.articles.models import Article
from app.articles.queries import bare
from app.articles.renditions import refresh
from app.comments import queries
from app.comments.models import Comment
from app.comments.rules import MAX_DEPTH, clean_text, to_html
from app.comments.schemas import CommentIn, ModerationIn
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.events.actions import Actor, record, take_turn, tell

DECISIONS = {"approve": "approved", "reject": "rejected", "spam": "spam", "undo": "pending"}


class CommentsClosed(Forbidden):
    """The article takes no comments, or no more."""

    slug, title = "comments-closed", "No comments are taken here"


class AlreadyDecided(Conflict):
    """A comment is no longer in the status that the request says; another moderator was faster."""

    slug, title = "already-decided", "Already decided"


def post(
    session: Session, article: Article, data: CommentIn, *, secret: bytes, address: str, at: datetime
) -> tuple[Comment, str]:
    """A comment that waits for staff, and the token by which its author can prove it his.

    Raises `CommentsClosed`, or `Invalid` for a parent or quote that is not under this article.
    """
    if article.comments_state == "closed":
        raise CommentsClosed("This article takes no comments.")
    text = clean_text(data.body)
    email = normal_email(data.author_email, "/author_email") if data.author_email else None
    token = secrets.token_urlsafe(24)
    comment = Comment(
        article_id=article.id,
        parent_id=_parent(session, article, data),
        quote_id=_quote(session, article, data),
        kind="comment",
        status="pending",
        author_name=" ".join(clean_text(data.author_name, "/author_name").split()),
        email_digest=_keyed(secret, email) if email else None,
        address_digest=_keyed(secret, address),
        text=text,
        html=to_html(text),
        edit_token_digest=digest(token),
        reply_count=0,
        created_at=at,
    )
    session.add(comment)
    session.flush()
    tell(session, "comment.created", comment.id, {"article_id": str(article.id), "status": comment.status})
    return comment, token


def moderate(session: Session, data: ModerationIn, *, by: Actor, at: datetime) -> Sequence[Comment]:
    """Decide about all the comments, or about none. Raises `NotFound` or `AlreadyDecided`."""
    take_turn(session)
    comments = session.scalars(queries.by_ids(data.ids)).all()
    if len(comments) != len(set(data.ids)):
        raise NotFound("One of these comments does not exist.")
    status = DECISIONS[data.action]
    for comment in comments:
        if data.current_status is not None and comment.status != data.current_status:
            raise AlreadyDecided("One of these comments has another status by now.")
        if comment.status == "deleted":
            raise AlreadyDecided("One of these comments was deleted by its author.")
        if comment.status != status:
            _decide(session, comment, status, reason=data.reason, by=by, at=at)
    session.flush()
    recount(session, comments, at=at)
    return comments


def _decide(session: Session, comment: Comment, status: str, *, reason: str | None, by: Actor, at: datetime) -> None:
    before, comment.status = comment.status, status
    comment.reason, comment.decided_at = reason, at
    record(
        session,
        by,
        "moderate",
        "comment",
        comment.id,
        before={"status": before},
        after={"status": status, "reason": reason},
    )
    if "approved" in (before, status):
        kind = "comment.approved" if status == "approved" else "comment.removed"
        tell(session, kind, comment.id, {"article_id": str(comment.article_id)})


def recount(session: Session, comments: Sequence[Comment], *, at: datetime) -> None:
    """Bring the counters of these comments' articles and parents up to what is approved now."""
    article_ids = {comment.article_id for comment in comments}
    counts = {row[0]: row[1] for row in session.execute(queries.counted(article_ids))}
    changed: list[UUID] = []
    for article in session.scalars(bare(article_ids)):
        count = counts.get(article.id, 0)
        if article.comment_count != count:
            article.comment_count = count
            article.touch(at)
            changed.append(article.id)
    parents = {comment.parent_id for comment in comments if comment.parent_id}
    replies = {row[0]: row[1] for row in session.execute(queries.reply_counts(parents))}
    for parent in session.scalars(queries.by_ids(parents)):
        parent.reply_count = replies.get(parent.id, 0)
    refresh(session, changed, at=at)


def _parent(session: Session, article: Article, data: CommentIn) -> UUID | None:
    if data.parent_id is None:
        return None
    parent = session.scalar(queries.by_id(data.parent_id))
    if parent is None or parent.article_id != article.id or parent.status != "approved":
        raise Invalid(
            "The comment to answer is not here.", errors=[{"pointer": "/parent_id", "detail": "no such comment here"}]
        )
    if (session.scalar(queries.ancestors(parent.id)) or 0) >= MAX_DEPTH:
        raise Invalid(
            f"Replies go {MAX_DEPTH} levels deep.", errors=[{"pointer": "/parent_id", "detail": "at the last level"}]
        )
    return parent.id


def _quote(session: Session, article: Article, data: CommentIn) -> UUID | None:
    if data.target is None:
        return None
    found = session.scalar(queries.quote(data.target.quote, article.id))
    if found is None:
        raise Invalid("The quote is not in this article.", errors=[{"pointer": "/target/quote", "detail": "not here"}])
    return found


def _keyed(secret: bytes, value: str) -> str:
    """A value that can be compared and not read."""
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()
