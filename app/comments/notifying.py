"""Who hears by e-mail of what becomes of his comment, once he wants it and has confirmed that the address is his."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.actions import normal_email
from app.comments import queries
from app.comments.folding import keyed
from app.comments.models import Comment, Subscriber, Subscription
from app.comments.readers import Reader
from app.errors import Invalid, TooManyRequests
from app.mail.actions import enqueue, had
from app.mail.letters import is_mailable
from app.mail.sealing import InvalidLink, seal

ADDRESS = "a subscriber's address"
ASK_AGAIN = timedelta(days=7)
"""How long an address is left alone that was asked and has not answered."""

A_DAY = timedelta(days=1)
MOST_A_DAY = 10
"""New addresses that may be named from one place in a day: each gets an e-mail that its owner may not want."""


def subscribe(session: Session, comment: Comment, email: str | None, reader: Reader, *, at: datetime) -> None:
    """Let the author have word of the comment: at his account's address, or at this one once its owner agrees.

    Anybody may write an address that is another's, so it is asked first, and what it is told is of our wording. An
    account's is its owner's, and that he asks outdoes an earlier refusal. Raises `Invalid` or `TooManyRequests`.
    """
    address = reader.email or (normal_email(email, "/author_email") if email else None)
    if address is None:
        raise _wrong("/notify", "There is no e-mail address to write to.")
    if not is_mailable(address):
        raise _wrong("/author_email", "No e-mail can be sent to this address.")
    found = session.get(Subscriber, keyed(reader.secret, address))
    if found is None:
        found = Subscriber(digest=keyed(reader.secret, address))
        session.add(found)
    found.asked_at, found.asked_from = at, reader.address_digest
    if reader.email is not None:
        found.confirmed_at, found.refused_at = found.confirmed_at or at, None
    if found.refused_at is None:
        found.address = seal(reader.secret, ADDRESS, address)
    session.flush()
    session.add(Subscription(comment_id=comment.id, digest=found.digest, created_at=at))
    if found.confirmed_at is None and found.refused_at is None and comment.status != "spam":
        _ask(session, comment, found, at=at)


def _ask(session: Session, comment: Comment, subscriber: Subscriber, *, at: datetime) -> None:
    if session.scalars(queries.unconfirmed_from(subscriber.asked_from, at - A_DAY)).one() > MOST_A_DAY:
        raise TooManyRequests(
            f"At most {MOST_A_DAY} new e-mail addresses a day; leave out `notify`.",
            headers={"Retry-After": str(int(A_DAY.total_seconds()))},
        )
    if not had(session, "confirm", subscriber.digest, most=1, within=ASK_AGAIN, at=at):
        enqueue(session, "confirm", subscriber.digest, comment_id=comment.id, at=at)


def notify(session: Session, news: Iterable[tuple[Comment, bool]], *, at: datetime) -> None:
    """Have word sent of comments that got another status, each with whether it had waited for a moderator.

    To its author, of a decision that it waited for; to the author of what it answers, when it is seen. Nobody hears of
    what he did himself.
    """
    wanted = []
    for comment, waited in news:
        if waited and comment.status in ("approved", "rejected"):
            wanted.append((comment.status, comment, comment.id))
        if comment.status == "approved" and comment.parent_id is not None:
            wanted.append(("reply", comment, comment.parent_id))
    if not wanted:
        return
    found = session.execute(queries.subscribed({whose for *_, whose in wanted}))
    subscribers = {comment.id: (comment, digest) for comment, digest in found}
    for kind, comment, whose in wanted:
        if whose in subscribers:
            subscribed, digest = subscribers[whose]
            if kind != "reply" or not (subscribed.status != "approved" or _is_one(subscribed, comment, digest)):
                enqueue(session, kind, digest, comment_id=comment.id, at=at)


def _is_one(subscribed: Comment, reply: Comment, digest: str) -> bool:
    """Whether the reply is by the subscriber himself, as far as it is known."""
    return reply.email_digest == digest or (reply.user_id is not None and reply.user_id == subscribed.user_id)


def confirm(session: Session, digest: str, *, at: datetime) -> None:
    """The owner of the address wants it. Raises `InvalidLink` if it is not known any more, or was refused."""
    subscriber = session.get(Subscriber, digest)
    if subscriber is None or subscriber.refused_at is not None:
        raise InvalidLink
    subscriber.confirmed_at = subscriber.confirmed_at or at


def refuse(session: Session, digest: str, *, at: datetime) -> None:
    """Nothing more is sent to the address about comments; it is forgotten, but for its digest."""
    subscriber = session.get(Subscriber, digest)
    if subscriber is not None and subscriber.refused_at is None:
        subscriber.refused_at, subscriber.address = at, None


def _wrong(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])
