"""Files to import, and which format each has: what tells it is in the file, not in its name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from app.db import now
from app.extract.readers.decoding import HEAD
from app.extract.readers.item import Item, LooseComment, Unreadable
from app.extract.readers.text import MAX_BYTES
from app.ingest import plain
from app.ingest.actions import Keyed

# The readers bring parsers with them, for which a process that serves readers has no use.
if TYPE_CHECKING:
    from app.extract.readers.formats import Read


def format_of(head: bytes) -> "tuple[str, Read] | None":
    """The name and the reader of the archive that begins so; None if it is none."""
    from app.extract.readers.formats import recognise

    return recognise(head)


def open_entries(stream: BinaryIO, kind: str | None = None) -> tuple[str, Iterator[Keyed]]:
    """The format of a file, and its entries, each with the key of its origin; a plain-text file has one.

    `kind`: the format, `text` or one of `READERS`, where it is known. Raises `UnreadableFile`; the entries raise
    `ExtractError` where the file breaks off.
    """
    from app.extract.readers.formats import READERS

    found: tuple[str, Read] | None
    if kind is None:
        found = format_of(stream.read(HEAD))
        stream.seek(0)
    else:
        found = (kind, READERS[kind]) if kind in READERS else None
    if found is not None:
        name, read = found
        return name, (Keyed(f"{name}:{_key(entry)}", entry) for entry in read(stream))
    item = plain.read(stream.read(MAX_BYTES + 1), now())
    return "text", iter([Keyed(f"sha256:{item.key}", item)])


def _key(entry: Item | LooseComment | Unreadable) -> str:
    return entry.item_key if isinstance(entry, LooseComment) else entry.key
