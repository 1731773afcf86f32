"""The tools, each a question to the record; none changes anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import ToolAnnotations
from pydantic import Field
from starlette.routing import Route
from starlette.types import ASGIApp

from app import __version__
from app.mcp.reading import Reader
from app.settings import Settings

PATH = "/mcp"
INSTRUCTIONS = """\
The published record of a newsroom: its articles, and every quote in them with who said it, the stations through which
it came, and its exact place in the text (`start` to `end`, in Unicode code points, of the article's text).
A quote with `review` “suggested” was found by a machine and nobody has confirmed it: say so when you use it. Give the
`url` of a quote or an article with what you say; a quote's `url` leads to its very words."""
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Speaker = Annotated[str | None, Field(max_length=200, description="Who said it: a name, or the slug of a source.")]
Via = Annotated[
    str | None, Field(max_length=200, description="Through whom it came, such as an agency: a name, or a slug.")
]
Said = Annotated[str | None, Field(max_length=40, description="A day, such as 2026-03-01.")]
Suggested = Annotated[bool, Field(description="Also those that nobody has confirmed yet.")]
Limit = Annotated[int, Field(ge=1, le=50, description="Quotes in one answer.")]
Cursor = Annotated[str | None, Field(max_length=2000, description="`cursor` of the last answer, for those after it.")]
Article = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/?#]+$", description="Slug or id.")]
Words = Annotated[
    str,
    Field(min_length=1, max_length=500, description='Words of it, as they are searched: "…" for a phrase.'),
]


class Tools:
    """The questions that a model may ask. Answers are those of the API's own resources (docs/api.md)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def who_said_what(
        self,
        speaker: Speaker = None,
        via: Via = None,
        said_after: Said = None,
        said_before: Said = None,
        suggested: Suggested = False,
        limit: Limit = 20,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        """List quotes of published articles, newest first: what somebody said, or what came through an outlet."""
        return _page(
            await self._reader.read(
                "/v1/quotes",
                speaker=(await self._reader.source(speaker))["slug"] if speaker else None,
                via=(await self._reader.source(via))["slug"] if via else None,
                said_after=said_after,
                said_before=said_before,
                review="any" if suggested else None,
                limit=limit,
                cursor=cursor,
            )
        )

    async def find_quote(
        self, words: Words, suggested: Suggested = False, limit: Limit = 20, cursor: Cursor = None
    ) -> dict[str, Any]:
        """Find who is quoted with these words, and in which articles."""
        review = "any" if suggested else None
        return _page(await self._reader.read("/v1/quotes", q=words, review=review, limit=limit, cursor=cursor))

    async def article(self, article: Article) -> dict[str, Any]:
        """Read one article whole: text, quotes, credit and permission, corrections."""
        return await self._reader.read(f"/v1/articles/{article}")

    async def provenance(self, article: Article) -> dict[str, Any]:
        """Read how each quote reached the article: from the speaker through every station to its publisher."""
        return await self._reader.read(f"/v1/articles/{article}/provenance")


def _page(told: dict[str, Any]) -> dict[str, Any]:
    """A page of the API, whose next one is asked for by a cursor and not by an address."""
    following = parse_qs(urlsplit(told["next"] or "").query)
    return {"quotes": told["items"], "cursor": following.get("cursor", [None])[0]}


class Assistants:
    """What answers at `PATH`, for as long as `running` is entered. It keeps no sessions: any worker may answer."""

    def __init__(self, api: ASGIApp, settings: Settings) -> None:
        tools = Tools(Reader(api, settings))
        self._server = MCPServer("onrecord", title=settings.site_name, instructions=INSTRUCTIONS, version=__version__)
        for tool in (tools.who_said_what, tools.find_quote, tools.article, tools.provenance):
            self._server.tool(annotations=READS)(tool)
        served = self._server.streamable_http_app(
            streamable_http_path=PATH,
            json_response=True,
            stateless_http=True,
            # Everything here is public, and the edge has checked the host.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self.route = Route(PATH, endpoint=served, methods=["POST"], include_in_schema=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answers are given inside."""
        async with self._server.session_manager.run():
            yield
