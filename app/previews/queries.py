from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from app.previews.models import PreviewLink


def live(digest: str, at: datetime) -> Select[PreviewLink]:
    """The link with this token, if it is neither expired nor revoked."""
    return select(PreviewLink).where(
        PreviewLink.digest == digest, PreviewLink.expires_at > at, PreviewLink.revoked_at.is_(None)
    )


def links(article_id: UUID) -> Select[PreviewLink]:
    """Every link to the article, those that are over too."""
    return select(PreviewLink).where(PreviewLink.article_id == article_id)


def link(article_id: UUID, link_id: UUID) -> Select[PreviewLink]:
    return links(article_id).where(PreviewLink.id == link_id)
