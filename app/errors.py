"""Every refusal that the API knows, as RFC 9457 problems.

    Problem
    ├── BadRequest (400)          ├── NotFound (404)          ├── PreconditionFailed (412)
    │   ├── InvalidParameter      ├── MethodNotAllowed (405)  ├── Invalid (422)
    │   └── InvalidCursor         ├── NotAcceptable (406)     │   └── IdempotencyMismatch
    ├── Unauthorized (401)        ├── Conflict (409)          ├── PreconditionRequired (428)
    ├── Forbidden (403)           ├── Gone (410)              ├── TooManyRequests (429)
    └── InternalError (500)                                   └── Unavailable (503)

Rooms add their own beside the code that raises them. A class's docstring is its page under `/problems/`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Something was wrong with the request or with the state it met."""

    slug: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int]

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.members = members


class BadRequest(Problem):
    """The request cannot be understood as it is. Sending it again unchanged will fail again."""

    slug, title, status = "bad-request", "The request cannot be understood", 400


class InvalidParameter(BadRequest):
    """A query parameter is unknown, was given twice, or has a value outside its documented set.

    `errors` names each one. Nothing is ever ignored or clamped silently.
    """

    slug, title = "invalid-parameter", "A query parameter is not acceptable"


class InvalidCursor(BadRequest):
    """The `cursor` was not made by this site for this list, or the filters or sort changed since.

    Start again from the first page, or follow `next` and `prev` exactly as they were given.
    """

    slug, title = "invalid-cursor", "The cursor does not belong to this list"


class Unauthorized(Problem):
    """A bearer token or API key is needed, or the one sent is unknown, expired, or revoked."""

    slug, title, status = "unauthorized", "Sign in first", 401

    def __init__(self, wrong: str | None = None) -> None:
        """`wrong`: what is the matter with the credential that was sent; None if none was (RFC 6750, 3)."""
        way = 'Bearer realm="onrecord"' + (', error="invalid_token"' if wrong else "")
        detail = wrong or "Send `Authorization: Bearer …` with a valid token or API key."
        super().__init__(detail, headers={"WWW-Authenticate": way})


class Forbidden(Problem):
    """The credential is valid, but its scopes or its owner's role do not cover this action."""

    slug, title, status = "forbidden", "Not within this credential's rights", 403


class NotFound(Problem):
    """There is nothing at this address that the caller may see.

    An article that is not public, and one that never was, answer alike.
    """

    slug, title, status = "not-found", "Nothing here", 404


class MethodNotAllowed(Problem):
    """The resource exists and does not take this method; `Allow` lists those it takes."""

    slug, title, status = "method-not-allowed", "This method is not for this resource", 405


class NotAcceptable(Problem):
    """None of the media types in `Accept` can be served here."""

    slug, title, status = "not-acceptable", "No such representation", 406


class Conflict(Problem):
    """The request is sound, but the state it met does not allow it."""

    slug, title, status = "conflict", "In conflict with what is there", 409


class Gone(Problem):
    """The article was here under a permission that has ended. `canonical_url` says where the original is."""

    slug, title, status = "permission-expired", "The permission for this article has ended", 410


class PreconditionFailed(Problem):
    """Somebody changed the object since it was read. `current_etag` is what `If-Match` should have said.

    Read it again, look at what differs, and repeat the change.
    """

    slug, title, status = "precondition-failed", "Changed in the meantime", 412


class Invalid(Problem):
    """The body is well-formed JSON, but some value is not acceptable. `errors` points at each one."""

    slug, title, status = "invalid", "Some values are not acceptable", 422


class IdempotencyMismatch(Invalid):
    """This `Idempotency-Key` was used in the last 24 hours for another request."""

    slug, title = "idempotency-mismatch", "The idempotency key belongs to another request"


class PreconditionRequired(Problem):
    """A change of an existing object needs `If-Match` with the ETag under which it was read."""

    slug, title, status = "precondition-required", "Say which version you are changing", 428


class TooManyRequests(Problem):
    """The rate limit is reached. `Retry-After` says when to come back."""

    slug, title, status = "too-many-requests", "Too many requests", 429


class InternalError(Problem):
    """A defect of the server. The log holds it under the answer's `request_id`; nothing was changed."""

    slug, title, status = "internal-error", "The server failed", 500


