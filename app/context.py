"""What a route may ask for: the site it serves, and a query string without surprises."""

import ipaddress
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from pydantic import Field

from app.db import Database
from app.errors import InvalidParameter
from app.paging import Cursors
from app.rates import Rates
from app.schemas import In
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that lives as long as the process."""

    settings: Settings
    database: Database
    cursors: Cursors
    rates: Rates


async def current_site(request: Request) -> Site:
    """A coroutine, since FastAPI would send a plain function to another thread."""
    site: Site = request.app.state.site
    return site


SiteDep = Annotated[Site, Depends(current_site)]


class Paging(In):
    """The query parameters of every list."""

    limit: int = Field(default=20, ge=1, le=100, description="Items on a page.")
    cursor: str | None = Field(
        default=None, max_length=600, description="Opaque; taken from `next` or `prev` of another page."
    )
    count: str | None = Field(
        default=None,
        pattern="^exact$",
        description="`exact` adds `total`. It counts all matches, so it costs more the more there are.",
    )


async def closed_query(request: Request) -> None:
    """Refuse a query parameter that the route's documentation does not have, or one that comes twice."""
    operation = request.scope["route"].name
    request.state.operation = operation  # for the metrics
    known = request.app.state.parameters.get(operation)
    if known is None:
        return
    counts = Counter(name for name, _ in request.query_params.multi_items())
    errors = []
    for name, times in counts.items():
        if name not in known:
            errors.append({"parameter": name[:100], "detail": "This resource has no such parameter."})
        elif times > 1:
            errors.append({"parameter": name, "detail": "Give it once."})
    if errors:
        raise InvalidParameter("See `errors` for each parameter.", errors=errors[:20])


def operation_id(route: APIRoute) -> str:
    """The function's name, so that generated clients read well; a test keeps them unique."""
    return route.name


class Router(APIRouter):
    """The routes of a room, each with a closed query. They go into the application as they are: `include_router` would
    find out a second time what each asks for, and keep both, which takes 3 MB and seconds of the start."""

    def __init__(self, **options: Any) -> None:
        super().__init__(dependencies=[Depends(closed_query)], generate_unique_id_function=operation_id, **options)


def client_address(request: Request) -> str:
    """The address of the client, as far as the trusted proxies tell."""
    return request.client.host if request.client else "unknown"


def household(address: str) -> str:
    """The address, or for IPv6 the network of one customer (RFC 6177), in which he has as many as he likes.

    >>> household("2001:db8:1:2:3::4"), household("192.0.2.7"), household("::ffff:192.0.2.7")
    ('2001:db8:1:2::/64', '192.0.2.7', '192.0.2.7')
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
