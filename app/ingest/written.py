"""Rows as the lines of an export."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.models import Article, Revision
from app.editions.models import Edition
from app.evidence.queries import all_among
from app.ingest import queries
from app.ingest.article_lines import (
    ArticleLine,
    CitationLine,
    CommentRulesLine,
    CorrectionLine,
    EditionLine,
    EvidenceLine,
    HopLine,
    IllustrationLine,
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
    editions, evidence = _editions(session, ids), _evidence(session, ids, users=users)
    rules = {row.article_id: line(CommentRulesLine, row) for row in session.scalars(queries.comment_rules_of(ids))}
    for origin in session.scalars(queries.origins_of(ids)):
        origins[origin.article_id].append(line(OriginLine, origin))
    for quote in session.scalars(queries.quotes_among(ids)):
        quotes[quote.article_id].append(line(QuoteLine, quote, evidence=evidence[quote.id]))
    for revision in session.scalars(queries.history(ids)):
        revisions[revision.article_id].append(_revision(revision, users=users))
    for article in session.scalars(queries.with_names(ids)):
        yield _article(
            article,
            origins=origins[article.id],
            quotes=quotes[article.id],
            revisions=revisions[article.id],
            editions=editions[article.id],
            comment_rules=rules.get(article.id),
        )


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


def _editions(session: Session, ids: Collection[UUID]) -> dict[UUID, list[EditionLine]]:
    """The editions of these articles, the oldest first, with sources by their slugs."""
    rows = session.scalars(queries.editions_of(ids)).all()
    named = {UUID(assigner) for row in rows for assigner in _assigners(row.head)}
    slugs = {str(row[0]): row[1] for row in session.execute(queries.source_slugs(named))}
    found = defaultdict(list)
    for row in rows:
        found[row.article_id].append(line(EditionLine, row, revision=row.revision_id, head=_head(row, slugs)))
    return found


def _evidence(session: Session, ids: Collection[UUID], *, users: bool) -> dict[UUID, list[EvidenceLine]]:
    """What was found about each quote of these articles, the oldest first."""
    found = defaultdict(list)
    for row in session.scalars(all_among(ids)):
        checked_by = row.checked_by if users else None
        found[row.quote_id].append(line(EvidenceLine, row, checked_by=checked_by))
    return found


def _assigners(head: dict[str, Any]) -> list[str]:
    """The ids of the sources that the head of an edition names."""
    granted = head["permission"]
    return [*head["assigners"], granted["assigner"]["id"]] if granted else head["assigners"]


def _head(edition: Edition, slugs: dict[str, str]) -> dict[str, Any]:
    granted = edition.head["permission"]
    return edition.head | {
        "permission": granted and granted | {"assigner": slugs[granted["assigner"]["id"]]},
        "assigners": [slugs[assigner] for assigner in edition.head["assigners"]],
    }


def _revision(revision: Revision, *, users: bool) -> RevisionLine:
    citations = sorted(revision.citations, key=lambda row: (row.role, row.source.slug))
    placed = sorted(revision.placements, key=lambda row: (row.start is None, row.start or 0, row.id))
    return line(
        RevisionLine,
        revision,
        saved_by=revision.author_id if users else None,
        quotes=[_placement(row) for row in placed],
        citations=[line(CitationLine, row, source=row.source.slug) for row in citations],
        images=[line(IllustrationLine, row, image=row.image.digest) for row in revision.illustrations],
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
