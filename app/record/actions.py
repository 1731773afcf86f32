from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.renditions import BATCH, refresh
from app.articles.staff_queries import bare, citing
from app.errors import Conflict
from app.events.actions import Actor, touch
from app.media import actions as media
from app.media.models import Image
from app.media.schemas import ImagePatch
from app.record import queries
from app.sources.actions import edit
from app.sources.models import Source
from app.sources.queries import members
from app.sources.schemas import SourcePatch

NAMED = 5
"""How many of the articles that stand in the way are named."""


class ImageInUse(Conflict):
    """A revision of an article shows the image, the current one or an earlier one that can be restored."""

    slug, title = "image-in-use", "An article shows it"


def edit_image(session: Session, image: Image, data: ImagePatch, *, by: Actor, at: datetime) -> None:
    """Change what `data` names of an image, and with it every article that shows it."""
    media.edit(session, image, data, by=by, at=at)
    renew(session, session.scalars(queries.showing(image.id)).all(), at=at)


def remove_image(session: Session, image: Image, *, by: Actor) -> None:
    """Forget an image that no article shows. Raises `ImageInUse`, naming some that do."""
    if slugs := session.scalars(queries.using(image.id, NAMED)).all():
        raise ImageInUse(f"An article shows it, now or in an earlier revision: {', '.join(slugs)}.")
    media.remove(session, image, by=by)


def renew(session: Session, article_ids: Sequence[UUID], *, at: datetime) -> None:
    """Bring what readers get of these articles up to a change of something that they show, so many at a time."""
    for start in range(0, len(article_ids), BATCH):
        ids = article_ids[start : start + BATCH]
        for article in session.scalars(bare(ids)):
            article.touch(at)
        refresh(session, ids, at=at)


def edit_source(session: Session, source: Source, data: SourcePatch, *, by: Actor, at: datetime) -> None:
    """Change what `data` names of a source, and with it every article that shows the source."""
    edit(session, source, data, by=by, at=at)
    renew(session, showing(session, source.id), at=at)
    touch(session, ["feed:all"])  # the pages of those who had a role there, whom no article need show with it


def showing(session: Session, source_id: UUID) -> Sequence[UUID]:
    """The articles that show the source, or somebody who had a role there: quotes tell of that."""
    return session.scalars(citing([source_id, *session.scalars(members(source_id))])).all()
