from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, func, literal, select

from app.db import TOUCHED
from app.events.models import AuditEntry, KeptAnswer

_CHAIN_LOCK = 0x6F6E7265636F7264  # "onrecord"; the audit chain grows by one entry at a time


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


def chain() -> Select[AuditEntry]:
    return select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=1000)


def kept_answer(key: str) -> Select[KeptAnswer]:
    return select(KeptAnswer).where(KeptAnswer.key == key)
