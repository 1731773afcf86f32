"""How the tools read: through the API itself, so that they see what any reader sees, and no more."""

import re
from typing import Any

import httpx
from mcp.server.mcpserver.exceptions import ToolError
from starlette.types import ASGIApp

from app.settings import Settings

LIKE_A_REFERENCE = re.compile(r"[a-z0-9-]+")
CANDIDATES = 10
"""Sources to choose from, at most, where a name is not of one only."""


class _Here(httpx.ASGITransport):
    """Serves the addresses that begin so; `ToolError` for any other, to which an answer of the API may lead."""

    def __init__(self, api: ASGIApp, beginning: httpx.URL) -> None:
        super().__init__(api)
        self._beginning = str(beginning)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not str(request.url).startswith(self._beginning):
            raise ToolError(f"It is not here; it is to be read at {request.url}")
        return await super().handle_async_request(request)


class Reader:
    """An anonymous client of this application, in this process: same cache, same visibility, same limits."""

    def __init__(self, api: ASGIApp, settings: Settings) -> None:
        here = _Here(api, httpx.URL(f"{settings.base_url}/v1/"))
        self._client = httpx.AsyncClient(transport=here, base_url=settings.base_url, follow_redirects=True)

    async def read(self, path: str, **query: Any) -> dict[str, Any]:
        """What the API answers there; `ToolError` with its problem's words if it refuses. None is no parameter."""
        given = {name: value for name, value in query.items() if value is not None}
        answer = await self._client.get(path, params=given)
        told: dict[str, Any] = answer.json()
        if answer.is_error:
            errors = [f"{error.get('parameter', '')}: {error.get('detail', '')}" for error in told.get("errors", ())]
            raise ToolError(" ".join([told["detail"], *errors]))
        return told

    async def source(self, name: str) -> dict[str, Any]:
        """The source of that slug, id or name; `ToolError` that names the candidates if it could be several."""
        if LIKE_A_REFERENCE.fullmatch(name):
            try:
                return await self.read(f"/v1/sources/{name}")
            except ToolError:  # it may still be a name in small letters
                pass
        found = (await self.read("/v1/sources", q=name, limit=CANDIDATES))["items"]
        exact = [source for source in found if source["name"].casefold() == name.casefold()]
        if len(chosen := exact or found) == 1:
            return dict(chosen[0])
        if not found:
            raise ToolError(f"No source has a name that begins with {name!r}.")
        several = "; ".join(f"{source['name']} ({source['kind']}): {source['slug']}" for source in found)
        raise ToolError(f"Several sources have such a name. Ask again with the slug of one of them. {several}")
