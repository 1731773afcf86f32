"""Servers of the comparison, each a process of its own on one core."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError

ROOT = Path(__file__).resolve().parents[1]
SERVER_CORE = 0
START_SECONDS = 60.0

CACHE_MB = 256
"""What `cached` may keep."""


class Server:
    """A command that serves HTTP on `port` once the block is entered, until it is left."""

    def __init__(self, command: Sequence[str], *, port: int, ready: str, environment: Mapping[str, str]) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self._command = pinned(command, SERVER_CORE)
        self._ready = f"{self.base}{ready}"
        self._environment = {**os.environ, **environment}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603 (our own servers)
            self._command, cwd=ROOT, env=self._environment, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(URLError, ConnectionError), urllib.request.urlopen(self._ready):  # noqa: S310 (http://127…)
                return self
            time.sleep(0.05)
        self._stop()
        raise RuntimeError(f"{' '.join(self._command)} does not answer at {self._ready}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def cpu(self) -> float:
        """Seconds that the process has computed so far, its threads and the kernel on its behalf included."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Bytes of the process in memory (Linux: VmRSS)."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the server is gone")


def onrecord(environment: Mapping[str, str]) -> Server:
    """The project's own `onrecord serve`."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("onrecord")), "serve", "--port", str(port)]
    return Server(command, port=port, ready="/healthz", environment={"ONRECORD_LOG_LEVEL": "warning", **environment})


def uvicorn(factory: str, environment: Mapping[str, str], *, ready: str) -> Server:
    """An application under uvicorn at its quickest: nothing logged, nothing looked up, nothing added."""
    port = free_port()
    options = ["--loop", "uvloop", "--http", "httptools", "--ws", "none", "--log-level", "warning"]
    options += ["--no-access-log", "--no-proxy-headers", "--no-server-header"]
    command = [sys.executable, "-m", "uvicorn", factory, "--factory", "--port", str(port), *options]
    return Server(command, port=port, ready=ready, environment=environment)


def pinned(command: Sequence[str], core: int) -> list[str]:
    """The command on that core alone, where there is such a core and `taskset` (util-linux)."""
    if shutil.which("taskset") is None or core not in os.sched_getaffinity(0):
        return list(command)
    return ["taskset", "-c", str(core), *command]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
