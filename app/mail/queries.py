from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, delete, func, or_, select

from app.mail.models import Mail


def like(kind: str, digest: str, comment_id: UUID) -> Select[UUID]:
    """The mail of this kind about the comment to this address, whatever became of it."""
    return select(Mail.id).where(Mail.comment_id == comment_id, Mail.kind == kind, Mail.digest == digest)


def count_since(kind: str, digest: str, since: datetime) -> Select[int]:
    """How many mails of this kind the address was to get since then."""
    return select(func.count()).where(Mail.digest == digest, Mail.kind == kind, Mail.created_at > since)


def _may_go(at: datetime) -> ColumnElement[bool]:
    is_free = or_(Mail.leased_until.is_(None), Mail.leased_until <= at)
    return (Mail.status == "pending") & (Mail.due_at <= at) & is_free


def any_due(at: datetime) -> Select[UUID]:
    return select(Mail.id).where(_may_go(at)).limit(1)


def next_due(at: datetime) -> Select[Mail]:
    """The mail that has waited longest, less those that another worker takes."""
    return select(Mail).where(_may_go(at)).order_by(Mail.due_at).limit(1).with_for_update(skip_locked=True)


def leased(mail_id: UUID, lease: UUID) -> Select[Mail]:
    """The mail, if it is still held under this lease."""
    return select(Mail).where(Mail.id == mail_id, Mail.lease == lease).with_for_update()


def of_address(digests: Collection[str]) -> Select[Mail]:
    """The mails to these addresses, oldest first."""
    return select(Mail).where(Mail.digest.in_(digests)).order_by(Mail.created_at, Mail.id)


def finished_before(moment: datetime) -> Delete:
    return delete(Mail).where(Mail.finished_at < moment)


def backlog() -> Select[int, datetime | None]:
    """How many mails wait, and since when the oldest does."""
    return select(func.count(), func.min(Mail.created_at)).where(Mail.status == "pending")
