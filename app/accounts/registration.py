"""`/v1/auth/register`, `/v1/auth/password/forgot` and the pages behind the links that they send."""

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from app.accounts import actions, registering
from app.accounts.delivery import FormDep, body_of, checked
from app.accounts.schemas import Email, Password
from app.context import Router, Site, SiteDep, client_address
from app.db import now
from app.errors import Invalid
from app.http import JSON, NO_STORE
from app.mail.letters import is_mailable
from app.mail.pages import PAGE, Token, page
from app.mail.sealing import unseal
from app.openapi import UNKEPT, refusals
from app.schemas import In, Name, Out

router = Router(prefix="/v1/auth", tags=["auth"])


class RegistrationIn(In):
    """An account that a reader wants."""

    email: Email
    name: Name = Field(description="Under which he comments.", examples=["Ada"])
    password: Password


class ForgottenIn(In):
    """The account whose password was forgotten."""

    email: Email


class ResetForm(In):
    """A new password."""

    password: Password


class MailedOut(Out):
    """That an e-mail is on its way, if there is one to send: whether, only the owner of the address learns."""

    expires_in: int = Field(description="Seconds for which the link in it is good.", examples=[86400])


@router.post("/register", status_code=202, response_model=MailedOut, responses=refusals(403, 422, 429))
def register(request: Request, site: SiteDep, data: RegistrationIn) -> Response:
    """Ask for an account as a reader, where the site allows it. It is made by the link that is sent to the address.

    The answer is the same whether or not the address has an account.
    """
    address = _asked(request, site, data.email)
    hashed = actions.hash_password(data.password)
    with site.database.writer.session() as session:
        registering.ask_for_account(session, address, data.name, hashed, secret=site.settings.secret, at=now())
    return _mailed(registering.VERIFIED_WITHIN.total_seconds())


@router.post("/password/forgot", status_code=202, response_model=MailedOut, responses=refusals(403, 422, 429))
def forget_password(request: Request, site: SiteDep, data: ForgottenIn) -> Response:
    """Ask for a link for a new password, as a reader. The answer is the same whether or not there is an account."""
    address = _asked(request, site, data.email)
    with site.database.writer.session() as session:
        registering.ask_for_password(session, address, secret=site.settings.secret, at=now())
    return _mailed(registering.RESET_WITHIN.total_seconds())


@router.get("/verify", responses=PAGE | refusals(403), response_class=Response, openapi_extra=UNKEPT)
def show_verification(site: SiteDep, token: Token) -> Response:
    """Read the page on which one makes the account that one asked for."""
    _open(site)
    unseal(site.settings.secret, registering.VERIFY, token, within=registering.VERIFIED_WITHIN)
    return page(site.settings.site_name, "Do you want this account?", button="Yes, make it")


@router.post("/verify", responses=PAGE | refusals(403), response_class=Response)
def verify_address(site: SiteDep, token: Token) -> Response:
    """Make the account that one asked for, by the token that was sent to its address. It is good once."""
    _open(site)
    with site.database.writer.session() as session:
        registering.verify(session, token, secret=site.settings.secret, at=now())
    return page(site.settings.site_name, "You have an account now, and can sign in.")


@router.get("/password/reset", responses=PAGE | refusals(403), response_class=Response, openapi_extra=UNKEPT)
def show_password_reset(site: SiteDep, token: Token) -> Response:
    """Read the page on which one chooses a new password."""
    _open(site)
    unseal(site.settings.secret, registering.RESET, token, within=registering.RESET_WITHIN)
    return page(site.settings.site_name, "Choose a new password of 10 characters or more.", button="Set", password=True)


@router.post(
    "/password/reset", responses=PAGE | refusals(403, 422), response_class=Response, openapi_extra=body_of(ResetForm)
)
def reset_password(site: SiteDep, token: Token, given: FormDep) -> Response:
    """Set a new password by the token that was sent to the address. It is good once, and ends all sign-ins."""
    _open(site)
    unseal(site.settings.secret, registering.RESET, token, within=registering.RESET_WITHIN)  # before the slow hash
    hashed = actions.hash_password(checked(ResetForm, given).password)
    with site.database.writer.session() as session:
        registering.reset(session, token, hashed, secret=site.settings.secret, at=now())
    return page(site.settings.site_name, "You have a new password, and can sign in.")


def _open(site: Site) -> None:
    if not site.settings.registration:
        raise registering.RegistrationClosed("Nobody registers here.")


def _asked(request: Request, site: Site, email: str) -> str:
    """The address in its one spelling. Raises `RegistrationClosed`, `Invalid`, or `TooManyRequests` to who guesses."""
    _open(site)
    rate = site.settings.login_rate
    site.rates.spend("registration", client_address(request), per_minute=rate)
    address = actions.normal_email(email)
    if not is_mailable(address):
        raise Invalid(
            "No e-mail can be sent there.", errors=[{"pointer": "/email", "detail": "no e-mail can be sent there"}]
        )
    site.rates.spend("registration", address, per_minute=rate)
    return address


def _mailed(seconds: float) -> Response:
    content = MailedOut(expires_in=int(seconds)).model_dump_json()
    return Response(content, status_code=202, media_type=JSON, headers=NO_STORE)
