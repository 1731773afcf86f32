"""The head of a request, byte for byte over a real connection."""

import json

import pytest
from fastapi import FastAPI

from app.edge import EdgeGuard
from tests.edge.wire import Served, ask, serving

GET = b"GET / HTTP/1.1\r\n"
HOST = b"Host: a.example\r\n"


def get(target: bytes) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize(
    "host",
    [
        "a.example",
        "a.example:8000",
        "a.example:",
        "127.0.0.1:1",
        "[::1]",
        "[2001:db8::1]:443",
        "xn--bcher-kva.example",
    ],
)
def test_one_valid_host_is_let_in(served: Served, host: str) -> None:
    assert served.exchange(GET + f"Host: {host}\r\n\r\n".encode()).status == 200


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        [b""],
        [b":80"],
        [b"a.example", b"a.example"],
        [b"a.example", b"b.example"],
        [b"a.example, b.example"],
        [b"a.example/path"],
        [b"user@a.example"],
        [b"a.example?x"],
        [b"a b"],
        [b"a.example:http"],
        [b"a.example:65536"],
        [b"a.example:123456"],
        [b"[::1"],
        [b"[:::1]"],
        [b"[::1%25lo]"],
        [b"::1"],
        [b"a%zz.example"],
        ["bücher.example".encode()],
        [b"a\x00.example"],
    ],
)
def test_no_host_or_two_or_a_bad_one_is_refused(served: Served, hosts: list[bytes]) -> None:
    reply = served.exchange(GET + b"".join(b"Host: " + host + b"\r\n" for host in hosts) + b"\r\n")
    reply.is_problem("malformed-request" if b"\x00" in b"".join(hosts) else "bad-host")


def test_a_host_of_many_letters_is_refused_at_once(served: Served) -> None:
    served.exchange(GET + b"Host: " + b"a" * 30_000 + b"/\r\n\r\n").is_problem("bad-host")


def test_header_fields_are_let_in_up_to_their_limits(served: Served) -> None:
    many = b"".join(b"x-%d: 1\r\n" % n for n in range(99))
    large = b"X-Large: " + b"x" * (32 * 1024 - len(HOST) - len(b"X-Large: \r\n")) + b"\r\n"
    assert served.exchange(GET + HOST + many + b"\r\n").status == 200
    assert served.exchange(GET + HOST + large + b"\r\n").status == 200


@pytest.mark.parametrize(
    "extra",
    [
        b"".join(b"x-%d: 1\r\n" % n for n in range(100)),
        b"X-Large: " + b"x" * (32 * 1024 - len(HOST) - len(b"X-Large: \r\n") + 1) + b"\r\n",
        b"X-Huge: " + b"x" * 200_000 + b"\r\n",
        b"x: 1\r\n" * 40_000,
    ],
    ids=["101 fields", "32 KiB + 1", "one field of 200 KB", "40,000 fields"],
)
def test_header_fields_beyond_their_limits_are_refused(served: Served, extra: bytes) -> None:
    served.exchange_late(GET + HOST + extra + b"\r\n").is_problem("headers-too-large")


@pytest.mark.parametrize("target", [b"/" + b"a" * 8191, b"/?" + b"a" * 8191])
def test_a_url_of_8_kib_is_let_in(served: Served, target: bytes) -> None:
    assert served.exchange(get(target)).status == 200


@pytest.mark.parametrize("target", [b"/" + b"a" * 8192, b"/?" + b"a" * 8192, b"/" + b"%C3%A9" * 2000])
def test_a_longer_url_is_refused_and_not_repeated_whole(served: Served, target: bytes) -> None:
    problem = served.exchange(get(target)).is_problem("uri-too-long")
    assert len(problem["instance"]) < 8192


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/caf%C3%A9?q=%E2%82%AC+%F0%9F%98%80", "/café"),
        (b"/a%2Fb%25c", "/a/b%c"),
        (b"/a|b'\"{}", "/a|b'\"{}"),
        (b"//evil.example/%2e%2e", "//evil.example/.."),
    ],
)
def test_escaped_utf_8_reaches_the_application_decoded(served: Served, target: bytes, path: str) -> None:
    assert served.exchange(get(target)).told()["path"] == path


@pytest.mark.parametrize(
    "part",
    [
        b"%00",
        b"%0d%0aSet-Cookie:a=b",
        b"%0A",
        b"%ff",
        b"%C3",
        b"%C0%AF",
        b"%E0%80%AF",
        b"%F8%88%80%80%80",
        b"%ED%A0%80",
        b"%F4%90%80%80",
        b"%",
        b"%4",
        b"%zz",
        b"%u0041",
    ],
)
@pytest.mark.parametrize("place", [b"/%b", b"/?q=%b", b"/?%b=1"])
def test_a_url_that_is_not_escaped_utf_8_is_refused(served: Served, place: bytes, part: bytes) -> None:
    served.exchange(get(place % part)).is_problem("malformed-url")


@pytest.mark.parametrize("target", ["/é".encode(), b"/?q=\xff", b"/\x7f"])
def test_a_raw_byte_that_no_url_holds_is_refused(served: Served, target: bytes) -> None:
    reply = served.exchange(get(target))
    assert reply.status == 400
    reply.is_marked()


@pytest.mark.parametrize(
    "target", [b"//evil.example", b"//evil.example/", b"/%2Fevil.example/..", b"/known/", b"/%5Cevil"]
)
def test_no_path_becomes_a_redirect(target: bytes) -> None:
    app = FastAPI(redirect_slashes=False)

    @app.get("/known")
    def known() -> None: ...

    with serving(EdgeGuard(app)) as served:
        reply = served.exchange(get(target))
    assert reply.status == 404
    assert "location" not in reply.headers


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}    ",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\n" + HOST + b"\n",
        GET + HOST + b"X-A: 1\r\n folded\r\n\r\n",
        GET + HOST + b"X-A : 1\r\n\r\n",
        GET + HOST + b"X-A: \x00\r\n\r\n",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"FETCH / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_not_http_is_refused_with_a_problem(served: Served, request_bytes: bytes) -> None:
    served.exchange(request_bytes).is_problem("malformed-request")


def test_the_guard_refuses_a_malformed_url_under_any_server(app: EdgeGuard) -> None:
    ask(app, "GET", "/%FF").is_problem("malformed-url")
    ask(app, "GET", "/", headers={"Host": "a b"}).is_problem("bad-host")


def test_an_upgrade_is_not_taken_up(served: Served) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    reply = served.exchange(GET + HOST + upgrade + b"\r\n")
    assert json.loads(reply.body)["path"] == "/"
