import hashlib
import secrets
import string
import threading
import unicodedata
import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.orm import Session

from app.accounts import queries
from app.accounts.models import ROLES, ApiKey, Token, User
from app.accounts.rights import RIGHTS, SCOPES
from app.db import new_id
from app.errors import Conflict, Invalid, NotFound

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)

_ALPHABET = string.digits + string.ascii_letters
_HASHING = threading.Semaphore(2)  # argon2id takes 64 MiB a run: two at once bound what a flood of sign-ins costs


class EmailTaken(Conflict):
    """Another user has this e-mail address, perhaps spelled in other letters."""

    slug, title = "email-taken", "The e-mail address is in use"


class InvalidGrant(Invalid):
    """Wrong e-mail or password, a disabled account, or a refresh token that is spent, expired or revoked.

    Which of these it was is not said. `error` is the code of RFC 6749, 5.2.
    """

    slug, title, status = "invalid-grant", "The sign-in is not valid", 400

    def __init__(self) -> None:
        super().__init__("The credentials are not valid.", error="invalid_grant")


class Issued(NamedTuple):
    """The tokens of one sign-in, in clear for the only time, and what its user may do."""

    access: str
    refresh: str
    role: str


def digest(secret: str) -> str:
    """What is kept of a token or key. They are 190 random bits and more, so a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def normal_email(email: str, pointer: str = "/email") -> str:
    """The address in the one spelling under which it is unique: NFKC, case folded. Raises `Invalid`.

    >>> normal_email(" Ada@Example.ORG ")
    'ada@example.org'
    """
    folded = unicodedata.normalize("NFKC", email.strip()).casefold()
    name, at, host = folded.rpartition("@")
    if not at or not name or "." not in host or len(folded) > 254 or any(c.isspace() or c < " " for c in folded):
        raise Invalid("That is no e-mail address.", errors=[{"pointer": pointer, "detail": "not an e-mail address"}])
    return folded


@cache
def _hasher() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def hash_password(password: str) -> str:
    """Argon2id (RFC 9106). Slow on purpose; never inside a transaction. Raises `Invalid` for a weak one."""
    if not 10 <= len(password) <= 200:
        raise Invalid(
            "A password has 10 to 200 characters.", errors=[{"pointer": "/password", "detail": "10 to 200 characters"}]
        )
    with _HASHING:
        return _hasher().hash(password)


def is_password(user: User | None, password: str) -> bool:
    """Whether it is the user's password, in the same time whether or not there is such a user."""
    known = user.password_hash if user and user.password_hash else None
    with _HASHING:
        matches = _hasher().verify(password[:200], known or _nobodys_hash())
    return matches and known is not None


def create_user(session: Session, *, email: str, name: str, role: str, password_hash: str | None, at: datetime) -> User:
    """Raises `EmailTaken`, or `Invalid` for an unknown role."""
    if role not in ROLES:
        raise Invalid(f"There is no role “{role[:40]}”; there are {', '.join(ROLES)}.")
    address = normal_email(email)
    if session.scalar(queries.user_by_email(address)):
        raise EmailTaken("A user with this e-mail address exists.")
    user = User(
        email=address, name=name or address, role=role, password_hash=password_hash, created_at=at, disabled_at=None
    )
    session.add(user)
    session.flush()
    return user


def find_user(session: Session, email: str) -> User:
    """Raises `NotFound`."""
    user = session.scalar(queries.user_by_email(normal_email(email)))
    if user is None:
        raise NotFound("There is no user with this e-mail address.")
    return user


def change_email(session: Session, user: User, email: str) -> None:
    """Raises `EmailTaken`."""
    address = normal_email(email)
    other = session.scalar(queries.user_by_email(address))
    if other is not None and other is not user:
        raise EmailTaken("Another user has this e-mail address.")
    user.email = address


def disable_user(session: Session, user: User, *, at: datetime) -> None:
    """From the next request on, neither the user's tokens nor his keys are taken."""
    user.disabled_at = at
    end_sessions(session, user, at=at)


def set_password(session: Session, user: User, password_hash: str, *, at: datetime) -> None:
    """Also signs the user out everywhere."""
    user.password_hash = password_hash
    end_sessions(session, user, at=at)


def end_sessions(session: Session, user: User, *, at: datetime) -> None:
    revoke(session.scalars(queries.tokens_of(user.id)), at=at)


def revoke(tokens: Iterable[Token], *, at: datetime) -> None:
    """From the next request on none of them is taken."""
    for token in tokens:
        token.revoked_at = token.revoked_at or at


