from datetime import datetime

from sqlalchemy.orm import Session

from app.articles.queries import citing
from app.articles.renditions import refresh
from app.events.actions import Actor
from app.sources.actions import edit
from app.sources.models import Source
from app.sources.schemas import SourcePatch


def edit_source(session: Session, source: Source, data: SourcePatch, *, by: Actor, at: datetime) -> None:
    """Change what `data` names of a source, and with it every article that shows the source."""
    edit(session, source, data, by=by, at=at)
    refresh(session, session.scalars(citing(source.id)).all(), at=at)
