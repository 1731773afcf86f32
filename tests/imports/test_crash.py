"""Workers that are killed in the middle of an import: the next one goes on, and all is as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import update

from app.context import Site
from app.db import now
from app.imports.actions import LEASE
from app.imports.models import ImportJob
from app.serving import prepare
from app.settings import Settings, load
from bench.importing import write_wxr
from tests.conftest import SECRET, Api
from tests.imports.test_jobs import XML, items, read
from tests.ingest.test_again import sqlite_in, state

ARTICLES = 260
ONRECORD = str(Path(sys.executable).with_name("onrecord"))


@contextmanager
def worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    env = {**os.environ, "ONRECORD_DATA_DIR": str(settings.data_dir), "ONRECORD_DATABASE_URL": settings.database_url}
    with subprocess.Popen([ONRECORD, "worker"], env=env | {"ONRECORD_SECRET_KEY": SECRET}) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_until(staff: Api, job: dict[str, Any], entries: int) -> None:
    deadline = time.monotonic() + 120
    while (found := read(staff, job))["entries"] < entries and found["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_an_import_whose_workers_are_killed_equals_one_that_was_not_disturbed(
    staff: Api, site: Site, settings: Settings, tmp_path: Path
) -> None:
    export, whole = tmp_path / "export.xml", tmp_path / "whole"
    write_wxr(export, ARTICLES)
    prepare(load(data_dir=whole, secret_key=SECRET, _env_file=None))
    env = {**os.environ, "ONRECORD_DATA_DIR": str(whole), "ONRECORD_SECRET_KEY": SECRET}
    subprocess.run([ONRECORD, "import", "--publish", str(export)], env=env, check=True, stdout=subprocess.DEVNULL)

    job = staff.post("/v1/admin/imports", content=export.read_bytes(), headers=XML, params={"publish": "true"}).json()
    done = 0
    for _ in range(2):
        with worker(settings) as running:
            wait_until(staff, job, done + 1)
            running.send_signal(signal.SIGKILL)
            running.wait()
        stopped = read(staff, job)
        assert stopped["status"] == "running", "it was killed in the middle"
        assert done < stopped["entries"] < ARTICLES
        done = stopped["entries"]
        with site.database.writer.session() as session:  # half a minute later
            session.execute(update(ImportJob).values(leased_until=now() - LEASE))
    with worker(settings) as running:
        wait_until(staff, job, ARTICLES + 1)  # that is, until it is finished
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=30) == 0
    finished = read(staff, job)
    assert (finished["status"], finished["counts"]["created"]) == ("finished", ARTICLES)
    assert [item["number"] for item in items(staff, job)] == [*range(1, ARTICLES + 1)]
    assert state(settings.database) == state(sqlite_in(whole))
