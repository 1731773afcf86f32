"""No input makes the server fail: what broke other parsers, at every place of every operation, on both engines."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

import httpx
import pytest

from app.main import document
from app.operations.delivery import problem_pages
from tests.conftest import Api, published

DOCUMENT = document()

TEXTS = [
    "",
    " ",
    "\0",
    "a\0b",
    "a\r\nX-Injected: 1",
    "\u202egnp.exe",  # right-to-left override
    "\u200b\u200d\ufeff",  # zero width
    "e\u0301",  # the decomposed twin of é
    "\ufffe\uffff",
    "😀" * 40,
    "9223372036854775808",  # 2^63
    "-1",
    "1e999",
    "NaN",
    "null",
    "9" * 5000,
    "x" * 130,
    "https://例え.jp/日本",
    "https://a.example:80:80/",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "//evil.example",
    "'; DROP TABLE articles; --",
    '") OR 1=1 --',
    "%",
    "_",
    "\\",
    '"unclosed',
    '""',
    "a OR b NEAR c* ^d : {title} : -",
    "0199a5b0-c0de-7000-8000-00000000000",  # an id less one digit
    "{0199a5b0-c0de-7000-8000-000000000001}",
    "０１９９a5b0-c0de-7000-8000-000000000001",  # its digits are of another script
    "0001-01-01T00:00:00+23:59",  # before the first moment that there is, in UTC
    "9999-12-31T23:59:59.999999-23:59",
    "2026-02-30T00:00:00Z",
    "2026-03-02",
    "2026-03-02T08:30:00",
    "1234567890",
]
VALUES: list[Any] = [
    *TEXTS,
    None,
    True,
    0,
    -1,
    1.5,
    2**63 - 1,
    -(2**63),
    [],
    {},
    [[]],
    [None],
    [{}],
    {"a": 1},
    ["x"] * 101,
]
LITERALS = [
    b"9223372036854775808",
    b"-9223372036854775809",
    b"1e999",
    b"NaN",
    b"-Infinity",
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\\u0000"',
    b'{"a": 1, "a": 2}',
    b"[" * 33 + b"]" * 33,
    b"9" * 5000,
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b"01",
    b"'a'",
]
"""JSON that Python's own writer would not write, in the place of one value."""

BODIES = [
    b"",
    b" ",
    b"null",
    b"[]",
    b'"a"',
    b"1",
    b"{",
    b'{"a": 1}{"b": 2}',
    b"\xef\xbb\xbf{}",
    b"\x1f\x8b\x08\x00",
    b"[" * 100_000,
]
HEADERS = {
    "If-Match": ["*", '"', 'W/"a"', '"a", ', "\x80", '"' + "a" * 5000 + '"'],
    "If-None-Match": ["*", '"', 'W/"a"', ",", '"a' * 2000],
    "If-Modified-Since": [
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 +2359",
        "0",
        "Thu, 01 Jan 0001 00:00:00 +0100",
        "9" * 500,
    ],
    "Authorization": [
        "Bearer",
        "Bearer \xff",
        "Basic YTpi",
        "Bearer ork_" + "a" * 46,
        "bearer " + "é" * 30,
        "Bearer a b",
    ],
    "Idempotency-Key": ["", " ", "\xff", "k" * 201],
    "Accept": ["", "*", "text/html;q=x", "application/ld+json", ","],
    "Accept-Encoding": ["", "gzip;q=2", "br;q=0, *;q=0", "zstd, gzip"],
    "Accept-Language": ["*", "de-" * 500],
    "Content-Type": ["", "application/json; charset=latin-1", "multipart/form-data", "a/b/c", "text/plain"],
    "Content-Encoding": ["gzip", "identity"],
    "Cookie": ["a=b; =; \xff"],
    "Origin": ["null", "https://evil.example", "\xff"],
    "Range": ["bytes=0-0", "bytes=-"],
    "X-Request-ID": ["a", "\xff" * 20, "{{7*7}}" * 5],
    "X-HTTP-Method-Override": ["DELETE"],
    "X-Forwarded-For": ["127.0.0.1", "'"],
    "Expect": ["100-continue"],
}


