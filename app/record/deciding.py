"""Decisions of editors about many quotes at once: those of one article make one revision of it."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.actions import find, revise
from app.articles.quoting import amend, placed, tell_confirmed
from app.errors import NotFound, PreconditionFailed, Problem
from app.events.actions import Actor, take_turn
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


def decide(session: Session, decisions: Sequence[DecisionIn], *, by: Actor, at: datetime) -> Decided:
    """Carry out each decision that can be; the others change nothing."""
    take_turn(session)
    article_of = dict(session.execute(queries.articles_of([each.id for each in decisions])).all())
    groups: dict[UUID, list[DecisionIn]] = defaultdict(list)
    for each in decisions:
        if each.id in article_of:
            groups[article_of[each.id]].append(each)
    decided: Decided = {each.id: NotFound("There is no such quote.") for each in decisions}
    for article_id, group in groups.items():
        decided |= _in_article(session, article_id, group, by=by, at=at)
    return decided


class _Refused(Exception):
    """Some decisions cannot be carried out, so the others are begun anew without them."""

    def __init__(self, problems: Mapping[UUID, Problem]) -> None:
        self.problems = problems


def _in_article(session: Session, article_id: UUID, group: Sequence[DecisionIn], *, by: Actor, at: datetime) -> Decided:
    refused: Decided = {}
    while left := [each for each in group if each.id not in refused]:
        try:
            with session.begin_nested():
                return refused | _revised(session, article_id, left, by=by, at=at)
        except _Refused as error:
            refused |= error.problems
        except Problem as error:  # of the article: it lies in the trash
            refused |= {each.id: error for each in left}
    return refused


def _revised(session: Session, article_id: UUID, group: Sequence[DecisionIn], *, by: Actor, at: datetime) -> Decided:
    article = find(session, str(article_id), lock=True)
    changed: dict[UUID, Placement] = {}

    def change(placements: list[Placement], text: str) -> None:
        problems: dict[UUID, Problem] = {}
        for each in group:
            try:
                placement = placed(placements, each.id)
                if each.version not in ("*", version(placement)):
                    raise PreconditionFailed("It was changed since you read it; read it again and decide anew.")
                before = placement.review
                amend(session, placement, each.change, text)
            except Problem as error:
                problems[each.id] = error
            else:
                changed[each.id] = placement
                tell_confirmed(session, article, placement, before=before)
        if problems:
            raise _Refused(problems)

    revise(session, article, by=by, at=at, note="quotes reviewed", change=change)
    return {quote_id: version(placement) for quote_id, placement in changed.items()}
