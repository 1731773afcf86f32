from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.permissions.models import Permission, PermissionNotice


def holds(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a permission holds at that moment: from `valid_from` on, and no longer at `valid_through`."""
    return and_(
        or_(Permission.valid_from.is_(None), Permission.valid_from <= at),
        or_(Permission.valid_through.is_(None), Permission.valid_through > at),
    )


def covers(permission: Permission, at: datetime) -> bool:
    """The same for a permission at hand."""
    begun = permission.valid_from is None or permission.valid_from <= at
    return begun and (permission.valid_through is None or permission.valid_through > at)


def permitted(article_id: InstrumentedAttribute[UUID], at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether an article may stand here: it needs no permission, or one holds."""
    of_article = Permission.article_id == article_id
    return or_(~exists().where(of_article), exists().where(of_article, holds(at)))


def has_begun(at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether a permission has begun, though it may have ended."""
    return or_(Permission.valid_from.is_(None), Permission.valid_from <= at)


def begun(article_id: InstrumentedAttribute[UUID], at: BindParameter[datetime]) -> ColumnElement[bool]:
    """Whether readers may know of an article: it needs no permission, or one has begun, and may have ended."""
    of_article = Permission.article_id == article_id
    return or_(~exists().where(of_article), exists().where(of_article, has_begun(at)))


def has_any(article_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Whether the article came from elsewhere."""
    return exists().where(Permission.article_id == article_id)


def by_id(permission_id: UUID) -> Select[Permission]:
    return select(Permission).where(Permission.id == permission_id)


def resting_on(permission_id: UUID) -> Select[Permission]:
    """The permissions, of whichever articles, that rest on this one, oldest first."""
    return select(Permission).where(Permission.parent_id == permission_id).order_by(Permission.id)


def ending(at: datetime, days: Collection[int]) -> Select[Permission, PermissionNotice | None]:
    """Permissions of whose end a nearer of these days has come than the one last told of, if one was."""
    told = PermissionNotice
    nearer = [and_(Permission.valid_through <= at + timedelta(days=d), told.days > d) for d in days]
    return (
        select(Permission, told)
        .outerjoin(told, told.permission_id == Permission.id)
        .where(
            Permission.valid_through <= at + timedelta(days=max(days)),
            or_(told.permission_id.is_(None), told.valid_through != Permission.valid_through, *nearer),
        )
        .order_by(Permission.valid_through, Permission.id)
    )
