"""JSON read as a stream, one value at a time: lists, lines (NDJSON), and the lists inside one object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from app.extract.draft import ExtractError
from app.extract.readers.decoding import characters

_LARGEST = 1 << 25
_LONGEST_MARK = 16  # a word or an escape that the end of what was read may cut
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


def read_values(stream: BinaryIO, lists: frozenset[str] = frozenset()) -> Iterator[tuple[str | None, Any]]:
    """Yield the values of a file of JSON: the elements of a list, or each of the values that follow one another.

    The members of an object at the top come one by one, with their names, if it has one of these `lists`; the
    elements of such a list come one by one too, under the list's name. All else comes with None as its name.
    Memory does not grow with the file. Raises `ExtractError`: `bad_json` or `truncated` with the place,
    after everything that came before; `too_large` for a value of 32 Mi characters.
    """
    text = _Text(stream)
    if text.peek() == "[":
        yield from ((None, value) for value in text.elements())
    elif lists and text.peek() == "{":
        yield from text.members(lists)
    while text.peek():
        yield None, text.value()
        if text.peek() == ",":  # between the lines of some files
            text.take(",")


class _Text:
    """The characters still to be read, as far as they were needed; `place` is where the next stands."""

    def __init__(self, stream: BinaryIO) -> None:
        self._pieces = characters(stream)
        self._buffer, self._at, self._passed = "", 0, 0

    def peek(self) -> str:
        """The next character that is no white space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._read(1):
                return ""

    def take(self, expected: str) -> None:
        found = self.peek()
        if found != expected:
            raise self._fault(f"“{expected}” is missing", is_end=not found)
        self._at += 1

    def value(self) -> Any:
        """The next value. More is read in steps that double, so a long one costs time linear in its length."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
            except RecursionError:
                raise self._fault("values are nested too deep") from None
            except json.JSONDecodeError as error:
                is_open = error.msg.startswith("Unterminated") or error.pos + _LONGEST_MARK > len(self._buffer)
                if not is_open or not self._read(len(self._buffer) - self._at):
                    raise self._fault(error.msg, is_end=is_open) from None
                continue
            except ValueError:
                raise self._fault("a number is too long") from None
            # Of a number at the end of what was read, more digits may follow.
            if end == len(self._buffer) and not isinstance(value, str | list | dict) and self._read(1):
                continue
            self._at = end
            return value

    def elements(self) -> Iterator[Any]:
        self.take("[")
        while self.peek() != "]":
            yield self.value()
            if self.peek() != "]":
                self.take(",")
        self.take("]")

    def members(self, lists: frozenset[str]) -> Iterator[tuple[str | None, Any]]:
        self.take("{")
        while self.peek() != "}":
            name = self.value()
            self.take(":")
            if name in lists and self.peek() == "[":
                yield from ((name, value) for value in self.elements())
            else:
                yield str(name), self.value()
            if self.peek() != "}":
                self.take(",")
        self.take("}")

    def _read(self, least: int) -> bool:
        """Let go of what was passed and read on, at least so many characters; False at the end of the file."""
        self._passed += self._at
        parts, self._at = [self._buffer[self._at :]], 0
        size = len(parts[0])
        if size > _LARGEST:
            raise ExtractError("too_large", "One entry has more than 32 Mi characters; none that is an article has.")
        while least > 0 and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            least -= len(piece)
        self._buffer = "".join(parts)
        return len(self._buffer) > size

    def _fault(self, reason: str, *, is_end: bool = False) -> ExtractError:
        place = self._passed + self._at + 1
        if is_end:
            return ExtractError("truncated", f"The file breaks off in what begins at character {place:,}.")
        return ExtractError("bad_json", f"The file is no JSON from character {place:,} on: {reason}.")
