from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select

from app.articles.models import Article, Revision
from app.articles.queries import for_export, staff_cards
from app.comments.models import Comment
from app.comments.queries import Shown, shown
from app.ingest.models import Origin
from app.quotes.models import Quote


def origins(keys: Iterable[str]) -> Select[Origin]:
    """From what articles were made, among these."""
    return select(Origin).where(Origin.key.in_(list(keys)))


def cards(article_ids: Iterable[UUID]) -> Select[Article]:
    """These articles with their current revisions."""
    return staff_cards().where(Article.id.in_(list(article_ids)))


def quotes_of(article_id: UUID) -> Select[Quote]:
    return select(Quote).where(Quote.article_id == article_id)


def revision(article_id: UUID, number: int) -> Select[Revision]:
    """That revision of an article, by itself."""
    return select(Revision).where(Revision.article_id == article_id, Revision.number == number)


def next_articles(after: UUID | None, limit: int) -> Select[Article]:
    """The next articles, whole and in any state, in the order of their entry."""
    query = for_export().limit(limit)
    return query if after is None else query.where(Article.id > after)


def comments_of(article_ids: Iterable[UUID]) -> Shown:
    return shown().where(Comment.article_id.in_(list(article_ids))).order_by(Comment.id)
