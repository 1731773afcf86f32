from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.queries import bare, citing
from app.articles.renditions import BATCH, refresh
from app.events.actions import Actor, touch
from app.sources.actions import edit
from app.sources.models import Source
from app.sources.schemas import SourcePatch


def edit_source(session: Session, source: Source, data: SourcePatch, *, by: Actor, at: datetime) -> None:
    """Change what `data` names of a source, and with it every article that shows the source."""
    edit(session, source, data, by=by, at=at)
    show_anew(session, session.scalars(citing(source.id)).all(), at=at)


def show_anew(session: Session, ids: Sequence[UUID], *, at: datetime) -> None:
    """A source that these articles show is not what it was."""
    for first in range(0, len(ids), BATCH):
        batch = ids[first : first + BATCH]
        for article in session.scalars(bare(batch)):
            article.touch(at)
        refresh(session, batch, at=at)
    touch(session, ["feed:all"])  # the pages of those who had a role there, whom no article need show with it
