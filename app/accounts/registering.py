"""Readers make themselves an account, or get into it again, by a link that only the owner of the address gets.

What is answered, and how long that takes, is the same whether or not the address has an account; the e-mail tells.
"""

import json
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts import actions, queries
from app.accounts.models import User
from app.accounts.people import state
from app.errors import Forbidden
from app.events.actions import Actor, record, take_turn
from app.mail.actions import enqueue, had
from app.mail.letters import Compose, Letter, one_line
from app.mail.models import Mail
from app.mail.sealing import InvalidLink, keyed, seal, unseal
from app.settings import Settings

AT_REST, VERIFY, RESET = "a registration at rest", "verifying an address", "a new password"
"""What is sealed, and what the tokens in the links are for."""

VERIFIED_WITHIN = timedelta(days=1)
RESET_WITHIN = timedelta(hours=1)
MOST_AN_HOUR = 3
"""E-mails of a kind that an address gets in an hour, whoever asks for them."""


class RegistrationClosed(Forbidden):
    """This site lets nobody make an account of his own (`ONRECORD_REGISTRATION`)."""

    slug, title = "registration-closed", "Accounts are made by the site only"


def ask_for_account(session: Session, address: str, name: str, password: str, *, secret: bytes, at: datetime) -> None:
    """Send a link that makes this account, or word that the address has one. `password` is hashed.

    Nothing is kept but in the e-mail: no account is there before its owner has followed the link.
    """
    take_turn(session)
    user = session.scalar(queries.user_by_email(address))
    kind, digest = "registered" if user else "register", keyed(secret, address)
    sealed = seal(secret, AT_REST, json.dumps([address, name, password], ensure_ascii=False))
    if not had(session, kind, digest, most=MOST_AN_HOUR, within=timedelta(hours=1), at=at):
        user_id = user.id if user else None
        enqueue(session, kind, digest, user_id=user_id, sealed=sealed, tried_for=VERIFIED_WITHIN, at=at)


def verify(session: Session, token: str, *, secret: bytes, at: datetime) -> User:
    """The account of a reader that the token stands for, made now. Raises `InvalidLink`."""
    mail_id, address, name, password = json.loads(unseal(secret, VERIFY, token, within=VERIFIED_WITHIN))
    take_turn(session)
    mail = session.get(Mail, UUID(mail_id))
    if mail is None or session.scalar(queries.user_by_email(address)) is not None:
        raise InvalidLink
    session.delete(mail)  # the token was good once
    user = actions.create_user(session, email=address, name=name, role="reader", password_hash=password, at=at)
    record(session, Actor(f"user:{user.id}", user.id), "register", "user", user.id, after=state(user))
    return user


def ask_for_password(session: Session, address: str, *, secret: bytes, at: datetime) -> None:
    """Send a link for a new password, if a reader with a password has this address.

    Not to staff, whose accounts would then be as safe as a mailbox. For others a mail is written too, of which nothing
    comes: to write takes time that could be told.
    """
    take_turn(session)
    user, digest = session.scalar(queries.user_by_email(address)), keyed(secret, address)
    if not had(session, "reset", digest, most=MOST_AN_HOUR, within=timedelta(hours=1), at=at):
        user_id = user.id if user is not None and _may_reset(user) else None
        enqueue(session, "reset", digest, user_id=user_id, tried_for=RESET_WITHIN, at=at)


def reset(session: Session, token: str, password: str, *, secret: bytes, at: datetime) -> None:
    """Let the account have the password (hashed), end its sign-ins and its other links. Raises `InvalidLink`."""
    mail_id = UUID(unseal(secret, RESET, token, within=RESET_WITHIN))
    take_turn(session)
    mail = session.get(Mail, mail_id)
    user = session.get(User, mail.user_id) if mail is not None and mail.user_id is not None else None
    if user is None or not _may_reset(user):
        raise InvalidLink
    session.execute(delete(Mail).where(Mail.user_id == user.id, Mail.kind == "reset"))
    actions.set_password(session, user, password, at=at)
    record(session, Actor(f"user:{user.id}", user.id), "change_password", "user", user.id)


def _may_reset(user: User) -> bool:
    return user.role == "reader" and user.disabled_at is None and user.password_hash is not None


def _register(_session: Session, settings: Settings, mail: Mail) -> Letter | None:
    content = json.loads(unseal(settings.secret, AT_REST, mail.sealed or ""))
    token = seal(settings.secret, VERIFY, json.dumps([str(mail.id), *content], ensure_ascii=False))
    text = (
        f"Somebody, probably you, wants an account at {_site(settings)} with this address.\n\n"
        f"If that was you, make it within a day:\n{settings.base_url}/v1/auth/verify?token={token}\n\n"
        "If not, do nothing: there will be none.\n"
    )
    return Letter(content[0], f"Your account at {_site(settings)}", text)


def _registered(session: Session, settings: Settings, mail: Mail) -> Letter | None:
    user = session.get(User, mail.user_id)
    if user is None or user.disabled_at is not None:
        return None
    text = (
        f"Somebody, probably you, wanted an account at {_site(settings)} with this address. It has one already:\n"
        "sign in, or ask for a new password. If that was not you, do nothing: nothing has changed.\n"
    )
    return Letter(user.email, f"Your account at {_site(settings)}", text)


def _reset(session: Session, settings: Settings, mail: Mail) -> Letter | None:
    user = session.get(User, mail.user_id) if mail.user_id is not None else None
    if user is None or not _may_reset(user):
        return None
    token = seal(settings.secret, RESET, str(mail.id))
    text = (
        f"Somebody, probably you, wants a new password for your account at {_site(settings)}.\n\n"
        f"If that was you, choose it within an hour:\n{settings.base_url}/v1/auth/password/reset?token={token}\n\n"
        "If not, do nothing: your password stays as it is.\n"
    )
    return Letter(user.email, f"A new password at {_site(settings)}", text)


COMPOSE: dict[str, Compose] = {"register": _register, "registered": _registered, "reset": _reset}


def _site(settings: Settings) -> str:
    return one_line(settings.site_name)
