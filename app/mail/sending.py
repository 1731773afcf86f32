"""Sending: take a mail that is due, make it out, hand it over (SMTP, RFC 5321), note how it went."""

import smtplib
import ssl
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from app.db import Database, new_id, now
from app.mail import queries
from app.mail.actions import settle
from app.mail.letters import Compose, Letter, is_mailable, written
from app.mail.models import Mail
from app.mail.sealing import InvalidLink
from app.settings import Settings

SECONDS = 15.0
"""For each answer of the mail server."""

LEASE = timedelta(minutes=10)


class Outcome(NamedTuple):
    """What became of a mail, as `actions.settle` takes it; `error` names nobody."""

    status: str
    error: str | None = None


class Attempt(NamedTuple):
    """A mail that this process has taken, made out."""

    mail_id: UUID
    lease: UUID
    to: str
    message: EmailMessage


class Postman:
    """Sends what is due, one after another. Several may work at once, and any may die at any moment."""

    def __init__(
        self, database: Database, settings: Settings, compose: Mapping[str, Compose], stop: threading.Event
    ) -> None:
        self._database = database
        self._settings = settings
        self._compose = compose
        self._stop = stop

    def work(self) -> None:
        """Send all that is due. Looks before it writes."""
        while self._settings.smtp_host and not self._stop.is_set():
            with self._database.reader() as session:
                if session.scalar(queries.any_due(now())) is None:
                    return
            attempt = self._take(now())
            if attempt is not None:
                outcome = send(self._settings, attempt.message, attempt.to)
                self._note(attempt, outcome, now())

    def _take(self, at: datetime) -> Attempt | None:
        """A mail to send; None if another took it, or if there is nothing to say any more."""
        with self._database.writer.session() as session:
            mail = session.scalar(queries.next_due(at))
            if mail is None:
                return None
            letter = self._made_out(session, mail)
            if letter is None:
                settle(mail, "moot", at=at)
                return None
            mail.lease, mail.leased_until = new_id(), at + LEASE
            return Attempt(mail.id, mail.lease, letter.to, written(letter, mail, self._settings))

    def _made_out(self, session: Session, mail: Mail) -> Letter | None:
        try:
            letter = self._compose[mail.kind](session, self._settings, mail)
        except InvalidLink:  # it was sealed under another secret key
            return None
        return letter if letter is not None and is_mailable(letter.to) else None

    def _note(self, attempt: Attempt, outcome: Outcome, at: datetime) -> None:
        if outcome.error:
            structlog.get_logger("onrecord.mail").warning("mail_refused", mail=str(attempt.mail_id), why=outcome.error)
        with self._database.writer.session() as session:
            mail = session.scalar(queries.leased(attempt.mail_id, attempt.lease))
            if mail is not None:  # else it took so long that another has taken over, or it was erased
                settle(mail, outcome.status, error=outcome.error, at=at)


def send(settings: Settings, message: EmailMessage, to: str) -> Outcome:
    """Hand the message over to the mail server.

    Only what the server says for good (5yz) of this addressee or this message gives it up; that it cannot be reached,
    or does not take our name, password or sender, is for the operator to mend, and the mail waits.
    """
    try:
        server = connect(settings)
    except (smtplib.SMTPException, OSError, ValueError) as failure:
        return _outcome("pending", failure)
    with closing(server):
        try:
            server.send_message(message, settings.mail_from, [to])
        except smtplib.SMTPRecipientsRefused as failure:
            code = max(code for code, _ in failure.recipients.values())
            return _outcome("failed" if code >= 500 else "pending", failure, code)
        except smtplib.SMTPDataError as failure:
            return _outcome("failed" if failure.smtp_code >= 500 else "pending", failure)
        except smtplib.SMTPNotSupportedError as failure:  # the address is not ASCII, and the server cannot send there
            return _outcome("failed", failure)
        except (smtplib.SMTPException, OSError, ValueError) as failure:
            return _outcome("pending", failure)
        with suppress(smtplib.SMTPException, OSError):  # it has the message
            server.quit()
    return Outcome("sent")


def unreachable(settings: Settings) -> str | None:
    """Why the mail server cannot be used; None if it can."""
    try:
        connect(settings).close()
    except (smtplib.SMTPException, OSError, ValueError) as failure:
        return str(failure)
    return None


def _outcome(status: str, failure: Exception, code: int | None = None) -> Outcome:
    """Without the server's own words, in which the address may stand."""
    if isinstance(failure, smtplib.SMTPResponseException):
        code = failure.smtp_code
    return Outcome(status, type(failure).__name__ + (f" {code}" if code else ""))


def connect(settings: Settings) -> smtplib.SMTP:
    """A connection to the mail server, secured and signed in as the settings say."""
    host, port = settings.smtp_host, settings.smtp_port
    context = ssl.create_default_context()
    if settings.smtp_tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server
