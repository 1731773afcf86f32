"""`/v1/articles` and what hangs on it, as readers get it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from app.articles import documents, queries
from app.articles.documents import Desk
from app.articles.formats.delivery import RESPONSES, FormatName, chosen_format, rewritten
from app.articles.models import Article
from app.articles.past import recall
from app.articles.renditions import open_desk
from app.articles.schemas import ArticleOut
from app.context import Router, Site, SiteDep
from app.db import now
from app.errors import Gone, InvalidParameter, NotFound
from app.http import cache_control, chosen_fields, deliver, picked, tagged
from app.negotiation import VARY
from app.openapi import refusals
from app.permissions.actions import standing
from app.schemas import MomentIn, names_of
from app.sources.models import Source

router = Router(prefix="/v1/articles", tags=["articles"])

Reference = Annotated[
    str,
    Path(
        max_length=120,
        description="Slug or id.",
        examples=["harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"],
    ),
]
ArticleFields = Annotated[
    str | None,
    Query(
        max_length=400,
        description="Keep only these top-level fields, separated by commas.",
        examples=["title,quotes"],
        json_schema_extra=names_of(ArticleOut),
    ),
]
At = Annotated[
    MomentIn | None,
    Query(
        description="As readers got it at that moment, which must have come: RFC 3339 with an offset, such as "
        "`2026-03-02T08:30:00Z`.",
    ),
]


@router.get(
    "/{reference}",
    response_model=ArticleOut,
    responses=refusals(404, 406, 410) | RESPONSES | {307: {}, 308: {}},
)
async def read_article(
    request: Request,
    site: SiteDep,
    reference: Reference,
    fields: ArticleFields = None,
    form: FormatName = None,
    at: At = None,
) -> Response:
    """Read one article, whole: body, quotes, sources, permission, corrections and comment summary.

    Besides JSON it comes as schema.org JSON-LD, IPTC ninjs 3.1, HTML and Markdown, by `format` or by `Accept`.

    A former slug answers 308 with the present address. Where the permission of a reprint has ended, the answer is
    a stub, a redirect (307) to the original, or 410, as the permission says.

    With `at` it is the article as readers got it then, 404 if they did not; 404 too while it is not public now, and 410
    while its permission has ended. Sources have the names of today, and comments are those of today.
    """
    chosen = chosen_fields(fields, ArticleOut.model_fields)
    name = chosen_format(request, form, chosen)
    present = now()

    def find(session: Session) -> Response:
        if at is None:
            return _read_unready(request, session, reference, present, chosen)
        return _read_past(request, session, reference, at, chosen)

    answer = await ready(request, site, reference, chosen) if at is None else None
    if answer is None:
        answer = await site.database.ask(find)
    return answer if name == "json" else await run_in_threadpool(rewritten, request, site, answer, name, present)


async def ready(request: Request, site: Site, reference: str, fields: set[str] | None = None) -> Response | None:
    """The article whose ready bytes cover this moment, under its id or present slug; None if there is none."""
    at = now()
    query = queries.rendition(reference, at)
    found = await site.database.look_up(lambda connection: connection.execute(*query).one_or_none())
    if found is None:
        return None
    return deliver(
        request,
        picked(found.document, fields),
        at=at,
        changed_at=found.changed_at,
        until=found.visible_until,
        tag=found.etag if fields is None else None,
        tags=[f"article:{found.article_id}"],
        headers=VARY | _canonical(found.canonical_url),
    )


def read(session: Session, reference: str, at: datetime) -> tuple[Article, bool, Desk]:
    """The published article, whether its permission still holds, and the desk to write it at.

    Raises `NotFound` if there is none, or if none of its permissions has begun.
    """
    row = session.execute(queries.readable(reference, at)).one_or_none()
    if row is None or (not row[1] and standing(row[0].permissions, at) is None):
        raise NotFound("There is no such article.")
    return row[0], row[1], open_desk(session, at)


def visible(session: Session, reference: str, at: datetime) -> tuple[Article, Desk]:
    """The article for a resource that hangs on it. Raises `NotFound`, or `Gone` after its permission's end."""
    article, permitted, desk = read(session, reference, at)
    if not permitted:
        raise _gone(article)
    return article, desk


