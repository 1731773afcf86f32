"""Which JSON the application gets to see, and what refusing the rest costs."""

import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.edge import EdgeGuard
from tests.edge.wire import LIMIT, Echo, guarded, post_json

GUARDED = guarded(Echo())
MALFORMED = {
    "empty": b" ",
    "not UTF-8": b'"\xff"',
    "overlong UTF-8": b'"\xc0\xaf"',
    "surrogate in UTF-8": b'"\xed\xa0\x80"',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"-Infinity",
    "trailing garbage": b"{} {}",
    "trailing comma": b"[1,]",
    "comment": b"{} // no",
    "single quotes": b"{'a': 1}",
    "raw control character": b'"a\nb"',
    "raw NUL": b'"\x00"',
    "bad escape": b'"\\x41"',
    "short escape": b'"\\u12"',
    "leading zero": b"[01]",
    "leading plus": b"[+1]",
    "bare point": b"[1.]",
    "hexadecimal": b"[0x10]",
    "other digits": "[١]".encode(),
    "non-breaking space": "[\u00a01]".encode(),
    "unfinished": b'{"a": [1, 2',
    "unfinished string": b'"' + b'\\"' * 500_000,
}
UNACCEPTABLE = {
    "2^63": (b'{"a": {"b~/c": [0, 9223372036854775808]}}', "/a/b~0~1c/1"),
    "-2^63 - 1": (b"[-9223372036854775809]", "/0"),
    "5,000 digits": (b'{"id": ' + b"9" * 5000 + b"}", "/id"),
    "1e999": (b"[1, 1e999]", "/1"),
    "-1e999": (b"-1e999", ""),
    "400 digits and a point": (b"[" + b"9" * 400 + b".0]", "/0"),
    "key twice": (b'{"a": {"b": 1, "b": 1}}', "/a"),
    "key twice by escape": (b'{"a": 1, "\\u0061": 2}', ""),
    "high surrogate": (b'{"a": "\\ud800"}', "/a"),
    "low surrogate": (b'["x\\udfffx"]', "/0"),
    "surrogates in the wrong order": (b'["\\udc00\\ud800"]', "/0"),
    "U+0000": (b'{"a": "x\\u0000"}', "/a"),
    "surrogate in a key": (b'[{"\\ud800": 1}]', "/0"),
    "U+0000 in a key": (b'{"a": {"\\u0000": 1}}', "/a"),
    "33 arrays": (b"[" * 33 + b"]" * 33, "/0" * 32),
    "33 objects": (b'{"a":' * 33 + b"1" + b"}" * 33, "/a" * 32),
    "1,000 levels, unfinished": (b"[" * 1_000, ""),
    "10,000 levels": (b"[" * 10_000 + b"]" * 10_000, ""),
    "too many values": (b"[" + b"0," * 20_000 + b"0]", ""),
    "below a long key": (b'{"a": {"%b": [1e999]}}' % (b"k" * 1000), "/a"),
}
ACCEPTABLE = [
    b"9223372036854775807",
    b"-9223372036854775808",
    b"-0",
    b"1e308",
    b"1e-999",
    b"0." + b"1" * 5000,
    b'"\\ud83d\\ude00"',
    b'"\\\\u0000 \\\\ud800 [[[[ {{{{ ,,,,"',
    b'[{"a": 1}, {"a": 1}]',
    b'{"a": null, "A": true, "": false}',
    b"[" * 32 + b"]" * 32,
    b'{"a":' * 32 + b"1" + b"}" * 32,
    b'["' + b"[" * 60_000 + b'"]',
    b"[" + b"0," * 19_000 + b"0]",
    '{"text": "“Naïve” 🗞 \u2028\ufeff"}'.encode(),
]


@pytest.mark.parametrize("body", MALFORMED.values(), ids=list(MALFORMED))
def test_what_is_not_json_is_refused(app: EdgeGuard, body: bytes) -> None:
    post_json(app, body).is_problem("malformed-json")


@pytest.mark.parametrize(("body", "pointer"), UNACCEPTABLE.values(), ids=list(UNACCEPTABLE))
def test_json_that_readers_take_differently_is_refused_at_its_place(app: EdgeGuard, body: bytes, pointer: str) -> None:
    errors = post_json(app, body).is_problem("unacceptable-json")["errors"]
    assert [error["pointer"] for error in errors] == [pointer]


@pytest.mark.parametrize("body", ACCEPTABLE, ids=lambda body: ascii(body[:20]))
def test_json_at_the_limits_is_let_in(app: EdgeGuard, body: bytes) -> None:
    assert post_json(app, body).body == body


