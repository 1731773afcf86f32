"""What the documentation shows, done for real: its commands run against a server of their own."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from app.accounts.rights import RIGHTS, SCOPES
from app.cli import app
from app.events.actions import PUBLIC_KINDS
from tests.conftest import PASSWORD
from tests.streamed import wait_for

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
ADDRESS = "http://127.0.0.1:8000"
PAGES = f"{ADDRESS}/v1/articles/{{slug}}"
CLI_PAGE = ROOT / "docs" / "cli.md"
EDITING_PAGE = ROOT / "docs" / "editing.md"
HELP = re.compile(r"```text\n\$ onrecord(?P<words>[a-z ]*) --help\n.*?```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Demo:
    """A running `onrecord demo` with its data in a directory of its own."""

    address: str
    directory: Path
    mail_port: int
    """Where its e-mail goes: the readers' day listens there."""

    def environment(self) -> dict[str, str]:
        """This process's environment with no setting of ours but the place of the data and the guides' addresses."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ONRECORD_")}
        ours = {"ONRECORD_DATA_DIR": str(self.directory / "data"), "ONRECORD_OUTBOUND_ALLOW": "127.0.0.1"}
        ours |= {"ONRECORD_BASE_URL": ADDRESS, "ONRECORD_ARTICLE_URL": PAGES, "ONRECORD_TRUSTED_PROXIES": "127.0.0.1"}
        ours |= {"ONRECORD_SMTP_HOST": "127.0.0.1", "ONRECORD_SMTP_PORT": str(self.mail_port)}
        ours |= {"ONRECORD_SMTP_TLS": "none", "ONRECORD_MAIL_FROM": "post@demo.example"}
        return kept | ours | {"NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with socket.socket() as probe, socket.socket() as another:
        probe.bind(("127.0.0.1", 0))
        another.bind(("127.0.0.1", 0))
        port, mail_port = probe.getsockname()[1], another.getsockname()[1]
    demo = Demo(f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("demo"), mail_port)
    command = [str(BIN / "onrecord"), "demo", "--port", str(port)]
    with subprocess.Popen(command, env=demo.environment(), stdout=subprocess.DEVNULL) as server:
        try:
            wait_for(server, demo.address)
            yield demo
        finally:
            server.terminate()


def who_said_what(demo: Demo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "examples" / "who_said_what.py", demo.address, *arguments],
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_prints_a_line_for_each_quote_of_the_reprint(demo: Demo) -> None:
    said = who_said_what(demo)
    assert (said.stderr, said.returncode) == ("", 0)
    table, often, through, first, told, unnamed, checked, elsewhere, right, rests = said.stdout.split("\n\n")
    head, *lines = table.splitlines()
    assert head.split() == ["start", "kind", "speaker", "via", "words"]
    reprint = httpx.get(f"{demo.address}/v1/articles?reprint=true&view=full", trust_env=False).json()["items"][0]
    assert [int(line.split()[0]) for line in lines] == [quote["start"] for quote in reprint["quotes"]]
    (bakery,) = [line for line in lines if "I have nothing against islanders" in line]
    assert "Joss Wendell" in bakery
    assert any("Tide Gazette" in line for line in lines)
    assert "    2  Maren Oduya" in often.splitlines()
    assert "Tide Gazette\n         her office: Dana Revik" in through
    assert first.splitlines()[1].startswith("       Maren Oduya > a statement > The Harbour Review > Onrecord demo: We")
    assert "   11  The Harbour Review" in told.splitlines()
    assert {line[7:] for line in unnamed.splitlines()} >= {"the operator", "A spokesman for the company"}
    assert sum(int(line.split()[0]) for line in checked.splitlines()[1:]) == len(lines)
    assert elsewhere.endswith("(nowhere here)")
    assert right.endswith("Reprinted with permission from The Harbour Review.")
    assert rests.splitlines()[1].startswith("       The Harbour Review > ")


def test_the_example_finds_words_with_their_way_and_address(demo: Demo) -> None:
    said = who_said_what(demo, "", '"night boat"')
    assert (said.stderr, said.returncode) == ("", 0)
    found = said.stdout.split("\n\n")[-1]
    assert "a [night boat] is a prison" in found
    assert "My father, by way of My father > Tobin Farr > The Harbour Review" in found
    assert "#:~:text=An%20island%20without" in found


def test_the_example_fails_in_one_sentence_where_there_is_no_article(demo: Demo) -> None:
    said = who_said_what(demo, "no-such-article")
    assert said.returncode == 1
    assert said.stdout == ""
    assert len(said.stderr.splitlines()) == 1
    assert "404" in said.stderr


def steps(page: str) -> Iterator[tuple[str, str]]:
    """Each shell block of a page that a reader runs against the demo, and the block of output that follows, if any."""
    text = (ROOT / page).read_text()
    blocks = re.finditer(r"```sh\n(?P<command>.*?)```\n(?:```(?:json|http|text)\n(?P<output>.*?)```)?", text, re.DOTALL)
    for block in blocks:
        if not re.search(r"^(make|git) ", block["command"], re.MULTILINE):
            yield block["command"], block["output"] or ""


@pytest.mark.skipif(not shutil.which("curl"), reason="the guides use curl")
@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/api.md",
        "docs/comments.md",
        "docs/editing.md",
        "docs/exporting.md",
        "docs/feeds.md",
        "docs/formats.md",
        "docs/importing.md",
        "docs/media.md",
        "docs/privacy.md",
    ],
)
def test_every_command_of_a_guide_does_what_the_guide_says(page: str, demo: Demo, tmp_path: Path) -> None:
    """Statuses, problems and quotes are compared; ids, moments and what is shortened are not."""
    for name, there in ((".venv", BIN.parent), ("data", demo.directory / "data"), ("examples", ROOT / "examples")):
        (tmp_path / name).symlink_to(there)
    shown = list(steps(page))
    assert shown
    script = "\n".join(f"{command}\necho; echo '=== {number}'" for number, (command, _) in enumerate(shown))
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(ADDRESS, demo.address)],
        cwd=tmp_path,
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0), done.stdout
    printed = re.split(r"\n=== \d+\n", done.stdout)
    for (command, output), real in zip(shown, printed, strict=False):
        if output:
            assert outcomes(real) == outcomes(output), f"{command}\nprints\n{real[:2000]}"
            missing = [words for words in quoted(output) if words not in real]
            assert not missing, f"{command}\nprints\n{real[:2000]}"


def outcomes(output: str) -> list[str]:
    """Statuses, kinds of problems, and what the importer says, in order."""
    return re.findall(r"^HTTP/1\.1 \d+|^\d{3}\b|/problems/[a-z-]+|^created: .*", output, re.MULTILINE)


def quoted(output: str) -> list[str]:
    """How the quotes and titles begin, up to where the page shortens them, and the lines of the example's table."""
    begun = re.findall(r'"(?:exact|prefix|suffix|title)": ?"([^"…]+)', output)
    return begun + re.findall(r"^ *\d+  (?:direct|mixed|block|indirect) .*", output, re.MULTILINE)


