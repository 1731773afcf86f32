"""`onrecord extract`: what is in files, without a database."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ONRECORD = Path(sys.executable).with_name("onrecord")
TEXT = "Fares rise\nMarch 2, 2026\n“Nobody asked us,” said Bo Lind, a commuter.\n"


@pytest.fixture
def extract(tmp_path: Path) -> Any:
    """Runs the command where there is no site: its exit code, what it printed, and its complaints."""
    (tmp_path / "fares.txt").write_text(TEXT)

    def run(*words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        ran = subprocess.run([ONRECORD, "extract", *words], cwd=tmp_path, input=stdin, capture_output=True)
        return ran.returncode, ran.stdout.decode(), ran.stderr.decode()

    return run


def test_each_file_has_a_line_in_order_also_the_unreadable(extract: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    code, out, _ = extract("empty.txt", "fares.txt", "nowhere.txt", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, [line["file"] for line in lines]) == (1, ["empty.txt", "fares.txt", "nowhere.txt"])
    assert [line["problem"] and line["problem"]["code"] for line in lines] == ["empty", None, "unreadable"]
    assert {*lines[0]} == {*lines[1]} == {*lines[2]}
    found = lines[1]
    assert (found["title"], found["published_at"]) == ("Fares rise", "2026-03-02T00:00:00.000000Z")
    [quote] = found["quotes"]
    assert found["body"]["text"][quote["start"] : quote["end"]] == quote["exact"] == "Nobody asked us,"
    assert quote["speaker"]["name"] == "Bo Lind"
    assert {file.name for file in tmp_path.iterdir()} == {"empty.txt", "fares.txt"}, "nothing is made"


def test_with_body_the_offsets_count_in_the_whole_input(extract: Any) -> None:
    code, out, _ = extract("-", "--body", "--json", stdin=TEXT.encode())
    found = json.loads(out)
    assert (code, found["body"]["text"], found["title"]) == (0, TEXT, "")
    assert [TEXT[quote["start"] : quote["end"]] for quote in found["quotes"]] == ["Nobody asked us,"]


def test_an_editor_can_read_it(extract: Any) -> None:
    code, out, err = extract("fares.txt")
    assert (code, err) == (0, "")
    assert "1. “Nobody asked us,” (direct, 1–17)" in out
    assert "Bo Lind; rule “tail verb first”, confidence 0." in out


def test_it_loads_nothing_that_takes_long() -> None:
    dear = ("sqlalchemy", "fastapi", "pydantic", "lxml")
    asks = f"import sys, app.cli, app.extract, app.ingest.showing; print([m for m in {dear} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, env={**os.environ})
    assert ran.stdout.strip() == "[]"
