"""Who is asking, and whether he may."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPBearer
from sqlalchemy import update

from app.accounts import queries
from app.accounts.actions import digest, is_key_text
from app.accounts.models import ApiKey, User
from app.accounts.rights import RIGHTS, SCOPES
from app.context import SiteDep, client_address
from app.db import now
from app.errors import Forbidden, Unauthorized
from app.events.actions import Actor

_bearer = HTTPBearer(
    auto_error=False,
    bearerFormat="opaque",
    description="An API key `ork_…` (`onrecord key create`), or an access token of `POST /v1/auth/token`.",
)

TOUCH_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` of a key is; writing it on each request would cost a commit each."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody whose credential was good, and what it lets him do."""

    name: str
    user: User
    scopes: frozenset[str]


def needs(scope: str) -> Callable[..., Actor]:
    """A dependency that lets only callers with this scope pass, and says who it was.

    Raises `Unauthorized` (401) or `Forbidden` (403).
    """
    assert scope in SCOPES  # noqa: S101 (a typing error of ours would lock everybody out)

    def who(request: Request, site: SiteDep, _bearer: Annotated[object, Security(_bearer, scopes=[scope])]) -> Actor:
        caller = _authenticate(request, site)
        if scope not in caller.scopes:
            raise Forbidden(f"This needs the scope {scope}.")
        return Actor(
            name=caller.name,
            user_id=caller.user.id,
            request_id=getattr(request.state, "request_id", None),
            address=client_address(request),
            scopes=caller.scopes,
        )

    return who


def signed_in(request: Request, site: SiteDep) -> Caller | None:
    """Who is signed in, where guests may do the same; None for a guest. Raises `Unauthorized` for a bad credential."""
    return _authenticate(request, site) if "authorization" in request.headers else None


def demand(by: Actor, scope: str) -> None:
    """Raises `Forbidden` if his credential lacks the scope, where it depends on what he wants to do."""
    if scope not in by.scopes:
        raise Forbidden(f"This needs the scope {scope}.")


def _authenticate(request: Request, site: SiteDep) -> Caller:
    given = request.headers.getlist("authorization")
    scheme, _, credential = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential or len(credential) > 200:
        raise Unauthorized
    caller = _by_key(site, credential) if credential.startswith("ork_") else _by_token(site, credential)
    if caller is None:
        raise Unauthorized("The token or key is unknown, expired or revoked.")
    return caller


def _by_key(site: SiteDep, text: str) -> Caller | None:
    """Who has this key; None if nobody. Raises `Unauthorized` for what no key can be, which costs no query."""
    at = now()
    if not is_key_text(text):
        raise Unauthorized("The key is not whole: its last six characters do not fit. Was it cut or mistyped?")
    with site.database.reader() as session:
        key = session.scalar(queries.LIVE_KEY, {"digest": digest(text), "at": at})
    if key is None:
        return None
    # After the reader: who holds one connection and waits for a second can starve all others of theirs.
    if key.last_used_at is None or key.last_used_at < at - TOUCH_EVERY:
        with site.database.writer.session() as session:
            # This column only: the key may have been revoked since it was read.
            session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=at))
    return Caller(f"key:{key.prefix}", key.owner, RIGHTS[key.owner.role] & frozenset(key.scopes))


def _by_token(site: SiteDep, text: str) -> Caller | None:
    with site.database.reader() as session:
        token = session.scalar(queries.token("access", digest(text)))
    if token is None or token.revoked_at or token.expires_at <= now() or token.user.disabled_at:
        return None
    return Caller(f"user:{token.user_id}", token.user, RIGHTS[token.user.role])
