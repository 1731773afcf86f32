"""Ahead of FastAPI: the ordinary request for an article or a list, which takes one look at ready bytes."""

from contextlib import suppress

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.articles import delivery, listing
from app.articles.listing import ArticleFilters
from app.context import Site
from app.errors import Problem
from app.negotiation import ranked

LIST = "/v1/articles"
ARTICLE = "/v1/articles/"
LONGEST = 120


class Ordinary:
    """Answers as the routes do, by their own functions, but without what FastAPI does for each request, which costs
    more than the answer. Whatever is unusual in a request, or goes wrong, is left to the routes: they know what to say.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(LIST):
            with suppress(Problem, ValidationError, SQLAlchemyError):
                answer = await self._answer(Request(scope))
        await (answer or self._app)(scope, receive, send)

    async def _answer(self, request: Request) -> Response | None:
        path: str = request.scope["path"]
        if path == LIST:
            operation, answer = "list_articles", await self._list(request)
        else:
            operation, answer = "read_article", await self._article(request, path.removeprefix(ARTICLE))
        if answer is not None:
            request.state.operation = operation
        return answer

    async def _article(self, request: Request, reference: str) -> Response | None:
        if "/" in reference or len(reference) > LONGEST or request.scope["query_string"]:
            return None
        if ranked(",".join(request.headers.getlist("accept")))[:1] != ("json",):
            return None
        return await delivery.ready(request, self._site, reference)

    async def _list(self, request: Request) -> Response | None:
        given = request.query_params
        if "q" in given or len(given) != len(given.multi_items()):
            return None
        return await listing.listed(request, self._site, ArticleFilters.model_validate(dict(given)))
