from uuid import UUID

from sqlalchemy import Select, select

from app.sources.models import Source
from app.sources.queries import is_called


def source(reference: str) -> Select[UUID, str, UUID | None]:
    """The id and slug of the source that is called so, and the one that took it in."""
    return select(Source.id, Source.slug, Source.merged_into_id).where(is_called(reference))
