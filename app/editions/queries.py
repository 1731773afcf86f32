from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select

from app.editions.models import Edition


def reaching(article_ids: Iterable[UUID], at: datetime) -> Select[Edition]:
    """The editions that began before that moment and were to go on to it or past it; one for each article at most."""
    begun = Edition.article_id.in_(list(article_ids)), Edition.since < at
    return select(Edition).where(*begun, or_(Edition.until.is_(None), Edition.until >= at))
