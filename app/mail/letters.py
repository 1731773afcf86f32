"""An e-mail as it leaves (RFC 5322); nothing that somebody wrote can become a header of it."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sqlalchemy.orm import Session

from app.mail.models import Mail
from app.settings import Settings

_POLICY = SMTP.clone(max_line_length=998)
"""The limit of RFC 5322, 2.1.1: Python would break the long link of `List-Unsubscribe` into encoded words."""

_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail says, and to whom; `unsubscribe`: the address that ends such mail at one click."""

    to: str
    subject: str
    text: str
    unsubscribe: str | None = None


Compose = Callable[[Session, Settings, Mail], Letter | None]
"""Makes out what a mail says now; None if there is nothing to say any more."""


def is_mailable(address: str) -> bool:
    """Whether it is one address and nothing else: no comment, no second address that a header would take it for.

    >>> is_mailable("ada@example.org"), is_mailable("a,b@example.org"), is_mailable("a(b)@example.org")
    (True, False, False)
    """
    try:
        return str(Address(addr_spec=address).addr_spec) == address
    except (MessageError, ValueError, IndexError):
        return False


def one_line(words: str, most: int = 200) -> str:
    """Somebody's words in a line of ours: no breaks, no controls, nothing that turns the direction of the rest.

    >>> one_line("Fares\\r\\nBcc: all@example.org \\u202egnp")
    'Fares Bcc: all@example.org gnp'
    """
    line = " ".join(_DIRECTION.sub("", words).split())
    line = "".join(c for c in line if unicodedata.category(c) not in ("Cc", "Cs", "Zl", "Zp"))
    return line if len(line) <= most else line[: most - 1] + "…"


def written(letter: Letter, mail: Mail, settings: Settings) -> EmailMessage:
    """The message. Its `Message-ID` stays the same however often it is sent, so that a second copy can be told."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(one_line(settings.site_name), addr_spec=settings.mail_from)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody on holiday answers
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(letter.text, cte="quoted-printable")
    return message
