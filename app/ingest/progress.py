"""How far an import is, how fast it goes, and how long it will take."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Progress:
    """Bytes read of all there are, and entries dealt with, since it was made."""

    total: int
    done: int = 0
    before: int = 0
    """Bytes of the files that are through."""
    entries: int = 0
    began: float = field(default_factory=time.monotonic)

    def line(self) -> str:
        """
        >>> Progress(1000, done=250, entries=50, began=time.monotonic() - 10).line()
        '50 entries, 5 a second, 0:30 left'
        """
        seconds = max(time.monotonic() - self.began, 0.001)
        left = remaining(seconds, self.done, self.total) or 0
        return f"{self.entries:,} entries, {self.entries / seconds:,.0f} a second, {left // 60}:{left % 60:02} left"


def remaining(seconds: float, done: int, total: int) -> int | None:
    """The seconds that the rest takes if so much took `seconds`; None where nothing can be said yet."""
    return round(seconds * (total - done) / done) if done else None
