"""Decisions of editors about many quotes at once: those of one article make one revision of it."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.actions import find, revise
from app.articles.models import Article
from app.articles.quoting import amend, placed, tell_confirmed
from app.db import Database, now
from app.errors import NotFound, PreconditionFailed, Problem, Unavailable
from app.events.actions import Actor
from app.quotes.models import Placement
from app.record import queries
from app.record.schemas import DecisionIn

Decided = dict[UUID, str | Problem]
"""By quote: the version that it has now, or why it stayed as it was."""


def version(placement: Placement) -> str:
    """What stands for a quote as an editor sees it."""
    p = placement
    way = [(hop.source_id, hop.role, hop.url, hop.date) for hop in p.hops]
    seen = repr((p.exact, p.start, p.end, p.kind, p.review, p.speaker_id, way))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def decide(database: Database, decisions: Sequence[DecisionIn], *, by: Actor) -> Decided:
    """Carry out each decision that can be; the others change nothing.

    Each article has a transaction of its own, so that other changes need not wait for all. A decision that a quote
    is in accord with already changes nothing and counts as carried out, so repeating them is safe.
    """
    with database.reader() as session:
        article_of = dict(session.execute(queries.articles_of([each.id for each in decisions])).all())
    groups: dict[UUID, list[DecisionIn]] = defaultdict(list)
    for each in decisions:
        if each.id in article_of:
            groups[article_of[each.id]].append(each)
    decided: Decided = {each.id: NotFound("There is no such quote.") for each in decisions}
    for article_id, group in groups.items():
        decided |= _in_article(database, article_id, group, by=by)
    return decided


class _Undone(Exception):
    """No revision was made: some decisions cannot be carried out, or all are in accord with what is there."""

    def __init__(self, decided: Mapping[UUID, str | Problem]) -> None:
        self.decided = decided


def _in_article(database: Database, article_id: UUID, group: Sequence[DecisionIn], *, by: Actor) -> Decided:
    decided: Decided = {}
    while left := [each for each in group if each.id not in decided]:
        try:
            with database.writer.session() as session:
                made = _revised(session, article_id, left, by=by, at=now())
            decided |= made
        except _Undone as error:  # begin anew with the others
            decided |= error.decided
        except Unavailable:
            raise
        except Problem as error:  # of the article: it lies in the trash
            decided |= {each.id: error for each in left}
    return decided


def _revised(session: Session, article_id: UUID, group: Sequence[DecisionIn], *, by: Actor, at: datetime) -> Decided:
    article = find(session, str(article_id), lock=True)
    decided: Decided = {}

    def change(placements: list[Placement], text: str) -> None:
        problems: dict[UUID, Problem] = {}
        is_new = False
        for each in group:
            try:
                placement = placed(placements, each.id)
                decided[each.id], is_changed = _carry_out(session, article, placement, each, text)
                is_new |= is_changed
            except Problem as error:
                problems[each.id] = error
        if problems or not is_new:
            raise _Undone(problems or decided)

    revise(session, article, by=by, at=at, note="quotes reviewed", change=change)
    return decided


def _carry_out(
    session: Session, article: Article, placement: Placement, decision: DecisionIn, text: str
) -> tuple[str, bool]:
    """The quote's version from now on, and whether the decision changed it. Raises `Invalid`, `PreconditionFailed`."""
    seen, review = version(placement), placement.review
    amend(session, placement, decision.change, text)
    made = version(placement)
    if made == seen:
        return seen, False
    if decision.version not in ("*", seen):
        raise PreconditionFailed("It was changed since you read it; read it again and decide anew.")
    tell_confirmed(session, article, placement, before=review)
    return made, True
