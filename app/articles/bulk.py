"""`/v1/admin/articles/bulk`: one step for many articles, each by itself."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Request
from pydantic import Field, WithJsonSchema
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.accounts.access import demand
from app.articles import actions, scheduling
from app.articles.admin import Editor, trash
from app.articles.models import Article
from app.articles.schemas import ArticlePatch
from app.articles.states import STEPS
from app.articles.versions import check_version, version
from app.context import Router, SiteDep
from app.db import now
from app.errors import Invalid, Problem, described
from app.events.actions import Actor
from app.events.retries import RetriesDep
from app.http import private
from app.openapi import refusals
from app.schemas import In, MomentIn, Name, Out

router = Router(prefix="/v1/admin/articles", tags=["admin"])

Take: TypeAlias = Callable[..., Any]
"""Does to an article what one of its own routes does; gets a session, the article, `by` and `at`."""

TAKES: dict[str, Take] = {
    "submit": scheduling.submit,
    "send_back": scheduling.send_back,
    "publish": actions.publish,
    "unpublish": actions.unpublish,
    "unschedule": scheduling.unschedule,
    "trash": trash,
    "restore": actions.restore,
}


class BulkItemIn(In):
    """One of the articles."""

    id: UUID
    etag: str | None = Field(
        default=None,
        max_length=300,
        description="As `If-Match` of the article's own route; without it, whatever version is there.",
        examples=[None],
    )


class BulkIn(In):
    """What to do, and to which articles."""

    action: Literal[
        "submit", "send_back", "schedule", "unschedule", "publish", "unpublish", "trash", "restore", "tag", "untag"
    ] = Field(description="`tag` and `untag` add and take away `tags`; the others are the steps of an article's life.")
    tags: list[Name] = Field(default=[], max_length=50, description="Names, for `tag` and `untag` only.", examples=[[]])
    scheduled_at: MomentIn | None = Field(
        default=None, description="For `schedule` only: a moment to come, the same for all.", examples=[None]
    )
    items: list[BulkItemIn] = Field(min_length=1, max_length=100, description="They are taken in this order.")


class BulkResultOut(Out):
    """What became of one article."""

    id: UUID
    status: int = Field(description="As the article's own route would have answered: 200, or that of the problem.")
    etag: str | None = Field(description="Of its version now; `null` if it was refused.", examples=['"5f1d7c2e"'])
    problem: Annotated[
        dict[str, Any] | None, WithJsonSchema({"anyOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]})
    ] = Field(description="Why nothing was changed of it; `null` if it was.")


class BulkOut(Out):
    """What became of each article, in the order in which they were sent."""

    succeeded: int = Field(description="How many were done.", examples=[1])
    failed: int = Field(description="How many were refused.", examples=[0])
    items: list[BulkResultOut]


@router.post("/bulk", response_model=BulkOut, responses=refusals(422))
def change_articles(request: Request, site: SiteDep, by: Editor, data: BulkIn, retries: RetriesDep) -> Response:
    """Take one step with up to 100 articles. Each is done or refused by itself, as by its own route.

    The answer is 200 whatever became of them; it says so for each. Besides, the step's own scope is needed: for
    `schedule`, `unschedule`, `publish`, `unpublish` and `restore` that is `articles:publish`.
    """
    take = _take(data)
    if data.action in STEPS:
        demand(by, STEPS[data.action].scope)
    request_id = getattr(request.state, "request_id", None)
    with site.database.writer.session() as session:

        def act() -> Response:
            results = [_done(session, take, item, by=by, at=now(), request_id=request_id) for item in data.items]
            succeeded = sum(result["problem"] is None for result in results)
            body = {"succeeded": succeeded, "failed": len(results) - succeeded, "items": results}
            return private(json.dumps(body, ensure_ascii=False).encode())

        return retries.once(session, act)


def _take(data: BulkIn) -> Take:
    """Raises `Invalid` where what the step needs is missing, or is given to one that has nothing to do with it."""
    expected = {"/tags": data.action in ("tag", "untag"), "/scheduled_at": data.action == "schedule"}
    given = {"/tags": bool(data.tags), "/scheduled_at": data.scheduled_at is not None}
    errors = [
        {"pointer": pointer, "detail": "not for this action" if given[pointer] else "required for this action"}
        for pointer in expected
        if expected[pointer] != given[pointer]
    ]
    if errors:
        raise Invalid("See `errors` for each value.", errors=errors)
    if data.scheduled_at is not None:
        return partial(scheduling.schedule, moment=data.scheduled_at)
    return TAKES.get(data.action) or partial(_tag, names=data.tags, add=data.action == "tag")


def _done(
    session: Session, take: Take, item: BulkItemIn, *, by: Actor, at: datetime, request_id: str | None
) -> dict[str, Any]:
    """The values of a `BulkResultOut`. What is refused leaves nothing behind, and what came before it stays."""
    result: dict[str, Any] = {"id": str(item.id), "status": 200, "etag": None, "problem": None}
    try:
        with session.begin_nested():
            article = actions.find(session, str(item.id), lock=True)
            if item.etag is not None:
                check_version(item.etag, session, article)
            take(session, article, by=by, at=at)
            session.flush()
            result["etag"] = version(article)
    except Problem as problem:
        instance = f"/v1/admin/articles/{item.id}"
        result |= {
            "status": problem.status,
            "problem": described(problem, instance=instance, request_id=request_id),
        }
    return result


def _tag(session: Session, article: Article, *, names: list[str], add: bool, by: Actor, at: datetime) -> None:
    """Give the article these tags, or take them from it; what it has or lacks already makes no revision."""
    had = [tag.name for tag in article.tags]
    tags = list(dict.fromkeys([*had, *names])) if add else [name for name in had if name not in names]
    if len(tags) > 50:
        raise Invalid("An article has 50 tags at most.", errors=[{"pointer": "/tags", "detail": "too many"}])
    if tags != had:
        actions.edit(session, article, ArticlePatch(tags=tags), by=by, at=at)
