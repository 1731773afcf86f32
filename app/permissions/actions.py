from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid
from app.permissions import queries
from app.permissions.models import Permission
from app.permissions.schemas import PermissionIn, PermissionPatch
from app.schemas import id_from
from app.sources.actions import referred

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)

Span = tuple[datetime | None, datetime | None]
"""From when on a permission holds, and until when; None for no limit."""

NAMED = 20
"""So many of the permissions that stand in the way of a change are named."""


class PermissionInUse(Conflict):
    """Other permissions rest on this one, and would outlast it or begin before it. Change or remove them first:
    `children` names up to 20, each with its `id` and the `article_id` of its article."""

    slug, title = "permission-in-use", "Other permissions rest on it"


def grant(session: Session, article_id: UUID, data: PermissionIn, *, at: datetime) -> Permission:
    """A new permission for the article. Raises `Invalid` if it would outlast the one that it rests on."""
    parent = _parent(session, data.parent)
    _check_within((data.valid_from, data.valid_through), parent)
    permission = Permission(
        article_id=article_id,
        assigner=referred(session, data.assigner, "/assigner"),
        credit=data.credit,
        valid_from=data.valid_from,
        valid_through=data.valid_through,
        on_expire=data.on_expire,
        proof=data.proof,
        parent_id=parent.id if parent else None,
        created_at=at,
    )
    session.add(permission)
    session.flush()
    return permission


def amend(session: Session, permission: Permission, data: PermissionPatch) -> None:
    """Change what `data` names of a permission.

    Raises `Invalid` if it would end before it begins, outlast the one that it rests on, or rest on itself; and
    `PermissionInUse` if one that rests on it would outlast it.
    """
    given = data.model_dump(exclude_unset=True)
    start, end = (given.get(name, getattr(permission, name)) for name in ("valid_from", "valid_through"))
    if start and end and start >= end:
        where = "/valid_through" if "valid_through" in given else "/valid_from"
        raise Invalid("It would end before it begins.", errors=[{"pointer": where, "detail": "not in order"}])
    known = str(permission.parent_id) if permission.parent_id else None
    parent = _parent(session, given.pop("parent", known), of=permission)
    _check_within((start, end), parent)
    _check_children([c for c in session.scalars(queries.resting_on(permission.id)) if _exceeds(c, (start, end))])
    if "assigner" in given:
        permission.assigner = referred(session, given.pop("assigner"), "/assigner")
    permission.parent_id = parent.id if parent else None
    for name, value in given.items():
        setattr(permission, name, value)
    session.flush()


def withdraw(session: Session, permission: Permission) -> None:
    """Forget a permission. Raises `PermissionInUse` if another rests on it."""
    _check_children(session.scalars(queries.resting_on(permission.id)).all())
    session.delete(permission)
    session.flush()


def standing(permissions: Iterable[Permission], at: datetime) -> Permission | None:
    """The permission that an article stands under at that moment: of those that hold the one that ends last,
    else of those that have ended the last. None if it has none, or none that has begun."""
    begun = [p for p in permissions if p.valid_from is None or p.valid_from <= at]
    return max(begun, key=lambda p: (p.valid_through or _NEVER, p.id), default=None)


def _parent(session: Session, reference: str | None, *, of: Permission | None = None) -> Permission | None:
    """The permission with this id. Raises `Invalid` if there is none, or if it rests, at any remove, on `of`."""
    if reference is None:
        return None
    identifier = id_from(reference)
    parent = session.scalar(queries.by_id(identifier)) if identifier else None
    if parent is None:
        raise Invalid("The parent is unknown.", errors=[{"pointer": "/parent", "detail": "no such permission"}])
    above: Permission | None = parent
    while of is not None and above is not None:
        if above.id == of.id:
            raise Invalid(
                "A permission cannot rest on itself.", errors=[{"pointer": "/parent", "detail": "rests on this one"}]
            )
        above = session.get(Permission, above.parent_id) if above.parent_id else None
    return parent


def _check_within(span: Span, parent: Permission | None) -> None:
    """Raises `Invalid` if a permission of this span would outlast the one that it rests on, or begin before it."""
    if parent is None:
        return
    start, end = span
    if (end or _NEVER) > (parent.valid_through or _NEVER):
        raise Invalid(
            "A permission cannot outlast the one that it rests on.",
            errors=[{"pointer": "/valid_through", "detail": "later than the parent's"}],
        )
    if (start or _EVER) < (parent.valid_from or _EVER):
        raise Invalid(
            "A permission cannot begin before the one that it rests on.",
            errors=[{"pointer": "/valid_from", "detail": "earlier than the parent's"}],
        )


def _exceeds(child: Permission, span: Span) -> bool:
    start, end = span
    return (child.valid_through or _NEVER) > (end or _NEVER) or (child.valid_from or _EVER) < (start or _EVER)


def _check_children(children: Sequence[Permission]) -> None:
    """Raises `PermissionInUse` if there are any."""
    if children:
        raise PermissionInUse(
            f"Permissions that rest on this one stand in the way: {len(children)}.",
            children=[{"id": str(c.id), "article_id": str(c.article_id)} for c in children[:NAMED]],
        )
