"""An import as a run of batches: each is written whole or not at all, and what was written stays."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db import Database, now
from app.events.actions import Actor
from app.extract.readers.item import Item
from app.ingest.actions import Keyed, Outcome, apply, foresee, prepare
from app.ingest.plain import read

BATCH = 64
"""Entries of a batch, at most. It holds the database for the time that they take to write."""

BATCH_SIZE = 1_000_000
"""Characters of a batch, unless a single entry has more."""

Note = Callable[[Session, int, Sequence[Outcome]], None]
"""Gets how many entries a batch had and what became of them, in the transaction that writes it."""


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be done with the entries of a file: as whom, whether to publish, and whether to do it at all."""

    by: Actor
    publish: bool = False
    dry_run: bool = False

    def run(self, database: Database, entries: Iterable[Keyed], note: Note | None = None) -> Iterator[Outcome]:
        """What becomes of each entry, told when it is on disk; what `note` writes of a batch is there if the batch is.

        Stopped at any moment and run again from the first entry, it comes to the same rows: what is there already is
        unchanged.
        """
        for batch in batches(entries):
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


def batches(entries: Iterable[Keyed]) -> Iterator[list[Keyed]]:
    """The entries in their order, as many together as are written at once."""
    batch: list[Keyed] = []
    size = 0
    for keyed in entries:
        length = len(keyed.entry.markdown) if isinstance(keyed.entry, Item) else 0
        if batch and (len(batch) == BATCH or size + length > BATCH_SIZE):
            yield batch
            batch, size = [], 0
        batch.append(keyed)
        size += length
    if batch:
        yield batch


def import_text(session: Session, content: bytes, *, by: Actor, at: datetime, public: bool) -> Outcome:
    """The article that a plain-text file holds: made now, or found as it was made before. Raises `UnreadableFile`."""
    item = read(content, at)
    ready = prepare(session, [Keyed(f"sha256:{item.key}", item)], at=at)
    return apply(session, ready, by=by, public=public, at=at)[0]
