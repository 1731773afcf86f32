"""Quotes are compared behind the changes that make them, by the worker: the audit log says which articles changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.db import Database
from app.errors import NotFound
from app.events.actions import Actor, record, take_turn, touch
from app.variants import queries
from app.variants.models import ComparedUpTo, Likeness, Misquote, Phrasing, Shingle, Uncompared, Utterance
from app.variants.pairing import pair
from app.variants.reading import read, set_pending

COMPARED = "compared"
"""The cache tag of whatever shows what came of it."""

ENTRIES = 1_000
ARTICLES = 20
PHRASINGS = 20
"""How much is done in one transaction: nobody waits long behind it."""


def compare(database: Database, *, at: datetime) -> bool:
    """Do one stretch of the work, if there is any. Looks before it writes; whether it did something."""
    with database.reader() as session:
        if not session.scalar(queries.is_behind()):
            return False
    with database.writer.session() as session:
        return _step(session, at=at)


def rebuild(session: Session, *, at: datetime) -> int:
    """Compare all quotes anew; how many phrasings there are. Decisions are kept."""
    take_turn(session)
    session.execute(queries.progress(wait=True))
    for table in (Likeness, Shingle, Utterance, Phrasing, Uncompared):
        session.execute(delete(table))
    session.execute(queries.note(None))
    while _step(session, at=at):
        pass
    session.execute(delete(Misquote).where(queries.forgotten()))
    return session.scalars(queries.count()).one()


def decide(session: Session, misquote_id: UUID, state: str, *, by: Actor, at: datetime) -> Misquote:
    """Accept it, dismiss it, or open it again. The same again changes nothing. Raises `NotFound`."""
    take_turn(session)
    session.execute(queries.progress(wait=True))
    found = session.scalar(queries.misquotes(Misquote.id == misquote_id))
    if found is None:
        raise NotFound("There is no such misquote; perhaps it was mended meanwhile.")
    if found.state != state:
        before = {"state": found.state}
        found.state, found.decided_at = state, None if state == "open" else at
        after = {"state": state, "label": found.label}
        record(session, by, "decide", "misquote", found.id, before=before, after=after)
        if state == "open":  # it may have been mended since
            set_pending(session, [each for each in (found.phrasing_id, found.other_id) if each])
            session.execute(queries.note([found.article_id] if found.article_id else []))
    return found


def _step(session: Session, *, at: datetime) -> bool:
    """The next stretch: of the log, of the articles that it names, or of the phrasings that these touched."""
    progress = session.scalar(queries.progress(wait=False))
    if progress is None:  # another worker is at it
        return False
    last = session.scalar(queries.last_entry(progress.number, ENTRIES))
    if last is not None:
        session.execute(queries.note_changed(progress.number, last))
        session.execute(update(ComparedUpTo).values(number=last))
    if articles := session.scalars(queries.next_uncompared(ARTICLES)).all():
        read(session, articles, at=at)
        session.execute(delete(Uncompared).where(Uncompared.article_id.in_(articles)))
    elif phrasings := session.scalars(queries.pending(PHRASINGS)).all():
        pair(session, phrasings, at=at)
    else:
        return last is not None
    session.execute(update(ComparedUpTo).values(changed_at=at))
    touch(session, [COMPARED])
    return True
