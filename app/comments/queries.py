from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, func, select

from app.comments.models import Comment
from app.quotes.models import Quote


def approved(article_id: UUID) -> Select[Comment]:
    """What readers see under the article."""
    return select(Comment).where(Comment.article_id == article_id, Comment.status == "approved")


def of_status(status: str | None) -> Select[Comment]:
    """The queue of that status, or all comments."""
    return select(Comment).where(Comment.status == status) if status else select(Comment)


def by_ids(ids: Iterable[UUID]) -> Select[Comment]:
    return select(Comment).where(Comment.id.in_(list(ids))).order_by(Comment.id)


def by_id(comment_id: UUID) -> Select[Comment]:
    return select(Comment).where(Comment.id == comment_id)


def ancestors(comment_id: UUID) -> Select[int]:
    """How deep the comment lies: 1 for a reply to the article."""
    above = select(Comment.id, Comment.parent_id).where(Comment.id == comment_id).cte("above", recursive=True)
    above = above.union_all(select(Comment.id, Comment.parent_id).join(above, Comment.id == above.c.parent_id))
    return select(func.count()).select_from(above)


def quote(quote_id: UUID, article_id: UUID) -> Select[UUID]:
    """The quote's id, if it is one of the article's."""
    return select(Quote.id).where(Quote.id == quote_id, Quote.article_id == article_id)


def counted(article_ids: Iterable[UUID]) -> Select[UUID, int]:
    """Approved comments of each article that has any."""
    return (
        select(Comment.article_id, func.count())
        .where(Comment.article_id.in_(list(article_ids)), Comment.status == "approved")
        .group_by(Comment.article_id)
    )


def reply_counts(parent_ids: Iterable[UUID]) -> Select[UUID | None, int]:
    """Approved replies of each comment that has any."""
    return (
        select(Comment.parent_id, func.count())
        .where(Comment.parent_id.in_(list(parent_ids)), Comment.status == "approved")
        .group_by(Comment.parent_id)
    )
