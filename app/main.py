"""The application: the only place that knows every room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.types import Lifespan

import app.models  # noqa: F401 (relationships between rooms resolve only once all tables are known)
from app import errors, openapi, settings
from app.accounts import delivery as accounts
from app.articles import admin as articles_admin
from app.articles import delivery as articles
from app.articles import listing, quoting
from app.cache.front import Front
from app.cache.store import Store
from app.cache.watching import Watcher, watch
from app.comments import admin as comments_admin
from app.comments import delivery as comments
from app.context import Site, closed_query
from app.db import Database
from app.edge import BodyRule, EdgeGuard
from app.http import Cors, HeadAsGet
from app.logs import configure
from app.operations import delivery as operations
from app.operations.metrics import Measured, Metrics
from app.paging import Cursors
from app.rates import Rates
from app.record import admin as sources_admin
from app.record import delivery as record
from app.reference import pages
from app.settings import Settings

ROUTERS = (
    listing.router,
    articles.router,
    comments.router,
    record.router,
    accounts.router,
    articles_admin.router,
    quoting.router,
    sources_admin.router,
    comments_admin.router,
    operations.router,
    pages.router,
)

FORM = "application/x-www-form-urlencoded"
EXPOSED = ("Cache-Tag", "ETag", "Idempotency-Replayed", "Last-Modified", "Link", "Location", "Retry-After")


def create_app(given: Settings | None = None) -> FastAPI:
    """The application for these settings, or for those of the environment. It opens its database at once."""
    chosen = given or settings.load()
    configure(chosen)
    database = Database(chosen.database)

    watcher = watch(database)

    def close() -> None:
        watcher.close()
        database.close()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        close()

    made = _routed(lifespan)
    made.state.close = close
    made.state.site = Site(chosen, database, Cursors(chosen.secret), Rates())
    # With CORS for some origins only, the answers differ by origin, and none is kept.
    store = Store(chosen.cache_mb * 1_000_000 if chosen.cors_origins == ("*",) else 0)
    made.state.metrics = Metrics(store)
    made.state.parameters = openapi.query_parameters(made)
    _wrap(made, chosen, watcher, store)
    return made


def document() -> dict[str, Any]:
    """The OpenAPI document, which needs neither settings nor a database."""
    return _routed().openapi()


def _routed(lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    made = FastAPI(
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(closed_query)],
        generate_unique_id_function=operation_id,
    )
    errors.install(made)
    openapi.install(made)
    for router in ROUTERS:
        made.include_router(router)
    return made


def operation_id(route: APIRoute) -> str:
    """The function's name, so that generated clients read well; a test keeps them unique."""
    return route.name


def _wrap(made: FastAPI, chosen: Settings, watcher: Watcher, store: Store) -> None:
    """Around the routes, from the inside out."""
    form = BodyRule(frozenset({FORM}), 10_000)
    made.add_middleware(HeadAsGet)
    made.add_middleware(
        Cors,
        allow_origins=list(chosen.cors_origins),
        allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key", "X-Edit-Token"],
        expose_headers=EXPOSED,
        max_age=86400,
    )
    # Outside CORS, so that kept answers have its headers.
    made.add_middleware(Front, watcher=watcher, store=store)
    made.add_middleware(Measured, metrics=made.state.metrics)
    made.add_middleware(
        EdgeGuard,
        max_body_bytes=chosen.max_body_bytes,
        bodies={"/v1/auth/token": form, "/v1/auth/revoke": form},
    )
