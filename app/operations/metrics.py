from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate
from time import perf_counter

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cache.store import Store
from app.comments.queries import checks
from app.db import Database, now
from app.mail import queries as mail
from app.operations.sharing import SharedCounts
from app.replicas.standbys import Replicas
from app.supervisor import Place
from app.webhooks.queries import backlog


class Metrics:
    """What is counted, labelled by operation id so that no address of a client's making becomes a label."""

    def __init__(self, store: Store, database: Database, place: Place | None = None) -> None:
        self._of_the_site = CollectorRegistry()
        self._of_the_site.register(BacklogCollector(database))
        self.registry = CollectorRegistry()
        self.requests = Requests()
        self.registry.register(CacheCollector(store))
        self.registry.register(self.requests)
        self.registry.register(ReplicaCollector(database.replicas))
        self._shared = SharedCounts(self.registry, place) if place else None

    def text(self) -> bytes:
        """In Prometheus' text format; of all workers, where there are several."""
        counted = self._shared.text() if self._shared else generate_latest(self.registry)
        return counted + generate_latest(self._of_the_site)

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


class BacklogCollector(Collector):
    """What waits to be delivered, whoever will deliver it; nothing while the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with suppress(SQLAlchemyError), self._database.reader() as session:
            waiting, since = session.execute(backlog()).one()
            seconds = (now() - since).total_seconds() if since else 0
            yield GaugeMetricFamily("onrecord_deliveries_waiting", "Deliveries to webhooks that wait.", value=waiting)
            yield GaugeMetricFamily(
                "onrecord_deliveries_waiting_seconds", "How long the oldest of them has.", value=seconds
            )
            asked = {outcome: (count, since) for outcome, count, since in session.execute(checks())}
            waiting_for = GaugeMetricFamily(
                "onrecord_comments_external", "Comments that wait for, or after, the service outside.", labels=["state"]
            )
            for state, outcome in (("asked", None), ("hold", "hold"), ("unanswered", "unanswered")):
                waiting_for.add_metric([state], asked[outcome][0] if outcome in asked else 0)
            yield waiting_for
            yield GaugeMetricFamily(
                "onrecord_comments_external_seconds",
                "How long the oldest has been waiting for its answer.",
                value=(now() - asked[None][1]).total_seconds() if None in asked else 0,
            )
            mails, since = session.execute(mail.backlog()).one()
            seconds = (now() - since).total_seconds() if since else 0
            yield GaugeMetricFamily("onrecord_mails_waiting", "E-mails that wait.", value=mails)
            yield GaugeMetricFamily("onrecord_mails_waiting_seconds", "How long the oldest of them has.", value=seconds)


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
