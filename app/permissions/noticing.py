"""Telling staff's subscribers that a permission ends soon, and that it has ended."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.events.actions import is_alone, tell
from app.permissions import queries
from app.permissions.models import PermissionNotice

DAYS = (30, 7, 1, 0)
"""So many days before its end a permission is told of; 0: at its end."""


def notice(session: Session, *, at: datetime) -> None:
    """Tell of each permission the nearest of these days that has come, once; those that were missed are not made up."""
    if not is_alone(session):
        return
    for permission, row in session.execute(queries.ending(at, DAYS)):
        ends_at = permission.valid_through
        if ends_at is None:  # the query has none of those
            continue
        days = min(days for days in DAYS if ends_at - at <= timedelta(days=days))
        if row is None:
            session.add(PermissionNotice(permission_id=permission.id, valid_through=ends_at, days=days))
        else:
            row.valid_through, row.days = ends_at, days
        if ends_at <= permission.created_at:  # it never held here
            continue
        body = {"article_id": str(permission.article_id), "valid_through": _stamp(ends_at)}
        if days:
            tell(session, "permission.expiring", permission.id, body | {"days": days})
        else:
            tell(session, "permission.expired", permission.id, body)
    session.flush()


def _stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
