"""What the head of a request must be: its size, its URL, its Host and what it says of its body."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote_to_bytes

from app.edge.problems import Refusal

MAX_HEADER_BYTES = 32 * 1024
MAX_HEADER_FIELDS = 100
MAX_URL_BYTES = 8 * 1024

Fields = Mapping[bytes, list[bytes]]
"""The values of each header field, by lower-case name."""

_PLAIN_URL = re.compile(rb"[!-$&-~]*")
_URL = re.compile(rb"(?:[!-$&-~]|%[0-9A-Fa-f]{2})*+")
_UNSAFE = re.compile(rb"[\0\r\n]")

# RFC 3986, section 3.2.2; the brackets of an IPv6 address are checked for what is in them afterwards.
_HOST = re.compile(
    rb"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|\[v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+\]"
    rb"|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})++)(?::(?P<port>[0-9]{0,5}))?"
)
_CONTENT_TYPE = re.compile(
    rb'([^\s;]+)(?:\s*;\s*charset="?utf-8"?|(?<=multipart/form-data)\s*;\s*boundary=[^;]+)?', re.IGNORECASE
)


def fields_of(headers: Iterable[tuple[bytes, bytes]]) -> Fields:
    fields: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        fields.setdefault(name, []).append(value)
    return fields


def check_size(headers: Iterable[tuple[bytes, bytes]], url_bytes: int) -> None:
    """Refuse a URL or header fields that are longer, or more, than any client of ours has reason to send."""
    if url_bytes > MAX_URL_BYTES:
        raise Refusal("uri-too-long", f"Path and query may have {MAX_URL_BYTES} bytes.")
    sizes = [len(name) + len(value) + len(": \r\n") for name, value in headers]
    if len(sizes) > MAX_HEADER_FIELDS or sum(sizes) > MAX_HEADER_BYTES:
        limits = f"{MAX_HEADER_FIELDS} fields and {MAX_HEADER_BYTES} bytes"
        raise Refusal("headers-too-large", f"The header may have {limits}.")


def check_url(path: bytes, query: bytes) -> None:
    """Refuse bytes that no URL holds, and escapes that are not UTF-8 or hide a NUL, CR or LF."""
    if not (_is_url(path) and _is_url(query)):
        raise Refusal("malformed-url", "Path and query must be percent-encoded UTF-8 without NUL, CR or LF.")


def _is_url(raw: bytes) -> bool:
    if _PLAIN_URL.fullmatch(raw):
        return True
    if not _URL.fullmatch(raw):
        return False
    meant = unquote_to_bytes(raw)
    try:
        meant.decode()
    except UnicodeDecodeError:
        return False
    return _UNSAFE.search(meant) is None


def check_host(fields: Fields) -> None:
    """Refuse anything but one Host that RFC 9110, section 7.2, allows in a request for an http(s) URL."""
    hosts = fields.get(b"host", [])
    if len(hosts) != 1 or not _is_host(hosts[0]):
        raise Refusal("bad-host", "Send one Host header: a name or an address, and a port if need be.")


def _is_host(value: bytes) -> bool:
    parts = _HOST.fullmatch(value)
    if parts is None or int(parts["port"] or 0) > 65535:
        return False
    if parts["ipv6"] is not None:
        try:
            IPv6Address(parts["ipv6"].decode())
        except AddressValueError:
            return False
    return True


def has_body(fields: Fields) -> bool:
    """Whether a body follows the head of this HTTP/1.1 request (RFC 9112, section 6.3)."""
    return b"transfer-encoding" in fields or fields.get(b"content-length", [b"0"]) != [b"0"]


def declared_length(fields: Fields) -> int:
    """The Content-Length in bytes, 0 if there is none."""
    value = fields.get(b"content-length", [b"0"])[0]
    return int(value[:19]) if value.isdigit() else 0


def check_codings(fields: Fields) -> None:
    """Refuse a compressed body: its real size would only show in memory."""
    content = [value.lower() for value in fields.get(b"content-encoding", [])]
    transfer = [value.lower() for value in fields.get(b"transfer-encoding", [])]
    if any(value != b"identity" for value in content) or any(value != b"chunked" for value in transfer):
        raise Refusal("unsupported-encoding", "Send the body as it is, not compressed.")


def media_type(fields: Fields) -> str:
    """The media type of the body, in lower case; empty if it is missing, repeated or not in UTF-8."""
    values = fields.get(b"content-type", [])
    parts = _CONTENT_TYPE.fullmatch(values[0].strip()) if len(values) == 1 else None
    return parts[1].decode("latin-1").lower() if parts else ""
