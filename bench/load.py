"""Many clients at once: wrk, or where the figures do not matter, httpx."""

import asyncio
import itertools
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx

from bench.servers import Server, pinned

REPLAY = Path(__file__).with_name("replay.lua")
CLIENT_CORE = 1


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def raw(self) -> bytes:
        """As it goes over the wire (RFC 9112)."""
        headers = {"Host": "127.0.0.1", **self.headers}
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Figures:
    """`rate`: good answers a second; `p50`, `p99`: seconds; `failed`: answers of 400 and more, and lost ones;
    `cpu`: seconds that the server computed for each good answer."""

    rate: float
    p50: float
    p99: float
    failed: int
    cpu: float


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def run_wrk(server: Server, file: Path, *, clients: int, seconds: float, first: int = 0) -> Figures:
    """Send the requests of a file (`write`) for so long, beginning with the one of that number."""
    options = ["-t1", f"-c{clients}", f"-d{max(1, round(seconds))}s", "--timeout", "30s", "-s", str(REPLAY)]
    before = server.cpu()
    said = subprocess.run(  # noqa: S603 (wrk, with our own arguments)
        pinned(["wrk", *options, server.base, "--", str(file), str(first)], CLIENT_CORE),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    told = [int(word) for line in said.splitlines() if line.startswith("figures") for word in line.split()[1:]]
    answers, refused, lost, duration, p50, p99 = told
    good = answers - refused
    return Figures(
        rate=good / (duration / 1e6),
        p50=p50 / 1e6,
        p99=p99 / 1e6,
        failed=refused + lost,
        cpu=(server.cpu() - before) / max(1, good),
    )


def write(requests: Iterable[Request], file: Path) -> None:
    """The requests as `replay.lua` reads them."""
    file.write_bytes(b"".join(b"%d\n%b" % (len(raw), raw) for raw in (request.raw() for request in requests)))


async def run_httpx(server: Server, requests: Sequence[Request], *, clients: int, seconds: float) -> Figures:
    """The same in this process, which is slower than most servers: to see that it works."""
    times: list[float] = []
    failed = 0
    coming = itertools.cycle(requests)
    before = server.cpu()

    async def ask(client: httpx.AsyncClient, began: float) -> None:
        nonlocal failed
        while (asked := time.perf_counter()) < began + seconds:
            request = next(coming)
            answer = await client.request(
                request.method, request.path, headers=dict(request.headers), content=request.body
            )
            if answer.status_code < 400:
                times.append(time.perf_counter() - asked)
            else:
                failed += 1

    async with httpx.AsyncClient(base_url=server.base, timeout=30) as client:
        began = time.perf_counter()
        await asyncio.gather(*(ask(client, began) for _ in range(clients)))
        lasted = time.perf_counter() - began
    ranks = quantiles([*times, *times] or [0.0, 0.0], n=100, method="inclusive")
    cpu = (server.cpu() - before) / max(1, len(times))
    return Figures(rate=len(times) / lasted, p50=ranks[49], p99=ranks[98], failed=failed, cpu=cpu)
