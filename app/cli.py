"""`onrecord`: each command parses its words, makes one call, prints what came of it, and sets the exit code."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from app import settings as configuration
from app.db import Database, WrongDatabase, now
from app.errors import Problem
from app.migrating import WrongSchema, check_schema

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Onrecord: a content API for news that keeps every quote with its speaker, its way and its place.",
)
users = typer.Typer(no_args_is_help=True, help="People who may sign in.")
keys = typer.Typer(no_args_is_help=True, help="API keys of integrations.")
app.add_typer(users, name="user")
app.add_typer(keys, name="key")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Email = Annotated[str, typer.Option(help="E-mail address of the user.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


class Failed(Exception):
    """The command's work failed; the message is one plain sentence."""


def main() -> None:
    """Run the command. Exits 0 if it succeeded, 1 if its work failed, 2 if it was called wrongly."""
    try:
        app(prog_name="onrecord")
    except (Failed, Problem, WrongDatabase, WrongSchema, configuration.WrongSettings) as error:
        _fail(_sentence(error))
    except DBAPIError as error:
        _fail(f"The database refused: {str(error.orig).strip().splitlines()[0]}")
    except BrokenPipeError:
        os._exit(1)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))


def _sentence(error: Exception) -> str:
    return error.detail if isinstance(error, Problem) else str(error)


def _fail(sentence: str) -> None:
    print(f"onrecord: {sentence}", file=sys.stderr)
    sys.exit(1)


@contextmanager
def _database() -> Iterator[Database]:
    """The configured database, if it has this release's schema."""
    import app.models  # noqa: F401 (the tables' relationships need all of them)

    database = Database(configuration.load().database)
    try:
        check_schema(database.engine)
        yield database
    finally:
        database.close()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Serve the API. The database must have this release's schema."""
    from app.serving import run

    run(configuration.load(), host=host, port=port)


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Set everything up with the sample articles, say what to try, and serve."""
    from app.demo import run

    run(configuration.load(), host=host, port=port)


@app.command()
def migrate() -> None:
    """Create the database, or bring it to this release's schema."""
    from app.serving import prepare

    prepare(configuration.load())
    print("The database has this release's schema.")


@app.command()
def check(
    deep: Annotated[bool, typer.Option("--deep", help="Also verify the audit log's chain of digests.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Also write all that readers get anew.")] = False,
) -> None:
    """Check the settings, the database, and its schema."""
    from app.articles.renditions import rebuild
    from app.events.actions import first_broken

    with _database() as database:
        if repair:
            with database.writer.session() as session:
                print(f"Wrote {rebuild(session, at=now())} articles anew.")
        if deep:
            with database.reader() as session:
                broken = first_broken(session)
            if broken is not None:
                raise Failed(f"The audit log is broken at entry {broken}.")
    print("Settings, database and schema are in order." + (" So is the audit log." if deep else ""))


