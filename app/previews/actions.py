import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.actions import digest
from app.articles import staff_queries
from app.articles.models import Article
from app.articles.states import Trashed
from app.db import new_id
from app.errors import Invalid, NotFound
from app.events.actions import Actor, record
from app.permissions.actions import standing
from app.permissions.queries import covers
from app.previews import queries
from app.previews.models import PreviewLink
from app.schemas import in_utc

LASTS = timedelta(days=7)
LONGEST = timedelta(days=30)


def create_link(
    session: Session, article: Article, *, expires_at: datetime | None, by: Actor, at: datetime
) -> tuple[PreviewLink, str]:
    """The link's row and its token, 192 random bits that are nowhere kept. Raises `Invalid` or `Trashed`."""
    if article.status == "trashed":
        raise Trashed(f"“{article.slug}” is in the trash.")
    until = expires_at or at + LASTS
    if not at < until <= at + LONGEST:
        raise Invalid(
            "A preview link lasts 30 days at most.",
            errors=[{"pointer": "/expires_at", "detail": "must be to come, within 30 days"}],
        )
    token = f"orp_{secrets.token_urlsafe(24)}"
    link = PreviewLink(
        id=new_id(),
        article_id=article.id,
        created_by=by.user_id,
        digest=digest(token),
        created_at=at,
        expires_at=until,
        revoked_at=None,
    )
    session.add(link)
    after = {"preview_link": str(link.id), "expires_at": in_utc(until)}
    record(session, by, "share", "article", article.id, after=after)
    return link, token


def revoke_link(session: Session, article: Article, link_id: UUID, *, by: Actor, at: datetime) -> PreviewLink:
    """From the next request on it shows nothing. Raises `NotFound`."""
    link = session.scalar(queries.link(article.id, link_id))
    if link is None:
        raise NotFound("The article has no such preview link.")
    if link.revoked_at is None:
        link.revoked_at = at
        record(session, by, "unshare", "article", article.id, after={"preview_link": str(link.id)})
    return link


def previewed(session: Session, token: str, *, at: datetime) -> tuple[Article, int]:
    """The article that the link shows, and which of its public revisions the current one is or would be.

    Raises `NotFound` for a token that is unknown, expired or revoked, an article in the trash, and one whose
    permission has ended: the right to show it is no greater here.
    """
    link = session.scalar(queries.live(digest(token), at))
    article = session.scalar(staff_queries.for_staff(str(link.article_id))) if link else None
    if article is None or article.status == "trashed":
        raise NotFound("There is no such preview.")
    permission = standing(article.permissions, at)
    if permission is not None and not covers(permission, at):
        raise NotFound("There is no such preview.")
    _, highest = session.execute(staff_queries.highest_numbers(article.id)).one()
    return article, article.revision.public_number or (highest or 0) + 1
