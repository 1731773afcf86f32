"""An export of Onrecord's own comes back: every line as the rows that it was made from, under the ids they had."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.articles.renditions import refresh
from app.db import Database, now
from app.events.actions import Actor, record_all, take_turn
from app.extract import ExtractError
from app.extract.readers.decoding import HEAD
from app.ingest.actions import Note, Outcome
from app.ingest.article_lines import ArticleLine
from app.ingest.batches import batches
from app.ingest.lines import LINE, HeadLine, Line
from app.ingest.plain import UnreadableFile
from app.ingest.returning import Batch, key_of
from app.ingest.rows import Refused

LONGEST = 1 << 28
"""Bytes of a line; an article with all its revisions is one."""

LINES, SIZE = 64, 4_000_000
"""Lines of a batch, and bytes of all of them unless one alone has more."""

Read = Line | Outcome
"""A line, or that it cannot be read."""

OWN = "onrecord"
"""The name of the format."""

_HEAD = re.compile(rb'\s*\{\s*"type"\s*:\s*"onrecord"')


def is_own(head: bytes) -> bool:
    """Whether a file that begins so is an export of Onrecord's own."""
    return _HEAD.match(head) is not None


def head_of(stream: BinaryIO) -> HeadLine:
    """The first line of an export, which says what is in it. Raises `UnreadableFile` for another version's file."""
    try:
        line = LINE.validate_json(stream.readline(HEAD))
    except ValidationError:
        line = None
    if not isinstance(line, HeadLine):
        raise UnreadableFile("Its first line is not that of an export which this release reads.")
    return line


def restore(
    database: Database,
    stream: BinaryIO,
    *,
    by: Actor,
    dry_run: bool = False,
    skip: int = 0,
    note: Note | None = None,
) -> Iterator[Outcome]:
    """What becomes of each line but the first `skip` below the head, told when it is on disk; what `note` writes of a
    batch is there if the batch is.

    What is there stays as it is; what is not is made, in the state that it had. Stopped at any moment and run again, it
    comes to the same rows. Raises `UnreadableFile` for another version's file, and `ExtractError` where it breaks off.
    """
    users = head_of(stream).users
    for batch in batches(islice(_lines(stream), skip, None), most=LINES, size=SIZE):
        outcomes = []
        if dry_run:
            with database.reader() as session:
                outcomes = [*_foresee(Batch(session, users=users, at=now()), batch)]
        if not dry_run or note is not None:
            with database.writer.session() as session:
                if not dry_run:
                    outcomes = _enter(session, batch, users=users, by=by, at=now())
                if note is not None:
                    note(session, len(batch), outcomes)
        yield from outcomes


def _lines(stream: BinaryIO) -> Iterator[tuple[int, Read]]:
    """Each line below the head, with its size in bytes."""
    number = 1
    while raw := stream.readline(LONGEST + 1):
        number += 1
        if len(raw) > LONGEST:
            raise ExtractError("too_large", f"Line {number:,} has more than {LONGEST:,} bytes.")
        try:
            line = LINE.validate_json(raw)
        except ValidationError as error:
            fault = error.errors(include_input=False, include_url=False)[0]
            if fault["type"] == "json_invalid" and not raw.endswith(b"\n"):
                raise ExtractError("truncated", f"The file breaks off in line {number:,}.") from None
            reason = ": ".join(filter(None, [f"Line {number:,}", ".".join(map(str, fault["loc"])), fault["msg"]]))
            yield len(raw), Outcome(f"line {number}", "failed", reason=f"{reason}.")
        else:
            if isinstance(line, HeadLine):
                raise UnreadableFile(f"Line {number:,} should not be a head; each export has one, at its beginning.")
            yield len(raw), line


def _enter(session: Session, lines: list[Read], *, users: bool, by: Actor, at: datetime) -> list[Outcome]:
    """Write the lines of a batch: each whole or not at all, and together."""
    take_turn(session)
    batch = Batch(session, users=users, at=at)
    batch.look_up([line for line in lines if isinstance(line, ArticleLine)])
    outcomes = [line if isinstance(line, Outcome) else _write(batch, line) for line in lines]
    record_all(session, by, batch.deeds)
    session.expunge_all()
    refresh(session, batch.shown, at=at)
    return outcomes


def _write(batch: Batch, line: Line) -> Outcome:
    try:
        with batch.session.begin_nested():
            return batch.write(line)
    except Refused as error:
        return Outcome(key_of(line), "failed", reason=str(error))
    except (IntegrityError, DataError) as error:
        said = str(error.orig).strip().splitlines()[0]
        return Outcome(key_of(line), "failed", reason=f"It does not fit what is here: {said}.")


def _foresee(batch: Batch, lines: list[Read]) -> Iterator[Outcome]:
    """What would become of the articles; what they refer to is not looked for."""
    articles = [line for line in lines if isinstance(line, ArticleLine)]
    batch.look_up(articles)
    yield from (line for line in lines if isinstance(line, Outcome))
    for line in articles:
        try:
            there = batch.same(line)
        except Refused as error:
            yield Outcome(key_of(line), "failed", reason=str(error))
        else:
            yield there or Outcome(key_of(line), "created", title=line.revisions[-1].title)
