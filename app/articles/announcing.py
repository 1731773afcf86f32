"""Telling subscribers that readers see an article, or no longer: by a hand, or because its time has come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles import queries, staff_queries
from app.db import new_id
from app.events import queries as events
from app.events.actions import TELLING
from app.events.models import Announcement

Span = tuple[datetime, datetime | None]
"""From when on readers see an article, and until when; None for no end."""

BATCH = 100


def announce(session: Session, spans: Mapping[UUID, Sequence[Span]], *, at: datetime) -> None:
    """Tell of those of these articles that readers now see and did not before, or no longer see.

    `spans` has all times, from now on, in which readers see each. What was last told lies beside in one row, locked
    while it is compared and set: so each is told once, whoever else looks, dies, or has another clock.
    """
    known = {row.article_id: row for row in session.scalars(events.announcements(spans))}
    changed: dict[UUID, bool] = {}
    for article_id, times in spans.items():
        row = known.get(article_id)
        if row is None:
            if not times:
                continue
            row = Announcement(article_id=article_id, is_public=False)
            session.add(row)
        was_public, row.is_public = row.is_public, any(_covers(span, at) for span in times)
        row.recheck_at = min((edge for span in times for edge in span if edge and edge > at), default=None)
        if row.is_public != was_public:
            changed[article_id] = row.is_public
    if changed:
        _tell(session, changed, at=at)


def announce_due(session: Session, *, at: datetime) -> list[UUID]:
    """The same for articles of which a date has come since they were last looked at; those that were looked at."""
    due = [row.article_id for row in session.scalars(events.to_recheck(at, BATCH))]
    spans: dict[UUID, list[Span]] = {article_id: [] for article_id in due}
    for article_id, start, until in session.execute(staff_queries.spans(due)):
        spans[article_id].append((start, until))
    announce(session, spans, at=at)
    return due


def _covers(span: Span, at: datetime) -> bool:
    start, until = span
    return start <= at and (until is None or at < until)


def _tell(session: Session, changed: Mapping[UUID, bool], *, at: datetime) -> None:
    masthead = session.scalars(queries.masthead()).one()
    told: list[dict[str, Any]] = []
    for article, number in session.execute(staff_queries.told_of(changed)):
        is_public = changed[article.id]
        body = {"slug": article.slug, "url": masthead.url_of(article)} | ({"revision": number} if is_public else {})
        told.append(
            {
                "id": new_id(),
                "kind": "article.published" if is_public else "article.unpublished",
                "subject_id": article.id,
                "article_id": article.id,
                "is_public": True,
                "body": body,
                "made_at": at,
            }
        )
    if told:
        session.execute(TELLING, told)
