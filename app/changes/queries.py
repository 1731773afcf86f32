from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.articles.models import Article, Rendition
from app.articles.queries import in_time
from app.events.models import Event


def changes(at: datetime) -> Select[Event, str | None]:
    """The log of public changes, each with the present slug of the article that it is about.

    Of an article that readers do not see at that moment there is only that it was taken from them, without slug.
    """
    return (
        select(Event, Article.slug)
        .outerjoin(Rendition, and_(Rendition.article_id == Event.article_id, in_time(Rendition, at)))
        .outerjoin(Article, Article.id == Rendition.article_id)
        .where(Event.position.is_not(None), _may_know())
    )


def _may_know() -> ColumnElement[bool]:
    return or_(Event.article_id.is_(None), Rendition.article_id.is_not(None), Event.kind == "article.unpublished")


def last_change() -> Select[datetime]:
    return select(Event.made_at).where(Event.position.is_not(None)).order_by(Event.position.desc()).limit(1)
