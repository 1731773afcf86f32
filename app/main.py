"""The application: the only place that knows every room."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

import app.ingest.importing  # the documentation has its problems, whoever else loads it or not
import app.models  # noqa: F401 (relationships between rooms resolve only once all tables are known)
from app import errors, openapi, settings
from app.accounts import admin as accounts_admin
from app.accounts import delivery as accounts
from app.accounts import registration
from app.articles import admin as articles_admin
from app.articles import (
    bulk,
    correcting,
    life,
    listing,
    locking,
    parts,
    permitting,
    provenance,
    quoting,
    revisions,
)
from app.articles import delivery as articles
from app.articles.ordinary import Ordinary
from app.audit import admin as audit_admin
from app.cache.front import Front
from app.cache.shortcut import Shortcut
from app.cache.store import Store
from app.cache.watching import Watcher, watch
from app.changes import delivery as changes
from app.comments import admin as comments_admin
from app.comments import challenges, live, notifications, own, policy
from app.comments import delivery as comments
from app.context import Router, Site
from app.db import Database
from app.edge import BodyRule, EdgeGuard, Refusal, answer_refused
from app.embeds import delivery as embeds
from app.events import kinds
from app.events.streams import Streams
from app.evidence import admin as evidence_admin
from app.extract.readers.text import MAX_BYTES
from app.feeds import delivery as feeds
from app.graph import admin as graph_admin
from app.graph import delivery as graph
from app.graph import reports
from app.http import Cors, HeadAsGet
from app.imports import admin as imports_admin
from app.ingest import admin as ingest_admin
from app.logs import configure
from app.media.pictures import TYPES
from app.operations import delivery as operations
from app.operations.metrics import Measured, Metrics
from app.paging import Cursors
from app.people import admin as people_admin
from app.previews import admin as previews_admin
from app.previews import delivery as previews
from app.rates import Rates
from app.record import admin as sources_admin
from app.record import delivery as record
from app.record import groups_admin, images, media, review, reviewing, search
from app.record import quotes as record_quotes
from app.record import sources as record_sources
from app.reference import pages
from app.replicas.leave import FromReplica
from app.server import SHORTCUT
from app.settings import Settings
from app.sitemaps import delivery as sitemaps
from app.supervisor import Place
from app.variants import admin as misquotes_admin
from app.variants import delivery as variants
from app.webhooks import admin as webhooks_admin
from app.worker import Worker

if TYPE_CHECKING:
    from app.mcp.server import Assistants

ROUTERS: tuple[Router, ...] = (
    listing.router,
    articles.router,
    parts.router,
    provenance.router,
    comments.router,
    live.router,
    notifications.router,
    own.router,
    record_quotes.router,
    variants.router,
    record_sources.router,
    search.router,
    record.router,
    media.router,
    changes.router,
    previews.router,
    feeds.router,
    sitemaps.router,
    embeds.router,
    graph.router,
    reports.router,
    accounts.router,
    registration.router,
    accounts_admin.router,
    articles_admin.router,
    bulk.router,
    life.router,
    quoting.router,
    reviewing.router,
    evidence_admin.router,
    revisions.router,
    permitting.router,
    correcting.router,
    previews_admin.router,
    locking.router,
    ingest_admin.router,
    imports_admin.router,
    sources_admin.router,
    graph_admin.router,
    review.router,
    misquotes_admin.router,
    groups_admin.router,
    images.router,
    comments_admin.router,
    challenges.router,
    policy.router,
    people_admin.router,
    webhooks_admin.router,
    audit_admin.router,
    operations.router,
    pages.router,
)

FORM = "application/x-www-form-urlencoded"
EXPOSED = ("Cache-Tag", "ETag", "Idempotency-Replayed", "Last-Modified", "Link", "Location", "Retry-After")


class Application(FastAPI):
    """FastAPI, with what stands around it in front: the edge, the counters and the cache need nothing of it."""

    outside: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        served = self.inside if self.outside is None or scope["type"] != "http" else self.outside
        await served(scope, receive, send)

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """FastAPI itself."""
        await super().__call__(scope, receive, send)


def create_app(given: Settings | None = None, *, place: Place | None = None) -> Application:
    """The application for these settings, or for those of the environment. It opens its database at once.

    `place`: which of several workers it is for.
    """
    chosen = given or settings.load()
    configure(chosen)
    database = Database(chosen.database, replica_urls=chosen.replica_urls, max_lag=chosen.replica_max_lag)

    watcher = watch(database)
    # With CORS for some origins only, the answers differ by origin, and none is kept.
    store = Store(chosen.cache_mb * 1_000_000 if chosen.cors_origins == ("*",) else 0)
    metrics = Metrics(store, database, place)
    rates = Rates(place.folder if place else None)

    def close() -> None:
        metrics.close()
        rates.close()
        watcher.close()
        database.close()

    @asynccontextmanager
    async def lifespan(running: Application) -> AsyncIterator[dict[str, Any]]:
        # What is here by now stays as long as the process: to look through it again made writes a tenth dearer.
        gc.collect()
        gc.freeze()
        worker = Worker(chosen, database) if chosen.worker == "inside" else None
        if worker is not None:
            worker.start()
        async with assistants.running() if assistants else nullcontext():
            yield {SHORTCUT: running.state.shortcut}
        if worker is not None:
            worker.stop()
        close()

    made = _routed(lifespan)
    made.openapi = document  # type: ignore[method-assign]
    assistants = _assistants(made, chosen) if chosen.mcp else None
    made.state.close = close
    made.state.site = Site(chosen, database, Cursors(chosen.secret), rates)
    made.state.store = store
    made.state.metrics = metrics
    made.state.streams = Streams(chosen.streams, chosen.streams_per_address)
    made.state.parameters = openapi.query_parameters(made)
    made.outside = _around(made, chosen, watcher, store)
    return made


def document() -> dict[str, Any]:
    """The OpenAPI document, which needs neither settings nor a database; the same for every application. It is made
    when it is first asked for, once."""
    with _ONE_AT_A_TIME:
        return _document()


_ONE_AT_A_TIME = Lock()


@cache
def _document() -> dict[str, Any]:
    return _routed().openapi()


def _routed(lifespan: Lifespan[Application] | None = None) -> Application:
    made = Application(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    errors.install(made)
    made.add_exception_handler(Refusal, answer_refused)
    openapi.install(made, kinds.described())
    # Those of every application: they know of none, and FastAPI takes long to find out what they ask for.
    made.router.routes += [route for router in ROUTERS for route in router.routes]
    return made


def _assistants(made: Application, chosen: Settings) -> "Assistants":
    from app.mcp.server import Assistants  # its libraries are an extra, and of some weight

    assistants = Assistants(made, chosen)
    made.router.routes.append(assistants.route)
    return assistants


def _around(made: Application, chosen: Settings, watcher: Watcher, store: Store) -> ASGIApp:
    """What a request passes before FastAPI, from the inside out."""
    form = BodyRule(frozenset({FORM}), 10_000)
    file = BodyRule(imports_admin.MEDIA_TYPES, chosen.max_import_bytes, streamed=True)
    article = BodyRule(frozenset(ingest_admin.FORMATS), MAX_BYTES)
    image = BodyRule(frozenset(TYPES.values()), chosen.max_media_bytes, streamed=True)
    # The cache is outside CORS, so that kept answers have its headers.
    cors = Cors(
        HeadAsGet(Ordinary(made.inside, made.state.site)),
        allow_origins=list(chosen.cors_origins),
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Edit-Token"],
        expose_headers=EXPOSED,
        max_age=86400,
    )
    front = Front(cors, watcher=watcher, store=store, anonymous=FromReplica(cors) if chosen.replica_urls else None)
    requests = made.state.metrics.requests
    made.state.shortcut = Shortcut(front, count=requests.count)
    return EdgeGuard(
        Measured(front, requests),
        max_body_bytes=chosen.max_body_bytes,
        bodies={
            "/v1/auth/token": form,
            "/v1/auth/revoke": form,
            "/v1/auth/verify": form,
            "/v1/auth/password/reset": form,
            "/v1/comments/confirm": form,
            "/v1/comments/unsubscribe": BodyRule(frozenset({FORM, "multipart/form-data"}), 10_000),  # RFC 8058, 3.2
            "/v1/admin/extract": article,
            "/v1/admin/imports": file,
            "/v1/admin/media": image,
        },
    )