def test_the_editors_day_goes_as_its_page_shows(demo: Demo) -> None:
    """Last of those that ask the demo: the guides show it as it was before."""
    user = ["user", "create", "--email", "day@demo.example", "--role", "owner", "--password-stdin"]
    subprocess.run([BIN / "onrecord", *user], env=demo.environment(), input=PASSWORD, text=True, check=True)
    day = subprocess.run(
        [sys.executable, ROOT / "examples" / "editors_day.py", demo.address, "day@demo.example", PASSWORD],
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (day.stderr, day.returncode) == ("", 0), day.stdout
    (shown,) = re.findall(r"```text\n(.*?)```", (ROOT / "docs" / "editors-day.md").read_text(), re.DOTALL)
    assert day.stdout.strip() == shown.strip()


def test_the_readers_day_goes_as_its_page_shows(demo: Demo) -> None:
    scopes = "articles:read,articles:publish,comments:moderate"
    create = ["key", "create", "--owner", "owner@demo.example", "--name", "day", "--scopes", scopes]
    key = subprocess.run(
        [BIN / "onrecord", *create], env=demo.environment(), capture_output=True, text=True, check=True
    ).stdout.strip()
    day = subprocess.run(
        [sys.executable, ROOT / "examples" / "readers_day.py", demo.address, key, str(demo.mail_port)],
        env=demo.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (day.stderr, day.returncode) == ("", 0), day.stdout
    (shown,) = re.findall(r"```text\n(.*?)```", (ROOT / "docs" / "readers-day.md").read_text(), re.DOTALL)
    assert day.stdout.strip() == shown.strip()


def helped(words: str) -> str:
    """What `onrecord … --help` prints."""
    result = CliRunner().invoke(app, [*words.split(), "--help"], prog_name="onrecord", env={"COLUMNS": "80"})
    return result.stdout.strip()


def with_current_help(page: str) -> str:
    """The page with each block of help as the program prints it now."""
    return HELP.sub(lambda block: f"```text\n$ onrecord{block['words']} --help\n{helped(block['words'])}\n```", page)


def commands(group: Any, above: str = "") -> Iterator[str]:
    """Every command below the group that does something itself, as a user types it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}"


def test_the_page_of_commands_shows_the_help_of_each_as_it_is() -> None:
    page = CLI_PAGE.read_text()
    assert [block["words"] for block in HELP.finditer(page)] == list(commands(typer.main.get_command(app)))
    assert with_current_help(page) == page, "run: .venv/bin/python -m tests.test_examples"


def test_the_table_of_scopes_is_the_one_that_the_code_has() -> None:
    page = EDITING_PAGE.read_text()
    for scope, allows in SCOPES.items():
        held = " | ".join("✓" if scope in RIGHTS[role] else "" for role in RIGHTS)
        assert f"| `{scope}` | {allows} | {held} |" in page
    assert page.count("✓ |") > 0
    assert len(re.findall(r"^\| `[a-z]+:[a-z]+`", page, re.MULTILINE)) == len(SCOPES)


def test_every_kind_of_event_that_the_code_tells_is_described() -> None:
    told = {
        kind
        for file in (ROOT / "app").rglob("*.py")
        for kind in re.findall(
            r'"((?:article|quote|comment|source|permission|import|misquote)\.[a-z_]+)"', file.read_text()
        )
    }
    described = dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| .* \| (✓?) ?\|$", EDITING_PAGE.read_text(), re.MULTILINE))
    told.remove("comment.check")  # a question to a service outside, of which no log tells
    assert set(described) == told
    assert {kind for kind, mark in described.items() if mark} == PUBLIC_KINDS


if __name__ == "__main__":
    CLI_PAGE.write_text(with_current_help(CLI_PAGE.read_text()))
