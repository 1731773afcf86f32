from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, exists, func, literal, select

from app.db import TOUCHED
from app.events.models import Announcement, AuditEntry, Event, KeptAnswer

_CHAIN_LOCK = 0x6F6E7265636F7264  # "onrecord"; the audit chain grows by one entry at a time
_RELEASE_LOCK = 0x72656C65617365  # "release"; one process at a time releases events


def lock_chain() -> Select[None]:
    """PostgreSQL: wait until no other transaction can add to the audit chain."""
    return select(func.pg_advisory_xact_lock(_CHAIN_LOCK))


def notify(tags: Sequence[str]) -> Select[None]:
    """PostgreSQL: name the tags to every listener at the commit."""
    named = func.unnest(literal(list(tags), ARRAY(Text()))).column_valued("tag")
    return select(func.pg_notify(TOUCHED, named))


def last_link() -> Select[int, str]:
    """Number and digest of the audit chain's last entry."""
    return select(AuditEntry.number, AuditEntry.digest).order_by(AuditEntry.number.desc()).limit(1)


def last_change(object_id: UUID) -> Select[datetime, str]:
    """When the object was last changed, and by whom."""
    entries = select(AuditEntry.made_at, AuditEntry.actor).where(AuditEntry.object_id == object_id)
    return entries.order_by(AuditEntry.number.desc()).limit(1)


def renamed(kind: str, since: datetime) -> Select[Any, Any]:
    """The state before and after each change of what an object of this kind is called, and each merger, in order."""
    changes = select(AuditEntry.before, AuditEntry.after).where(AuditEntry.object_kind == kind)
    of_names = changes.where(AuditEntry.action.in_(("edit", "merge")), AuditEntry.made_at > since)
    return of_names.order_by(AuditEntry.number)


def chain() -> Select[AuditEntry]:
    return select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=1000)


def kept_answer(key: str) -> Select[KeptAnswer]:
    return select(KeptAnswer).where(KeptAnswer.key == key)


def is_announced(article_id: UUID) -> Select[bool]:
    """Whether subscribers know of the article."""
    return select(exists().where(Announcement.article_id == article_id, Announcement.is_public))


def announcements(article_ids: Iterable[UUID]) -> Select[Announcement]:
    """What was last told of these articles; nobody else tells of them meanwhile."""
    return (
        select(Announcement)
        .where(Announcement.article_id.in_(list(article_ids)))
        .order_by(Announcement.article_id)
        .with_for_update()
        .execution_options(populate_existing=True)  # as it is now that it is locked
    )


def to_recheck(at: datetime, limit: int) -> Select[Announcement]:
    """Articles of which a date may have made something to tell, less those that another worker looks at."""
    return (
        select(Announcement)
        .where(Announcement.recheck_at <= at)
        .order_by(Announcement.recheck_at, Announcement.article_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def next_recheck() -> Select[datetime | None]:
    return select(func.min(Announcement.recheck_at))


def may_release() -> Select[bool]:
    """PostgreSQL: whether no other transaction releases events; if so, none does before this one has ended."""
    return select(func.pg_try_advisory_xact_lock(_RELEASE_LOCK))


def unreleased(limit: int) -> Select[Event]:
    return select(Event).where(Event.released_at.is_(None)).order_by(Event.number).limit(limit)


def any_unreleased() -> Select[bool]:
    return select(exists().where(Event.released_at.is_(None)))


def last_position() -> Select[int]:
    """The place of the newest entry in the log of changes, 0 if it is empty."""
    return select(func.coalesce(func.max(Event.position), 0))


def position_of(event_id: UUID) -> Select[int | None]:
    """The place of a public change in the log."""
    return select(Event.position).where(Event.id == event_id, Event.position.is_not(None))


def audit_entries() -> Select[AuditEntry]:
    return select(AuditEntry)
