from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.db import new_id
from app.events.pausing import pause
from app.mail import queries
from app.mail.models import Mail

TRIED_FOR = timedelta(days=4)
"""RFC 5321, 4.5.4.1: "the give-up time generally needs to be at least 4-5 days"."""

KEPT_FOR = timedelta(days=30)


def enqueue(
    session: Session,
    kind: str,
    digest: str,
    *,
    at: datetime,
    comment_id: UUID | None = None,
    user_id: UUID | None = None,
    sealed: str | None = None,
    tried_for: timedelta = TRIED_FOR,
) -> None:
    """Have a mail of this kind sent, in the transaction of the change: both, or neither.

    Nothing happens if the address had one of this kind about the comment. The transaction must have its turn.
    """
    if comment_id is not None and session.scalar(queries.like(kind, digest, comment_id)) is not None:
        return
    session.add(
        Mail(
            id=new_id(),
            kind=kind,
            digest=digest,
            comment_id=comment_id,
            user_id=user_id,
            sealed=sealed,
            status="pending",
            attempts=0,
            due_at=at,
            give_up_at=at + tried_for,
            created_at=at,
        )
    )


def had(session: Session, kind: str, digest: str, *, most: int, within: timedelta, at: datetime) -> bool:
    """Whether the address had so many mails of this kind in this time, and should be left alone."""
    return session.scalars(queries.count_since(kind, digest, at - within)).one() >= most


def settle(mail: Mail, status: str, *, error: str | None = None, at: datetime) -> None:
    """Note how an attempt went: `sent`, `failed` for good, `moot` (nothing to say), or `pending`: once more later."""
    mail.lease = mail.leased_until = None
    mail.attempts += 1
    mail.error = error
    mail.due_at = at + pause(mail.attempts)
    mail.status = "failed" if status == "pending" and mail.due_at >= mail.give_up_at else status
    if mail.status != "pending":
        mail.finished_at, mail.sealed = at, None


def prune(session: Session, *, at: datetime) -> None:
    """Forget the mails that were done with a month ago."""
    session.execute(queries.finished_before(at - KEPT_FOR))
