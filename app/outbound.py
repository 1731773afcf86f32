"""The one way out: an HTTP client for addresses that somebody else chose.

It resolves a name once and connects to that very address, so a name that changes its mind (DNS rebinding) gains
nothing; it refuses every address that is not on the public internet, whatever it is spelled like, unless the operator
allows its network; it follows no redirect, asks no proxy, and bounds time and size (OWASP, SSRF prevention).
"""

import asyncio
import base64
import hashlib
import hmac
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from app import __version__

if TYPE_CHECKING:
    import httpx

KEPT_BYTES = 4096
"""So much of an answer is read; what comes after it is not waited for."""

_Address = IPv4Address | IPv6Address

_TRANSLATED = [IPv6Network(net) for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")]
"""IPv6 networks that lead to IPv4 addresses behind a translator: compatible, NAT64, Teredo, 6to4."""


class Refused(Exception):
    """This address is not called. The message says why, without what it resolved to."""


class Unreachable(Exception):
    """No whole answer came. The message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is the beginning of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def signed(keys: Iterable[bytes], message_id: str, content: bytes, at: datetime) -> dict[str, str]:
    """The headers of a message that let its receiver know who sent it, when, and that he has not had it before: with a
    signature by each key (Standard Webhooks 1.0, https://www.standardwebhooks.com)."""
    stamp = str(int(at.timestamp()))
    to_sign = f"{message_id}.{stamp}.".encode() + content
    signatures = [base64.b64encode(hmac.new(key, to_sign, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "Content-Type": "application/json",
        "User-Agent": f"Onrecord/{__version__}",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


class Outbound:
    """POSTs to public addresses, and to those in the networks `allowed`."""

    def __init__(self, *, allowed: Sequence[str], seconds: float) -> None:
        self._allowed = [ip_network(network, strict=False) for network in allowed]
        self._seconds = seconds

    @cached_property
    def _client(self) -> "httpx.AsyncClient":
        import httpx  # 5 MB that a site without webhooks does not need

        return httpx.AsyncClient(
            timeout=self._seconds,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer to this request. Raises `Refused` or `Unreachable`."""
        import httpx

        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(httpx.URL(url), content, headers)
        except TimeoutError:
            raise Unreachable(f"No whole answer within {self._seconds:g} s.") from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from None

    async def _post(self, url: "httpx.URL", content: bytes, headers: Mapping[str, str]) -> Answer:
        pinned = await self._resolve(url)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(pinned)),
            content=content,
            headers={**headers, "Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity"},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        answer = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) >= KEPT_BYTES:
                    break
            return Answer(answer.status_code, dict(answer.headers), bytes(body[:KEPT_BYTES]))
        finally:
            await answer.aclose()

    async def _resolve(self, url: "httpx.URL") -> _Address:
        """The address to connect to. Raises `Refused` if any that the name has is not to be called."""
        if url.scheme not in ("http", "https") or not url.host:
            raise Refused("Only http and https addresses are called.")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                url.host, url.port or (443 if url.scheme == "https" else 80), type=socket.SOCK_STREAM
            )
        except (OSError, UnicodeError):
            raise Unreachable("The name of the host cannot be resolved.") from None
        addresses = [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
        if not addresses or not all(self.may_call(address) for address in addresses):
            raise Refused("The host is not on the public internet, and its network is not in ONRECORD_OUTBOUND_ALLOW.")
        return addresses[0]

    def may_name(self, url: str) -> bool:
        """Whether the URL's host is a name, or an address that may be called, in any spelling that resolvers take."""
        import httpx

        try:
            host = httpx.URL(url).host
        except (httpx.InvalidURL, UnicodeError):
            return False
        try:
            return self.may_call(ip_address(host.partition("%")[0]))
        except ValueError:
            pass
        try:
            return self.may_call(IPv4Address(socket.inet_aton(host)))  # 127.1, 0x7f000001, 017700000001, 2130706433
        except (OSError, UnicodeError):
            return True

    def may_call(self, address: _Address) -> bool:
        """Whether the address is public, or in a network that the operator allows.

        >>> out = Outbound(allowed=["10.1.0.0/16"], seconds=1)
        >>> [out.may_call(ip_address(a)) for a in ("8.8.8.8", "10.1.2.3", "10.2.0.1", "::ffff:127.0.0.1", "::1")]
        [True, True, False, False, False]
        """
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        actual = mapped or address
        if any(actual in network for network in self._allowed):
            return True
        if isinstance(actual, IPv6Address) and (actual.is_site_local or any(actual in net for net in _TRANSLATED)):
            return False
        return actual.is_global and not actual.is_multicast

    async def close(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()