@app.command("import")
def import_files(
    files: Annotated[
        list[Path], typer.Argument(help="Articles, feeds and archives; the format of each is told by what it holds.")
    ],
    publish: Annotated[bool, typer.Option("--publish", help="Publish at once; otherwise they become drafts.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be found; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Import articles, each as a draft with its quotes, sources and permission for an editor to confirm.

    A file that was imported before changes nothing.
    """
    from app.events.actions import COMMAND_LINE
    from app.extract.readers.decoding import HEAD
    from app.ingest import actions, archives

    failures, total = 0, len(files)
    with _database() as database:
        for file in files:
            name = str(file).encode(errors="replace").decode()  # on Linux a name need not be text
            try:
                with file.open("rb") as opened:
                    found = archives.format_of(opened.read(HEAD))
                if found is not None:
                    failed, entries = _import_archive(database, file, found, name, publish, dry_run, as_json)
                    failures, total = failures + failed, total + entries - 1
                    continue
                content = _content(file, actions.MAX_BYTES)
                if dry_run:
                    draft = actions.read(content)
                    with database.reader() as session:
                        outcome = "unchanged" if actions.is_imported(session, content) else "created"
                    report: dict[str, Any] = {"file": name, "outcome": f"would be {outcome}"}
                    report |= {"title": draft.title, "quotes": len(draft.quotes)}
                else:
                    with database.writer.session() as session:
                        made = actions.import_file(session, content, by=COMMAND_LINE, at=now(), public=publish)
                        report = {"file": name} | _imported(made)
            except (Problem, OSError) as error:
                failures += 1
                reason = _sentence(error) if isinstance(error, Problem) else error.strerror or str(error)
                report = {"file": name, "outcome": "failed", "reason": reason}
            _report(report, as_json=as_json)
    if failures:
        raise Failed(f"{failures} of {total} articles could not be imported.")


def _import_archive(
    database: Database, file: Path, found: Any, name: str, publish: bool, dry_run: bool, as_json: bool
) -> tuple[int, int]:
    """Import the entries of an archive, a line for each; how many failed, and how many there were."""
    from app.events.actions import COMMAND_LINE
    from app.extract import ExtractError
    from app.ingest import archives

    kind, read = found
    failures = total = 0
    with file.open("rb") as stream:
        try:
            outcomes = (
                archives.preview(stream, read)
                if dry_run
                else archives.import_archive(database, stream, name=kind, read=read, by=COMMAND_LINE, public=publish)
            )
            for outcome in outcomes:
                failures, total = failures + (outcome.outcome == "failed"), total + 1
                _report({"file": f"{name}: {outcome.key}", **asdict(outcome)}, as_json=as_json)
        except ExtractError as error:
            failures, total = failures + 1, total + 1
            _report({"file": name, "outcome": "failed", "reason": error.detail}, as_json=as_json)
    return failures, total


def _content(file: Path, limit: int) -> bytes:
    """The file's bytes, or one more than `limit` of them, whatever its size."""
    with file.open("rb") as opened:
        return opened.read(limit + 1)


def _imported(made: Any) -> dict[str, Any]:
    placements = made.article.revision.placements
    return {
        "outcome": made.outcome,
        "id": str(made.article.id),
        "slug": made.article.slug,
        "status": made.article.status,
        "title": made.article.revision.title,
        "quotes": len(placements),
        "with_speaker": sum(placement.speaker_id is not None for placement in placements),
    }


def _report(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(report, ensure_ascii=False), flush=True)
    elif report["outcome"] == "failed":
        print(f"onrecord: {report['file']}: {report['reason']}", file=sys.stderr)
    elif "comments" in report:
        print(f"{report['outcome']}: {report['slug'] or report['key']} ({report['comments']} comments)", flush=True)
    elif "slug" in report:
        print(
            f"{report['outcome']}: {report['slug']} ({report['status']}; {report['quotes']} quotes, "
            f"{report['with_speaker']} with a speaker)",
            flush=True,
        )
    else:
        print(f"{report['outcome']}: “{report['title']}” ({report['quotes']} quotes)", flush=True)


@app.command()
def export() -> None:
    """Write the whole record to standard output as NDJSON: one article a line, with its comments."""
    from app.ingest.exporting import export as lines

    with _database() as database, database.reader() as session:
        for line in lines(session):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the API, the same that is served at /openapi.json."""
    from app.main import document

    print(json.dumps(document(), ensure_ascii=False, indent=2))


@users.command("create")
def create_user(
    email: Email,
    role: Annotated[str, typer.Option(help="owner, editor, author, moderator or reader.")],
    name: Annotated[str, typer.Option(help="Name to show; the e-mail address if not given.")] = "",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Create a user. Without a password he can own keys, but not sign in."""
    from app.accounts import actions

    hashed = actions.hash_password(_password()) if password_stdin else None
    with _database() as database, database.writer.session() as session:
        made = actions.create_user(session, email=email, name=name, role=role, password_hash=hashed, at=now())
        shown = {"id": str(made.id), "email": made.email, "role": made.role}
    print(json.dumps(shown) if as_json else f"Created {shown['email']} as {shown['role']}.")


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List the users."""
    from app.accounts import queries

    with _database() as database, database.reader() as session:
        rows = [
            {"id": str(u.id), "email": u.email, "role": u.role, "disabled": u.disabled_at is not None}
            for u in session.scalars(queries.all_users())
        ]
    for row in rows:
        state = ", disabled" if row["disabled"] else ""
        print(json.dumps(row) if as_json else f"{row['email']} ({row['role']}{state})")


@users.command("disable")
def disable_user(email: Email) -> None:
    """Disable a user: his sign-ins and keys end at once."""
    from app.accounts import actions

    with _database() as database, database.writer.session() as session:
        user = actions.find_user(session, email)
        actions.disable_user(session, user, at=now())
    print(f"Disabled {user.email}.")


@users.command("password")
def set_password(email: Email, password_stdin: PasswordStdin = False) -> None:
    """Give a user a new password and sign him out everywhere."""
    from app.accounts import actions

    hashed = actions.hash_password(_password() if password_stdin else typer.prompt("Password", hide_input=True))
    with _database() as database, database.writer.session() as session:
        user = actions.find_user(session, email)
        actions.set_password(session, user, hashed, at=now())
    print(f"Changed the password of {user.email}.")


def _password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


@keys.command("create")
def create_key(
    owner: Annotated[str, typer.Option(help="E-mail address of the user whose rights the key has at most.")],
    scopes: Annotated[str, typer.Option(help="Scopes, separated by commas, for example articles:read,articles:write.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int | None, typer.Option(help="Days until it expires; never, if not given.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Create an API key and print it, this once."""
    from app.accounts import actions

    at = now()
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    with _database() as database, database.writer.session() as session:
        user = actions.find_user(session, owner)
        expires_at = at + timedelta(days=days) if days else None
        _, text = actions.create_key(session, user, name=name, scopes=wanted, expires_at=expires_at, at=at)
    print(json.dumps({"key": text}) if as_json else text)


@keys.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List the keys, without their secrets."""
    from app.accounts import queries

    with _database() as database, database.reader() as session:
        rows: list[dict[str, Any]] = [
            {
                "prefix": f"ork_{key.prefix}",
                "owner": key.owner.email,
                "name": key.name,
                "scopes": key.scopes,
                "expires_at": _stamp(key.expires_at),
                "last_used_at": _stamp(key.last_used_at),
                "revoked_at": _stamp(key.revoked_at),
            }
            for key in session.scalars(queries.all_keys())
        ]
    for row in rows:
        if as_json:
            print(json.dumps(row))
        else:
            state = "revoked" if row["revoked_at"] else f"last used {row['last_used_at'] or 'never'}"
            print(f"{row['prefix']}… {row['owner']} {row['name']} [{','.join(row['scopes'])}] {state}")


@keys.command("revoke")
def revoke_key(prefix: Annotated[str, typer.Argument(help="How the key begins, as `key list` shows it.")]) -> None:
    """Revoke a key: from the next request on it is not taken."""
    from app.accounts import actions

    with _database() as database, database.writer.session() as session:
        key = actions.revoke_key(session, prefix, at=now())
    print(f"Revoked ork_{key.prefix}….")


def _stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
