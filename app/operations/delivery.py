"""`/healthz`, `/readyz`, `/metrics`, `/openapi.json` and the pages under `/problems/`."""

import inspect
import json
from typing import Annotated, Any

from fastapi import Path, Request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse, Response

from app.context import Router, SiteDep
from app.edge import EDGE_PAGES, EDGE_PROBLEMS
from app.errors import NotFound, Unavailable, problems
from app.http import JSON, NO_STORE
from app.migrating import WrongSchema, check_schema
from app.replicas.standbys import Replica

router = Router(include_in_schema=False)

DOCUMENT = {"Cache-Control": "public, max-age=300"}
"""It changes with a release only."""


@router.get("/healthz")
def read_health() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n", headers=NO_STORE)


@router.get("/readyz")
def read_readiness(site: SiteDep) -> Response:
    """The database answers too, and has the schema that this release expects. Replicas are told of, but not needed."""
    try:
        check_schema(site.database.engine)
    except (WrongSchema, SQLAlchemyError) as error:
        reason = str(error) if isinstance(error, WrongSchema) else "The database does not answer."
        raise Unavailable(reason, headers={"Retry-After": "5"}) from error
    said: dict[str, Any] = {"database": "ok", "schema": "ok"}
    if site.database.replicas.all:
        said["replicas"] = [_told(replica) for replica in site.database.replicas.all]
    return Response(json.dumps(said), media_type=JSON, headers=NO_STORE)


def _told(replica: Replica) -> dict[str, Any]:
    lag = replica.lag
    return {
        "replica": replica.number,
        "state": replica.state,
        "lag_seconds": None if lag is None else round(lag, 3),
        "reads": replica.reads,
    }


@router.get("/metrics")
def read_metrics(request: Request) -> Response:
    """Counts of all workers, and what waits to be delivered, in Prometheus' text format."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST, headers=NO_STORE)


@router.get("/openapi.json")
def read_openapi(request: Request) -> Response:
    """The document of this API."""
    return Response(json.dumps(request.app.openapi(), ensure_ascii=False), media_type=JSON, headers=DOCUMENT)


@router.get("/problems/{slug}")
def read_problem(slug: Annotated[str, Path(max_length=60)]) -> Response:
    """What a problem's `type` means."""
    if slug not in (pages := problem_pages()):
        raise NotFound("There is no such problem.")
    status, title, text = pages[slug]
    headers = {"Cache-Control": "public, max-age=86400"}
    return PlainTextResponse(f"{title} ({status})\n\n{text}\n", headers=headers)


def problem_pages() -> dict[str, tuple[int, str, str]]:
    """Status, title and explanation of every problem, by slug."""
    pages = {slug: (status, title, EDGE_PAGES[slug]) for slug, (status, title) in EDGE_PROBLEMS.items()}
    for kind in problems():
        pages[kind.slug] = (kind.status, kind.title, inspect.cleandoc(kind.__doc__ or ""))
    return pages
