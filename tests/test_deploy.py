"""What `deploy/` gives to an operator, at work: each edge in front of a real server."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.db import now
from bench.servers import free_port
from tests.served import Origin, origin

__all__ = ["origin"]

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"


@contextmanager
def running(command: list[str], port: int, **options: Any) -> Iterator[None]:
    """The command, listening on the port, until the block is left."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options) as process:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if process.poll() is not None:
                    pytest.fail(f"{command[0]} ended: {process.communicate()[0]}")
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=20)


def replaced(text: str, changes: dict[str, str]) -> str:
    """The text with each of these replaced; all of them must be there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(origin: Origin, directory: Path) -> Iterator[int]:
    port = free_port()
    changes = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server 127.0.0.1:8000;": f"server {origin.base.removeprefix('http://')};",
        "/var/cache/nginx/onrecord": str(directory / "cache"),
    }
    ours = replaced((DEPLOY / "nginx.conf").read_text(), changes)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {directory / kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    file = directory / "nginx.conf"
    file.write_text(
        f"daemon off; {user} pid {directory / 'pid'}; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; {places}\n{ours}\n}}\n"
    )
    with running(["nginx", "-c", str(file), "-p", str(directory)], port):
        yield port


@contextmanager
def varnish(origin: Origin, directory: Path) -> Iterator[int]:
    port = free_port()
    file = directory / "onrecord.vcl"
    file.write_text(
        replaced(
            (DEPLOY / "varnish.vcl").read_text(), {'.port = "8000"': f'.port = "{origin.base.rpartition(":")[2]}"'}
        )
    )
    command = ["varnishd", "-F", "-j", "none", "-n", str(directory / "work"), "-f", str(file)]
    with running([*command, "-a", f"127.0.0.1:{port}", "-s", "malloc,64m"], port):
        yield port


EDGES: dict[str, tuple[str, Callable[[Origin, Path], Any]]] = {
    "nginx": ("nginx", nginx),
    "varnish": ("varnishd", varnish),
}


@dataclass(frozen=True)
class Edge:
    name: str
    port: int

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: str = "") -> httpx.Response:
        """One request, with exactly these headers."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body=body or None, headers={"Host": "edge.example", **(headers or {})})
            answer = connection.getresponse()
            return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture(scope="module", params=list(EDGES))
