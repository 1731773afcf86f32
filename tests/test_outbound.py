"""Nothing that an address can be made to say leads the server to itself or its neighbours."""

import asyncio
from ipaddress import ip_address
from typing import Any

import httpx
import pytest

from app.outbound import Outbound, Refused, Unreachable
from tests.webhooks.receiver import receiving

LOOPBACK = [
    "127.0.0.1", "127.1", "127.0.1", "0x7f.1", "0x7f000001", "0x7F.0x0.0x0.0x1", "017700000001", "0177.0.0.1",
    "0177.0.0.01", "2130706433", "127.0.0.2", "127.255.255.254", "127.000.000.001", "0", "0.0.0.0", "0x0", "00",  # noqa: S104
    "localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
    "[fe80::1]", "[fec0::1]", "[fc00::1]", "[::ffff:0.0.0.0]", "127.0.0.1.", "①②⑦.0.0.1", "[ff02::1]",
]  # fmt: skip
PRIVATE = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1",
           "240.0.0.1", "255.255.255.255", "224.0.0.1", "[::ffff:169.254.169.254]", "[::ffff:10.0.0.1]"]  # fmt: skip


def post(url: str, *, allowed: tuple[str, ...] = (), seconds: float = 2.0) -> Any:
    async def call() -> Any:
        outbound = Outbound(allowed=allowed, seconds=seconds)
        try:
            return await outbound.post(url, b"{}", {})
        finally:
            await outbound.close()

    return asyncio.run(call())


def test_no_spelling_of_this_machine_or_its_neighbours_is_called() -> None:
    assert len(LOOPBACK) > 40
    with receiving() as canary:
        port = canary.url.split(":")[2].split("/")[0]
        for host in (*LOOPBACK, *PRIVATE):
            with pytest.raises((Refused, Unreachable)):
                post(f"http://{host}:{port}/hook")
        assert canary.connections == 0
        assert post(canary.url, allowed=("127.0.0.0/8",)).status == 204, "the canary does hear"
        assert canary.connections == 1


def test_a_name_is_resolved_once_and_called_where_it_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def rebinding(_self: Any, host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", rebinding)
    with receiving() as canary:
        port = canary.url.split(":")[2].split("/")[0]

        async def resolve() -> Any:
            outbound = Outbound(allowed=(), seconds=1)
            first = await outbound._resolve(httpx.URL(f"http://rebind.example:{port}/"))
            await outbound.close()
            return first

        assert asyncio.run(resolve()) == ip_address("93.184.215.14")
        with pytest.raises(Refused):
            post(f"http://rebind.example:{port}/")
        assert canary.connections == 0


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as canary, receiving() as sender:
        sender.answer = lambda _: f"HTTP/1.1 302 Go\r\nLocation: {canary.url}\r\nContent-Length: 0\r\n\r\n".encode()
        assert post(sender.url, allowed=("127.0.0.1",)).status == 302
        assert canary.connections == 0


def test_the_receiver_sees_the_name_that_was_called() -> None:
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        assert post(url, allowed=("127.0.0.1", "::1")).status == 204
        assert receiver.got[0][0]["host"].startswith("localhost:")
