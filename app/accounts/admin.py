"""`/v1/admin/users`, `/api-keys` and `/sessions`: who may sign in, and what opens without signing in."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.accounts import people, queries
from app.accounts.access import needs
from app.accounts.actions import hash_password
from app.accounts.models import ApiKey, Token, User
from app.accounts.schemas import (
    KeyIn,
    KeyOut,
    NewKeyOut,
    PersonOut,
    Role,
    SessionOut,
    UserIn,
    UserOut,
    UserPatch,
)
from app.context import Paging, Router, SiteDep
from app.db import now
from app.errors import NotFound
from app.events.actions import Actor
from app.events.retries import RetriesDep
from app.http import NO_STORE, check_match, private
from app.openapi import refusals
from app.paging import Sort, fetch
from app.schemas import Page

router = Router(prefix="/v1/admin", tags=["admin"])

UserManager = Annotated[Actor, Depends(needs("users:write"))]
KeyManager = Annotated[Actor, Depends(needs("keys:write"))]
UserId = Annotated[UUID, Path(description="Id of the user.")]
KeyId = Annotated[UUID, Path(description="Id of the key.")]
SessionId = Annotated[UUID, Path(description="Id of the sign-in.")]


class UserPaging(Paging):
    role: Role | None = Field(default=None, description="Only users of this role.")
    disabled: bool | None = Field(default=None, description="Only users who are disabled, or who are not.")


class KeyPaging(Paging):
    owner: UUID | None = Field(default=None, description="Only keys of the user with this id.")


class SessionPaging(Paging):
    user: UUID | None = Field(default=None, description="Only sign-ins of the user with this id.")


@router.get("/users", response_model=Page[UserOut])
def list_users(request: Request, site: SiteDep, _by: UserManager, page: Annotated[UserPaging, Query()]) -> Response:
    """List users by e-mail address."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.users(page.role, disabled=page.disabled),
            Sort(User.email.expression, None, descending=False),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_user(user) for user in listing.rows]), headers=listing.links())


@router.post("/users", status_code=201, response_model=UserOut, responses=refusals(409, 422))
def create_user(site: SiteDep, by: UserManager, data: UserIn, retries: RetriesDep) -> Response:
    """Create a user, of a role that may do no more than you."""
    hashed = hash_password(data.password) if data.password is not None else None
    with site.database.writer.session() as session:

        def act() -> Response:
            user = people.create_user(session, data, hashed, by=by, at=now())
            return private(_user(user), status_code=201, headers={"Location": f"/v1/admin/users/{user.id}"})

        return retries.once(session, act)


@router.get("/users/{user_id}", response_model=UserOut, responses=refusals(404))
def read_user(site: SiteDep, _by: UserManager, user_id: UserId) -> Response:
    """Read a user."""
    with site.database.reader() as session:
        user = session.scalar(queries.user_by_id(user_id))
    if user is None:
        raise NotFound("There is no such user.")
    return private(_user(user))


@router.patch("/users/{user_id}", response_model=UserOut, responses=refusals(404, 409, 412, 422, 428))
def update_user(request: Request, site: SiteDep, by: UserManager, user_id: UserId, data: UserPatch) -> Response:
    """Change a user. What the body does not name stays; a role or a disablement holds from the next request on."""
    hashed = hash_password(data.password) if data.password is not None else None
    with site.database.writer.session() as session:
        user = people.find_user(session, user_id)
        check_match(request, _user(user))
        people.edit_user(session, user, data, hashed, by=by, at=now())
        return private(_user(user))


@router.delete("/users/{user_id}", response_model=UserOut, responses=refusals(404, 409, 412, 428))
def erase_user(request: Request, site: SiteDep, by: UserManager, user_id: UserId) -> Response:
    """Erase a user's name, address and password, and revoke his keys. What he did stays, under his id."""
    with site.database.writer.session() as session:
        user = people.find_user(session, user_id)
        check_match(request, _user(user))
        people.erase_user(session, user, by=by, at=now())
        return private(_user(user))


@router.get("/api-keys", response_model=Page[KeyOut])
def list_keys(request: Request, site: SiteDep, _by: KeyManager, page: Annotated[KeyPaging, Query()]) -> Response:
    """List API keys, the latest first, those that are expired or revoked too."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.keys(page.owner),
            Sort(ApiKey.id.expression, None, descending=True, parse=UUID),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    items = [KeyOut(**_key(key)).model_dump_json().encode() for key in listing.rows]
    return private(listing.to_json(items), headers=listing.links())


@router.post("/api-keys", status_code=201, response_model=NewKeyOut, responses=refusals(422))
def create_key(site: SiteDep, by: KeyManager, data: KeyIn, retries: RetriesDep) -> Response:
    """Create an API key, which opens no more than the credential that makes it. The answer alone has its text."""
    with site.database.writer.session() as session:

        def act() -> Response:
            key, text = people.create_key(session, data, by=by, at=now())
            shown = NewKeyOut(**_key(key), key=text).model_dump_json().encode()
            return private(shown, status_code=201, headers={"Location": f"/v1/admin/api-keys/{key.id}"})

        return retries.once(session, act)


@router.get("/api-keys/{key_id}", response_model=KeyOut, responses=refusals(404))
def read_key(site: SiteDep, _by: KeyManager, key_id: KeyId) -> Response:
    """Read an API key, without its secret."""
    with site.database.reader() as session:
        key = session.scalar(queries.key_by_id(key_id))
    if key is None:
        raise NotFound("There is no such key.")
    return private(KeyOut(**_key(key)).model_dump_json().encode())


@router.delete("/api-keys/{key_id}", response_model=KeyOut, responses=refusals(404))
def revoke_key(site: SiteDep, by: KeyManager, key_id: KeyId) -> Response:
    """Revoke an API key: from the next request on it is not taken, for ever."""
    with site.database.writer.session() as session:
        key = people.revoke_key(session, key_id, by=by, at=now())
        return private(KeyOut(**_key(key)).model_dump_json().encode())


@router.get("/sessions", response_model=Page[SessionOut])
def list_sessions(
    request: Request, site: SiteDep, _by: UserManager, page: Annotated[SessionPaging, Query()]
) -> Response:
    """List the sign-ins that can still go on."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.sign_ins(page.user, now()),
            Sort(Token.family.expression, None, descending=True, parse=UUID),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_session(token) for token in listing.rows]), headers=listing.links())


@router.delete("/sessions/{session_id}", status_code=204, responses=refusals(404), response_class=Response)
def end_session(site: SiteDep, by: UserManager, session_id: SessionId) -> Response:
    """Sign somebody out of one sign-in; his access token is not taken from the next request on."""
    with site.database.writer.session() as session:
        people.end_session(session, session_id, by=by, at=now())
    return Response(status_code=204, headers=NO_STORE)


def _person(user: User) -> PersonOut:
    return PersonOut(id=user.id, name=user.name, email=user.email)


def _user(user: User) -> bytes:
    shown = UserOut(
        id=user.id,
        name=user.name,
        email=user.email,
        role=user.role,
        has_password=user.password_hash is not None,
        created_at=user.created_at,
        disabled_at=user.disabled_at,
    )
    return shown.model_dump_json().encode()


def _key(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": f"ork_{key.prefix}",
        "owner": _person(key.owner),
        "scopes": key.scopes,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def _session(token: Token) -> bytes:
    shown = SessionOut(
        id=token.family, user=_person(token.user), refreshed_at=token.created_at, expires_at=token.expires_at
    )
    return shown.model_dump_json().encode()
