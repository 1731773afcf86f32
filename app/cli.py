"""`onrecord`: each command parses its words, makes one call, prints what came of it, and sets the exit code."""

import json
import os
import sys
from typing import Annotated

import typer

from app.accounts import commands as accounts
from app.ingest import commands as ingest
from app.operations import commands as operations
from app.terminal import AsJson, Failed, explained, open_database, settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Onrecord: a content API for news that keeps every quote with its speaker, its way and its place.",
)
app.add_typer(accounts.users, name="user")
app.add_typer(accounts.keys, name="key")


def main() -> None:
    """Run the command. Exits 0 if it succeeded, 1 if its work failed, 2 if it was called wrongly."""
    try:
        app(prog_name="onrecord")
    except BrokenPipeError:
        os._exit(1)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename}" if error.filename else str(error))
    except Exception as error:
        if (sentence := explained(error)) is None:
            raise
        _fail(sentence)


def _fail(sentence: str) -> None:
    print(f"onrecord: {sentence}", file=sys.stderr)
    sys.exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve; ONRECORD_WORKERS if not given.", min=1, max=64)
    ] = None,
) -> None:
    """Serve the API. The database must have this release's schema."""
    from app.serving import run

    run(settings(**{} if workers is None else {"workers": workers}), host=host, port=port)


@app.command()
def worker() -> None:
    """Deliver webhooks and release changes until SIGTERM or SIGINT, beside `serve` with ONRECORD_WORKER=apart."""
    import signal

    from app.logs import configure
    from app.worker import Worker

    chosen = settings()
    configure(chosen)
    with open_database() as database:
        running = Worker(chosen, database)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: running.halt())
        running.run()


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Set everything up with the sample articles, say what to try, and serve."""
    from app.demo import run

    run(settings(), host=host, port=port)


@app.command()
def migrate(as_json: AsJson = False) -> None:
    """Create the database, or bring it to this release's schema."""
    from app.migrating import VERSIONS, revisions
    from app.serving import prepare

    prepare(settings())
    print(json.dumps({"schema": revisions(VERSIONS)[0]}) if as_json else "The database has this release's schema.")


@app.command()
def check(
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also verify the audit log's digests, all revisions, counters, and images' files."),
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Also write all that readers get anew, and compare all quotes anew.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the settings, the database, its schema, and the mail server if one is set."""
    from app.articles.renditions import miscounted, rebuild
    from app.articles.sealing import first_changed
    from app.db import now
    from app.events.actions import first_broken
    from app.mail.sending import unreachable
    from app.media.actions import inspect
    from app.variants.actions import rebuild as compare_anew

    written: int | None = None
    compared: int | None = None
    orphans: list[str] = []
    chosen = settings()
    if chosen.smtp_host and (refused := unreachable(chosen)):
        raise Failed(f"The mail server {chosen.smtp_host} cannot be used: {refused}.")
    with open_database(chosen) as database:
        if repair:
            with database.writer.session() as session:
                written = rebuild(session, at=now())
            with database.writer.session() as session:
                compared = compare_anew(session, at=now())
        if deep:
            with database.reader() as session:
                broken, changed = first_broken(session), first_changed(session)
                wrong, folders = inspect(session, chosen.media)
                counters = miscounted(session)
            orphans = [str(folder) for folder in folders]
    if not as_json:
        _print_check(written, compared, orphans)
    if deep and broken is not None:
        raise Failed(f"The audit log is broken at entry {broken}.")
    if deep and changed is not None:
        save = f"revision {changed.revision} of the article {changed.article_id}"
        raise Failed(f"By entry {changed.entry} of the audit log, {save} had other words when it was saved.")
    if deep and counters:
        raise Failed(f"{counters} counters of lists and quotes are wrong. `onrecord check --repair` counts anew.")
    if deep and wrong:
        raise Failed(" ".join(wrong))
    if as_json:
        print(json.dumps({"deep": deep, "written": written, "compared": compared, "orphans": orphans}))
    else:
        more = " So are the audit log, the revisions, the counters and the images." if deep else ""
        print(f"Settings, database and schema are in order.{more}")


def _print_check(written: int | None, compared: int | None, orphans: list[str]) -> None:
    if written is not None:
        print(f"Wrote {written} articles anew.")
        print(f"Compared {compared} different quotes anew.")
    for folder in orphans:
        print(f"{folder} belongs to no image: an upload or a removal was cut off. It can be deleted.")


app.command("extract")(ingest.extract)
app.command("import")(ingest.import_files)
app.command("export")(ingest.export)
app.command("backup")(operations.backup)
app.command("restore")(operations.restore)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the API, the same that is served at /openapi.json."""
    from app.main import document

    print(json.dumps(document(), ensure_ascii=False, indent=2))
