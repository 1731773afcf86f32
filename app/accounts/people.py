"""What those who may change users and keys do with them; each act is on the record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import actions, queries
from app.accounts.models import ApiKey, Token, User
from app.accounts.rights import RIGHTS
from app.accounts.schemas import KeyIn, UserIn, UserPatch
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.events.actions import Actor, erase_addresses, record, take_turn


class LastOwner(Conflict):
    """This is the only owner who is not disabled; without one nobody could change users any more."""

    slug, title = "last-owner", "The last owner has to stay"


def find_user(session: Session, user_id: UUID) -> User:
    """The user, held for a change: two who make each other no owner do so one after the other. Raises `NotFound`."""
    take_turn(session)
    user = session.scalar(queries.user_by_id(user_id))
    if user is None:
        raise NotFound("There is no such user.")
    return user


def create_user(session: Session, data: UserIn, password_hash: str | None, *, by: Actor, at: datetime) -> User:
    """Raises `EmailTaken`, or `Forbidden` for a role beyond the actor's own rights."""
    take_turn(session)
    _covers(by, data.role)
    user = actions.create_user(
        session, email=data.email, name=data.name or "", role=data.role, password_hash=password_hash, at=at
    )
    record(session, by, "create", "user", user.id, after=state(user))
    return user


def edit_user(
    session: Session, user: User, data: UserPatch, password_hash: str | None, *, by: Actor, at: datetime
) -> None:
    """Raises `EmailTaken`, `LastOwner`, or `Forbidden` where the old or the new role is beyond the actor's rights."""
    _covers(by, user.role)
    before = state(user)
    given = data.model_fields_set
    if data.email is not None:
        actions.change_email(session, user, data.email)
    user.name = data.name or user.name
    if data.role is not None:
        _covers(by, data.role)
        user.role = data.role
    if data.disabled:
        user.disabled_at = user.disabled_at or at
        actions.end_sessions(session, user, at=at)
    elif data.disabled is not None:
        user.disabled_at = None
    if password_hash is not None:
        actions.set_password(session, user, password_hash, at=at)
    session.flush()
    _keep_an_owner(session)
    # The record outlives a person's data, so it says that name, address and password changed, and not to what.
    secret = dict.fromkeys(sorted(given & {"email", "name", "password"}), True)
    record(session, by, "update", "user", user.id, before=before, after={**state(user), **secret})


def is_erased(user: User) -> bool:
    """Whether nothing is left of him that could be erased."""
    left = (user.email, user.name, user.password_hash, user.disabled_at is None)
    return left == (_nowhere(user), "", None, False)


def erase_user(session: Session, user: User, *, by: Actor, at: datetime) -> None:
    """Forget who it was, and from where he came. What he did stays on the record under his id. Raises `LastOwner`."""
    _covers(by, user.role)
    before = state(user)
    actions.end_sessions(session, user, at=at)
    keys = session.scalars(queries.keys(user.id)).all()
    for key in keys:
        key.revoked_at = key.revoked_at or at
    user.email, user.name, user.password_hash = _nowhere(user), "", None
    user.disabled_at = user.disabled_at or at
    session.flush()
    _keep_an_owner(session)
    record(session, by, "erase", "user", user.id, before=before, after=state(user))
    # After that entry, which has his own address if he erases himself.
    erase_addresses(session, [f"user:{user.id}", *(f"key:{key.prefix}" for key in keys)])


def change_own_password(session: Session, email: str, password_hash: str, *, at: datetime) -> None:
    """For somebody who knew the old one. Signs him out everywhere."""
    user = actions.find_user(session, email)
    take_turn(session)
    actions.set_password(session, user, password_hash, at=at)
    record(session, Actor(f"user:{user.id}", user.id), "change_password", "user", user.id)


def create_key(session: Session, data: KeyIn, *, by: Actor, at: datetime) -> tuple[ApiKey, str]:
    """The key's row and its text. Raises `Invalid`, or `Forbidden` for a scope that the actor does not have."""
    take_turn(session)
    if beyond := sorted(set(data.scopes) - by.scopes):
        raise Forbidden(f"A key cannot open more than who makes it: {beyond[0][:40]} is not among your scopes.")
    if data.expires_at is not None and data.expires_at <= at:
        raise Invalid("The key would have expired.", errors=[{"pointer": "/expires_at", "detail": "is not to come"}])
    owner = session.scalar(queries.user_by_id(data.owner or by.user_id or UUID(int=0)))
    if owner is None or owner.disabled_at is not None:
        raise Invalid("There is no such user.", errors=[{"pointer": "/owner", "detail": "no such user"}])
    key, text = actions.create_key(
        session, owner, name=data.name, scopes=data.scopes, expires_at=data.expires_at, at=at
    )
    record(session, by, "create", "api_key", key.id, after={"owner": str(owner.id), "scopes": key.scopes})
    return key, text


def revoke_key(session: Session, key_id: UUID, *, by: Actor, at: datetime) -> ApiKey:
    """From the next request on the key is not taken. Revoking it again changes nothing. Raises `NotFound`."""
    take_turn(session)
    key = session.scalar(queries.key_by_id(key_id))
    if key is None:
        raise NotFound("There is no such key.")
    if key.revoked_at is None:
        key.revoked_at = at
        record(session, by, "revoke", "api_key", key.id)
    return key


def end_session(session: Session, family: UUID, *, by: Actor, at: datetime) -> None:
    """Sign somebody out of one sign-in. Raises `NotFound`."""
    take_turn(session)
    tokens: list[Token] = list(session.scalars(queries.family(family)))
    if not tokens:
        raise NotFound("There is no such sign-in.")
    actions.revoke(tokens, at=at)
    record(session, by, "end_session", "user", tokens[0].user_id)


def _nowhere(user: User) -> str:
    return f"{user.id}@erased.invalid"


def _covers(by: Actor, role: str) -> None:
    """Nobody makes or changes somebody who may do more than himself: that would lend him those rights."""
    if beyond := sorted(RIGHTS[role] - by.scopes):
        raise Forbidden(f"A user who is {role} may do more than this credential: {beyond[0]}.")


def _keep_an_owner(session: Session) -> None:
    if not session.scalar(queries.owner_count()):
        raise LastOwner("Make somebody else owner first.")


def state(user: User) -> dict[str, Any]:
    """What the record says of a user."""
    return {"role": user.role, "disabled": user.disabled_at is not None}
