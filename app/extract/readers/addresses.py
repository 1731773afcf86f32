"""Addresses that texts hold: checked and written, never fetched."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0()<>\\`|\"^{}\[\]\s]")
_REFERENCE = re.compile(r"&(?=#?\w+;)")
_IGNORED = re.compile(r"[\t\n\r]")
_LONGEST = 2000


def web_address(text: str | None, base: str | None = None) -> str | None:
    """The address of the web that the text is, or is relative to `base`; None if it is none."""
    text = (text or "").strip()
    if not text:
        return None
    try:
        address = urljoin(base or "", text)
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in ("http", "https") and parts.netloc else None


def link_destination(address: str, base: str | None, schemes: tuple[str, ...]) -> str | None:
    """The address, absolute and escaped for a Markdown link; None if its scheme is none of these.

    An address within the page is None too, as the page is not kept.
    """
    address = _IGNORED.sub("", address).strip()
    if not address or address.startswith("#") or len(address) > _LONGEST:
        return None
    try:
        whole = urljoin(base, address) if base and not address.startswith(("http://", "https://")) else address
        parts = urlsplit(whole)
    except ValueError:
        return None
    if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "mailto"):
        return None
    quoted = _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), whole)
    return _REFERENCE.sub("&amp;", quoted)
