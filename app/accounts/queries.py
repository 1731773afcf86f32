from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager

from app.accounts.models import ApiKey, Token, User


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


def live_key(digest: str, at: datetime) -> Select[ApiKey]:
    """The key, with its owner, if it and its owner may still act."""
    return (
        select(ApiKey)
        .join(ApiKey.owner)
        .options(contains_eager(ApiKey.owner))
        .where(
            ApiKey.digest == digest,
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > at),
            User.disabled_at.is_(None),
        )
    )


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
