"""How often somebody may do something. Counted in this process's memory."""

from math import ceil
from time import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.errors import TooManyRequests


class Rates:
    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def spend(self, what: str, who: str, *, per_minute: int) -> None:
        """Count one use. Raises `TooManyRequests` with `Retry-After` and `RateLimit` headers
        (draft-ietf-httpapi-ratelimit-headers) when the last minute's are used up."""
        limit = RateLimitItemPerMinute(per_minute)
        if self._limiter.hit(limit, what, who):
            return
        wait = max(1, ceil(self._limiter.get_window_stats(limit, what, who).reset_time - time()))
        raise TooManyRequests(
            f"At most {per_minute} a minute; try again in {wait} s.",
            headers={
                "Retry-After": str(wait),
                "RateLimit-Policy": f'"{what}";q={per_minute};w=60',
                "RateLimit": f'"{what}";r=0;t={wait}',
            },
        )