def edge(request: pytest.FixtureRequest, origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    program, start = EDGES[request.param]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    with start(origin, tmp_path_factory.mktemp(request.param)) as port:
        yield Edge(request.param, port)


def newest(edge: Edge) -> str:
    items = edge.get("/v1/articles?limit=1&tag=news").json()["items"]
    return f"/v1/articles/{items[0]['slug']}"


def test_the_second_reader_gets_the_copy(edge: Edge) -> None:
    for path in (newest(edge), "/v1/articles?limit=100", "/v1/articles?limit=100&view=card"):
        first, second = edge.get(path), edge.get(path)
        assert (first.status_code, first.headers["X-Cache"]) == (200, "MISS")
        assert (second.status_code, second.headers["X-Cache"]) == (200, "HIT")
        assert second.content == first.content
        assert second.headers["ETag"] == first.headers["ETag"]
        assert edge.ask("HEAD", path).headers["X-Cache"] == "HIT"
        assert edge.ask("HEAD", path).content == b""


def test_the_copy_answers_304(edge: Edge) -> None:
    path = newest(edge)
    etag = edge.get(path).headers["ETag"]
    unchanged = edge.get(path, If_None_Match=etag)
    assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", etag)
    assert edge.get(path, If_None_Match='"another"').status_code == 200


def test_each_client_gets_a_coding_that_it_takes(edge: Edge) -> None:
    path = newest(edge)
    plain = edge.get(path)
    assert "Content-Encoding" not in plain.headers
    for accepted, codings in (
        ("gzip", {"gzip"}),
        ("gzip, deflate, br, zstd", {"gzip", "br"}),
        ("br;q=0, gzip;q=0", {"identity"}),
        ("deflate", {"identity"}),
        ("*", {"identity", "gzip"}),
    ):
        answer = edge.get(path, Accept_Encoding=accepted)
        assert answer.headers.get("Content-Encoding", "identity") in codings, accepted
        assert answer.json() == plain.json()
        assert edge.get(path, Accept_Encoding=accepted).headers["X-Cache"] == "HIT"
    assert edge.get(path, Accept_Encoding="gzip").headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_a_credential_neither_gets_a_copy_nor_leaves_one(edge: Edge, origin: Origin, header: str) -> None:
    path = f"/v1/articles/{origin.publish(f'{edge.name} and {header}')['slug']}"
    for _ in range(2):
        signed = edge.get(path, **{header: f"Bearer {origin.key}"})
        assert (signed.status_code, signed.headers["X-Cache"]) in ((200, "MISS"), (200, "BYPASS"))
    assert edge.get(path).headers["X-Cache"] == "MISS"
    assert edge.get(path).headers["X-Cache"] == "HIT"
    assert edge.get(path, **{header: f"Bearer {origin.key}"}).headers["X-Cache"] != "HIT"


def test_what_staff_see_is_never_kept(edge: Edge, origin: Origin) -> None:
    made = origin.publish(f"{edge.name} for staff")
    path = f"/v1/admin/articles/{made['id']}"
    assert edge.get(path).status_code == 401
    statuses = []
    for action in ("unpublish", "publish"):
        origin.act(made["id"], action)
        answer = edge.get(path, Authorization=f"Bearer {origin.key}")
        assert answer.headers.get("X-Cache") != "HIT"
        statuses.append(answer.json()["status"])
    assert statuses == ["unpublished", "published"]
    assert edge.get(path).status_code == 401


def test_a_change_through_the_edge_carries_its_condition(edge: Edge, origin: Origin) -> None:
    made = origin.publish(f"{edge.name} edited")
    path = f"/v1/admin/articles/{made['id']}"
    signed = {"Authorization": f"Bearer {origin.key}", "Content-Type": "application/json"}
    etag = edge.ask("GET", path, signed).headers["ETag"]
    assert edge.ask("PATCH", path, signed, '{"title": "New"}').status_code == 428
    assert edge.ask("PATCH", path, {**signed, "If-Match": '"old"'}, '{"title": "New"}').status_code == 412
    assert edge.ask("PATCH", path, {**signed, "If-Match": etag}, '{"title": "New"}').status_code == 200


def test_a_reader_cannot_choose_the_address_that_he_is_counted_by(edge: Edge) -> None:
    path = f"{newest(edge)}/comments"
    statuses = [
        edge.ask(
            "POST",
            path,
            {"Content-Type": "application/json", "X-Forwarded-For": f"192.0.2.{number}"},
            '{"author_name": "Ada", "body": "Hm."}',
        ).status_code
        for number in range(3)
    ]
    assert 429 in statuses  # two a minute: both edges together spend them


def test_what_is_taken_down_is_gone_when_its_time_is_over(edge: Edge, origin: Origin) -> None:
    made = origin.publish(f"{edge.name} taken down")
    until = (now() + timedelta(seconds=8)).isoformat()
    permission = {"assigner": "gazette-1-50001", "credit": "Reprinted", "valid_through": until}
    origin.act(made["id"], "permissions", json=permission)
    path = f"/v1/articles/{made['slug']}"
    kept = edge.get(path)
    seconds = int(re.findall(r"s-maxage=(\d+)", kept.headers["Cache-Control"])[0])
    assert 1 <= seconds < 8
    origin.act(made["id"], "unpublish")
    deadline = time.monotonic() + seconds + 2
    while (answer := edge.get(path)).status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert answer.status_code == 404
    assert edge.get(path).status_code == 404


def test_varnish_lets_go_of_what_a_tag_names_and_of_nothing_else(edge: Edge, origin: Origin) -> None:
    if edge.name != "varnish":
        pytest.skip("nginx cannot purge by tag")
    gone, other = origin.publish("To be purged"), origin.publish("Not to be purged")
    lists = [f"/v1/articles?tag={made['tags'][0]['slug']}" for made in (gone, other)]
    paths = [f"/v1/articles/{gone['slug']}", lists[0], f"/v1/articles/{other['slug']}", lists[1]]
    for path in paths:
        edge.get(path)
    origin.act(gone["id"], "unpublish")
    tags = f"article:{gone['id']},feed:tag:{gone['tags'][0]['slug']}"
    assert edge.ask("PURGE", "/", {"Cache-Tag": tags}).status_code == 200
    assert edge.get(paths[0]).status_code == 404
    assert edge.get(paths[1]).json()["items"] == []
    assert [edge.get(path).headers["X-Cache"] for path in paths[2:]] == ["HIT", "HIT"]
    for nonsense in ("", ".*", "a b", 'x" || obj.status == 200', "(", "a,"):
        assert edge.ask("PURGE", "/", {"Cache-Tag": nonsense}).status_code == 400, nonsense
    assert edge.get(paths[2]).headers["X-Cache"] == "HIT"


def test_the_unit_is_one_that_systemd_takes() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = DEPLOY / "onrecord.service"
    said = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True).stderr
    complaints = [line for line in said.splitlines() if "is not executable" not in line]
    assert complaints == []