class Unavailable(Problem):
    """The database cannot take the request now. If it was a change, its outcome may be unknown: read before
    repeating, or repeat with the same `Idempotency-Key`."""

    slug, title, status = "unavailable", "Not available right now", 503


def problems() -> Iterator[type[Problem]]:
    """Every kind of problem that the loaded rooms can answer with, by slug."""
    found: dict[str, type[Problem]] = {}
    pending = list(Problem.__subclasses__())
    while pending:
        kind = pending.pop()
        found.setdefault(kind.slug, kind)
        pending.extend(kind.__subclasses__())
    yield from (found[slug] for slug in sorted(found))


def described(problem: Problem, *, instance: str, request_id: str | None) -> dict[str, Any]:
    """The members of the problem, about what is at the path `instance`; never echoing the input."""
    members: dict[str, Any] = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "request_id": request_id,
        **problem.members,
    }
    return members | ({"errors": problem.errors} if problem.errors else {})


def answer(problem: Problem, request: Request) -> Response:
    """The problem as `application/problem+json`, never cached."""
    request_id = getattr(request.state, "request_id", None)
    members = described(problem, instance=request.url.path, request_id=request_id)
    return Response(
        json.dumps(members, ensure_ascii=False).encode(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **problem.headers},
    )


def from_validation(error: RequestValidationError) -> Problem:
    """400 naming the parameters, or 422 pointing into the body. The rejected input stays out of it."""
    parameters: list[dict[str, str]] = []
    pointers: list[dict[str, str]] = []
    for found in error.errors():
        place, *path = found["loc"]
        detail = found["msg"].removeprefix("Value error, ")
        if place == "body":
            pointers.append({"pointer": pointer(path), "detail": detail})
        else:
            parameters.append({"parameter": str(path[-1] if path else place)[:100], "detail": detail})
    if parameters:
        return InvalidParameter("See `errors` for each parameter.", errors=parameters[:20])
    return Invalid("See `errors` for each value.", errors=pointers[:100])


def pointer(path: Iterable[str | int]) -> str:
    """RFC 6901; cut where it is too long to repeat, for the names of unknown members are the client's."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)[:200]


def from_http(error: HTTPException) -> Problem:
    headers = error.headers or {}
    if error.status_code == 405:
        return MethodNotAllowed("See `Allow` for the methods that this resource takes.", headers=headers)
    if error.status_code == 404:
        return NotFound("No route of this API has this address. See /docs for those that are.", headers=headers)
    if error.status_code >= 500:
        return InternalError("The server failed.")
    return BadRequest("The request could not be read.")


def _methods(request: Request) -> list[str]:
    """Every method that this path takes, by whichever route (RFC 9110, 10.2.1)."""
    here = (route for route in iter_route_contexts(request.app.routes) if route.path_regex.match(request.url.path))
    found = {method for route in here for method in route.methods or ()}
    return sorted(found | {"HEAD"} if "GET" in found else found)


def install(app: FastAPI) -> None:
    """Make every failure of the app a problem."""
    log = structlog.get_logger("onrecord.errors")

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 (narrows the type for the checker)
        return answer(error, request)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return answer(from_validation(error), request)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        problem = from_http(error)
        if error.status_code == 405:
            problem.headers["Allow"] = ", ".join(_methods(request))
        return answer(problem, request)

    async def on_integrity(request: Request, error: Exception) -> Response:
        """Two requests claimed the same name at once, and the database let one have it; all else is a defect."""
        if "unique" not in str(getattr(error, "orig", error)).lower():
            raise error
        return answer(Conflict("Somebody else took the same name at this moment; try again."), request)

    async def on_database(request: Request, error: Exception) -> Response:
        log.error("database_unavailable", request_id=getattr(request.state, "request_id", None), exc_info=error)
        return answer(Unavailable("The database cannot take this request now.", headers={"Retry-After": "1"}), request)

    async def on_defect(request: Request, _error: Exception) -> Response:
        return answer(InternalError("The server's log has the cause under this request id."), request)

    app.add_exception_handler(Exception, on_defect)  # the edge logs it
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(IntegrityError, on_integrity)
    app.add_exception_handler(OperationalError, on_database)
    app.add_exception_handler(PoolExhausted, on_database)