T = TypeVar("T")


class Portions:
    """Hands out a part of a list at each place, another at the next, so that all of it comes to many places."""

    def __init__(self, parts: int) -> None:
        self._parts, self._turn = parts, 0

    def of(self, whole: Sequence[T]) -> Sequence[T]:
        self._turn += 1
        return whole[self._turn % self._parts :: self._parts]


NOTHING = "0193a5b0-c0de-7000-8000-00000000000a"
"""An id of nothing, for what this site has none of."""


class Target(NamedTuple):
    """One operation, with a path of things that exist."""

    method: str
    path: str
    spec: dict[str, Any]

    def url(self, article: dict[str, Any], **others: str) -> str:
        steps = re.findall(r"\{(\w+)\}", self.path)
        names = dict.fromkeys(steps, NOTHING) | {
            "reference": article["slug"],
            "slug": "ferries",
            **{name: article[name] for name in ("quote_id", "correction_id", "permission_id", "comment_id")},
            **{name: article[name] for name in ("link_id", "token")},
        }
        if "/sources/" in self.path:
            names["reference"] = "ida-holm"
        return self.path.format(**(names | {name: escaped(value) for name, value in others.items()}))


def escaped(text: str) -> str:
    """The text in one step of a path, percent-encoded whole; lone surrogates too."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


TARGETS = [
    Target(method.upper(), path, spec)
    for path, methods in DOCUMENT["paths"].items()
    for method, spec in methods.items()
]


@cache
def fields(name: str) -> dict[str, Any]:
    """The members of the body's shape, each with an example."""
    shape = DOCUMENT["components"]["schemas"][name]
    found = {}
    for field, schema in shape["properties"].items():
        kinds = [schema, *schema.get("anyOf", ())]
        examples = [kind["examples"][0] for kind in kinds if kind.get("examples")]
        found[field] = examples[0] if examples else schema.get("default")
    return found


def bodies(target: Target, portions: Portions) -> Iterator[bytes]:
    """JSON in which one value at a time is poison."""
    content = target.spec.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return
    yield from BODIES
    good = fields(content["schema"]["$ref"].rpartition("/")[2])
    for field in good:
        for value in portions.of(VALUES):
            yield json.dumps(good | {field: value}).encode()
        for literal in portions.of(LITERALS):
            yield json.dumps(good | {field: "HERE"}).encode().replace(b'"HERE"', literal)
    for name in ("__proto__", "\0", "\ud800", "x" * 100_000, "id", "status"):
        yield json.dumps(good | {name: 1}).encode()


@pytest.fixture
def article(staff: Api) -> dict[str, Any]:
    """A public article with a tag and a quote of a source that exists."""
    staff.post("/v1/admin/sources", json={"kind": "person", "name": "Ida Holm"})
    made = published(staff, tags=["Ferries"], authors=["Ferries"])
    span = {"exact": "will double", "start": 10, "end": 21, "speaker": "ida-holm"}
    answer = staff.post(f"/v1/admin/articles/{made['id']}/quotes", json=span, headers={"If-Match": made["etag"]})
    assert answer.status_code == 201, answer.text
    changed: dict[str, Any] = answer.json()
    url = f"/v1/admin/articles/{made['id']}/corrections"
    corrected = staff.post(url, json={"text": "It will not."}, headers={"If-Match": "*"}).json()
    link = staff.post(f"/v1/admin/articles/{made['id']}/preview-links", json={}).json()
    said = staff.post(f"/v1/articles/{made['id']}/comments", json={"body": "Well put."}).json()
    url = f"/v1/admin/articles/{made['id']}/permissions"
    staff.post(url, json={"assigner": "ida-holm", "credit": "By permission."}, headers={"If-Match": "*"})
    granted = staff.get(url).json()["items"][0]
    others = {"correction_id": corrected["id"], "link_id": link["id"], "token": link["token"], "comment_id": said["id"]}
    return changed | {"quote_id": changed["quotes"][0]["id"], "permission_id": granted["id"]} | others


