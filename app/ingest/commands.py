"""`onrecord extract`, `import` and `export`."""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from app.terminal import AsJson, Failed, new_file, open_database

if TYPE_CHECKING:
    from app.db import Database
    from app.extract import Draft
    from app.ingest.actions import Outcome
    from app.ingest.importing import Import
    from app.ingest.reporting import Report


def extract(
    files: Annotated[
        list[Path], typer.Argument(help="Articles as plain text, Markdown or HTML; - for standard input.")
    ],
    body: Annotated[bool, typer.Option("--body", help="The whole file is body text; offsets count in it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the quotes, speakers, sources and permission in articles. Nothing is saved; no database is needed."""
    from app.extract import ExtractError
    from app.ingest.showing import in_words

    failures = 0
    for file in files:
        name, problem, draft = _name(file), None, None
        try:
            draft = _draft(file, body=body)
        except ExtractError as error:
            problem = {"code": error.code, "detail": error.detail}
        except OSError as error:
            problem = {"code": "unreadable", "detail": error.strerror or str(error)}
        failures += problem is not None
        if as_json:
            print(json.dumps(_extracted(name, draft, problem), ensure_ascii=False), flush=True)
        elif draft is not None:
            print(*in_words(name, draft), sep="\n", flush=True)
        elif problem is not None:
            print(f"onrecord: {name}: {problem['detail']}", file=sys.stderr)
    if failures:
        raise Failed(f"{failures} of {len(files)} files could not be read.")


def _draft(file: Path, *, body: bool) -> "Draft":
    """What the file holds. Raises `ExtractError` or `OSError`."""
    from app.extract import extract_article, extract_body
    from app.extract.readers.text import MAX_BYTES, decoded

    if str(file) == "-":
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    if not body and content.lstrip()[:1] in (b"#", b"-", b"+", b"<") and (made := _made(content)) is not None:
        return made
    text = decoded(content, keep=body)
    return extract_body(text) if body else extract_article(text)


def _made(content: bytes) -> "Draft | None":
    """What a file of Markdown or HTML holds, as an import would make it; None for plain text. Raises `ExtractError`."""
    from dataclasses import replace

    from app.db import now
    from app.errors import Problem
    from app.extract import ExtractError
    from app.extract.readers.decoding import HEAD
    from app.ingest.archives import format_of
    from app.ingest.drafting import draft_of

    found = format_of(content[:HEAD])
    if found is None or found[0] not in ("markdown", "html"):
        return None
    try:
        made = draft_of(content, found[0], at=now())
    except Problem as error:
        raise ExtractError(error.slug.replace("-", "_"), error.detail) from None
    day = made.data.published_at
    return replace(made.draft, published_on=day.date() if day else None, byline=", ".join(made.data.authors) or None)


def _extracted(name: str, draft: "Draft | None", problem: dict[str, str] | None) -> dict[str, Any]:
    from app.ingest.showing import draft_shape

    nothing: dict[str, Any] = {"quotes": [], "sources": [], "permission": None, "warnings": []}
    day = draft.published_on if draft else None
    return {
        "file": name,
        "title": draft.title if draft else None,
        "published_at": f"{day}T00:00:00.000000Z" if day else None,
        "body": {"text": draft.text} if draft else None,
        **(draft_shape(draft) if draft else nothing),
        "problem": problem,
    }


def import_files(
    files: Annotated[
        list[Path], typer.Argument(help="Articles, feeds and archives; what a file holds tells its format.")
    ],
    publish: Annotated[bool, typer.Option("--publish", help="Publish at once; otherwise they become drafts.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be found; change nothing.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a page for editors, in Markdown: what needs a look first."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import articles, each as a draft with its quotes, sources and permission for an editor to confirm.

    What was imported before changes nothing; run again, an import that was stopped goes on where it was.
    """
    from app.events.actions import COMMAND_LINE
    from app.ingest.importing import Import
    from app.ingest.progress import Progress

    gc.freeze()  # what is loaded stays; to look through it again and again costs a tenth of the time
    plan = Import(COMMAND_LINE, publish=publish, dry_run=dry_run)
    progress = Progress(sum(file.stat().st_size for file in files if file.is_file()))
    failures = total = 0
    try:
        with open_database() as database, _report_in(report) as page:
            for file in files:
                for told in _import_file(database, file, plan, progress):
                    failures, total = failures + (told["outcome"] == "failed"), total + 1
                    _clear()
                    _print(told, as_json=as_json)
                    if page is not None:
                        page.add(told)
                    _show(progress)
    except KeyboardInterrupt:
        raise Failed(f"Stopped after {total} articles, which are kept. Run it again to go on.") from None
    finally:
        _clear()
    if failures:
        raise Failed(f"{failures} of {total} articles could not be imported.")


def _report_in(file: Path | None) -> AbstractContextManager["Report | None"]:
    """The page for editors in this file, if one is wanted. Raises `Failed` if it cannot be written."""
    from app.db import now
    from app.ingest.reporting import Report

    if file is None:
        return nullcontext()
    try:
        return Report(file, at=now())
    except OSError as error:
        raise Failed(f"The report cannot be written to {_name(file)}: {error.strerror}.") from None


def _import_file(database: "Database", file: Path, plan: "Import", progress: Any) -> Iterator[dict[str, Any]]:
    """A report for each entry of the file, as it is on disk; the last one says where the file breaks off."""
    from app.errors import Problem
    from app.extract import ExtractError

    name = _name(file)
    try:
        with file.open("rb") as stream:
            kind, outcomes = plan.run_file(database, stream)
            for outcome in outcomes:
                progress.entries += 1
                progress.done = progress.before + _place(stream)
                place = name if kind == "text" else f"{name}: {outcome.key}"
                yield {"file": place, **_told(outcome, dry_run=plan.dry_run)}
            progress.before += _place(stream)
    except ExtractError as error:
        yield {"file": name, "outcome": "failed", "reason": error.detail}
    except OSError as error:
        yield {"file": name, "outcome": "failed", "reason": error.strerror or str(error)}
    except Problem as error:
        yield {"file": name, "outcome": "failed", "reason": error.detail}


def _place(stream: BinaryIO) -> int:
    return stream.tell()


def _told(outcome: "Outcome", *, dry_run: bool) -> dict[str, Any]:
    article = outcome.article
    would = "would be " if dry_run and outcome.outcome != "failed" else ""
    return {
        "outcome": f"{would}{outcome.outcome}",
        "kind": outcome.kind,
        "key": outcome.key,
        "id": str(article.id) if article else None,
        "slug": article.slug if article else None,
        "status": article.status if article else None,
        "title": outcome.title,
        "quotes": outcome.quotes,
        "with_speaker": outcome.with_speaker,
        "comments": outcome.comments,
        "reason": outcome.reason,
        "look": [{"code": found.code, "detail": found.detail} for found in outcome.look],
    }


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(told, ensure_ascii=False), flush=True)
        return
    if told["outcome"] == "failed":
        print(f"onrecord: {told['file']}: {told['reason']}", file=sys.stderr)
        return
    found = [told["status"]] if told["status"] else []
    if told["kind"] in ("user", "author", "tag", "source"):
        found.append(told["kind"])
    if told["quotes"] is not None:
        found.append(f"{told['quotes']} quotes, {told['with_speaker']} with a speaker")
    if told["comments"]:
        found.append(f"{told['comments']} comments")
    called = told["slug"] or (f"“{told['title']}”" if told["title"] else told["key"])
    print(f"{told['outcome']}: {called}" + (f" ({'; '.join(found)})" if found else ""), flush=True)


def _show(progress: Any) -> None:
    """One line on a terminal that says how far the import is; nothing elsewhere."""
    if sys.stderr.isatty():
        print(progress.line(), end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _name(file: Path) -> str:
    return str(file).encode(errors="replace").decode()  # on Linux a name need not be text


def export(
    file: Annotated[Path, typer.Argument(help="The file to make; - for standard output.")] = Path("-"),
    users: Annotated[bool, typer.Option("--users", help="Also who may sign in, with e-mail addresses.")] = False,
) -> None:
    """Write the whole record as NDJSON, which `onrecord import` takes back as it was.

    Passwords, keys, readers' addresses, the audit log and settings are not in it: that is what `backup` is for.
    """
    from app.ingest.exporting import export as lines

    with ExitStack() as opened:
        database = opened.enter_context(open_database())
        session = opened.enter_context(database.reader())
        if str(file) == "-":
            out: BinaryIO = sys.stdout.buffer
        else:
            out = opened.enter_context(opened.enter_context(new_file(file)).open("wb"))
        out.writelines(lines(session, users=users))
        out.flush()
