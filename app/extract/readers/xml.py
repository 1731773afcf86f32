"""XML read as a stream, one entry at a time, with nothing in it obeyed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from lxml import etree

from app.extract.draft import ExtractError

_CHUNK = 1 << 16
_LONGEST_PROLOGUE = 1 << 16
_LARGEST_ENTRY = 1 << 25
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_KNOWN = re.compile(
    r"utf-?8|utf-?16(?:-?[lb]e)?|(?:windows-|cp)125[0-8]|iso-?8859-(?:[2-9]|1[0-6])|koi8-[ru]|macintosh|big5"
    r"|shift_jis|euc-(?:jp|kr)|gb(?:2312|k|18030)",
    re.IGNORECASE,
)
_LATIN = re.compile(r"us-ascii|ascii|iso-?8859-1|latin-?1", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_entries(stream: BinaryIO, parents: frozenset[str], names: frozenset[str]) -> Iterator[etree._Element]:
    """Yield each element of these local names, in order, that stands directly in one of the `parents`.

    An element and all before it are freed when the next is asked for, so memory does not grow with the
    file. Any encoding that the file declares or a byte-order mark shows is read; bytes that are no
    UTF-8 in a file that is said to be are read as windows-1252; control characters are dropped.

    Raises `ExtractError`: `dtd` for a document type declaration, before any of it is parsed, as
    entities can be bombs and name files; `bad_encoding`; `bad_xml` or `truncated` with line and
    column, after everything that came before has been yielded; `too_large` for one entry of 32 MiB.
    """
    parser = etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{name}" for name in names],
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    since = 0
    for part in _text(stream):
        with suppress(etree.XMLSyntaxError):  # told below, after what came before it; the log knows more
            parser.feed(part.encode("utf-8"))
        since += len(part)
        for _, element in parser.read_events():
            parent = element.getparent()
            if parent is not None and etree.QName(parent).localname in parents:
                since = 0
                yield element
                _free(element)
        _raise_first(parser, "bad_xml", "The file is no well-formed XML")
        if since > _LARGEST_ENTRY:
            raise ExtractError("too_large", "One entry has more than 32 MiB; none that is an article is so large.")
    with suppress(etree.XMLSyntaxError):
        parser.close()
    _raise_first(parser, "truncated", "The file breaks off")


def _raise_first(parser: etree.XMLPullParser, code: str, what: str) -> None:
    for error in parser.feed_error_log.filter_from_fatals():
        message = error.message.strip().rstrip(".")
        raise ExtractError(code, f"{what} at line {error.line}, column {error.column}: {message}.")


def _free(element: etree._Element) -> None:
    element.clear(keep_tail=True)
    parent = element.getparent()
    while (before := element.getprevious()) is not None:
        parent.remove(before)


def _text(stream: BinaryIO) -> Iterator[str]:
    """The file's characters in pieces, the first of which reaches beyond the prologue, if it has no declaration."""
    head = stream.read(_LONGEST_PROLOGUE)
    decode = _decoder(head)
    text = _FORBIDDEN.sub("", decode.decode(head)).lstrip("\ufeff \t\r\n")
    _refuse_declarations(text)
    yield text
    while chunk := stream.read(_CHUNK):
        yield _FORBIDDEN.sub("", decode.decode(chunk))
    yield _FORBIDDEN.sub("", decode.decode(b"", final=True))


def _refuse_declarations(text: str) -> None:
    """Raise `ExtractError` unless the root element comes first, after comments and instructions."""
    place = 0
    while True:
        while text[place : place + 1].isspace():
            place += 1
        ends = {"<?": "?>", "<!--": "-->"}
        opening = next((mark for mark in ends if text.startswith(mark, place)), None)
        if opening is None:
            break
        end = text.find(ends[opening], place + len(opening))
        if end < 0:
            raise ExtractError("bad_xml", "The file is no XML: no element is in its first 64 KiB.")
        place = end + len(ends[opening])
    if text.startswith("<!", place):
        raise ExtractError("dtd", "The file has a document type declaration (DTD), which could do harm; remove it.")
    if not text.startswith("<", place):
        raise ExtractError("bad_xml", "The file is no XML: it does not begin with an element.")


def _decoder(head: bytes) -> codecs.IncrementalDecoder:
    name = next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if name is None and head[:4] in (b"<\0?\0", b"\0<\0?"):
        name = "utf-16-le" if head[0] else "utf-16-be"
    if name is None:
        declared = _DECLARED.match(head)
        name = declared[1].decode("ascii") if declared else "utf-8"
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
