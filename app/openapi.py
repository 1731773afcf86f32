"""The OpenAPI document: what FastAPI makes of the routes, plus every refusal and header that they share."""

from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Cookie, Header, Path
from fastapi.routing import iter_route_contexts

from app import __version__
from app.edge import EDGE_PROBLEMS
from app.errors import MEDIA_TYPE, problems
from app.http import NDJSON
from app.schemas import ProblemOut

DESCRIPTION = """\
Articles, quotes, sources and comments, each as what it is: every quote has a speaker, the way it reached us and an
exact place in the text; every reprint has its permission; readers' comments belong to the article.

Start with `GET /v1/articles`, then `GET /v1/articles/{slug}`. Reading needs no credential, everything under `/v1/admin`
needs a bearer credential: an API key (`onrecord key create`), or the access token of a sign-in (`POST /v1/auth/token`).

* **Lists** come in pages: follow `next` and `prev`. A page is found by key, so it costs the same at any depth.
* **Parameters** that an operation does not name, or that come twice, are refused; nothing is ignored or clamped.
* **Refusals** are `application/problem+json` (RFC 9457); `type` is the path of a page that explains it. `405` and its
  `Allow` answer a method that a path does not take.
* **Conditional requests**: every public answer has a strong `ETag` and `Last-Modified`. A change under `/v1/admin` of
  something that exists needs `If-Match` with the ETag under which you read it.
* **Retries**: send an `Idempotency-Key` with a `POST`, and repeating it is safe for 24 hours.
* **Positions** in texts are offsets in Unicode code points; moments are RFC 3339 in UTC; languages are BCP 47.
* Every answer has an `X-Request-ID`; the log has it too.
"""

TAGS = [
    {"name": "articles", "description": "Published articles, and what hangs on them."},
    {"name": "record", "description": "Quotes and sources across all articles: who said what."},
    {"name": "graph", "description": "Who rests on whom: references, citations, primary sources, circular reporting."},
    {"name": "feeds", "description": "What is new, for feed readers, search engines and pages elsewhere."},
    {"name": "comments", "description": "What readers say."},
    {"name": "auth", "description": "Signing in and out."},
    {"name": "admin", "description": "For staff. Never cached."},
]

ALWAYS = (400, 414, 431, 500, 503)
WITH_BODY = (408, 413, 415, 422)
SIGNED_IN = (401, 403)

UNKEPT = {"x-unkept": True}
"""The `openapi_extra` of a public GET whose answer no cache may keep."""


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these statuses; their text is filled in when the document is made."""
    return {status: {"description": ""} for status in statuses}


def document(app: FastAPI, webhooks: dict[str, Any]) -> dict[str, Any]:
    """The finished document, made once per process; `webhooks` is that section of it."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        schemas = made["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs")
        schemas["Problem"] = problem
        refused: set[str] = set()
        for operations in made["paths"].values():
            for method, operation in operations.items():
                _complete(method, operation)
                refused.update(status for status in operation["responses"] if status >= "4")
        made["components"]["responses"] = {f"Problem{status}": _refusal(status) for status in sorted(refused)}
        app.openapi_schema = made | {"webhooks": webhooks}
    return app.openapi_schema


