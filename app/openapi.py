"""The OpenAPI document: what FastAPI makes of the routes, plus every refusal and header that they share."""

from typing import Any

from fastapi import FastAPI

from app import __version__
from app.edge import EDGE_PROBLEMS
from app.errors import MEDIA_TYPE, problems
from app.schemas import ProblemOut

DESCRIPTION = """\
Articles, quotes, sources and comments, each as what it is: every quote has a speaker, the way it reached us and an
exact place in the text; every reprint has its permission; readers' comments belong to the article.

Start with `GET /v1/articles`, then `GET /v1/articles/{slug}`. Everything under `/v1/admin` needs a bearer credential.

* **Lists** come in pages: follow `next` and `prev`. A page is found by key, so it costs the same at any depth.
* **Refusals** are `application/problem+json` (RFC 9457); `type` is the path of a page that explains it.
* **Conditional requests**: every public answer has a strong `ETag` and `Last-Modified`. A change under `/v1/admin` of
  something that exists needs `If-Match` with the ETag under which you read it.
* **Retries**: send an `Idempotency-Key` with a `POST`, and repeating it is safe for 24 hours.
* **Positions** in texts are offsets in Unicode code points.
"""

TAGS = [
    {"name": "articles", "description": "Published articles, and what hangs on them."},
    {"name": "record", "description": "Quotes and sources across all articles: who said what."},
    {"name": "comments", "description": "What readers say."},
    {"name": "auth", "description": "Signing in and out."},
    {"name": "admin", "description": "For staff. Never cached."},
]

ALWAYS = (400, 414, 431, 500, 503)
WITH_BODY = (408, 413, 415, 422)
SIGNED_IN = (401, 403)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route for these statuses; their text is filled in when the document is made."""
    return {status: {"description": ""} for status in statuses}


def document(app: FastAPI) -> dict[str, Any]:
    """The finished document, made once per process."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        schemas = made["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = ProblemOut.model_json_schema()
        refused: set[str] = set()
        for operations in made["paths"].values():
            for method, operation in operations.items():
                _complete(method, operation)
                refused.update(status for status in operation["responses"] if status >= "4")
        made["components"]["responses"] = {f"Problem{status}": _refusal(status) for status in sorted(refused)}
        app.openapi_schema = made
    return app.openapi_schema


def query_parameters(app: FastAPI) -> dict[str, frozenset[str]]:
    """The names of the query parameters that each operation documents, by operation id."""
    return {
        operation["operationId"]: frozenset(p["name"] for p in operation.get("parameters", ()) if p["in"] == "query")
        for operations in app.openapi()["paths"].values()
        for operation in operations.values()
    }


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    statuses = {*ALWAYS, *(WITH_BODY if "requestBody" in operation else ())}
    if operation.get("security"):
        statuses.update(SIGNED_IN)
    elif method == "get":
        responses["304"] = {"description": "Unchanged since the version that the request names."}
        responses["200"]["headers"] = _HEADERS
    if "requestBody" not in operation:
        responses.pop("422", None)  # FastAPI's own, for parameters; ours answer 400
    for status in {*map(str, statuses), *(status for status in responses if status >= "4")}:
        responses[status] = {"$ref": f"#/components/responses/Problem{status}"}
    operation["responses"] = dict(sorted(responses.items()))


def _refusal(status: str) -> dict[str, Any]:
    kinds = {kind.slug: kind.title for kind in problems() if kind.status == int(status)}
    kinds |= {slug: title for slug, (code, title) in EDGE_PROBLEMS.items() if code == int(status)}
    slug, title = next(iter(kinds.items()))
    example = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": int(status),
        "detail": title + ".",
        "instance": "/v1/articles",
        "request_id": "0193a5b0c0de7000",
        "errors": [],
    }
    return {
        "description": "; ".join(f"`/problems/{slug}`: {title}" for slug, title in kinds.items()) + ".",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


_HEADERS = {
    "ETag": _header("Strong validator of exactly these bytes."),
    "Last-Modified": _header("When anything in this answer last changed."),
    "Cache-Control": _header("How long it may be kept; never past the end of a permission it depends on."),
    "Cache-Tag": _header("What a CDN can purge it by; the same as `Surrogate-Key`."),
}


def install(app: FastAPI) -> None:
    app.title = "Onrecord"
    app.version = __version__
    app.description = DESCRIPTION
    app.openapi_tags = TAGS
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
