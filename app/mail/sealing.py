"""What only this site can read: addresses at rest, and the tokens in the links of e-mails."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from app.errors import BadRequest

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class InvalidLink(BadRequest):
    """The token of a link that came by e-mail is cut, made up, for something else, used before or expired. Ask for a
    new e-mail."""

    slug, title = "invalid-link", "The link is not valid"

    def __init__(self) -> None:
        super().__init__("The token is not valid, or no longer.")


def keyed(secret: bytes, value: str) -> str:
    """A value that can be compared and not read (HMAC-SHA-256)."""
    return hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()


def seal(secret: bytes, purpose: str, content: str) -> str:
    """The content, encrypted and authenticated (Fernet: AES-128-CBC and HMAC-SHA-256), for this purpose only."""
    return _box(secret, purpose).encrypt(content.encode()).decode()


def unseal(secret: bytes, purpose: str, sealed: str, *, within: timedelta | None = None) -> str:
    """What was sealed for this purpose, if that is not longer ago. Raises `InvalidLink`."""
    from cryptography.fernet import InvalidToken

    seconds = int(within.total_seconds()) if within else None
    try:
        return _box(secret, purpose).decrypt(sealed.encode(), ttl=seconds).decode()
    except (InvalidToken, ValueError):
        raise InvalidLink from None


def _box(secret: bytes, purpose: str) -> "Fernet":
    from cryptography.fernet import Fernet  # 7 MB, which a process that seals nothing does without

    return Fernet(base64.urlsafe_b64encode(hmac.digest(secret, f"sealed for {purpose}".encode(), "sha256")))
