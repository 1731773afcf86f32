from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select

from app.articles.models import Article
from app.articles.queries import for_export
from app.comments.models import Comment
from app.ingest.models import Origin


def imported_as(key: str) -> Select[Article]:
    """The article that was made from this origin."""
    return select(Article).join(Origin, Origin.article_id == Article.id).where(Origin.key == key)


def next_articles(after: UUID | None, limit: int) -> Select[Article]:
    """The next articles, whole and in any state, in the order of their entry."""
    query = for_export().limit(limit)
    return query if after is None else query.where(Article.id > after)


def comments_of(article_ids: Iterable[UUID]) -> Select[Comment]:
    return select(Comment).where(Comment.article_id.in_(list(article_ids))).order_by(Comment.id)
