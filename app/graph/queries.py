from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    distinct,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    values,
)

from app.articles.models import Article, Author, Byline, FeedRow, Label, Rendition, Tag
from app.articles.queries import in_time
from app.edges.models import Edge
from app.graph.models import GraphReport
from app.sources.models import Source

LOOKED_AT = 5_000
"""Articles at most over which a report is made: the newest of those that were asked for."""

MAX_LENGTH = 6
"""Steps at most on the way to a primary source."""

WALKED = 2_000
"""Edges at most that are looked at for it."""

INNER = 5_000
"""Edges at most among which circles are looked for: the newest of those that can be part of one."""

_CORRECTS: ColumnElement[str] = literal_column("'corrects'")
_TIMES: ColumnElement[int] = func.count(distinct(Edge.article_id))


def edges(end: ColumnElement[UUID], node: UUID, at: datetime) -> Select[Edge]:
    """The edges that have the node at this end, as readers may see them at that moment."""
    return select(Edge).where(end == node, _is_seen(Edge, at))


def these(ids: Collection[UUID], at: datetime) -> Select[Edge]:
    """Of these edges those that readers may see at that moment, the latest first."""
    return select(Edge).where(Edge.id.in_(ids), _is_seen(Edge, at)).order_by(Edge.published_at.desc(), Edge.id)


def ways_from(article_id: UUID, at: datetime) -> Select[Edge, int]:
    """The edges on all ways that begin at the article, with the length of the way there; shorter ways first.

    What a source passed on is followed as the article says by which the way came to it: it had other words from
    others for other articles.
    """
    first = select(Edge.id, Edge.article_id, Edge.head_kind, Edge.head, literal(1).label("length"))
    way = first.where(Edge.article_id == article_id, Edge.tail == article_id, _leads_on(at)).cte("way", recursive=True)
    told_by = case((way.c.head_kind == "article", way.c.head), else_=way.c.article_id)
    way = way.union(
        select(Edge.id, Edge.article_id, Edge.head_kind, Edge.head, way.c.length + 1)
        .join(way, and_(Edge.article_id == told_by, Edge.tail == way.c.head))
        .where(way.c.length < MAX_LENGTH, _leads_on(at))
    )
    seen = select(way.c.id, way.c.length).limit(WALKED + 1).subquery()
    return (
        select(Edge, seen.c.length)
        .join(seen, seen.c.id == Edge.id)
        .order_by(seen.c.length, Edge.published_at.desc(), Edge.id)
    )


def circling(at: datetime, most: int) -> Select[int, UUID, UUID, UUID]:
    """The id, tail and head of each edge that may be part of a circle: first those that something else in it rests on,
    then those between them, of each one more than `most`, which are looked at."""
    # Written out, so that the engines know the partial index by it.
    is_inner = or_(Edge.tail_kind == literal_column("'source'"), Edge.head_kind == literal_column("'article'"))
    inner = (
        select(Edge.id, Edge.tail_kind, Edge.tail, Edge.head_kind, Edge.head)
        .where(Edge.kind != _CORRECTS, is_inner, _is_seen(Edge, at))
        .order_by(Edge.published_at.desc(), Edge.id.desc())
        .limit(most + 1)
        .cte("inner_edges")
    )
    between = (
        select(Edge.id, Edge.tail, Edge.head)
        .where(
            Edge.tail.in_(select(inner.c.head).where(inner.c.head_kind == "article")),
            Edge.head.in_(select(inner.c.tail).where(inner.c.tail_kind == "source")),
            Edge.tail_kind == "article",
            Edge.head_kind == "source",
            Edge.kind != _CORRECTS,
            _is_seen(Edge, at),
        )
        .limit(most + 1)
    )
    parts = select(inner.c.id, inner.c.tail, inner.c.head), select(*between.subquery().c)
    both = union_all(*(part.add_columns(literal(n).label("part")) for n, part in enumerate(parts))).subquery()
    return select(both.c.part, both.c.id, both.c.tail, both.c.head)


def known_at() -> Select[datetime]:
    """When the public record had last changed when reports were made ahead."""
    return select(GraphReport.known_at).limit(1)


def newest(key: str, after: datetime | None, before: datetime | None, at: datetime, most: int | None) -> CTE:
    """The newest articles of a list that readers see at that moment; all of them if no number is given."""
    found = select(FeedRow.article_id, FeedRow.visible_from, FeedRow.published_at)
    found = found.where(FeedRow.key == key, in_time(FeedRow, at))
    if after is not None:
        found = found.where(FeedRow.published_at > after)
    if before is not None:
        found = found.where(FeedRow.published_at < before)
    order = FeedRow.published_at.desc(), FeedRow.article_id.desc()
    return found.order_by(*order).limit(most).cte("newest")


