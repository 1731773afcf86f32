from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Metrics:
    """What this process counts, labelled by operation id so that no address of a client's making becomes a label."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "onrecord_requests", "Requests answered.", ["operation", "method", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "onrecord_request_seconds", "From request to the end of the answer.", ["operation"], registry=self.registry
        )


class Measured:
    """Count every request of the application inside, and the time it takes."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

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
            self._metrics.requests.labels(operation, scope["method"], str(status)).inc()
            self._metrics.seconds.labels(operation).observe(perf_counter() - began)