def signpost(article: Article, reference: str, request: Request, path: str = "") -> Response | None:
    """308 to the present slug, if the reference is a former one."""
    if reference == article.slug or reference not in {row.slug for row in article.slugs}:
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    headers = {"Cache-Control": "public, max-age=60", **tagged([f"article:{article.id}"])}
    return RedirectResponse(f"/v1/articles/{article.slug}{path}{query}", status_code=308, headers=headers)


def latest(changed_at: datetime, sources: Iterable[Source]) -> datetime:
    """The last change of something, the sources that it shows included."""
    return max([changed_at, *(source.modified_at for source in sources)])


def _read_unready(
    request: Request, session: Session, reference: str, at: datetime, fields: set[str] | None
) -> Response:
    """A former slug, or what is left of an article after its permission's end."""
    article, permitted, desk = read(session, reference, at)
    if moved := signpost(article, reference, request):
        return moved
    if not permitted and (ended := _ended(article, at)):
        return ended
    return deliver(
        request,
        picked(desk.article(article, permitted=permitted).model_dump_json().encode(), fields),
        at=at,
        changed_at=latest(own_change(article, at), [*documents.shown_sources(article), desk.masthead.source]),
        until=own_end(article, at),
        tags=[f"article:{article.id}", "feed:all"],  # its assigner may change, though no list has it
        headers=VARY | _canonical(article.canonical_url),
    )


def check_past(moment: datetime) -> None:
    """Raises `InvalidParameter` for a moment that is still to come: nobody knows what readers will get."""
    if moment > now():
        fault = {"parameter": "at", "detail": "This moment is still to come."}
        raise InvalidParameter("See `errors` for each parameter.", errors=[fault])


def _read_past(
    request: Request, session: Session, reference: str, moment: datetime, fields: set[str] | None
) -> Response:
    """The article as readers got it at that moment, as long as they may see it at all."""
    check_past(moment)
    article, desk = visible(session, reference, now())
    if moved := signpost(article, reference, request):
        return moved
    past = recall(session, desk, article, moment)
    return deliver(
        request,
        picked(past.document.model_dump_json().encode(), fields),
        at=desk.at,
        changed_at=latest(own_change(article, desk.at), [*past.sources, desk.masthead.source]),
        until=own_end(article, desk.at),
        tags=[f"article:{article.id}", "feed:all"],  # a source of those days may change, though no list has it now
        headers=VARY | _canonical(past.document.canonical_url),
    )


def own_change(article: Article, at: datetime) -> datetime:
    """When what readers get of this article last changed, by a hand or by a date that has come."""
    dates = [article.published_at]
    for granted in article.permissions:
        dates += [granted.valid_from, granted.valid_through]
    return max([article.modified_at or article.created_at, *(date for date in dates if date and date <= at)])


def own_end(article: Article, at: datetime) -> datetime | None:
    """When what readers get of this article will next change by itself."""
    dates = [date for granted in article.permissions for date in (granted.valid_from, granted.valid_through)]
    return min((date for date in dates if date and date > at), default=None)


def _ended(article: Article, at: datetime) -> Response | None:
    """What the last permission says readers get after its end; None for a stub."""
    permission = standing(article.permissions, at)
    if permission is None or permission.on_expire == "stub":
        return None
    if permission.on_expire == "redirect" and article.canonical_url:
        headers = {"Cache-Control": cache_control(at, own_end(article, at)), **tagged([f"article:{article.id}"])}
        return RedirectResponse(article.canonical_url, status_code=307, headers=headers)
    raise _gone(article)


def _gone(article: Article) -> Gone:
    return Gone(
        "The permission to show this article has ended.",
        headers=_canonical(article.canonical_url),
        canonical_url=article.canonical_url,
    )


def _canonical(url: str | None) -> dict[str, str]:
    return {"Link": f'<{url}>; rel="canonical"'} if url else {}
