"""Several workers on one port: what one has done, all know."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.db import Database, now
from bench.servers import free_port
from tests.conftest import PASSWORD, SECRET

ONRECORD = str(Path(sys.executable).with_name("onrecord"))
WORKERS = 3
OWNER = "owner@example.org"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@dataclass
class Served:
    process: subprocess.Popen[str]
    base: str
    key: str
    opened: list[httpx.Client] = field(default_factory=list)

    def pids(self) -> list[int]:
        return [
            int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]

    def clients(self, **headers: str) -> list[httpx.Client]:
        """Connections of their own: more than workers, so that they are spread over several of them."""
        made = [httpx.Client(base_url=self.base, headers=headers, timeout=20) for _ in range(WORKERS * 4)]
        self.opened += made
        return made

    def staff(self) -> httpx.Client:
        return self.clients(Authorization=f"Bearer {self.key}")[0]


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    database = Database(database_url)
    hashed = accounts.hash_password(PASSWORD)
    with database.writer.session() as session:
        owner = accounts.create_user(session, email=OWNER, name="Owner", role="owner", password_hash=hashed, at=now())
        _, key = accounts.create_key(
            session, owner, name="t", scopes=sorted(RIGHTS["owner"]), expires_at=None, at=now()
        )
    database.close()
    port = free_port()
    env = os.environ | {
        "ONRECORD_DATABASE_URL": database_url,
        "ONRECORD_SECRET_KEY": SECRET,
        "ONRECORD_LOGIN_RATE": "4",
        "ONRECORD_DATA_DIR": str(tmp_path),
        "ONRECORD_LOG_FORMAT": "json",
    }
    command = [ONRECORD, "serve", "--port", str(port), "--workers", str(WORKERS)]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, env=env, cwd=tmp_path, stderr=log, text=True)
    found = Served(process, f"http://127.0.0.1:{port}", key)
    try:
        until(lambda: (tmp_path / "log").read_text().count("Application startup complete") == WORKERS)
        yield found
    finally:
        for client in found.opened:
            client.close()
        process.terminate()
        process.wait(timeout=12)


def draft(client: httpx.Client, title: str) -> dict[str, Any]:
    made = client.post("/v1/admin/articles", json={"title": title, "markdown": "“Sorry,” said Ida Holm."})
    assert made.status_code == 201, made.text
    shown = client.post(f"/v1/admin/articles/{made.json()['id']}/publish", headers={"If-Match": made.headers["ETag"]})
    assert shown.status_code == 200, shown.text
    return {**shown.json(), "etag": shown.headers["ETag"]}


def test_no_reader_gets_less_than_the_last_acknowledged_change_whoever_took_it(
    served: Served, database_url: str
) -> None:
    """Writers and readers on connections of their own, so that changes and reads meet in different processes."""
    allowed = 0.0 if database_url.startswith("sqlite") else 0.1  # what is promised for PostgreSQL
    failures: list[str] = []
    looks, changes = [0], [0]
    acknowledged: dict[str, list[tuple[float, int]]] = {}

    def goes_on() -> bool:  # on a busy machine until there is enough to judge by
        over = started + (4 if changes[0] > 10 and looks[0] > 50 else 60)
        return not failures and time.monotonic() < over

    def write(article: dict[str, Any]) -> None:
        etag, number = article["etag"], 0
        clients = served.clients(Authorization=f"Bearer {served.key}")[:3]
        while goes_on():
            number += 1
            changed = clients[number % 3].patch(
                f"/v1/admin/articles/{article['id']}", json={"title": f"Title {number}"}, headers={"If-Match": etag}
            )
            if changed.status_code != 200:
                failures.append(changed.text)
                return
            etag = changed.headers["ETag"]
            acknowledged[article["slug"]].append((time.monotonic(), number))
            changes[0] += 1

    def read(client: httpx.Client) -> None:
        while goes_on():
            for slug, said in acknowledged.items():
                asked = time.monotonic() - allowed
                least = max((number for at, number in said[-50:] if at <= asked), default=0)
                title = client.get(f"/v1/articles/{slug}").json()["title"]
                looks[0] += 1
                if int(title.split()[1]) < least:
                    failures.append(f"{title} after {least}")

    articles = [draft(served.staff(), "Title 0") for _ in range(2)]
    started = time.monotonic()
    acknowledged.update({article["slug"]: [] for article in articles})
    threads = [threading.Thread(target=write, args=(article,)) for article in articles]
    threads += [threading.Thread(target=read, args=(client,)) for client in served.clients()[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert changes[0] > 3  # what the machine manages meanwhile is not the question
    assert looks[0] > 50


def test_what_ends_a_right_ends_it_on_every_worker_at_once(served: Served, database_url: str) -> None:
    staff = served.staff()
    person = {"email": "ida@example.org", "name": "Ida", "role": "editor", "password": PASSWORD}
    user = f"/v1/admin/users/{staff.post('/v1/admin/users', json=person).json()['id']}"
    form = {"grant_type": "password", "username": person["email"], "password": PASSWORD}

    def signed_in() -> tuple[str, list[httpx.Client]]:
        token = staff.post("/v1/auth/token", data=form).json()["access_token"]
        return token, served.clients(Authorization=f"Bearer {token}")

    def seen(clients: list[httpx.Client]) -> set[int]:
        return {client.get("/v1/admin/articles").status_code for client in clients}

    token, clients = signed_in()
    assert seen(clients) == {200}
    assert staff.patch(user, json={"role": "reader"}, headers={"If-Match": "*"}).status_code == 200
    assert seen(clients) == {403}
    assert staff.patch(user, json={"role": "editor"}, headers={"If-Match": "*"}).status_code == 200
    assert seen(clients) == {200}
    assert staff.post("/v1/auth/revoke", data={"token": token}).status_code == 204
    assert seen(clients) == {401}
    _, clients = signed_in()
    assert seen(clients) == {200}
    assert staff.patch(user, json={"disabled": True}, headers={"If-Match": "*"}).status_code == 200
    assert seen(clients) == {401}

    clients = served.clients(Authorization=f"Bearer {served.key}")
    assert seen(clients) == {200}
    database = Database(database_url)
    with closing(database), database.writer.session() as session:
        accounts.revoke_key(session, served.key.removeprefix("ork_")[:8], at=now())
    assert seen(clients) == {401}


@SQLITE
def test_sign_ins_are_counted_together(served: Served) -> None:
    form = {"grant_type": "password", "username": OWNER, "password": "wrong"}
    answers = [client.post("/v1/auth/token", data=form).status_code for client in served.clients()]
    assert sorted(answers) == [400] * 4 + [429] * (len(answers) - 4)


def counted(client: httpx.Client) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "onrecord_requests_total" and sample.labels["operation"] == "read_health"
    )


@SQLITE
def test_metrics_are_of_all_workers_and_never_go_back_not_even_when_one_is_killed(served: Served) -> None:
    clients = served.clients()
    for client in clients * 5:
        assert client.get("/healthz").status_code == 200
    until(lambda: counted(clients[0]) == len(clients) * 5)
    text = clients[0].get("/metrics").text
    assert all(f'onrecord_cache_bytes{{worker="{number}"}}' in text for number in range(WORKERS))
    before = served.pids()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: len(served.pids()) == WORKERS and served.pids() != before)
    with httpx.Client(base_url=served.base) as other:
        until(lambda: other.get("/healthz").status_code == 200)
        assert counted(other) >= len(clients) * 5


def test_sighup_replaces_the_workers_one_after_another_and_readers_go_on(served: Served) -> None:
    before, resets = set(served.pids()), 0
    served.process.send_signal(signal.SIGHUP)
    end = time.monotonic() + 60
    while before & set(served.pids()) or len(served.pids()) < WORKERS:
        assert time.monotonic() < end
        try:
            assert httpx.get(f"{served.base}/healthz").status_code == 200
        except httpx.TransportError:  # taken by a worker that ended before it read: sent again (RFC 9112, 9.5)
            resets += 1
    assert resets <= WORKERS


@SQLITE
def test_workers_end_when_their_supervisor_is_killed(served: Served) -> None:
    pids = served.pids()
    served.process.kill()
    until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids), 12)


@SQLITE
def test_sigterm_ends_all_within_12_seconds_even_with_a_stalled_upload(served: Served) -> None:
    host, port = "127.0.0.1", int(served.base.rpartition(":")[2])
    with socket.create_connection((host, port)) as stalled:
        stalled.sendall(b"POST /v1/auth/token HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n")
        pids = served.pids()
        served.process.terminate()
        assert served.process.wait(timeout=12) == 0
    assert not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids)


SUPERVISE = """
import socket
from app.supervisor import Supervisor
def work(number, ready):
    raise OSError("the disk is full\\nsecond line")
Supervisor(work, count=2, sock=socket.create_server(("127.0.0.1", 0))).run()
"""


def test_a_worker_that_cannot_start_stops_all_with_its_reason() -> None:
    root = Path(__file__).parent.parent
    ran = subprocess.run([sys.executable, "-c", SUPERVISE], cwd=root, capture_output=True, text=True, timeout=20)
    assert ran.returncode == 1
    assert ran.stderr.rstrip().endswith("WorkerFailed: the disk is full")


@pytest.mark.parametrize(
    ("words", "variables", "code"),
    [(["--workers", "0"], {}, 2), (["--workers", "many"], {}, 2), ([], {"ONRECORD_WORKERS": "0"}, 1)],
)
def test_a_wrong_number_of_workers_is_refused(
    words: list[str], variables: dict[str, str], code: int, tmp_path: Path
) -> None:
    env = os.environ | variables
    ran = subprocess.run([ONRECORD, "serve", *words], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert ran.returncode == code
    assert "workers" in ran.stderr.lower()
    assert "Traceback" not in ran.stderr
