from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.cache.coding import SMALLEST

Headers = list[tuple[bytes, bytes]]

OVERHEAD = 1_000
"""Bytes that an entry costs besides its forms, roughly: keys and their places in the indexes."""

_OF_A_BODY = (b"content-length", b"content-type", b"content-encoding")


class Form:
    """An answer in one coding: the fields for 200 and for 304, as a list and as they go over the wire."""

    __slots__ = ("body", "etag", "head", "headers", "unchanged", "unchanged_head")

    def __init__(self, headers: Headers, body: bytes, etag: str) -> None:
        self.body = body
        self.etag = etag
        self.headers = headers
        self.unchanged = [one for one in headers if one[0] not in _OF_A_BODY]
        self.head, self.unchanged_head = lines(self.headers), lines(self.unchanged)

    @property
    def size(self) -> int:
        return len(self.body) + 4 * len(self.head)


def lines(headers: Headers) -> bytes:
    """Header fields as they go over the wire (RFC 9112, 5)."""
    return b"".join([b"%b: %b\r\n" % one for one in headers])


@dataclass(slots=True)
class Entry:
    """A public answer, in the codings that were asked for so far."""

    key: bytes
    operation: str
    modified: datetime
    plain: Form
    tags: frozenset[str]
    until: float
    """Unix time from which on it must be made anew."""
    coded: dict[str, Form] = field(default_factory=dict)

    def form(self, coding: str) -> Form | None:
        """The answer in this coding, or plain where coding saves nothing; None if it was not made yet."""
        return self.plain if coding == "identity" or len(self.plain.body) < SMALLEST else self.coded.get(coding)

    @property
    def size(self) -> int:
        return OVERHEAD + self.plain.size + sum(form.size for form in self.coded.values())


class Store:
    """Entries by key, at most `capacity` bytes of them; the least recently used go first."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.bytes = 0
        self.hits = self.misses = self.evictions = 0
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._by_tag: defaultdict[str, set[bytes]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes) -> Entry | None:
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, entry: Entry) -> None:
        """Keep the entry, in place of one with its key, unless it alone is larger than an eighth of the store."""
        self.drop(entry.key)
        if entry.size > self.capacity // 8:
            return
        self._entries[entry.key] = entry
        self.bytes += entry.size
        for tag in entry.tags:
            self._by_tag[tag].add(entry.key)
        self._trim()

    def add_coding(self, entry: Entry, coding: str, form: Form) -> None:
        """Keep the entry in one more coding."""
        kept = self._entries.get(entry.key) is entry
        before = entry.size
        entry.coded[coding] = form
        if kept:
            self.bytes += entry.size - before
            self._trim()

    def drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.bytes -= entry.size
        for tag in entry.tags:
            keys = self._by_tag[tag]
            keys.discard(key)
            if not keys:
                del self._by_tag[tag]

    def drop_tagged(self, tags: Iterable[str]) -> None:
        """Let go of everything that bears one of the tags."""
        for tag in tags:
            for key in list(self._by_tag.get(tag, ())):
                self.drop(key)
                self.evictions += 1

    def clear(self) -> None:
        self.evictions += len(self._entries)
        self._entries.clear()
        self._by_tag.clear()
        self.bytes = 0

    def _trim(self) -> None:
        while self.bytes > self.capacity:
            self.drop(next(iter(self._entries)))
            self.evictions += 1
