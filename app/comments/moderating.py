"""What moderators decide about comments, and whom and what they keep out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.actions import normal_email
from app.comments import queries, screening_queries
from app.comments.folding import keyed
from app.comments.learning import learn
from app.comments.models import Ban, Comment
from app.comments.notifying import notify
from app.comments.policy_schemas import BanIn
from app.comments.staff_schemas import DecidedOut, DecisionIn, ModerationIn
from app.comments.tally import Tally
from app.errors import Conflict, Invalid, NotFound, Problem
from app.events.actions import Actor, Deed, record, record_all, take_turn, tell
from app.schemas import in_utc

DECISIONS = {"approve": "approved", "reject": "rejected", "spam": "spam", "undo": "pending"}


class AlreadyDecided(Conflict):
    """A comment is no longer in the status that the request says, another moderator having been faster, or no longer as
    it was at its `edited_at`, or its author has deleted it. `current` has how each comment is now."""

    slug, title = "already-decided", "Already decided"


def moderate(session: Session, data: ModerationIn, *, by: Actor, at: datetime) -> Sequence[Any]:
    """Decide about all the comments, or about none; they and their outcomes. Raises `NotFound` or `AlreadyDecided`."""
    take_turn(session)
    comments = session.scalars(queries.by_ids(data.ids)).all()
    if len(comments) != len(set(data.ids)):
        raise NotFound("One of these comments does not exist.")
    decisions = [
        DecisionIn(id=comment.id, **data.model_dump(exclude={"ids"}, exclude_unset=True)) for comment in comments
    ]
    for comment, decision in zip(comments, decisions, strict=True):
        _check(comment, decision, among=comments)
    _decide(session, zip(comments, decisions, strict=True), by=by, at=at)
    return session.execute(queries.shown_by_ids(data.ids)).all()


def moderate_each(session: Session, decisions: Sequence[DecisionIn], *, by: Actor, at: datetime) -> list[DecidedOut]:
    """Take each decision that can be taken; what became of each, in their order."""
    take_turn(session)
    found = {comment.id: comment for comment in session.scalars(queries.by_ids({d.id for d in decisions}))}
    taken: list[tuple[Comment, DecisionIn]] = []
    refused: dict[int, Problem] = {}
    for place, decision in enumerate(decisions):
        comment = found.get(decision.id)
        try:
            if comment is None or decision.id in {earlier.id for earlier in decisions[:place]}:
                raise NotFound("There is no such comment, or none that was not decided about above.")
            _check(comment, decision, among=[comment])
        except Problem as problem:
            refused[place] = problem
        else:
            taken.append((comment, decision))
    _decide(session, taken, by=by, at=at)
    outcomes = []
    for place, decision in enumerate(decisions):
        status: Any = found[decision.id].status if decision.id in found else None
        kind = f"/problems/{refused[place].slug}" if place in refused else None
        outcomes.append(DecidedOut(id=decision.id, status=status, problem=kind))
    return outcomes


def _check(comment: Comment, decision: DecisionIn, *, among: Sequence[Comment]) -> None:
    current = [
        {"id": str(each.id), "status": each.status, "edited_at": each.edited_at and in_utc(each.edited_at)}
        for each in among
    ]
    if decision.current_status is not None and comment.status != decision.current_status:
        raise AlreadyDecided("One of these comments has another status by now.", current=current)
    if "edited_at" in decision.model_fields_set and comment.edited_at != decision.edited_at:
        raise AlreadyDecided("The author of one of these comments has edited it meanwhile.", current=current)
    if comment.status == "deleted":
        raise AlreadyDecided("One of these comments was deleted by its author.", current=current)


def _decide(session: Session, decided: Iterable[tuple[Comment, DecisionIn]], *, by: Actor, at: datetime) -> None:
    """Let the comments have their new status, with complaints closed, the log kept and subscribers told."""
    tally = Tally(session, at)
    deeds, comments, news = [], [], []
    for comment, decision in decided:
        comments.append(comment)
        status = DECISIONS[decision.action]
        is_settled = comment.decided_at is not None or status == "pending"
        if comment.status == status and is_settled and not comment.flag_count:
            continue
        waited, before = comment.waits, comment.status
        deeds.append(settle(session, tally, comment, status, decision.reason_code, decision.reason, at=at))
        if comment.status != before:
            news.append((comment, waited))
    learn(session, comments)
    notify(session, news, at=at)
    if deeds:
        session.execute(queries.closing_flags(deed.object_id for deed in deeds))
        session.execute(queries.dropping_checks(deed.object_id for deed in deeds))
        record_all(session, by, deeds)
    tally.settle()


def settle(
    session: Session, tally: Tally, comment: Comment, status: str, code: str | None, reason: str | None, *, at: datetime
) -> Deed:
    """Give the comment the status that a moderator decided on; what to write into the log."""
    before = comment.status
    tally.move(comment, status)
    comment.reason_code, comment.reason, comment.decided_at, comment.flag_count = code, reason, at, 0
    if "approved" in (before, status) and before != status:
        kind = "comment.approved" if status == "approved" else "comment.removed"
        tell(session, kind, comment.id, {"article_id": str(comment.article_id)})
    after = {"status": status, "reason_code": code, "reason": reason}
    return Deed("moderate", "comment", comment.id, {"status": before}, after)


def ban(session: Session, data: BanIn, *, secret: bytes, by: Actor, at: datetime) -> Ban:
    """Keep somebody or some words out from now on; the same ban again replaces the first.

    Raises `Invalid` for a comment of which nothing is known by which its author could be kept out.
    """
    take_turn(session)
    if data.expires_at is not None and data.expires_at <= at:
        raise Invalid("It would have ended.", errors=[{"pointer": "/expires_at", "detail": "must be to come"}])
    kind, value = _whom(session, data, secret)
    found = session.scalar(screening_queries.ban_like(kind, value)) or Ban(kind=kind, value=value)
    found.effect = data.effect or ("hold" if kind == "words" else "refuse")
    found.note, found.expires_at, found.created_by, found.created_at = data.note, data.expires_at, by.name, at
    session.add(found)
    session.flush()
    after = {"kind": kind, "effect": found.effect, "expires_at": data.expires_at and data.expires_at.isoformat()}
    record(session, by, "ban", "ban", found.id, after=after)
    return found


def lift(session: Session, ban_id: UUID, *, by: Actor) -> None:
    """End a ban. Raises `NotFound`."""
    take_turn(session)
    found = session.get(Ban, ban_id)
    if found is None:
        raise NotFound("There is no such ban.")
    session.delete(found)
    record(session, by, "lift", "ban", ban_id, before={"kind": found.kind, "effect": found.effect})


def _whom(session: Session, data: BanIn, secret: bytes) -> tuple[str, str]:
    if data.words is not None:
        return "words", " ".join(data.words.split())
    if data.network is not None:
        return "network", data.network
    if data.email is not None:
        return "email", keyed(secret, normal_email(data.email))
    comment = session.get(Comment, data.comment)
    if comment is not None:
        known = {"user": str(comment.user_id) if comment.user_id else None}
        known |= {"email": comment.email_digest, "address": comment.address_digest}
        for kind in (data.by,) if data.by else ("user", "email", "address"):
            if value := known[kind]:
                return kind, value
    raise Invalid(
        "Nothing is known of who wrote it.", errors=[{"pointer": "/comment", "detail": "nothing to know its author by"}]
    )
