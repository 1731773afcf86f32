"""`onrecord`: what each command prints, where, and with which exit code."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from sqlalchemy import delete, func, select, text, update

from app import cli, serving
from app.accounts import queries
from app.accounts.actions import digest, is_password
from app.articles.counters import FeedCount
from app.articles.models import Article
from app.db import Database, now
from app.events.models import AuditEntry
from app.main import document
from app.search.models import QuoteCount
from app.settings import load
from tests.conftest import PASSWORD, SECRET

ONRECORD = Path(sys.executable).with_name("onrecord")
OWNER = "owner@example.org"
ARTICLE = "A ferry comes late\nMarch 2, 2026\n“Sorry,” said Ida Holm. “The tide was early.”\n"


@dataclass(frozen=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of its machine output."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(data_dir: Path, **variables: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ONRECORD_")}
    return clean | {"ONRECORD_DATA_DIR": str(data_dir), "ONRECORD_SECRET_KEY": SECRET} | variables


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs a command in this process, from its words to its exit code: `run("user", "list", stdin="")`."""
    for name, value in environment(tmp_path / "data").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str | Path, stdin: str = "", **variables: str) -> Ran:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["onrecord", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The data directory of a new site."""
    serving.prepare(load(data_dir=tmp_path / "data", secret_key=SECRET, _env_file=None))
    return tmp_path / "data"


@pytest.fixture
def database(site: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{site / 'onrecord.db'}")
    yield opened
    opened.close()


@pytest.fixture
def article(tmp_path: Path) -> Path:
    file = tmp_path / "article.txt"
    file.write_text(ARTICLE)
    return file


def onrecord(*words: str | Path, env: dict[str, str], cwd: Path, stdin: str = "") -> Ran:
    """Runs the console script itself."""
    ran = subprocess.run(
        [ONRECORD, *words], env=env, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def assert_one_sentence(ran: Ran, *, code: int = 1) -> None:
    """It failed, and says why in one line on standard error that a person can read."""
    assert ran.code == code, ran
    assert re.fullmatch(r"onrecord: [^\n]+\n", ran.err), ran.err
    assert "Traceback" not in ran.err


def commands(group: typer.Typer, *before: str) -> Iterator[tuple[str, ...]]:
    for command in group.registered_commands:
        yield (*before, command.name or (command.callback.__name__ if command.callback else ""))
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        yield (*before, sub.name or "")
        yield from commands(sub.typer_instance, *before, sub.name or "")


def test_the_console_script_takes_a_newcomer_from_nothing_to_a_key(tmp_path: Path) -> None:
    env = environment(tmp_path / "new" / "data")
    assert onrecord("migrate", env=env, cwd=tmp_path).code == 0
    assert (tmp_path / "new" / "data" / "onrecord.db").exists()
    words = ("user", "create", "--email", OWNER, "--role", "owner", "--password-stdin", "--json")
    user = onrecord(*words, env=env, cwd=tmp_path, stdin=f"{PASSWORD}\n")
    assert (user.code, user.err) == (0, "")
    assert user.lines[0].keys() == {"id", "email", "role"}
    key = onrecord("key", "create", "--owner", OWNER, "--scopes", "articles:read", "--json", env=env, cwd=tmp_path)
    assert key.lines[0].keys() == {"key"}
    assert key.lines[0]["key"].startswith("ork_")
    assert_one_sentence(onrecord(*words, env=env, cwd=tmp_path, stdin=f"{PASSWORD}\n"))


def test_every_command_explains_itself(run: Callable[..., Ran]) -> None:
    found = list(commands(cli.app))
    assert {("serve",), ("import",), ("user", "create"), ("key", "revoke")} <= set(found)
    for words in [(), *found]:
        ran = run(*words, "--help")
        assert (ran.code, ran.err) == (0, ""), words
        assert ran.out.startswith("Usage: onrecord"), words
        assert len(ran.out.splitlines()) > 4


def test_wrong_usage_is_2_and_changes_nothing(run: Callable[..., Ran], tmp_path: Path) -> None:
    for words in (
        [],
        ["nonsense"],
        ["user"],
        ["import"],
        ["import", "--nonsense", "x"],
        ["serve", "--port", "0"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "http"],
        ["user", "create"],
        ["user", "create", "--email", OWNER],
        ["key", "create", "--owner", OWNER],
        ["key", "create", "--owner", OWNER, "--scopes", "a", "--days", "0"],
        ["key", "revoke"],
        ["migrate", "extra"],
    ):
        ran = run(*words)
        assert ran.code == 2, words
        assert "Usage: onrecord" in ran.err, words
    assert not (tmp_path / "data").exists()


def test_migrate_makes_the_data_directory_and_may_be_repeated(run: Callable[..., Ran], tmp_path: Path) -> None:
    for _ in range(2):
        ran = run("migrate", ONRECORD_DATA_DIR=str(tmp_path / "deep" / "down"))
        assert (ran.code, ran.out, ran.err) == (0, "The database has this release's schema.\n", "")
    assert (tmp_path / "deep" / "down" / "onrecord.db").exists()
    assert run("check").out == "Settings, database and schema are in order.\n"


def test_commands_on_no_database_name_the_one_that_makes_it_and_make_none(
    run: Callable[..., Ran], tmp_path: Path, article: Path
) -> None:
    (tmp_path / "data").mkdir()
    for words in (["check"], ["export"], ["user", "list"], ["key", "list"], ["import", article], ["serve"]):
        ran = run(*words)
        assert_one_sentence(ran)
        assert ran.err.endswith("run: onrecord migrate\n"), words
    assert list((tmp_path / "data").iterdir()) == []


def test_an_older_and_a_newer_schema_are_refused_with_the_way_out(
    run: Callable[..., Ran], site: Path, article: Path, database: Database
) -> None:
    for version, hint in (("", "run: onrecord migrate"), ("9999", "install the release that wrote it")):
        with database.engine.begin() as connection:
            connection.execute(text("DELETE FROM alembic_version"))
            if version:
                connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": version})
        for words in (["serve", "--port", "8765"], ["check"], ["import", article]):
            ran = run(*words)
            assert_one_sentence(ran)
            assert hint in ran.err
    assert (site / "onrecord.db").exists()


def test_a_port_that_is_taken_is_one_sentence(run: Callable[..., Ran], site: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        for command in ("serve", "demo"):
            ran = run(command, "--port", str(port))
            assert_one_sentence(ran)
            assert f"127.0.0.1:{port}" in ran.err
            assert "--port" in ran.err
    assert_one_sentence(run("serve", "--host", "no.such.host.invalid"))
    assert site.exists()


def test_a_data_directory_that_cannot_be_is_one_sentence(run: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/onrecord")):
        for words in (["migrate"], ["demo", "--port", "8765"]):
            ran = run(*words, ONRECORD_DATA_DIR=str(place), ONRECORD_SECRET_KEY="")
            assert_one_sentence(ran)
            assert str(place) in ran.err or str(place.parent) in ran.err


def test_a_wrong_setting_is_named_and_a_database_that_is_away_is_told(run: Callable[..., Ran]) -> None:
    away = run("check", ONRECORD_DATABASE_URL="postgresql://nobody:s3cret@127.0.0.1:1/none")
    assert_one_sentence(away)
    assert "s3cret" not in away.err
    for words in (["check"], ["serve"], ["export"], ["migrate"], ["user", "list"]):
        ran = run(*words, ONRECORD_DATABASE_URL="nonsense")
        assert_one_sentence(ran)
        assert "ONRECORD_DATABASE_URL" in ran.err


def test_migrate_and_check_print_json_for_programs(run: Callable[..., Ran]) -> None:
    schema = json.loads(run("migrate", "--json").out)["schema"]
    assert schema == max(
        path.name[:4] for path in (Path(__file__).parents[1] / "migrations" / "versions").glob("0*.py")
    )
    assert json.loads(run("check", "--json").out) == {"deep": False, "written": None, "compared": None, "orphans": []}
    whole = json.loads(run("check", "--deep", "--repair", "--json").out)
    assert whole == {"deep": True, "written": 0, "compared": 0, "orphans": []}


def test_check_deep_finds_a_changed_audit_entry(run: Callable[..., Ran], article: Path, database: Database) -> None:
    run("import", article)
    assert run("check", "--deep").out.endswith("So are the audit log, the revisions, the counters and the images.\n")
    with database.writer.session() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 2).values(actor="somebody"))
    ran = run("check", "--deep")
    assert_one_sentence(ran)
    assert "entry 2" in ran.err
    assert run("check").code == 0


def test_check_deep_finds_a_wrong_counter_and_repair_counts_anew(
    run: Callable[..., Ran], article: Path, database: Database
) -> None:
    run("import", article, "--publish")
    wrong = update(FeedCount).where(FeedCount.key == "all").values(total=7), delete(QuoteCount)
    for statement in wrong:
        with database.writer.session() as session:
            session.execute(statement)
        ran = run("check", "--deep")
        assert_one_sentence(ran)
        assert "counters" in ran.err
        assert run("check", "--deep", "--repair").code == 0
        assert run("check", "--deep").code == 0


def articles(database: Database) -> int:
    with database.reader() as session:
        return session.scalar(select(func.count()).select_from(Article)) or 0


def test_a_file_is_imported_once_and_published_if_asked(
    run: Callable[..., Ran], article: Path, tmp_path: Path, database: Database
) -> None:
    foreseen = run("import", article, "--dry-run", "--json")
    assert (foreseen.code, foreseen.lines[0]["outcome"], articles(database)) == (0, "would be created", 0)
    first = run("import", article, "--json")
    assert (first.code, first.err) == (0, "")
    [report] = first.lines
    assert report["outcome"] == "created"
    assert (report["slug"], report["status"], report["quotes"]) == ("a-ferry-comes-late", "draft", 2)
    again = run("import", article, "--publish", "--json")
    nothing: dict[str, Any] = {"quotes": None, "with_speaker": None, "look": []}
    assert again.lines == [report | {"outcome": "unchanged"} | nothing]
    assert run("import", article, "--dry-run", "--json").lines[0]["outcome"] == "would be unchanged"
    other = tmp_path / "other.txt"
    other.write_text(ARTICLE.replace("ferry", "tram"))
    assert (
        run("import", other, "--publish").out == "created: a-tram-comes-late (published; 2 quotes, 2 with a speaker)\n"
    )
    assert articles(database) == 2


def test_files_that_are_no_articles_are_told_one_by_one_and_the_others_come_in(
    run: Callable[..., Ran], article: Path, tmp_path: Path, database: Database
) -> None:
    contents = {
        "empty": b"",
        "binary": bytes(range(256)),
        "not-utf-8": "Café au lait\nText.\n".encode("latin-1"),
        "no-title": b"March 2, 2026\nText.\n",
        "title-only": b"A title\n",
        "bad-date": b"A title\nFebruary 30, 2026\nText.\n",
    }
    files = [tmp_path / f"{name}.txt" for name in contents]
    for file, content in zip(files, contents.values(), strict=True):
        file.write_bytes(content)
    large = tmp_path / "large.txt"
    large.write_bytes(b"A title\n" + b"word " * 10_000_000)
    files += [large, tmp_path, tmp_path / "missing.txt", Path("/proc/self/mem")]
    dry, real = run("import", *files, article, "--dry-run", "--json"), run("import", *files, article, "--json")
    for ran in (dry, real):
        assert_one_sentence(ran)
        assert ran.err == f"onrecord: {len(files)} of {len(files) + 1} articles could not be imported.\n"
        assert [report["file"] for report in ran.lines] == [*map(str, files), str(article)]
        assert [report["outcome"] for report in ran.lines[:-1]] == ["failed"] * len(files)
        for report, reason in zip(
            ran.lines,
            ["no text", "binary", "UTF-8", "title", "no text", "calendar", "5,000,000", "directory", "No such file"],
            strict=False,
        ):
            assert reason in report["reason"], report
    assert (dry.lines[-1]["outcome"], real.lines[-1]["outcome"]) == ("would be created", "created")
    assert articles(database) == 1
    plain = run("import", *files[:2])
    assert (plain.code, plain.out) == (1, "")
    assert [line.split(": ")[:2] for line in plain.err.splitlines()[:2]] == [["onrecord", str(f)] for f in files[:2]]


def test_a_file_whose_name_is_no_text_is_imported_all_the_same(
    run: Callable[..., Ran], tmp_path: Path, database: Database
) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xffme.txt"))
    odd.write_text(ARTICLE)
    for words in ([odd], [odd, "--json"]):
        assert run("import", *words).code == 0
    assert articles(database) == 1


@pytest.mark.usefixtures("site")
def test_the_export_goes_to_standard_output_or_a_new_file(
    run: Callable[..., Ran], article: Path, tmp_path: Path
) -> None:
    assert [line["type"] for line in run("export").lines] == ["onrecord", "source"]
    run("import", article)
    ran = run("export")
    [line] = [line for line in ran.lines if line["type"] == "article"]
    assert (line["slug"], line["status"]) == ("a-ferry-comes-late", "draft")
    [revision] = line["revisions"]
    for quote in revision["quotes"]:
        assert revision["text"][quote["start"] : quote["end"]] == quote["exact"]
    file = tmp_path / "record.ndjson"
    assert (run("export", file).code, file.read_text()) == (0, ran.out)
    assert_one_sentence(run("export", file))
    assert file.read_text() == ran.out
    assert {line["outcome"] for line in run("import", file, "--json").lines} == {"unchanged"}


@pytest.mark.usefixtures("site")
def test_a_backup_becomes_the_database_of_another_place(run: Callable[..., Ran], article: Path, tmp_path: Path) -> None:
    run("import", article)
    file = tmp_path / "copy.db"
    made = run("backup", file)
    assert (made.code, made.out) == (0, f"The database is in {file}, whole and checked.\n")
    assert_one_sentence(run("backup", file))
    assert_one_sentence(run("restore", file))
    assert run("restore", file, ONRECORD_DATA_DIR=str(tmp_path / "new")).code == 0
    assert run("export", ONRECORD_DATA_DIR=str(tmp_path / "new")).out == run("export").out


def test_a_reader_that_goes_away_ends_the_export_quietly(tmp_path: Path, site: Path, run: Callable[..., Ran]) -> None:
    for number in range(3):
        file = tmp_path / f"{number}.txt"
        file.write_text(ARTICLE + f"Part {number}. " * 10_000)
        assert run("import", file).code == 0
    command = subprocess.Popen(
        [ONRECORD, "export"], env=environment(site), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    )
    assert command.stdout is not None
    assert command.stderr is not None
    with command.stdout as out:
        assert out.read(1) == b"{"
    with command.stderr as err:
        assert err.read() == b""
    assert command.wait(timeout=30) == 1


def test_openapi_prints_the_document_that_is_served(run: Callable[..., Ran]) -> None:
    ran = run("openapi")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == document()


def test_users_are_made_listed_disabled_and_given_passwords(run: Callable[..., Ran], database: Database) -> None:
    def create(*words: str, stdin: str = "") -> Ran:
        return run("user", "create", "--email", *words, stdin=stdin)

    assert create(" Ada@Example.ORG", "--role", "editor", "--name", "Ada").out == "Created ada@example.org as editor.\n"
    assert create(OWNER, "--role", "owner", "--password-stdin", stdin=f"{PASSWORD}\n").code == 0
    for words, stdin in [
        (["ADA@example.org", "--role", "reader"], ""),
        (["no address", "--role", "reader"], ""),
        (["bo@example.org", "--role", "king"], ""),
        (["bo@example.org", "--role", "reader", "--password-stdin"], "short\n"),
        (["bo@example.org", "--role", "reader", "--password-stdin"], ""),
    ]:
        assert_one_sentence(create(*words, stdin=stdin))
    assert run("user", "list").out == "ada@example.org (editor)\nowner@example.org (owner)\n"
    assert [(row["email"], row["disabled"]) for row in run("user", "list", "--json").lines] == [
        ("ada@example.org", False),
        (OWNER, False),
    ]
    assert run("user", "password", "--email", OWNER, "--password-stdin", stdin="another password\n").code == 0
    with database.reader() as session:
        user = session.scalar(queries.user_by_email(OWNER))
    assert is_password(user, "another password")
    assert not is_password(user, PASSWORD)
    assert run("user", "disable", "--email", "ADA@example.org").out == "Disabled ada@example.org.\n"
    assert "ada@example.org (editor, disabled)" in run("user", "list").out
    with database.reader() as session:
        told = [
            (row.action, row.before, row.after)
            for row in session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        ]
    assert told[-2:] == [
        ("change_password", None, None),
        ("update", {"role": "editor", "disabled": False}, {"role": "editor", "disabled": True}),
    ], "the record uses the words of the API"
    assert run("user", "enable", "--email", "ada@example.org").out == "Enabled ada@example.org.\n"
    assert_one_sentence(run("user", "disable", "--email", OWNER))
    assert run("user", "list").out == "ada@example.org (editor)\nowner@example.org (owner)\n", "the last owner stays"
    unknown = ["--email", "nobody@example.org"]
    assert_one_sentence(run("user", "disable", *unknown))
    assert_one_sentence(run("user", "enable", *unknown))
    assert_one_sentence(run("user", "password", *unknown, "--password-stdin", stdin=f"{PASSWORD}\n"))


def test_keys_are_shown_once_listed_without_their_secret_and_revoked(
    run: Callable[..., Ran], database: Database
) -> None:
    run("user", "create", "--email", OWNER, "--role", "author")

    def create(scopes: str, *words: str, owner: str = OWNER) -> Ran:
        return run("key", "create", "--owner", owner, "--scopes", scopes, *words)

    key = create("articles:read, articles:write", "--name", "Importer", "--days", "7", "--json").lines[0]["key"]
    plain = create("articles:read").out.strip()
    assert re.fullmatch("ork_[0-9A-Za-z]{46}", plain)
    for ran in (
        create("articles:read", owner="nobody@example.org"),
        create("articles:publish"),
        create("articles:everything"),
        create(" , "),
    ):
        assert_one_sentence(ran)
    rows = {row["prefix"]: row for row in run("key", "list", "--json").lines}
    assert rows.keys() == {key[:12], plain[:12]}
    assert rows[key[:12]]["scopes"] == ["articles:read", "articles:write"]
    assert (rows[key[:12]]["name"], rows[key[:12]]["owner"]) == ("Importer", OWNER)
    assert rows[key[:12]]["expires_at"].endswith("Z")
    assert rows[plain[:12]]["expires_at"] is None
    listing = run("key", "list").out
    assert key[12:] not in listing
    assert plain[12:] not in listing
    assert run("key", "revoke", key[:12]).out == f"Revoked {key[:12]}….\n"
    assert_one_sentence(run("key", "revoke", "ork_nobody"))
    with database.reader() as session:
        assert session.scalar(queries.LIVE_KEY, {"digest": digest(key), "at": now()}) is None
        assert session.scalar(queries.LIVE_KEY, {"digest": digest(plain), "at": now()}) is not None