def among(ids: Collection[UUID], at: datetime) -> CTE:
    """Of these articles those that readers see at that moment."""
    found = select(FeedRow.article_id, FeedRow.visible_from, FeedRow.published_at)
    return found.where(FeedRow.key == "all", FeedRow.article_id.in_(ids), in_time(FeedRow, at)).cte("among")


def many(articles: CTE) -> Select[int]:
    return select(func.count()).select_from(articles)


def most_cited(
    articles: CTE, kind: str | None, node: str | None, limit: int, at: datetime
) -> Select[str, UUID, str | None, int]:
    """What most of these articles refer to: kind, id, address, and how many do."""
    found = _cited(articles, kind, at).order_by(_TIMES.desc(), Edge.head).limit(limit)
    return found if node is None else found.where(Edge.head_kind == node)


def most_cited_of_each(articles: CTE, kind: str | None, limit: int, at: datetime) -> Select[str, UUID, str | None, int]:
    """The same of each kind of what is referred to, in no order."""
    rank = func.row_number().over(partition_by=Edge.head_kind, order_by=(_TIMES.desc(), Edge.head))
    found = _cited(articles, kind, at).add_columns(rank.label("rank")).subquery()
    columns = list(found.c)
    return select(*columns[:4]).where(found.c.rank <= limit)


def still_cited(nodes: Collection[UUID], kind: str | None, at: datetime) -> Select[UUID]:
    """Of these nodes those to which an article refers that readers see at that moment."""
    ids = values(column("id", Uuid()), name="nodes").data([(node,) for node in nodes]).cte("nodes")
    refers = Edge.head == ids.c.id, _is_of(kind), _is_seen(Edge, at)
    return select(ids.c.id).where(exists().where(*refers))


def sourcing(articles: CTE) -> Select[UUID, datetime, int, int, str]:
    """On how many sources each of these articles rests, how many of these have no name, and one of them, as text; the
    latest article first. Those that rest on none are left out."""
    unnamed = case((Source.kind == "unnamed", Source.id))
    columns = articles.c.article_id, articles.c.published_at
    return (
        select(
            *columns, func.count(distinct(Source.id)), func.count(distinct(unnamed)), func.max(cast(Source.id, Text))
        )
        .join_from(articles, Edge, _of(articles))
        .join(Source, Source.id == Edge.head)
        .where(Edge.is_origin)
        .group_by(*columns)
        .order_by(articles.c.published_at.desc(), articles.c.article_id.desc())
    )


def bylines(articles: CTE) -> Select[UUID, str, str]:
    """The authors of these articles: slug and name of each."""
    of_article = select(Byline.article_id, Author.slug, Author.name).join(Author, Author.id == Byline.author_id)
    return of_article.join(articles, articles.c.article_id == Byline.article_id)


def labels(articles: CTE) -> Select[UUID, str, str]:
    """The tags of these articles: slug and name of each."""
    of_article = select(Label.article_id, Tag.slug, Tag.name).join(Tag, Tag.id == Label.tag_id)
    return of_article.join(articles, articles.c.article_id == Label.article_id)


def articles(ids: Collection[UUID], at: datetime) -> Select[UUID, str, str, datetime]:
    """Of these articles those that readers see at that moment: id, slug, title and date."""
    shown = select(Article.id, Article.slug, Rendition.title, Rendition.published_at)
    return shown.join(Rendition, Rendition.article_id == Article.id).where(Article.id.in_(ids), in_time(Rendition, at))


def sources(ids: Collection[UUID]) -> Select[Source]:
    return select(Source).where(Source.id.in_(ids))


def _cited(articles: CTE, kind: str | None, at: datetime) -> Select[str, UUID, str | None, int]:
    found = select(Edge.head_kind, Edge.head, func.max(Edge.url), _TIMES).join(articles, _of(articles))
    found = found.where(_is_of(kind), _is_shown(Edge.head_kind.expression, Edge.head.expression, at))
    return found.group_by(Edge.head_kind, Edge.head)


def _is_of(kind: str | None) -> ColumnElement[bool]:
    return Edge.kind != _CORRECTS if kind is None else Edge.kind == kind


def _of(articles: CTE) -> ColumnElement[bool]:
    return and_(Edge.article_id == articles.c.article_id, Edge.visible_from == articles.c.visible_from)


def _leads_on(at: datetime) -> ColumnElement[bool]:
    return and_(Edge.kind != _CORRECTS, _is_seen(Edge, at))


def _is_seen(edge: Any, at: datetime) -> ColumnElement[bool]:
    """Whether readers see the article that an edge is of, and those at its ends."""
    ends = _is_shown(edge.tail_kind, edge.tail, at), _is_shown(edge.head_kind, edge.head, at)
    return and_(in_time(edge, at), *ends)


def _is_shown(kind: ColumnElement[str], node: ColumnElement[UUID], at: datetime) -> ColumnElement[bool]:
    return or_(kind != "article", exists().where(Rendition.article_id == node, in_time(Rendition, at)))
