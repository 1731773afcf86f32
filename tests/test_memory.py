"""What a process that serves takes, and what it does without until that is needed."""

import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

from bench.servers import onrecord
from tests.conftest import SECRET

BOUND = 136_000_000
"""Bytes in memory after a hundred requests on SQLite, what is kept of their answers included."""

UNNEEDED = ("PIL", "alembic", "httpx", "lxml", "psycopg", "rich", "trafilatura", "yaml")
LOADED = f"import sys, app.cli, app.main, app.serving; print([m for m in {UNNEEDED} if sys.modules.get(m)])"


def test_a_worker_takes_no_more_memory_than_it_may(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "onrecord.db")
    with onrecord({"ONRECORD_DATA_DIR": str(tmp_path), "ONRECORD_SECRET_KEY": SECRET}) as served:
        for number in range(100):
            with urllib.request.urlopen(f"{served.base}/v1/articles?limit={number + 1}") as answer:  # noqa: S310
                assert answer.status == 200
        assert served.memory() < BOUND


def test_what_serving_does_not_need_is_not_loaded() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