def query_parameters(app: FastAPI) -> dict[str, frozenset[str]]:
    """The names of the query parameters that each operation documents, by operation id: read off the routes, since
    the document takes a second and 12 MB to make, and is seldom asked for."""
    documented = (route for route in iter_route_contexts(app.routes) if getattr(route, "include_in_schema", False))
    return {
        str(route.name): frozenset(
            field.alias
            for field in get_flat_params(route.dependant)
            if not isinstance(field.field_info, (Path, Header, Cookie))
        )
        for route in documented
    }


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add what the routes have in common: refusals, headers, the first sentence as the summary, the scope needed."""
    responses, parameters = operation["responses"], operation.setdefault("parameters", [])
    sentence, _, _ = operation["description"].replace("\n", " ").partition(". ")
    operation["summary"] = sentence.rstrip(".")
    may_be_retried = any(parameter["name"] == "Idempotency-Key" for parameter in parameters)
    if "requestBody" not in operation and not may_be_retried:
        responses.pop("422", None)  # FastAPI's own, for parameters; ours answer 400
    statuses = {*ALWAYS, *(WITH_BODY if "requestBody" in operation else ())}
    if "428" in responses:
        parameters.append(_IF_MATCH)
    if operation.get("security"):
        statuses.update(SIGNED_IN)
        (scopes,) = operation["security"][0].values()
        operation["description"] += f"\n\nNeeds the scope {' and '.join(f'`{scope}`' for scope in scopes)}."
    elif method == "get" and "x-unkept" not in operation:
        responses["304"] = {"description": "Unchanged since the version that the request names."}
    for status in {*map(str, statuses), *(status for status in responses if status >= "4")}:
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    for status in [status for status in responses if status < "4"]:
        names = _headers(method, status, operation, may_be_retried=may_be_retried)
        if names:
            responses[status]["headers"] = {name: _HEADERS[name] for name in names}
    operation.pop("x-unkept", None)
    operation["responses"] = dict(sorted(responses.items()))


def _headers(method: str, status: str, operation: dict[str, Any], *, may_be_retried: bool) -> list[str]:
    """The headers of an answer with this status, besides those that all answers have."""
    if status in ("307", "308"):
        return ["Location"]
    signed_in = bool(operation.get("security"))
    is_private = signed_in or "x-unkept" in operation
    if method == "get" and not is_private:
        names = ["ETag", "Last-Modified", "Cache-Control", "Cache-Tag"]
    else:
        is_stream = NDJSON in operation["responses"][status].get("content", {})  # no digest is known before its end
        names = ["ETag"] if is_private and status != "204" and not is_stream else []
    if status == "200" and method == "get" and "cursor" in {p["name"] for p in operation["parameters"]}:
        names.append("Link")
    if status == "201":
        names.append("Location")
    return names + ["Idempotency-Replayed"] * may_be_retried


def _refusal(status: str) -> dict[str, Any]:
    kinds = {kind.slug: kind.title for kind in problems() if kind.status == int(status)}
    kinds |= {slug: title for slug, (code, title) in EDGE_PROBLEMS.items() if code == int(status)}
    made: dict[str, Any] = {
        "description": "; ".join(f"`/problems/{slug}`: {title}" for slug, title in kinds.items()) + ".",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {slug: {"value": _example(slug, title, int(status))} for slug, title in kinds.items()},
            }
        },
    }
    if names := _REFUSAL_HEADERS.get(status):
        made["headers"] = {name: _HEADERS[name] for name in names}
    return made


def _example(slug: str, title: str, status: int) -> dict[str, Any]:
    return {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": f"{title}.",
        "instance": "/v1/articles",
        "request_id": "0193a5b0c0de7000",
    }


def _header(description: str, *, always: bool = False) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}} | ({"required": True} if always else {})


_HEADERS = {
    "ETag": _header("Strong validator (RFC 9110); what `If-None-Match` and `If-Match` compare.", always=True),
    "Last-Modified": _header("When anything in this answer last changed.", always=True),
    "Cache-Control": _header("How long it may be kept; never past the end of a permission it rests on.", always=True),
    "Cache-Tag": _header("What a CDN can purge it by; the same as `Surrogate-Key`.", always=True),
    "Link": _header("The neighbouring pages, as `next` and `prev` (RFC 8288)."),
    "Location": _header("Where it is.", always=True),
    "Idempotency-Replayed": _header("`true`: this is the first answer again; nothing was done."),
    "WWW-Authenticate": _header("How to sign in (RFC 6750).", always=True),
    "Retry-After": _header("When to come back, in seconds.", always=True),
    "RateLimit": _header("What is left, and when there will be more.", always=True),
    "RateLimit-Policy": _header("The limit.", always=True),
}
_REFUSAL_HEADERS = {
    "401": ["WWW-Authenticate"],
    "412": ["ETag"],
    "429": ["Retry-After", "RateLimit", "RateLimit-Policy"],
    "503": ["Retry-After"],
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` under which you read it; 412 if somebody has changed it since. `*` takes any version.",
    "schema": {"type": "string", "examples": ['"5f1d7c2e9a3b4c8d5f1d7c2e9a3b4c8d"', "*"]},
}


def install(app: FastAPI, webhooks: dict[str, Any]) -> None:
    app.title = "Onrecord"
    app.version = __version__
    app.description = DESCRIPTION
    app.openapi_tags = TAGS
    app.openapi = lambda: document(app, webhooks)  # type: ignore[method-assign]
