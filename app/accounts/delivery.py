"""`/v1/auth`: signing in and out (OAuth 2.0 password grant, RFC 6749, 4.3; revocation, RFC 7009)."""

from typing import Annotated, Literal, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import Field, ValidationError
from starlette.responses import Response

from app.accounts import actions, people, queries
from app.accounts.models import User
from app.accounts.rights import RIGHTS
from app.accounts.schemas import PasswordIn
from app.context import Router, Site, SiteDep, client_address
from app.db import now
from app.errors import Invalid, pointer
from app.http import JSON, NO_STORE
from app.openapi import refusals
from app.schemas import In, Out

F = TypeVar("F", bound=In)

router = Router(prefix="/v1/auth", tags=["auth"])

MAX_FIELDS = 20


class TokensOut(Out):
    """RFC 6749, 5.1."""

    access_token: str = Field(description="For `Authorization: Bearer …`.", examples=["k1w9Yk2o0Xc8Qe4v"])
    token_type: Literal["bearer"]
    expires_in: int = Field(description="Seconds.", examples=[900])
    refresh_token: str = Field(
        description="Good for one use; using it twice ends the sign-in.", examples=["Zp7bN3rT6yUe1sLq"]
    )
    scope: str = Field(
        description="What the role allows, separated by spaces.", examples=["articles:read articles:write"]
    )


class TokenForm(In):
    """RFC 6749, 4.3.2 and 6."""

    grant_type: Literal["password", "refresh_token"]
    username: str | None = Field(
        default=None,
        max_length=254,
        description="E-mail address, for `grant_type=password`.",
        examples=["owner@demo.example"],
    )
    password: str | None = Field(default=None, max_length=200, description="For `grant_type=password`.")
    refresh_token: str | None = Field(default=None, max_length=200, description="For `grant_type=refresh_token`.")


class RevokeForm(In):
    """RFC 7009, 2.1."""

    token: str = Field(max_length=200, description="An access or refresh token; its whole sign-in ends.")
    everywhere: Literal["true", "false"] = Field(
        default="false", description="`true`: all other sign-ins of the same user end too."
    )


async def _form(request: Request) -> dict[str, str]:
    text = (await request.body()).decode("utf-8", "replace")
    if text.count("&") >= MAX_FIELDS:
        raise Invalid(f"The form has more than {MAX_FIELDS} fields.")
    pairs = parse_qsl(text, keep_blank_values=True)
    if len({name for name, _ in pairs}) != len(pairs):
        raise Invalid("A field is given twice.")
    return dict(pairs)


FormDep = Annotated[dict[str, str], Depends(_form)]


def body_of(form: type[In]) -> dict[str, object]:
    schema = form.model_json_schema()
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def checked(form: type[F], given: dict[str, str]) -> F:
    try:
        return form.model_validate(given)
    except ValidationError as error:
        errors = [{"pointer": pointer(found["loc"]), "detail": found["msg"]} for found in error.errors()]
        raise Invalid("See `errors` for each field.", errors=errors) from None


@router.post("/token", response_model=TokensOut, openapi_extra=body_of(TokenForm), responses=refusals(400, 422, 429))
def create_token(request: Request, site: SiteDep, given: FormDep) -> Response:
    """Sign in with e-mail and password, or go on with a refresh token."""
    form = checked(TokenForm, given)
    at = now()
    if form.grant_type == "refresh_token":
        site.rates.spend("sign-in", client_address(request), per_minute=site.settings.login_rate)
        with site.database.writer.session() as session:
            tokens = actions.refresh(session, form.refresh_token or "", at=at)
        if tokens is None:
            raise actions.InvalidGrant
        return _answer(tokens)
    user = _known(request, site, form.username or "", form.password or "")
    with site.database.writer.session() as session:
        tokens = actions.sign_in(session, actions.find_user(session, user.email), at=at)
    return _answer(tokens)


@router.post(
    "/revoke", status_code=204, openapi_extra=body_of(RevokeForm), responses=refusals(422), response_class=Response
)
def revoke_token(site: SiteDep, given: FormDep) -> Response:
    """Sign out. An unknown token is no error."""
    form = checked(RevokeForm, given)
    with site.database.writer.session() as session:
        actions.sign_out(session, form.token, everywhere=form.everywhere == "true", at=now())
    return Response(status_code=204, headers=NO_STORE)


@router.post("/password", status_code=204, responses=refusals(400, 422, 429), response_class=Response)
def change_password(request: Request, site: SiteDep, data: PasswordIn) -> Response:
    """Change one's own password and end all one's sign-ins."""
    user = _known(request, site, data.email, data.current_password)
    hashed = actions.hash_password(data.new_password)
    with site.database.writer.session() as session:
        people.change_own_password(session, user.email, hashed, at=now())
    return Response(status_code=204, headers=NO_STORE)


def _known(request: Request, site: Site, email: str, password: str) -> User:
    """The user whose address and password these are. Raises `InvalidGrant`, or `TooManyRequests` to a guesser."""
    rate = site.settings.login_rate
    site.rates.spend("sign-in", client_address(request), per_minute=rate)
    try:
        address = actions.normal_email(email)
    except Invalid:
        raise actions.InvalidGrant from None
    site.rates.spend("sign-in", address, per_minute=rate)
    with site.database.reader() as session:
        user = session.scalar(queries.user_by_email(address))
    if not actions.is_password(user, password) or user is None or user.disabled_at is not None:
        raise actions.InvalidGrant
    return user


def _answer(issued: actions.Issued) -> Response:
    tokens = TokensOut(
        access_token=issued.access,
        token_type="bearer",  # noqa: S106 (the kind, not the token)
        expires_in=int(actions.ACCESS_LIFETIME.total_seconds()),
        refresh_token=issued.refresh,
        scope=" ".join(sorted(RIGHTS[issued.role])),
    )
    return Response(tokens.model_dump_json(), media_type=JSON, headers=NO_STORE)
