"""The bytes of a file as text."""

from __future__ import annotations

from app.extract.draft import ExtractError

MAX_BYTES = 5_000_000
"""A longer file is no article."""


def decoded(content: bytes, *, keep: bool = False) -> str:
    """The text of a file, its line ends newlines and without controls; with `keep` exactly as it is.

    Raises `ExtractError`: `too_large`, `binary` or `bad_encoding`.
    """
    if len(content) > MAX_BYTES:
        raise ExtractError("too_large", f"The file has more than {MAX_BYTES:,} bytes; no article is so long.")
    if b"\x00" in content:
        raise ExtractError("binary", "The file is binary, not text.")
    try:
        text = content.decode("utf-8" if keep else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExtractError("bad_encoding", f"The file is not UTF-8: byte {error.start} cannot be read.") from None
    return text if keep else without_controls(text)


def without_controls(text: str) -> str:
    """The text less the control characters that mean nothing in it; every kind of line end becomes a newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\x85", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(c for c in text if c in "\n\t" or not (c < " " or "\x7f" <= c <= "\x9f"))
