"""`/docs` and the files it loads, and `/`, which leads there."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from app.context import Router
from app.errors import NotFound
from app.http import entity_tags, etag

router = Router(include_in_schema=False)

HERE = Path(__file__).parent
FILES = {
    "init.js": (HERE / "init.js", "text/javascript; charset=utf-8"),
    "swagger-ui-bundle.js": (HERE / "static" / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": (HERE / "static" / "swagger-ui.css", "text/css; charset=utf-8"),
}
# `data:` is for the icons inside Swagger UI's style sheet, `connect-src` for openapi.json and “Try it out”.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="reference"></div>
<noscript>This page needs JavaScript; <a href="openapi.json">openapi.json</a> does not.</noscript>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/init.js"></script>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Asset:
    """Bytes to send, with their media type and strong validator."""

    content: bytes
    media_type: str
    tag: str


@cache
def file(name: str) -> Asset:
    """One of `FILES`; any other name is a `KeyError`."""
    path, media_type = FILES[name]
    content = path.read_bytes()
    return Asset(content, media_type, etag(content))


@cache
def page() -> Asset:
    """The HTML page; its links carry each file's validator, so a changed file has a new address."""
    html = PAGE
    for name in FILES:
        html = html.replace(f"docs/{name}", f"docs/{name}?v={file(name).tag[1:17]}")
    content = html.encode()
    return Asset(content, "text/html; charset=utf-8", etag(content))


def answer(request: Request, asset: Asset, cache_control: str) -> Response:
    """The asset, or 304 if the client has these very bytes."""
    headers = {
        "ETag": asset.tag,
        "Cache-Control": cache_control,
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    held = entity_tags(request.headers.get("If-None-Match", "")) or ()
    if any(opaque == asset.tag for _, opaque in held):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@router.get("/")
def read_root() -> Response:
    """Whoever looks at the host itself is shown what is here."""
    return RedirectResponse("docs", headers={"Cache-Control": "public, max-age=300"})


@router.get("/docs")
def read_reference(request: Request) -> Response:
    """The reference, which the browser draws from /openapi.json."""
    return answer(request, page(), "no-cache")


@router.get("/docs/{name}")
def read_reference_file(request: Request, name: str) -> Response:
    """A file of the reference, to be kept for a year: see `page`."""
    if name not in FILES:
        raise NotFound("The API reference has no such file.")
    return answer(request, file(name), "public, max-age=31536000, immutable")