def create_key(
    session: Session,
    owner: User,
    *,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None,
    at: datetime,
) -> tuple[ApiKey, str]:
    """The key's row and its text `ork_…`, which is nowhere kept. Raises `Invalid` for a scope that is unknown
    or beyond the owner's role."""
    wanted = sorted(set(scopes))
    if not wanted:
        raise Invalid(f"Name one scope or more; there are {', '.join(SCOPES)}.")
    if unknown := [scope for scope in wanted if scope not in SCOPES]:
        raise Invalid(f"There is no scope “{unknown[0][:40]}”; there are {', '.join(SCOPES)}.")
    if beyond := [scope for scope in wanted if scope not in RIGHTS[owner.role]]:
        raise Invalid(f"The role {owner.role} does not have the scope {beyond[0]}.")
    text = new_key_text()
    key = ApiKey(
        owner=owner,
        name=name,
        prefix=text[4:12],
        digest=digest(text),
        scopes=wanted,
        created_at=at,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
    )
    session.add(key)
    session.flush()
    return key, text


def new_key_text() -> str:
    """`ork_`, 8 characters that name the key, 32 that are secret, 6 that check the rest, as secret scanners like."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(40))
    return f"ork_{body}{_checksum(body)}"


def is_key_text(text: str) -> bool:
    """Whether it could be a key at all, so that a mistyped one costs no query."""
    return len(text) == 50 and text.startswith("ork_") and text[-6:] == _checksum(text[4:-6])


def _checksum(body: str) -> str:
    number, out = zlib.crc32(body.encode()), ""
    while len(out) < 6:
        number, rest = divmod(number, len(_ALPHABET))
        out = _ALPHABET[rest] + out
    return out


def revoke_key(session: Session, prefix: str, *, at: datetime) -> ApiKey:
    """Raises `NotFound`."""
    key = session.scalar(queries.key_by_prefix(prefix.removeprefix("ork_")[:8]))
    if key is None:
        raise NotFound("There is no key with this prefix.")
    key.revoked_at = key.revoked_at or at
    return key


def sign_in(session: Session, user: User, *, at: datetime) -> Issued:
    """A new access and refresh token for somebody whose password was right. Raises `InvalidGrant` if disabled."""
    if user.disabled_at is not None:
        raise InvalidGrant
    return _issue(session, user, new_id(), at=at)


def refresh(session: Session, text: str, *, at: datetime) -> Issued | None:
    """The next pair of tokens, the old refresh token being spent.

    None: the token had been spent before, so somebody else has it too; the whole family is revoked, and the
    caller must keep that change. Raises `InvalidGrant` for any other token that is not live.
    """
    token = session.scalar(queries.token_to_spend(digest(text)))
    if token is None or token.revoked_at or token.expires_at <= at or token.user.disabled_at:
        raise InvalidGrant
    if token.spent_at is not None:
        revoke(session.scalars(queries.family(token.family)), at=at)
        return None
    token.spent_at = at
    return _issue(session, token.user, token.family, at=at)


def sign_out(session: Session, text: str, *, everywhere: bool, at: datetime) -> None:
    """End the sign-in that this access or refresh token belongs to, or all of its user.

    An unknown token changes nothing (RFC 7009), nor does one that is not live end other sign-ins.
    """
    token = session.scalar(queries.any_token(digest(text)))
    if token is None:
        return
    revoked = token.revoked_at is not None or token.spent_at is not None or token.expires_at <= at
    revoke(session.scalars(queries.family(token.family)), at=at)
    if everywhere and not revoked:
        revoke(session.scalars(queries.tokens_of(token.user_id)), at=at)


def _issue(session: Session, user: User, family: UUID, *, at: datetime) -> Issued:
    session.execute(queries.expired_tokens(user.id, at))
    made = []
    for kind, lifetime in (("access", ACCESS_LIFETIME), ("refresh", REFRESH_LIFETIME)):
        text = f"or{kind[0]}_{secrets.token_urlsafe(32)}"
        session.add(
            Token(
                user_id=user.id,
                kind=kind,
                family=family,
                digest=digest(text),
                created_at=at,
                expires_at=at + lifetime,
                spent_at=None,
                revoked_at=None,
            )
        )
        made.append(text)
    session.flush()
    return Issued(made[0], made[1], user.role)


def name_of(session: Session, actor: str) -> str:
    """Whom the record means by `user:…` or `key:…`, in words; other actors stand for themselves."""
    kind, _, reference = actor.partition(":")
    query = queries.user_name(UUID(reference)) if kind == "user" else queries.key_name(reference)
    return session.scalar(query) or actor
