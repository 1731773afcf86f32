from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select

from app.media.models import Illustration, Image


def images() -> Select[Image]:
    return select(Image)


def by_id(image_id: UUID) -> Select[Image]:
    return select(Image).where(Image.id == image_id)


def by_digest(digest: str) -> Select[Image]:
    return select(Image).where(Image.digest == digest)


def by_digests(digests: Collection[str]) -> Select[Image]:
    return select(Image).where(Image.digest.in_(digests))


def is_used() -> ColumnElement[bool]:
    """Whether any revision of an article, the current one or an earlier, shows the image."""
    return exists().where(Illustration.image_id == Image.id)


def next_images(after: UUID, limit: int) -> Select[Image]:
    """The next images in the order of their ids."""
    return select(Image).where(Image.id > after).order_by(Image.id).limit(limit)
