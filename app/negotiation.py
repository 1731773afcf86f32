"""Which of its formats an answer takes: the one that `format=` names, else the one that `Accept` likes best."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from starlette.requests import Request

from app.errors import NotAcceptable

MEDIA_TYPES = {
    "json": "application/json",
    "jsonld": "application/ld+json",
    "ninjs": "application/vnd.iptc.ninjs+json",
    "html": "text/html",
    "markdown": "text/markdown",
}
"""Every format that a resource may have, by its name in `format=`; the first is what whoever takes several gets."""

VARY = {"Vary": "Accept"}

_WEIGHT = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


@lru_cache(maxsize=256)
def ranked(accept: str) -> tuple[str, ...]:
    """The formats that an `Accept` field takes, the best first (RFC 9110, 12.5.1). Unreadable ranges are left out.

    >>> ranked("text/*;q=0.5, application/ld+json, text/html;q=0")
    ('jsonld', 'markdown')
    """
    weights = _weights(accept) if accept.strip(" ,\t") else {"*/*": 1.0}
    liking = {name: _liking(media_type, weights) for name, media_type in MEDIA_TYPES.items()}
    return tuple(sorted((name for name in liking if liking[name] > 0), key=lambda name: -liking[name]))


def negotiated(request: Request, given: str | None, offered: Sequence[str]) -> str:
    """The format to answer with, one of those that the resource offers. Raises `NotAcceptable`."""
    if given is not None:
        return given
    for name in ranked(",".join(request.headers.getlist("accept"))):
        if name in offered:
            return name
    known = [MEDIA_TYPES[name] for name in offered]
    raise NotAcceptable(f"This resource comes as {', '.join(known)}.", headers=VARY, available=known)


def contents(schemas: Mapping[str, tuple[dict[str, Any], Any]]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for the formats besides JSON: of each the schema and an example."""
    content = {
        MEDIA_TYPES[name]: {"schema": schema, "examples": {name: {"value": example}}}
        for name, (schema, example) in schemas.items()
    }
    return {200: {"description": "In the format that was asked for.", "content": content}}


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        given = [value.strip() for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "q"]
        if not given or _WEIGHT.fullmatch(given[0]):
            weights[media_range] = max(weights.get(media_range, 0.0), float(given[0]) if given else 1.0)
    return weights


def _liking(media_type: str, weights: Mapping[str, float]) -> float:
    """By the most specific range that has the type."""
    kind = media_type.partition("/")[0]
    return next((weights[found] for found in (media_type, f"{kind}/*", "*/*") if found in weights), 0.0)
