from datetime import datetime

from sqlalchemy import Integer, Select, cast, func, select

from app.articles.models import Article, Rendition
from app.articles.queries import in_time


def parts(at: datetime, size: int) -> Select[int, datetime]:
    """The public articles in the order of their ids, so many to a part: the number of each part, from 1 on, and when
    an article of it last changed. Those whose original is elsewhere are left out: it is that one to be found."""
    number = func.row_number().over(order_by=Rendition.article_id)
    rows = (
        _own(at)
        .with_only_columns(cast((number - 1) // size + 1, Integer).label("part"), Rendition.updated_at)
        .subquery()
    )
    return select(rows.c.part, func.max(rows.c.updated_at)).group_by(rows.c.part).order_by(rows.c.part)


def part(at: datetime, number: int, size: int) -> Select[Article, datetime]:
    """The articles of one part, and when readers last got new words of each."""
    query = _own(at).with_only_columns(Article, Rendition.updated_at)
    return query.order_by(Rendition.article_id).offset((number - 1) * size).limit(size)


def since(moment: datetime, at: datetime, most: int) -> Select[Article, str, datetime]:
    """The public articles that came out after that moment, the latest first, with title and date."""
    columns = (Article, Rendition.title, Rendition.published_at)
    query = _own(at).where(Rendition.published_at > moment).with_only_columns(*columns)
    return query.order_by(Rendition.published_at.desc(), Rendition.article_id.desc()).limit(most)


def last_before(moment: datetime, at: datetime) -> Select[datetime | None]:
    """When the last public article came out that is no later than that moment."""
    return _own(at).where(Rendition.published_at <= moment).with_only_columns(func.max(Rendition.published_at))


def _own(at: datetime) -> Select[Article]:
    joined = select(Article).join(Rendition, Rendition.article_id == Article.id)
    return joined.where(in_time(Rendition, at), Article.canonical_url.is_(None))
