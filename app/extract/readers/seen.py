"""Which ids a reader has met, in memory that does not grow with their number."""

from __future__ import annotations

import sqlite3
from hashlib import blake2b

_CACHE_KIB = 2048


class Seen:
    """A set of ids that only grows. Past some 50,000 of them, most lie in a temporary file that vanishes by itself."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._kept.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        self._kept.execute("PRAGMA journal_mode=OFF")
        self._kept.execute("CREATE TABLE seen (id BLOB PRIMARY KEY) WITHOUT ROWID")

    def add(self, key: str) -> bool:
        """Add the id; whether it was not there before.

        >>> seen = Seen()
        >>> seen.add("1"), seen.add("1"), "1" in seen, "2" in seen
        (True, False, True, False)
        """
        return self._kept.execute("INSERT OR IGNORE INTO seen VALUES (?)", (_digest(key),)).rowcount == 1

    def __contains__(self, key: str) -> bool:
        return self._kept.execute("SELECT 1 FROM seen WHERE id = ?", (_digest(key),)).fetchone() is not None


def _digest(key: str) -> bytes:
    return blake2b(key.encode(errors="replace"), digest_size=16).digest()
