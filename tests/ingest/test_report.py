"""What `onrecord import` tells an editor: a page of what needs a look, and on a terminal how far it is."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.articles.body import render
from app.cli import app
from app.serving import prepare
from app.settings import load
from bench.importing import HEAD, TAIL, posts, write_wxr
from tests.conftest import SECRET

TEXT = """Fares ‘will |double|’ <b>
“We waited,” Ida Holm said.
“Nobody came.”
Reprinted with permission from The Coast Review.
"""
ONRECORD = str(Path(sys.executable).with_name("onrecord"))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs `onrecord import` on a database of its own; gives what it printed."""
    monkeypatch.setenv("ONRECORD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ONRECORD_SECRET_KEY", SECRET)
    prepare(load(data_dir=tmp_path / "data", secret_key=SECRET, _env_file=None))

    def command(*words: str) -> str:
        return CliRunner().invoke(app, ["import", *words]).stdout

    return command


def test_the_report_says_first_what_needs_a_look_and_then_every_entry(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "b.txt").write_text("Only a title")
    (tmp_path / "c.txt").write_text("Quiet\nMarch 2, 2026\nNothing was said.\n")
    (tmp_path / "d.txt").write_text("Undated\nNothing was said.\n")
    files = [str(tmp_path / f"{name}.txt") for name in "abcd"]
    page = tmp_path / "report.md"
    told = [json.loads(line) for line in run(*files, "--json", "--report", str(page)).splitlines()]
    found = page.read_text()
    assert "In all: 3 created, 1 failed." in found
    first, every = found.split("## Every entry")
    for look in told[0]["look"]:
        assert render(look["detail"]).text in render(first).text
    assert len(told[0]["look"]) >= 2, "a headline and a permission"
    assert "could not be imported: There is a title but no text under it." in first
    assert "Quiet" not in first
    assert "- **Undated (`undated`)**\n    - It has no date; one is set when it is published." in first
    assert len(re.findall(r"^\| (?:created|failed) \|", every, re.MULTILINE)) == 4
    assert f"| {told[0]['quotes']} | {told[0]['with_speaker']} | 0 |" in every
    html = render(found).html
    assert "<b>" not in html
    assert "Fares ‘will |double|’ &lt;b&gt;" in html
    assert html.count("<tr>") == 5

    again = tmp_path / "again.md"
    run(*files, "--report", str(again))
    assert "In all: 1 failed, 3 unchanged." in again.read_text()


def test_a_report_that_cannot_be_written_stops_the_import_before_it_begins(
    run: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    assert run(str(tmp_path / "a.txt"), "--report", str(tmp_path / "no" / "where.md")) == ""
    assert "created" in run(str(tmp_path / "a.txt"))


def test_a_terminal_shows_how_far_it_is_and_ctrl_c_keeps_what_was_made(run: Callable[..., str], tmp_path: Path) -> None:
    export, page = tmp_path / "export.xml", tmp_path / "report.md"
    write_wxr(export, 400)
    terminal, side = pty.openpty()
    command = [ONRECORD, "import", str(export), "--report", str(page)]
    process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, start_new_session=True, env=os.environ)
    os.close(side)
    screen = b""
    while (chunk := read(terminal)) is not None:
        screen += chunk
        if screen.count(b"created: ") >= 70 and process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)  # what the terminal does on Ctrl-C
            break
    while (chunk := read(terminal)) is not None:
        screen += chunk
    assert process.wait(timeout=30) == 1
    os.close(terminal)
    shown = screen.decode()
    assert re.search(r"\d+ entries, \d+ a second, \d+:\d\d left\r\x1b\[K", shown)
    last = shown.strip().splitlines()[-1]
    stopped = re.search(r"Stopped after (\d+) articles, which are kept. Run it again to go on.", last)
    assert stopped, last
    assert "Traceback" not in shown
    assert "It was stopped before its end." in page.read_text()
    again = run(str(export))
    assert again.count("unchanged: ") >= int(stopped[1]) >= 70
    assert again.count("unchanged: ") + again.count("created: ") == 400


def read(terminal: int) -> bytes | None:
    """What a terminal shows next; None when nobody writes to it any more."""
    ready, _, _ = select.select([terminal], [], [], 30)
    try:
        return os.read(terminal, 65_536) or None if ready else None
    except OSError:  # EIO: the other side was closed
        return None


def test_without_a_terminal_nothing_but_results_is_printed(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "export.xml").write_text(HEAD + "".join(posts(3)) + TAIL)
    done = subprocess.run(
        [ONRECORD, "import", str(tmp_path / "export.xml")], capture_output=True, check=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.count("created: ") == 3
    assert run(str(tmp_path / "export.xml")).count("unchanged: ") == 3
