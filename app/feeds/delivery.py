"""`/feeds`: what is new on the site, under a tag, by an author, from a source; corrections; comments."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Path
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app.articles import documents
from app.articles.delivery import Reference, signpost, visible
from app.articles.formats.delivery import imprint
from app.articles.groups import AUTHORS, TAGS, Group
from app.articles.listing import rows_of
from app.articles.queries import present_slug
from app.articles.quoted import link_to
from app.articles.renditions import open_desk
from app.articles.schemas import ArticleOut, NamedOut
from app.changes.queries import last_change
from app.comments import queries as comments
from app.comments.delivery import in_time
from app.context import Router
from app.corrections.models import Correction
from app.errors import NotFound
from app.feeds import queries
from app.feeds.channel import from_article, from_comment, from_correction
from app.feeds.pages import Asked, asked_for
from app.http import tagged
from app.openapi import refusals
from app.paging import Sort
from app.record import queries as record
from app.record.schemas import RecordedCorrectionOut
from app.sources.schemas import SourceOut

router = Router(prefix="/feeds", tags=["feeds"])

RESPONSES: dict[int | str, dict[str, Any]] = refusals(404) | {
    200: {
        "description": "A page of entries, newest first.",
        "content": {
            "application/rss+xml": {"schema": {"type": "string", "description": "RSS 2.0."}},
            "application/atom+xml": {"schema": {"type": "string", "description": "Atom (RFC 4287)."}},
            "application/feed+json": {"schema": {"type": "object", "description": "JSON Feed 1.1."}},
        },
    }
}

OF_THREAD: dict[int | str, dict[str, Any]] = RESPONSES | refusals(410) | {308: {}}

AskedDep = Annotated[Asked, Depends(asked_for)]
Slug = Annotated[str, Path(max_length=120, description="Slug.")]


@router.get("/{file}", response_class=Response, responses=RESPONSES)
def read_feed(asked: AskedDep) -> Response:
    """Read what is new on the site, whole and newest first."""
    return _articles(asked, "all", lambda _: None)


@router.get("/corrections/{file}", response_class=Response, responses=RESPONSES)
def read_feed_of_corrections(asked: AskedDep) -> Response:
    """Read what was corrected, newest first."""
    by_date = Sort(Correction.published_at.expression, Correction.id.expression, True, parse=datetime.fromisoformat)
    with asked.site.database.reader() as session:
        listing = asked.page(session, record.corrections(asked.at), by_date)
        masthead = open_desk(session, asked.at).masthead
        items = [
            from_correction(
                RecordedCorrectionOut(**documents.correction(made).model_dump(), article=link_to(article)),
                masthead.url_of(article),
            )
            for made, article in listing.rows
        ]
        return asked.answer(session, listing, items, name="Corrections", tags=["feed:all"])


@router.get("/comments/{file}", response_class=Response, responses=RESPONSES)
def read_feed_of_comments(asked: AskedDep) -> Response:
    """Read what readers said, newest first."""
    with asked.site.database.reader() as session:
        return _comments(asked, session, None, name="Comments", tags=["feed:comments", "feed:all"])


@router.get("/articles/{reference}/comments/{file}", response_class=Response, responses=OF_THREAD)
def read_feed_of_thread(asked: AskedDep, reference: Reference) -> Response:
    """Read what readers said under an article, newest first. A former slug of it answers 308."""
    with asked.site.database.reader() as session:
        article, _ = visible(session, reference, asked.at)
        tags = [f"thread:{article.id}", f"article:{article.id}"]
        if signpost(article, reference, asked.request):
            headers = {"Cache-Control": "public, max-age=60", **tagged(tags)}
            place = f"/feeds/articles/{article.slug}/comments/{asked.file}"
            return RedirectResponse(place, status_code=308, headers=headers)
        return _comments(asked, session, article.id, name=f"Comments: {article.revision.title}", tags=tags)


@router.get("/tags/{slug}/{file}", response_class=Response, responses=RESPONSES | {308: {}})
def read_feed_of_tag(asked: AskedDep, slug: Slug) -> Response:
    """Read what is new under a tag. A former slug answers 308 with the feed of the present one."""
    return _group(asked, TAGS, slug, lambda article: article.tags)


@router.get("/authors/{slug}/{file}", response_class=Response, responses=RESPONSES | {308: {}})
def read_feed_of_author(asked: AskedDep, slug: Slug) -> Response:
    """Read what is new by an author. A former slug answers 308 with the feed of the present one."""
    return _group(asked, AUTHORS, slug, lambda article: article.authors)


@router.get("/sources/{reference}/{file}", response_class=Response, responses=RESPONSES | {308: {}})
def read_feed_of_source(
    asked: AskedDep,
    reference: Annotated[str, Path(max_length=120, description="Slug or id.", examples=["maren-oduya"])],
) -> Response:
    """Read what is new that relies on a source, in any role.

    A source that was merged into another answers 308 with the feed of that one.
    """
    with asked.site.database.reader() as session:
        row = called = session.execute(queries.source(reference)).one_or_none()
        while row is not None and row.merged_into_id is not None:
            row = session.execute(queries.source(str(row.merged_into_id))).one_or_none()
    if row is None:
        raise NotFound("There is nothing under this name.")
    slug = row.slug
    answer = _articles(
        asked, f"source:{row.id}", lambda article: _called([cited.source for cited in article.sources], slug)
    )
    return answer if row is called else _signpost(asked, f"sources/{slug}")


def _group(asked: Asked, group: Group, slug: str, named: Callable[[ArticleOut], list[NamedOut]]) -> Response:
    """The feed of a tag or author, or 308 to it from a former slug. Raises `NotFound`."""
    with asked.site.database.reader() as session:
        present = session.scalar(*present_slug(group, slug))
    called = present or slug
    answer = _articles(asked, f"{group.name}:{called}", lambda article: _called(named(article), called))
    return answer if present is None else _signpost(asked, f"{group.name}s/{called}")


def _signpost(asked: Asked, present: str) -> Response:
    headers = {"Cache-Control": "public, max-age=60"}
    return RedirectResponse(f"/feeds/{present}/{asked.file}", status_code=308, headers=headers)


def _articles(asked: Asked, key: str, name_in: Callable[[ArticleOut], str | None]) -> Response:
    """A page of the articles in this list; `name_in` finds in one of them what the list is called.

    Raises `NotFound` where readers see none: whether there is such a tag, or source, is then not for them to know.
    """
    rows = rows_of("-published_at", "full", 1, ())
    with asked.site.database.reader() as session:
        listing = asked.page(session, rows.ready, rows.sort, {"at": asked.at, "list_0": key})
        if not listing.rows and key != "all":
            raise NotFound("There is nothing under this name.")
        articles = [ArticleOut.model_validate_json(content) for content, _ in listing.rows]
        known = imprint(asked.site, session, asked.at)
        return asked.answer(
            session,
            listing,
            [from_article(article, known) for article in articles],
            name=name_in(articles[0]) if articles else None,
            tags=[f"feed:{key}", *(f"article:{article.id}" for article in articles)],
            changes=[changed_at for _, changed_at in listing.rows],
        )


def _comments(asked: Asked, session: Session, article_id: UUID | None, *, name: str, tags: Sequence[str]) -> Response:
    """A page of the comments that readers see, under one article or under all."""
    listing = asked.page(session, comments.approved(asked.at, article_id), in_time(descending=True))
    masthead = open_desk(session, asked.at).masthead
    items = [
        from_comment(comment, article.revision.title, masthead.url_of(article)) for comment, article in listing.rows
    ]
    told = session.scalar(last_change())  # a comment that is gone changes the page too
    changes = [comment.changed_at for comment, _ in listing.rows if comment.changed_at]
    return asked.answer(session, listing, items, name=name, tags=tags, changes=[*changes, *([told] if told else [])])


def _called(things: Sequence[NamedOut | SourceOut], slug: str) -> str | None:
    return next((thing.name for thing in things if thing.slug == slug), None)
