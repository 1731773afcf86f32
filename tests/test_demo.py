"""`onrecord demo`: what a newcomer reads and gets, on a real port."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

ONRECORD = Path(sys.executable).with_name("onrecord")


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def demo(directory: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ONRECORD_")}
    process = subprocess.Popen(
        [ONRECORD, "demo", "--port", str(port)],
        env=env | {"ONRECORD_DATA_DIR": str(directory / "data")},
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def hints(process: "subprocess.Popen[bytes]", port: int) -> str:
    """What it had printed by the time that the port was open."""
    deadline = time.monotonic() + 60
    while not is_open(port):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert process.stdout is not None
    return os.read(process.stdout.fileno(), 65536).decode()


def stop(process: "subprocess.Popen[bytes]") -> str:
    """End it as a service manager does; what it had to say on standard error."""
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=12)
    assert process.returncode in (0, -signal.SIGTERM)
    return errors.decode()


def test_the_demo_says_what_to_try_serves_it_and_does_not_begin_anew(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with demo(tmp_path, port) as process:
        assert process.stdout is not None
        first = process.stdout.readline().decode()
        assert not is_open(port), "the hints come before the port opens"
        assert first.startswith(f"Onrecord serves at {address}")
        said = first + hints(process, port)
        tries = re.findall(r"^  \d\. .*", said, re.MULTILINE)
        assert len(tries) == 4
        article_url = re.search(rf"curl ({address}/v1/articles/\S+)", said)
        assert article_url is not None
        article = httpx.get(article_url[1]).json()
        assert article["permission"] is not None, "the reprint comes first"
        assert article["quotes"]
        for quote in article["quotes"]:
            assert article["body"]["text"][quote["start"] : quote["end"]] == quote["exact"]
        assert len(httpx.get(f"{address}/v1/articles").json()["items"]) >= 3
        said_url = re.search(rf"curl ({address}/v1/quotes\S+)", said)
        assert said_url is not None
        who = [(each["speaker"]["name"], each["review"]) for each in httpx.get(said_url[1]).json()["items"]]
        assert who == [("Tamsin Arkwell", "confirmed")] * 2
        sure = {each["speaker"]["name"] for each in httpx.get(f"{address}/v1/quotes").json()["items"]}
        names = {"Hester Quillan", "Amadi Truss", "Bram Isholt", "Nadia Pellgrave", "Tamsin Arkwell", "Rufus Elland"}
        assert sure == names | {"Mira Santhorpe", "Edda Corrigan", "Orm Valley Chronicle"}
        assert article["url"] == article_url[1], "its addresses lead to this very demo"
        assert httpx.get(address, follow_redirects=True).url == f"{address}/docs"
        assert httpx.get(f"{address}/readyz").status_code == 200
        sign_in = re.search(r"password (\S+) \(shown this once\)", said)
        assert sign_in is not None
        form = {"grant_type": "password", "username": "owner@demo.example", "password": sign_in[1]}
        token = httpx.post(f"{address}/v1/auth/token", data=form).json()["access_token"]
        drafts = httpx.get(f"{address}/v1/admin/articles", headers={"Authorization": f"Bearer {token}"})
        assert drafts.status_code == 200
        errors = stop(process)
    assert "Traceback" not in errors
    assert sign_in[1] not in errors

    began = time.monotonic()
    with demo(tmp_path, port) as process:
        said_again = hints(process, port)
        seconds = time.monotonic() - began
        assert "password" not in said_again
        assert said_again.splitlines()[:5] == said.splitlines()[:5]
        again = httpx.get(article_url[1])
        assert again.json() == article
        assert "Traceback" not in stop(process)
    assert seconds < 15, "5 s where nothing else runs"
