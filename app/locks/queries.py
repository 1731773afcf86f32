from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.locks.models import Lock


def live(article_id: UUID, at: datetime) -> Select[Lock]:
    """Who has the article open at that moment, those who came first first."""
    return (
        select(Lock)
        .where(Lock.article_id == article_id, Lock.expires_at > at)
        .order_by(Lock.since, Lock.user_id)
        .options(joinedload(Lock.user))
    )


def held(article_id: UUID, user_id: UUID) -> Select[Lock]:
    return select(Lock).where(Lock.article_id == article_id, Lock.user_id == user_id)
