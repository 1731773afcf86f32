from collections.abc import Iterator
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cache.store import Store


class Metrics:
    """What this process counts, labelled by operation id so that no address of a client's making becomes a label."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(CacheCollector(store))
        self.requests = Counter(
            "onrecord_requests", "Requests answered.", ["operation", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "onrecord_request_seconds", "From request to the end of the answer.", ["operation"], registry=self.registry
        )
        self.waiting = Gauge("onrecord_deliveries_waiting", "Deliveries to webhooks that wait.", registry=self.registry)
        self.waiting_seconds = Gauge(
            "onrecord_deliveries_waiting_seconds", "How long the oldest of them has.", registry=self.registry
        )


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

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._children: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

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
            requests, seconds = self._counted(operation, scope["method"], str(status))
            requests.inc()
            seconds.observe(perf_counter() - began)

    def _counted(self, operation: str, method: str, status: str) -> tuple[Counter, Histogram]:
        """The counters with these labels; finding them anew each time costs as much as all the rest here."""
        key = (operation, method, status)
        if key not in self._children:
            found = self._metrics.requests.labels(*key), self._metrics.seconds.labels(operation)
            self._children[key] = found
        return self._children[key]