def check(answer: httpx.Response, told: str) -> None:
    """The request was served, or refused in the way that is documented."""
    assert answer.status_code < 500, told
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.headers["Content-Type"] == "application/problem+json", told
        problem = answer.json()
        assert problem["status"] == answer.status_code, told
        assert problem_pages()[problem["type"].removeprefix("/problems/")][0] == answer.status_code, told
        assert len(answer.content) < 20_000, told
    assert "X-Injected" not in answer.headers, told


def test_poison_in_a_path_is_refused_or_not_found(staff: Api, article: dict[str, Any]) -> None:
    portions = Portions(3)
    for target in TARGETS:
        for parameter in target.spec["parameters"]:
            if parameter["in"] != "path":
                continue
            for text in portions.of([*TEXTS, "\ud800", "a/b", "a?b", "a#b"]):
                url = target.url(article, **{parameter["name"]: text})
                answer = staff.request(
                    target.method, url, headers={"If-Match": "*", "Content-Type": "application/json"}
                )
                check(answer, f"{target.method} {url}")
                assert answer.status_code >= 400 or not text.strip(" "), f"{target.method} {url}"


def test_poison_in_a_query_is_refused_or_finds_nothing(staff: Api, article: dict[str, Any]) -> None:
    portions = Portions(5)
    for target in TARGETS:
        if target.method != "GET":
            continue
        for parameter in target.spec["parameters"]:
            if parameter["in"] == "query":
                for text in portions.of([*TEXTS, "\ud800"]):
                    url = f"{target.url(article)}?{parameter['name']}={escaped(text)}"
                    check(staff.get(url), url)
        for query in (
            "%00=1",
            "%ED%A0%80=1",
            "=",
            "&&&",
            "limit=1&limit=2",
            "limit=1;limit=2",
            "a[]=1",
            "q=%",
            "%zz",
            "x" * 9000,
        ):
            url = f"{target.url(article)}?{query}"
            check(staff.get(url), url)


def test_poison_in_a_body_is_refused_or_kept_as_it_is(staff: Api, article: dict[str, Any]) -> None:
    portions = Portions(5)
    for target in TARGETS:
        for body in bodies(target, portions):
            headers = {"If-Match": "*", "Content-Type": "application/json"}
            answer = staff.request(target.method, target.url(article), content=body, headers=headers)
            check(answer, f"{target.method} {target.path} {body[:300]!r}")
            if answer.status_code < 300 and target.method == "PATCH":
                check(staff.get(target.url(article).replace("/v1/admin/", "/v1/")), f"after {body[:300]!r}")
    for path in (
        "/v1/articles",
        "/v1/articles?view=full",
        "/v1/sources",
        "/v1/quotes?review=any",
        "/v1/admin/comments",
    ):
        assert staff.get(path).status_code == 200, path


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_that_is_not_ascii_is_kept_as_a_header_takes_it(staff: Api, api: Api) -> None:
    slug = published(staff, canonical_url="https://例え.jp/日本?a=ü")["slug"]
    answer = api.get(f"/v1/articles/{slug}")
    assert answer.headers["Link"] == '<https://xn--r8jz45g.jp/%E6%97%A5%E6%9C%AC?a=%C3%BC>; rel="canonical"'
    assert answer.json()["canonical_url"] == "https://xn--r8jz45g.jp/%E6%97%A5%E6%9C%AC?a=%C3%BC"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_poison_in_a_header_is_refused_or_ignored(staff: Api, api: Api, article: dict[str, Any]) -> None:
    portions = Portions(3)
    for target in TARGETS:
        for name, values in HEADERS.items():
            for value in portions.of(values):
                headers = {"Content-Type": "application/json", "If-Match": '"none"'} | {
                    name: value.encode("latin-1", "replace")
                }
                answer = (api if name == "Authorization" else staff).request(
                    target.method, target.url(article), headers=headers
                )
                check(answer, f"{target.method} {target.path} {name}: {value!r}")
