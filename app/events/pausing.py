"""How long whoever failed waits before he tries again."""

import random
from datetime import timedelta

LONGEST_PAUSE = timedelta(hours=12)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 5 s, 20 s, 80 s, … 12 h, each a fifth more or less, so that those who
    failed together do not come back together."""
    seconds = min(5 * 4.0 ** min(attempts - 1, 10), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 (spreads load, hides nothing)
