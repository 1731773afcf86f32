"""How often somebody may do something. Counted in memory, or by several workers in a file that they share."""

import sqlite3
import threading
from math import ceil
from pathlib import Path
from time import time

from app.errors import TooManyRequests

WINDOW_SECONDS = 60


class Rates:
    """A log of uses, of which those of the last minute count (a moving window: never more than the limit in any
    minute). It is SQLite's in both cases: as a file, all workers of the machine count together."""

    def __init__(self, folder: Path | None = None) -> None:
        file = str(folder / "rates.db") if folder else ":memory:"
        self._lock = threading.Lock()
        self._uses = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)
        # Nobody misses the counts of a minute after a power cut; a worker that is killed leaves them whole.
        for line in (
            "PRAGMA synchronous=OFF",
            "CREATE TABLE IF NOT EXISTS uses (what TEXT, who TEXT, at REAL)",
            "CREATE INDEX IF NOT EXISTS of_whom ON uses (what, who, at)",
            "CREATE INDEX IF NOT EXISTS by_time ON uses (at)",
        ):
            self._uses.execute(line)

    def spend(self, what: str, who: str, *, per_minute: int) -> None:
        """Count one use. Raises `TooManyRequests` with `Retry-After` and `RateLimit` headers
        (draft-ietf-httpapi-ratelimit-headers) when the last minute's are used up."""
        at = time()
        with self._lock:
            self._uses.execute("BEGIN IMMEDIATE")
            try:
                free_at = self._spend(what, who, per_minute, at)
            finally:
                self._uses.execute("COMMIT")
        if free_at is None:
            return
        wait = min(WINDOW_SECONDS, max(1, ceil(free_at - at)))
        raise TooManyRequests(
            f"At most {per_minute} a minute; try again in {wait} s.",
            headers={
                "Retry-After": str(wait),
                "RateLimit-Policy": f'"{what}";q={per_minute};w={WINDOW_SECONDS}',
                "RateLimit": f'"{what}";r=0;t={wait}',
            },
        )

    def _spend(self, what: str, who: str, per_minute: int, at: float) -> float | None:
        """None if it was counted, or the time from which on there is room again."""
        # A clock that was set back would make uses last for as long as it was set back.
        self._uses.execute("DELETE FROM uses WHERE at <= ? OR at > ?", (at - WINDOW_SECONDS, at + 1))
        last = "SELECT at FROM uses WHERE what = ? AND who = ? ORDER BY at DESC LIMIT 1 OFFSET ?"
        full = self._uses.execute(last, (what, who, per_minute - 1)).fetchone()
        if full is not None:
            return float(full[0]) + WINDOW_SECONDS
        self._uses.execute("INSERT INTO uses VALUES (?, ?, ?)", (what, who, at))
        return None

    def close(self) -> None:
        self._uses.close()
