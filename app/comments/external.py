"""The external phase: what nothing holds back waits until a service outside has been asked about it."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.articles.models import Article, Masthead
from app.articles.queries import masthead
from app.comments import queries
from app.comments.models import Check, Comment
from app.comments.moderating import DECISIONS, settle
from app.comments.staff_schemas import CheckedIn
from app.comments.tally import Tally
from app.db import Database, new_id, now
from app.events.actions import Actor, Deed, record_all, take_turn
from app.outbound import Answer, Outbound, Refused, Unreachable, signed
from app.schemas import in_utc
from app.settings import Settings, WrongSettings

AT_ONCE = 16
"""Questions under way in one process."""

EXTERNAL = Actor("external")


class Unusable(Exception):
    """The answer is not one. The message says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """A check that this process has taken, and what it will send."""

    check_id: UUID
    lease: UUID
    content: bytes
    headers: dict[str, str]


def check_address(settings: Settings) -> None:
    """Raises `WrongSettings` if the service outside has an address that would never be called."""
    if settings.moderation_url and not way_out(settings).may_name(settings.moderation_url):
        raise WrongSettings("ONRECORD_MODERATION_URL: must be public, or its network in ONRECORD_OUTBOUND_ALLOW")


def way_out(settings: Settings) -> Outbound:
    """What the service is asked through, within the time that it has."""
    return Outbound(allowed=settings.outbound_allow, seconds=settings.moderation_timeout)


def take(database: Database, settings: Settings, *, free: int) -> list[Question]:
    """Take so many questions at most, each for twice the time that its answer may take."""
    at = now()
    with database.reader() as session:
        if not session.scalar(queries.any_check(at)):
            return []
    until = at + timedelta(seconds=2 * settings.moderation_timeout + 1)
    taken = []
    with database.writer.session() as session:
        site = session.scalars(masthead()).one()
        for check, comment, article, title in session.execute(queries.next_checks(at, free)):
            check.lease, check.leased_until = new_id(), until
            content = _content(check, comment, article, title, site)
            headers = signed(settings.moderation_keys, str(check.id), content, at)
            taken.append(Question(check.id, check.lease, content, headers))
    return taken


def _content(check: Check, comment: Comment, article: Article, title: str, site: Masthead) -> bytes:
    """The body of the request: of the author nothing but the name that readers will see."""
    data = {
        "id": str(comment.id),
        "article": {"id": str(article.id), "title": title, "url": site.url_of(article)},
        "author": {"name": comment.author_name},
        "kind": comment.kind,
        "text": comment.text,
        "findings": comment.findings,
        "spam_score": comment.spam_score,
    }
    content = {"type": "comment.check", "timestamp": in_utc(check.created_at), "data": data}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


async def ask(database: Database, outbound: Outbound, url: str, question: Question) -> None:
    """Ask, and do as the answer says. Whoever dies in between leaves the question to whom finds its lease ended."""
    answer: CheckedIn | str
    try:
        answer = _read(await outbound.post(url, question.content, question.headers))
    except (Refused, Unreachable, Unusable) as failure:
        answer = str(failure)
    await asyncio.to_thread(_heed, database, question, answer)


def _read(answer: Answer) -> CheckedIn:
    """What the service says. Raises `Unusable`."""
    if answer.status != 200:
        raise Unusable(f"It answered with the status {answer.status}.")
    try:
        return CheckedIn.model_validate_json(answer.body)
    except ValidationError:
        raise Unusable("Its answer is not as it is agreed.") from None


def _heed(database: Database, question: Question, answer: CheckedIn | str) -> None:
    """Decide as the service did, unless the comment reads otherwise by now or somebody else has decided."""
    with database.writer.session() as session:
        take_turn(session)
        found = session.execute(queries.leased_check(question.check_id, question.lease)).one_or_none()
        if found is None:
            return
        check, comment = found
        if isinstance(answer, str):
            comment.findings = [*comment.findings, "unanswered"]
            deed = _hold(check, comment, "unanswered", None, answer)
        elif answer.action == "hold":
            deed = _hold(check, comment, "hold", answer.reason, _listed(answer))
        else:
            deed = _decide(session, check, comment, answer)
        record_all(session, EXTERNAL, [deed])


def _hold(check: Check, comment: Comment, outcome: str, code: str | None, reason: str | None) -> Deed:
    check.outcome, comment.reason_code, comment.reason = outcome, code, reason
    after = {"outcome": outcome, "reason_code": code, "reason": reason}
    return Deed("check", "comment", comment.id, {"status": comment.status}, after)


def _decide(session: Session, check: Check, comment: Comment, answer: CheckedIn) -> Deed:
    """As a moderator would, except that nothing is learned from it: the spam score rests on people's decisions."""
    at = now()
    session.delete(check)
    tally = Tally(session, at)
    deed = settle(session, tally, comment, DECISIONS[answer.action], answer.reason, _listed(answer), at=at)
    tally.settle()
    return deed


def _listed(answer: CheckedIn) -> str | None:
    return ", ".join(answer.labels) or None
