"""XML read as a stream, one entry at a time, with nothing in it obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from lxml import etree

from app.extract.draft import ExtractError
from app.extract.readers.decoding import characters

_LARGEST_ENTRY = 1 << 25


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
    pieces = characters(stream)
    first = next(pieces)
    _refuse_declarations(first)
    yield first
    yield from pieces


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
