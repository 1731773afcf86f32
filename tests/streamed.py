"""A server on the test's database, and what its streams say."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bench.servers import free_port
from tests.conftest import SECRET

ACCEPT = {"Accept": "text/event-stream"}

Served = tuple[str, subprocess.Popen[bytes]]


@contextmanager
def serving(database_url: str, folder: Path, **environment: str) -> Iterator[Served]:
    """The address and the process of a server with a worker inside."""
    port = free_port()
    env = {**os.environ, "ONRECORD_DATA_DIR": str(folder), "ONRECORD_DATABASE_URL": database_url}
    env |= {"ONRECORD_SECRET_KEY": SECRET, "ONRECORD_LOG_LEVEL": "warning"} | environment
    command = [str(Path(sys.executable).with_name("onrecord")), "serve", "--port", str(port)]
    with subprocess.Popen(command, env=env) as process:
        base = f"http://127.0.0.1:{port}"
        try:
            wait_for(process, base)
            yield base, process
        finally:
            process.kill()


def wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    """Returns once the server is ready; fails if it ended before."""
    while server.poll() is None:
        try:
            httpx.get(f"{address}/readyz", trust_env=False).raise_for_status()
        except httpx.HTTPError:  # not there yet, or too busy with starting to answer in time
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server ended with {server.returncode}")


def next_event(lines: Iterator[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and name:
            found[name] = value
        elif "data" in found:
            return found
    raise AssertionError("the stream ended")
