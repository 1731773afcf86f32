from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.locks import queries
from app.locks.models import Lock

LASTS = timedelta(minutes=2)
"""An editor's program renews its lock once a minute; one that was closed without a word is gone soon."""


def hold(session: Session, article_id: UUID, user_id: UUID, *, at: datetime) -> None:
    """Let colleagues know that the user has the article open, from now or still."""
    session.execute(delete(Lock).where(Lock.expires_at <= at))
    lock = session.scalar(queries.held(article_id, user_id))
    if lock is None:
        lock = Lock(article_id=article_id, user_id=user_id, since=at)
        session.add(lock)
    lock.expires_at = at + LASTS
    session.flush()


def leave(session: Session, article_id: UUID, user_id: UUID) -> None:
    """The user has closed the article."""
    session.execute(delete(Lock).where(Lock.article_id == article_id, Lock.user_id == user_id))


def present(session: Session, article_id: UUID, at: datetime) -> Sequence[Lock]:
    """Who has the article open, those who came first first."""
    return session.scalars(queries.live(article_id, at)).all()
