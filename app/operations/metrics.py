from collections.abc import Iterator
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cache.store import Store
from app.operations.sharing import SharedCounts
from app.replicas.standbys import Replicas
from app.supervisor import Place


class Metrics:
    """What is counted, labelled by operation id so that no address of a client's making becomes a label."""

    def __init__(self, store: Store, replicas: Replicas, place: Place | None = None) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(CacheCollector(store))
        self.registry.register(ReplicaCollector(replicas))
        self.requests = Counter(
            "onrecord_requests", "Requests answered.", ["operation", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "onrecord_request_seconds", "From request to the end of the answer.", ["operation"], registry=self.registry
        )
        self._shared = SharedCounts(self.registry, place) if place else None

    def text(self) -> bytes:
        """In Prometheus' text format; of all workers, where there are several."""
        return self._shared.text() if self._shared else generate_latest(self.registry)

    def close(self) -> None:
        if self._shared:
            self._shared.close()


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


class ReplicaCollector(Collector):
    """How far behind each replica is, and how much it is read; nothing where there is none."""

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        if not self._replicas.all:
            return
        lag = GaugeMetricFamily("onrecord_replica_lag_seconds", "Behind the primary, at most.", labels=["replica"])
        ready = GaugeMetricFamily("onrecord_replica_ready", "1 if it may be read.", labels=["replica"])
        reads = CounterMetricFamily("onrecord_replica_reads", "Reads given to it.", labels=["replica"])
        for replica in self._replicas.all:
            labels = [str(replica.number)]
            seconds = replica.lag
            lag.add_metric(labels, float("inf") if seconds is None else seconds)
            ready.add_metric(labels, float(replica.state == "ready"))
            reads.add_metric(labels, replica.reads)
        yield from (lag, ready, reads)
        yield CounterMetricFamily(
            "onrecord_replica_passed_over", "Reads for which no replica was fit.", value=self._replicas.passed_over
        )


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
