"""An import as a run of batches: each is written whole or not at all, and what was written stays."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from sqlalchemy.orm import Session

from app.db import Database, now
from app.events.actions import Actor
from app.extract.readers.decoding import HEAD
from app.extract.readers.item import Item
from app.ingest.actions import Keyed, Note, Outcome, apply, foresee, prepare
from app.ingest.archives import format_of, open_entries
from app.ingest.batches import batches
from app.ingest.plain import read
from app.ingest.restoring import OWN, is_own, restore

BATCH = 64
"""Entries of a batch, at most. It holds the database for the time that they take to write."""

BATCH_SIZE = 1_000_000
"""Characters of a batch, unless a single entry has more."""


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be done with the entries of a file: as whom, whether to publish, and whether to do it at all."""

    by: Actor
    publish: bool = False
    dry_run: bool = False

    def run_file(
        self, database: Database, stream: BinaryIO, *, kind: str | None = None, skip: int = 0, note: Note | None = None
    ) -> tuple[str, Iterator[Outcome]]:
        """The format of a file, and what becomes of each of its entries but the first `skip`, as `run` and `restore`
        tell it.

        `kind`: the format, where it is known. An export of Onrecord's own comes back as it was; whether to publish is
        not asked. Raises `UnreadableFile`.
        """
        if kind is None:
            kind = kind_of(stream.read(HEAD))
            stream.seek(0)
        if kind == OWN:
            return kind, restore(database, stream, by=self.by, dry_run=self.dry_run, skip=skip, note=note)
        entries = open_entries(stream, kind)[1]
        return kind, self.run(database, islice(entries, skip, None), note)

    def run(self, database: Database, entries: Iterable[Keyed], note: Note | None = None) -> Iterator[Outcome]:
        """What becomes of each entry, told when it is on disk; what `note` writes of a batch is there if the batch is.

        Stopped at any moment and run again from the first entry, it comes to the same rows: what is there already is
        unchanged.
        """
        for batch in batches(_sized(entries), most=BATCH, size=BATCH_SIZE):
            yield from self._do(database, batch, note)

    def _do(self, database: Database, batch: Sequence[Keyed], note: Note | None) -> Sequence[Outcome]:
        at = now()
        with database.reader() as session:
            ready = prepare(session, batch, at=at)
            outcomes = foresee(session, ready) if self.dry_run else []
        if self.dry_run and note is None:
            return outcomes
        with database.writer.session() as session:
            if not self.dry_run:
                outcomes = apply(session, ready, by=self.by, public=self.publish, at=at)
            if note is not None:
                note(session, len(batch), outcomes)
        return outcomes


def kind_of(head: bytes) -> str:
    """The name of the format of a file that begins so."""
    if is_own(head):
        return OWN
    found = format_of(head)
    return found[0] if found else "text"


def _sized(entries: Iterable[Keyed]) -> Iterator[tuple[int, Keyed]]:
    for keyed in entries:
        yield len(keyed.entry.markdown) if isinstance(keyed.entry, Item) else 0, keyed


def import_text(session: Session, content: bytes, *, by: Actor, at: datetime, public: bool) -> Outcome:
    """The article that a plain-text file holds: made now, or found as it was made before. Raises `UnreadableFile`."""
    item = read(content, at)
    ready = prepare(session, [Keyed(f"sha256:{item.key}", item)], at=at)
    return apply(session, ready, by=by, public=public, at=at)[0]
