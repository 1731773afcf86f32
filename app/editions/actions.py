from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.db import insert_all
from app.editions import queries
from app.editions.models import Edition


def keep(session: Session, coming: Mapping[UUID, Sequence[Edition]], *, at: datetime) -> None:
    """Let these be what readers get of each article from that moment on; what they got before stays on the record.

    An article's editions are in order, and none begins before `at`. The running one goes on where nothing is new.
    """
    session.execute(delete(Edition).where(Edition.article_id.in_(coming), Edition.since >= at))
    running = {row.article_id: row for row in session.scalars(queries.reaching(coming, at))}
    new: list[Edition] = []
    for article_id, editions in coming.items():
        last, first = running.get(article_id), editions[0] if editions else None
        if last is None:
            new += editions
        elif first is not None and first.since == at and _are_alike(last, first):
            last.until = first.until
            new += editions[1:]
        else:
            last.until = at
            new += editions
    insert_all(session, new)


def _are_alike(one: Edition, other: Edition) -> bool:
    return (one.revision_id, one.head) == (other.revision_id, other.head)
