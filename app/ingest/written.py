"""Rows as the lines of an export."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.models import Article, Revision
from app.ingest import queries
from app.ingest.article_lines import (
    ArticleLine,
    CitationLine,
    CorrectionLine,
    HopLine,
    OriginLine,
    PermissionLine,
    PlacementLine,
    QuoteLine,
    RevisionLine,
    SlugLine,
)
from app.quotes.models import Placement
from app.schemas import In

Shape = TypeVar("Shape", bound=In)


def line(shape: type[Shape], row: object, **others: Any) -> Shape:
    """A row in the shape of a line: its own values by their names, and these others. Nothing is checked: what the
    database holds is told as it is."""
    own = {name: getattr(row, name) for name in shape.model_fields if name not in others}
    return shape.model_construct(**own, **others)  # type: ignore[return-value]


def article_lines(session: Session, ids: Collection[UUID], *, users: bool) -> Iterator[ArticleLine]:
    """The lines of these articles, in the order of their entry; with `users`, who saved each revision."""
    origins, quotes, revisions = defaultdict(list), defaultdict(list), defaultdict(list)
    for origin in session.scalars(queries.origins_of(ids)):
        origins[origin.article_id].append(line(OriginLine, origin))
    for quote in session.scalars(queries.quotes_among(ids)):
        quotes[quote.article_id].append(line(QuoteLine, quote))
    for revision in session.scalars(queries.history(ids)):
        revisions[revision.article_id].append(_revision(revision, users=users))
    for article in session.scalars(queries.with_names(ids)):
        yield _article(article, origins=origins[article.id], quotes=quotes[article.id], revisions=revisions[article.id])


def _article(article: Article, **others: Any) -> ArticleLine:
    permissions = sorted(article.permissions, key=lambda row: row.id)
    return line(
        ArticleLine,
        article,
        type="article",
        slugs=[line(SlugLine, row) for row in sorted(article.slugs, key=lambda row: (row.created_at, row.slug))],
        authors=[author.slug for author in article.authors],
        tags=[tag.slug for tag in article.tags],
        permissions=[line(PermissionLine, row, assigner=row.assigner.slug) for row in permissions],
        corrections=[
            line(CorrectionLine, row, revision=row.revision_id)
            for row in sorted(article.corrections, key=lambda row: row.id)
        ],
        **others,
    )


def _revision(revision: Revision, *, users: bool) -> RevisionLine:
    citations = sorted(revision.citations, key=lambda row: (row.role, row.source.slug))
    placed = sorted(revision.placements, key=lambda row: (row.start is None, row.start or 0, row.id))
    return line(
        RevisionLine,
        revision,
        saved_by=revision.author_id if users else None,
        quotes=[_placement(row) for row in placed],
        citations=[line(CitationLine, row, source=row.source.slug) for row in citations],
    )


def _placement(placement: Placement) -> PlacementLine:
    return line(
        PlacementLine,
        placement,
        quote=placement.quote_id,
        parent=placement.parent_id,
        speaker=placement.speaker.slug if placement.speaker else None,
        hops=[line(HopLine, hop, source=hop.source.slug) for hop in placement.hops],
    )
