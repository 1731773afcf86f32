from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from time import perf_counter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cache.store import Store
from app.operations.sharing import SharedCounts
from app.supervisor import Place


class Metrics:
    """What is counted, labelled by operation id so that no address of a client's making becomes a label."""

    def __init__(self, store: Store, place: Place | None = None) -> None:
        self.registry = CollectorRegistry()
        self.requests = Requests()
        self.registry.register(CacheCollector(store))
        self.registry.register(self.requests)
        self._shared = SharedCounts(self.registry, place) if place else None

    def text(self) -> bytes:
        """In Prometheus' text format; of all workers, where there are several."""
        return self._shared.text() if self._shared else generate_latest(self.registry)

    def close(self) -> None:
        if self._shared:
            self._shared.close()


class Requests(Collector):
    """Requests answered, and the time they took. Plain tallies of one thread: they cost a tenth of locked counters."""

    BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, str], int] = {}
        self._seconds: dict[str, list[float]] = {}
        """Answers within each bound and not within the one before, then those beyond all, then seconds in all."""

    def count(self, operation: str, method: str, status: str, seconds: float) -> None:
        key = (operation, method, status)
        self._answers[key] = self._answers.get(key, 0) + 1
        tally = self._seconds.get(operation)
        if tally is None:
            tally = self._seconds[operation] = [0.0] * (len(self.BOUNDS) + 2)
        tally[bisect_left(self.BOUNDS, seconds)] += 1
        tally[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        answers = CounterMetricFamily(
            "onrecord_requests", "Requests answered.", labels=("operation", "method", "status")
        )
        for key, count in list(self._answers.items()):
            answers.add_metric(key, count)
        yield answers
        seconds = HistogramMetricFamily(
            "onrecord_request_seconds", "From request to the end of the answer.", labels=("operation",)
        )
        for operation, (*tally, total) in list(self._seconds.items()):
            within = zip([*map(floatToGoString, self.BOUNDS), "+Inf"], accumulate(tally), strict=True)
            seconds.add_metric((operation,), list(within), total)
        yield seconds


class CacheCollector(Collector):
    """What the response cache counts itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        store = self._store
        yield CounterMetricFamily("onrecord_cache_hits", "Answers from the cache.", value=store.hits)
        yield CounterMetricFamily("onrecord_cache_misses", "Public answers made anew.", value=store.misses)
        yield CounterMetricFamily("onrecord_cache_evictions", "Answers let go of.", value=store.evictions)
        yield GaugeMetricFamily("onrecord_cache_bytes", "Memory of the answers kept.", value=store.bytes)
        yield GaugeMetricFamily("onrecord_cache_entries", "Answers kept.", value=len(store))


class Measured:
    """Count every request of the application inside, and the time it takes."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            operation = scope.get("state", {}).get("operation", "none")
            self._requests.count(operation, scope["method"], str(status), perf_counter() - began)
