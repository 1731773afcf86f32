"""What can be known of the image without a container engine."""

import http.server
import importlib.util
import json
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Dockerfile as its keyword and the rest, continuation lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in lines if line)]


def final_stage(keyword: str) -> list[str]:
    """What the stage that becomes the image says under the keyword."""
    every = instructions()
    start = max(place for place, (word, _) in enumerate(every) if word == "FROM")
    return [rest for word, rest in every[start:] if word == keyword]


def health_check() -> list[str]:
    (rest,) = final_stage("HEALTHCHECK")
    command: list[str] = json.loads(rest.partition("CMD ")[2])
    return command


def from_checkout() -> list[str]:
    """The paths that the image takes from the checkout."""
    words = [shlex.split(rest) for keyword, rest in instructions() if keyword == "COPY"]
    return [source for parts in words if "--from=build" not in parts for source in parts[:-1]]


def test_every_copied_path_exists_and_reaches_the_build() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert from_checkout()
    for source in from_checkout():
        assert (ROOT / source).exists(), source
        assert f"!{source.split('/')[0]}" in rules, f"{source} is kept out by .dockerignore"


def test_nothing_else_reaches_the_build() -> None:
    first, *rest = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    assert first == "*"
    assert {rule[1:] for rule in rest if rule[0] == "!"} == {path.split("/")[0] for path in from_checkout()}


def test_packages_come_from_the_hashed_locks_only() -> None:
    commands = "\n".join(rest for keyword, rest in instructions() if keyword == "RUN")
    installs = re.findall(r"pip install.*?(?=&&|$)", commands, re.MULTILINE)
    locked = [command for command in installs if "-r requirements/" in command]
    assert len(locked) == 2
    assert all("--require-hashes --only-binary :all:" in command for command in locked)
    (project,) = set(installs) - set(locked)
    assert "--no-deps" in project


def test_the_process_has_no_rights_and_its_data_a_volume() -> None:
    (user,) = final_stage("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user), "not numbers: Kubernetes cannot tell that it is not root"
    (volume,) = final_stage("VOLUME")
    assert f"ONRECORD_DATA_DIR={volume}" in " ".join(final_stage("ENV")).split()


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers `/healthz` with the server's `status`."""

    def do_GET(self) -> None:
        self.send_response(getattr(self.server, "status", 500) if self.path == "/healthz" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def site() -> Iterator[http.server.HTTPServer]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_asks_the_exposed_port(site: http.server.HTTPServer, status: int, healthy: bool) -> None:
    site.status = status  # type: ignore[attr-defined]
    (port,) = final_stage("EXPOSE")
    python, dash_c, code = health_check()
    assert (python, dash_c, f"127.0.0.1', {port}," in code) == ("python", "-c", True)
    here = [sys.executable, "-c", code.replace(port, str(site.server_port))]
    finished = subprocess.run(here, env={"http_proxy": "http://127.0.0.1:9"}, check=False)
    assert (finished.returncode == 0) is healthy


def test_the_health_check_fails_where_nothing_listens() -> None:
    (port,) = final_stage("EXPOSE")
    with socket.socket() as bound:  # not listening, so it refuses; bound, so nobody else gets the port
        bound.bind(("127.0.0.1", 0))
        here = [sys.executable, "-c", health_check()[2].replace(port, str(bound.getsockname()[1]))]
        finished = subprocess.run(here, capture_output=True, check=False)
    assert b"ConnectionRefusedError" in finished.stderr
    assert finished.returncode != 0


@pytest.mark.skipif(importlib.util.find_spec("app.main") is None, reason="there is no application yet")
def test_the_health_check_asks_for_a_path_that_is_served() -> None:
    (path,) = re.findall(r"'GET', '([^']+)'", health_check()[2])
    assert any(f'"{path}"' in module.read_text() for module in (ROOT / "app").rglob("*.py"))


@pytest.mark.skipif(importlib.util.find_spec("app.cli") is None, reason="there is no command line yet")
def test_the_container_starts_a_command_that_exists() -> None:
    (rest,) = final_stage("CMD")
    script, *arguments = json.loads(rest)
    assert script == "onrecord"
    start = [sys.executable, "-c", "from app.cli import main; main()", *arguments, "--help"]
    assert subprocess.run(start, cwd=ROOT, check=False).returncode == 0