def test_a_refusal_does_not_repeat_the_input(app: EdgeGuard) -> None:
    for body in (
        b'{"password": "swordfish\\ud800"}',
        b'"swordfish',
        b"[1e999swordfish]",
        b'{"a": swordfish}',
    ):
        assert b"swordfish" not in post_json(app, body).body


def filled(unit: str, size: int = LIMIT) -> bytes:
    return ("[" + ",".join([unit] * ((size - 1) // (len(unit) + 1))) + "]").encode()


COSTLY = {
    "[": b"[" * LIMIT,
    '{"":': b'{"":' * (LIMIT // 4),
    "digits": b"1" * LIMIT,
    "digits of a fraction": b"0." + b"1" * (LIMIT - 2),
    "digits of an exponent": b"1e" + b"1" * (LIMIT - 2),
    "5,000-digit integers": filled("9" * 5000),
    "4,000-digit integers": filled("9" * 4000),
    "800-digit fractions": filled("0." + "7" * 800),
    "small integers": filled("0"),
    "small arrays": filled("[0]"),
    "small objects": filled('{"":0}'),
    "objects with a key twice": filled('{"":0,"":0}'),
    "nests": filled("[" * 31 + "]" * 31),
    "nests, as many as are taken": filled('{"":' * 31 + "1" + "}" * 31, 19_000 * 5),
    "strings, as many as are taken": filled('"é1234567890"', 19_000 * 14),
    "quotation marks": b'"' * LIMIT,
    "backslashes": b'"' + b"\\" * (LIMIT - 1),
    "escaped quotation marks": b'"' + b'\\"' * (LIMIT // 2 - 1),
    "escaped surrogates": b'"' + b"\\ud800" * (LIMIT // 6 - 1) + b'"',
    "long keys": b"{" + b",".join(b'"%020d":0' % n for n in range(18_000)) + b"}",
    "spaces": b" " * LIMIT,
    "bad at the very end": b'["' + "é".encode() * (LIMIT // 2 - 10) + b'",1e999]',
}


@pytest.mark.parametrize("body", COSTLY.values(), ids=list(COSTLY))
def test_no_body_costs_more_than_100_ms_of_cpu(app: EdgeGuard, body: bytes) -> None:
    assert len(body) <= LIMIT
    assert any(cpu_seconds(app, body) < 0.1 for _ in range(10)), "what else the machine does costs CPU time too"


def cpu_seconds(app: EdgeGuard, body: bytes) -> float:
    started = time.process_time()
    reply = post_json(app, body)
    spent = time.process_time() - started
    assert reply.status in (200, 400, 422)
    return spent


ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=5)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(2**63 - 1, 2**63) | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """JSON, sound or not, some of it damaged at one place or put at the bottom of a deep nest."""
    text = json.dumps(draw(ANY_JSON), ensure_ascii=True, indent=draw(st.sampled_from([None, 1])))
    nest = draw(st.sampled_from([0, 0, 0, 30, 31, 32, 33]))
    body = ("[" * nest + text + "]" * nest).encode()
    if draw(st.integers(0, 3)) == 0:
        at = draw(st.integers(0, len(body)))
        damage = st.binary(max_size=2) | st.sampled_from([b'"a":1,"a":2', b"{", b"]", b",", b'"', b"\\u0000"])
        body = body[:at] + draw(damage) + body[at + draw(st.integers(0, 2)) :]
    return body


@settings(max_examples=400, deadline=None)
@given(bodies())
def test_a_body_is_let_in_unchanged_if_json_loads_takes_it_within_the_limits(body: bytes) -> None:
    reply = post_json(GUARDED, body)
    if not body or is_acceptable(body):
        assert (reply.status, reply.body) == (200, body)
    else:
        assert reply.status in (400, 422)
        reply.is_problem("malformed-json" if reply.status == 400 else "unacceptable-json")


def is_acceptable(body: bytes) -> bool:
    """The same question answered another way: by recursion, over pairs instead of dictionaries."""
    try:
        document = json.loads(body.decode(), object_pairs_hook=tuple, parse_constant=lambda _: math.inf)
        return is_sound(document, depth=0)
    except ValueError:
        return False


def is_sound(value: Any, depth: int) -> bool:
    if isinstance(value, tuple):
        names = [name for name, _ in value]
        members = [*names, *(member for _, member in value)]
        return len(set(names)) == len(names) and depth < 32 and all(is_sound(one, depth + 1) for one in members)
    if isinstance(value, list):
        return depth < 32 and all(is_sound(one, depth + 1) for one in value)
    if isinstance(value, str):
        return "\0" not in value and value.encode(errors="replace").decode() == value
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or -(2**63) <= value < 2**63
