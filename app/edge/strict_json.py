"""JSON as RFC 8259 writes it, less what no two parsers or databases agree on (RFC 7493, I-JSON)."""

import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from app.edge.problems import Refusal

MAX_DEPTH = 32
MAX_VALUES = 20_000
"""Values in one body, at every level together: what keeps the check under 100 ms of CPU."""
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1
MAX_POINTER = 200

# A string that never ends still matches, to the end of the text: a failed match would make this quadratic.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)

Place = tuple["Place", str | int] | None
"""Where a value is: the place of its container and its key or index there."""


class _Ambiguous(dict[str, Any]):
    """An object that names one of its members twice."""


_CONTAINERS = (list, dict)
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_json(body: bytes) -> None:
    """Raise a Refusal unless the body is one JSON document that every reader understands alike.

    Malformed: not UTF-8, a byte order mark, NaN or Infinity, anything before or after the document.
    Unacceptable: a number that is no 64-bit integer or finite double, a key given twice, U+0000, a lone
    surrogate, more than MAX_DEPTH levels or MAX_VALUES values.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Refusal("malformed-json", f"The body is not UTF-8 (byte {error.start}).") from None
    outside_strings = _STRING.sub("", text)
    # Before each value but the first of all there is a comma, or the bracket of the container it begins.
    if sum(map(outside_strings.count, ",[{")) >= MAX_VALUES:
        raise _unacceptable(None, f"More than {MAX_VALUES} values.")
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Refusal("malformed-json", f"The body is not JSON ({where}).") from None
    except RecursionError:
        raise _unacceptable(None, "Too many levels of arrays and objects.") from None
    for place, fault in _faults(document):
        raise _unacceptable(place, fault)


def _unacceptable(place: Place, fault: str) -> Refusal:
    return Refusal(
        "unacceptable-json",
        "The body holds something that is not accepted.",
        [{"pointer": _pointer(place), "detail": fault}],
    )


def _faults(document: object) -> Iterator[tuple[Place, str]]:
    """Yield what is not acceptable and where, level by level, so that no depth can exhaust the stack."""
    level: list[tuple[Place, Any]] = [(None, [document])]
    for _ in range(MAX_DEPTH + 1):
        below: list[tuple[Place, Any]] = []
        for place, container in level:
            if type(container) is list:
                members: Iterable[tuple[str | int, Any]] = enumerate(container)
            else:
                yield from _name_faults(place, container)
                members = container.items()
            for key, value in members:
                if isinstance(value, _CONTAINERS):
                    below.append(((place, key), value))
                elif fault := _scalar_fault(value):
                    yield (place, key), fault
        level = below
    for place, _ in level:
        yield place, f"More than {MAX_DEPTH} levels of arrays and objects."


def _name_faults(place: Place, members: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    if isinstance(members, _Ambiguous):
        yield place, "A member of this object is given twice."
    if any(map(_is_bad_text, members)):
        yield place, "The name of a member holds U+0000 or half of a surrogate pair."


def _scalar_fault(value: object) -> str | None:
    if isinstance(value, str):
        return "The string holds U+0000 or half of a surrogate pair." if _is_bad_text(value) else None
    if isinstance(value, int):
        in_range = MIN_INTEGER <= value <= MAX_INTEGER
        return None if in_range else f"Integers go from {MIN_INTEGER} to {MAX_INTEGER}."
    if isinstance(value, float) and math.isinf(value):
        return "The number is too large for a 64-bit float."
    return None


def _is_bad_text(text: str) -> bool:
    return "\0" in text or (not text.isascii() and _SURROGATE.search(text) is not None)


def _pointer(place: Place) -> str:
    """The JSON Pointer (RFC 6901); if it is too long to repeat, as much of its beginning as fits."""
    tokens: list[str] = []
    while place is not None:
        place, key = place
        tokens.append(str(key).replace("~", "~0").replace("/", "~1"))
    pointer = ""
    for token in reversed(tokens[:-1]):
        if len(pointer) + len(token) >= MAX_POINTER:
            break
        pointer += "/" + token
    return pointer


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(members)
    return named if len(named) == len(members) else _Ambiguous(named)


def _integer(digits: str) -> int:
    """The integer, or one that is out of range as well: Python takes quadratic time for very long ones."""
    return int(digits) if len(digits) <= 20 else MAX_INTEGER + 1


def _no_constant(_name: str) -> NoReturn:
    raise Refusal("malformed-json", "NaN and Infinity are not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_no_constant)
