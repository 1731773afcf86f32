from datetime import datetime
from uuid import UUID

from sqlalchemy import Delete, Select, Text, bindparam, delete, func, or_, select
from sqlalchemy.orm import contains_eager

from app.accounts.models import ApiKey, Token, User
from app.db import UtcDateTime


def user_by_email(email: str) -> Select[User]:
    """`email` is normalised."""
    return select(User).where(User.email == email)


def all_users() -> Select[User]:
    return select(User).order_by(User.email)


def user_name(user_id: UUID) -> Select[str]:
    return select(User.name).where(User.id == user_id)


def key_name(prefix: str) -> Select[str]:
    """Whose key it is."""
    return select(User.name).join(ApiKey, ApiKey.owner_id == User.id).where(ApiKey.prefix == prefix)


def owner_count() -> Select[int]:
    """How many owners can sign in."""
    return select(func.count()).select_from(User).where(User.role == "owner", User.disabled_at.is_(None))


LIVE_KEY = (
    select(ApiKey)
    .join(ApiKey.owner)
    .options(contains_eager(ApiKey.owner))
    .where(
        ApiKey.digest == bindparam("digest", type_=Text()),
        ApiKey.revoked_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > bindparam("at", type_=UtcDateTime())),
        User.disabled_at.is_(None),
    )
)
"""The key with the digest `digest`, with its owner, if it and its owner may act at the moment `at`."""


def key_by_prefix(prefix: str) -> Select[ApiKey]:
    return select(ApiKey).where(ApiKey.prefix == prefix)


def all_keys() -> Select[ApiKey]:
    """Every key with its owner, newest first."""
    return select(ApiKey).join(ApiKey.owner).options(contains_eager(ApiKey.owner)).order_by(ApiKey.id.desc())


def token(kind: str, digest: str) -> Select[Token]:
    """The token with its user, whatever has become of it."""
    return (
        select(Token)
        .join(Token.user)
        .options(contains_eager(Token.user))
        .where(Token.kind == kind, Token.digest == digest)
    )


def token_to_spend(digest: str) -> Select[Token]:
    """The refresh token, whatever has become of it; nobody else spends it meanwhile."""
    return token("refresh", digest).with_for_update(of=Token)


def any_token(digest: str) -> Select[Token]:
    return select(Token).where(Token.digest == digest)


def family(family_id: UUID) -> Select[Token]:
    """All tokens that descend from one sign-in."""
    return select(Token).where(Token.family == family_id)


def tokens_of(user_id: UUID) -> Select[Token]:
    return select(Token).where(Token.user_id == user_id, Token.revoked_at.is_(None))


def users(role: str | None, *, disabled: bool | None) -> Select[User]:
    """Users of this role, or of all; disabled or not, or both."""
    query = select(User)
    if role is not None:
        query = query.where(User.role == role)
    if disabled is not None:
        query = query.where(User.disabled_at.is_not(None) if disabled else User.disabled_at.is_(None))
    return query


def user_by_id(user_id: UUID) -> Select[User]:
    return select(User).where(User.id == user_id)


def keys(owner_id: UUID | None) -> Select[ApiKey]:
    """The keys of one user or of all, each with its owner."""
    query = select(ApiKey).join(ApiKey.owner).options(contains_eager(ApiKey.owner))
    return query if owner_id is None else query.where(ApiKey.owner_id == owner_id)


def key_by_id(key_id: UUID) -> Select[ApiKey]:
    """The key with its owner."""
    return keys(None).where(ApiKey.id == key_id)


def sign_ins(user_id: UUID | None, at: datetime) -> Select[Token]:
    """The one refresh token, with its user, of each sign-in that can go on: of one user or of all."""
    query = (
        select(Token)
        .join(Token.user)
        .options(contains_eager(Token.user))
        .where(Token.kind == "refresh", Token.spent_at.is_(None), Token.revoked_at.is_(None), Token.expires_at > at)
    )
    return query if user_id is None else query.where(Token.user_id == user_id)


def expired_tokens(user_id: UUID, at: datetime) -> Delete:
    """Takes away what no longer opens anything; until then a spent token shows a theft."""
    return delete(Token).where(Token.user_id == user_id, Token.expires_at < at)
