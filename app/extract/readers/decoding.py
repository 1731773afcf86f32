"""Characters of a file, whatever encoding it is in or says it is in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from app.extract.draft import ExtractError

HEAD = 1 << 16
"""Bytes at the head of a file that tell its encoding and its format."""

_CHUNK = 1 << 16
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(
    rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']"
    rb"|(?=\s*<)[^\x00]{0,4096}?<meta\b[^>]{0,200}?\bcharset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|(?:windows-|cp)125[0-8]|iso-?8859-(?:[2-9]|1[0-6])|koi8-[ru]|macintosh|big5"
    r"|shift_jis|euc-(?:jp|kr)|gb(?:2312|k|18030)",
    re.IGNORECASE,
)
_LATIN = re.compile(r"us-ascii|ascii|iso-?8859-1|latin-?1", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def characters(stream: BinaryIO) -> Iterator[str]:
    """The file's characters in pieces, the first of `HEAD` bytes, less controls and what stands before its text.

    Any encoding that the file declares (XML, HTML) or a byte-order mark shows is read; bytes that are no
    UTF-8 in a file that should be are read as windows-1252. Raises `ExtractError("bad_encoding", …)`.
    """
    head = stream.read(HEAD)
    decode = _decoder(head)
    yield _FORBIDDEN.sub("", decode.decode(head)).lstrip("\ufeff \t\r\n")
    while chunk := stream.read(_CHUNK):
        yield _FORBIDDEN.sub("", decode.decode(chunk))
    yield _FORBIDDEN.sub("", decode.decode(b"", final=True))


def beginning(head: bytes) -> str:
    """The characters that a file with this head begins with; empty if they cannot be read."""
    try:
        return _FORBIDDEN.sub("", _decoder(head).decode(head)).lstrip("\ufeff \t\r\n")
    except ExtractError:
        return ""


def whole(stream: BinaryIO, limit: int) -> tuple[str, bytes]:
    """All characters of a file that is one article, and its bytes. Raises `ExtractError`, `too_large` for one."""
    content = stream.read(limit + 1)
    if len(content) > limit:
        raise ExtractError("too_large", f"The file has more than {limit:,} bytes; no article is so long.")
    return _FORBIDDEN.sub("", _decoder(content[:HEAD]).decode(content, final=True)).lstrip("\ufeff"), content


def _decoder(head: bytes) -> codecs.IncrementalDecoder:
    name = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if name is None and head[:4] in (b"<\0?\0", b"\0<\0?"):
        name = "utf-16-le" if head[0] else "utf-16-be"
    if name is None:
        declared = _DECLARED.match(head)
        name = (declared[1] or declared[2]).decode("ascii") if declared else "utf-8"
        if name.lower().startswith(("utf-16", "utf16")):
            name = "utf-8"  # it is not: the declaration itself could be read byte by byte
    if _LATIN.fullmatch(name):
        name = "cp1252"  # as the web's standard of encodings (WHATWG) has it
    elif not _KNOWN.fullmatch(name):
        raise ExtractError("bad_encoding", f"The file's encoding, “{name}”, is not one that can be read.")
    utf8 = name.lower() in ("utf-8", "utf8")
    return codecs.getincrementaldecoder(name)("as-windows-1252" if utf8 else "replace")


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """What old editors pasted into files that are said to be UTF-8: curly marks, mostly."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("as-windows-1252", _as_windows_1252)
