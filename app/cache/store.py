from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

Headers = list[tuple[bytes, bytes]]

OVERHEAD = 1_000
"""Bytes that an entry costs besides its bodies, roughly: headers, keys and their places in the indexes."""


@dataclass(slots=True)
class Entry:
    """A public answer, in the codings that were asked for so far."""

    key: bytes
    operation: str
    etag: str
    modified: datetime
    headers: Headers
    body: bytes
    tags: frozenset[str]
    until: float
    """Unix time from which on it must be made anew."""
    coded: dict[str, tuple[Headers, bytes]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return OVERHEAD + len(self.body) + sum(len(body) for _, body in self.coded.values())


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

    def add_coding(self, entry: Entry, coding: str, headers: Headers, body: bytes) -> None:
        """Keep the entry's body in one more coding."""
        kept = self._entries.get(entry.key) is entry
        before = entry.size
        entry.coded[coding] = (headers, body)
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
