from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Invalid
from app.permissions import queries
from app.permissions.models import Permission
from app.permissions.schemas import PermissionIn
from app.schemas import id_from
from app.sources.actions import referred

_NEVER = datetime.max.replace(tzinfo=UTC)


def grant(session: Session, article_id: UUID, data: PermissionIn, *, at: datetime) -> Permission:
    """A new permission for the article. Raises `Invalid` if it would outlast the one that it rests on."""
    permission = Permission(
        article_id=article_id,
        assigner=referred(session, data.assigner, "/assigner"),
        credit=data.credit,
        valid_from=data.valid_from,
        valid_through=data.valid_through,
        on_expire=data.on_expire,
        proof=data.proof,
        parent_id=_parent(session, data),
        created_at=at,
    )
    session.add(permission)
    session.flush()
    return permission


def standing(permissions: Iterable[Permission], at: datetime) -> Permission | None:
    """The permission that an article stands under at that moment: of those that hold the one that ends last,
    else of those that have ended the last. None if it has none, or none that has begun."""
    begun = [p for p in permissions if p.valid_from is None or p.valid_from <= at]
    return max(begun, key=lambda p: (p.valid_through or _NEVER, p.id), default=None)


def _parent(session: Session, data: PermissionIn) -> UUID | None:
    if data.parent is None:
        return None
    identifier = id_from(data.parent)
    parent = session.scalar(queries.by_id(identifier)) if identifier else None
    if parent is None:
        raise Invalid("The parent is unknown.", errors=[{"pointer": "/parent", "detail": "no such permission"}])
    if parent.valid_through and (data.valid_through is None or data.valid_through > parent.valid_through):
        raise Invalid(
            "A permission cannot outlast the one that it rests on.",
            errors=[{"pointer": "/valid_through", "detail": "later than the parent's"}],
        )
    if parent.valid_from and (data.valid_from is None or data.valid_from < parent.valid_from):
        raise Invalid(
            "A permission cannot begin before the one that it rests on.",
            errors=[{"pointer": "/valid_from", "detail": "earlier than the parent's"}],
        )
    return parent.id
