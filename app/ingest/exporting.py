"""The whole record as NDJSON, in an order in which a line needs only lines before it (docs/exporting.md)."""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.articles.groups import AUTHORS, TAGS, Group
from app.articles.queries import masthead
from app.comments.models import Comment
from app.comments.policy_schemas import Rules
from app.db import Database
from app.ingest import queries
from app.ingest.batches import batches
from app.ingest.lines import (
    COMMENTS,
    AuthorLine,
    BasisLine,
    CommentLine,
    CommentsLine,
    HeadLine,
    ImageLine,
    Line,
    PassageLine,
    RoleLine,
    RulesLine,
    SiteLine,
    SourceLine,
    TagLine,
    TiesLine,
    UserLine,
    VariantLine,
)
from app.ingest.written import article_lines, line
from app.media.models import Image
from app.sources.models import Source

T = TypeVar("T")

BATCH = 16
"""Articles in memory at once, with all their revisions."""

ROWS = 500
"""Rows of all else."""

CHUNK = 1 << 16
"""Bytes that are sent together, unless a line has more."""


def export(session: Session, *, users: bool = False) -> Iterator[bytes]:
    """The lines of an export, each with its newline; the same record gives the same bytes.

    With `users`, also who may sign in, and who saved each revision.
    """
    for made in _lines(session, users=users):
        yield made.model_dump_json().encode() + b"\n"


def stream(database: Database, *, users: bool = False) -> Generator[bytes]:
    """The lines of an export, many together. A snapshot of the database is held until it ends or is closed."""
    with database.reader() as session:
        sized = ((len(made), made) for made in export(session, users=users))
        yield from map(b"".join, batches(sized, most=ROWS, size=CHUNK))


def _lines(session: Session, *, users: bool) -> Iterator[Line]:
    site = session.scalars(masthead()).one().source
    yield HeadLine.model_construct(type="onrecord", version=1, site=line(SiteLine, site), users=users)
    for rules in session.scalars(queries.comment_rules()):
        yield line(RulesLine, rules, type="rules", document=Rules.model_construct(**rules.document))
    if users:
        yield from (line(UserLine, user, type="user") for user in _rows(session, queries.users()))
    yield from _named(session, AUTHORS, AuthorLine, queries.authors())
    yield from _named(session, TAGS, TagLine, queries.tags())
    yield from map(_source, _rows(session, queries.sources()))
    for some in several(_rows(session, queries.tied()), ROWS):
        yield from _ties(session, some)
    yield from map(_image, _rows(session, queries.images()))
    yield from _articles(session, users=users)
    for permission, rests_on in session.execute(queries.bases()):
        yield BasisLine(type="basis", permission=permission, rests_on=rests_on)


def _rows(session: Session, query: Select[T]) -> Iterator[T]:
    """The query's rows, of which few are in memory at a time."""
    yield from session.scalars(query.execution_options(yield_per=ROWS))


def several(rows: Iterable[T], most: int) -> Iterator[list[T]]:
    """The rows in their order, so many at a time."""
    rest = iter(rows)
    while some := list(islice(rest, most)):
        yield some


def _named(
    session: Session, group: Group, shape: type[AuthorLine | TagLine], query: Select[Any]
) -> Iterator[AuthorLine | TagLine]:
    former = defaultdict(list)
    for owner, slug in session.execute(queries.former_slugs(group)):
        former[owner].append(slug)
    for row in _rows(session, query):
        yield line(shape, row, type=group.name, former_slugs=former[row.id])


def _image(image: Image) -> ImageLine:
    files = [VariantLine.model_construct(**file) for file in image.files]
    return line(ImageLine, image, type="image", kind=image.type, files=files)


def _source(source: Source) -> SourceLine:
    names, links = [name.name for name in source.names], [link.url for link in source.links]
    return line(SourceLine, source, type="source", names=names, links=links)


def _ties(session: Session, sources: list[Source]) -> Iterator[TiesLine]:
    ids = {source.merged_into_id for source in sources} | {r.organization_id for s in sources for r in s.roles}
    slugs: dict[Any, str] = {row[0]: row[1] for row in session.execute(queries.source_slugs(filter(None, ids)))}
    for source in sources:
        roles = [line(RoleLine, role, organization=slugs.get(role.organization_id)) for role in source.roles]
        merged_into = slugs.get(source.merged_into_id)
        yield TiesLine.model_construct(type="ties", source=source.slug, merged_into=merged_into, roles=roles)


def _articles(session: Session, *, users: bool) -> Iterator[Line]:
    last: UUID | None = None
    while ids := session.scalars(queries.next_ids(last, BATCH)).all():
        commented = set(session.scalars(queries.commented(ids)))
        for article in article_lines(session, ids, users=users):
            yield article
            if article.id in commented:
                yield from _comments(session, article.id)
        last = ids[-1]
        session.expunge_all()


def _comments(session: Session, article_id: UUID) -> Iterator[CommentsLine]:
    comments = map(_comment, _rows(session, queries.from_above(article_id)))
    for some in several(comments, COMMENTS):
        yield CommentsLine.model_construct(type="comments", article=article_id, comments=some)


def _comment(comment: Comment) -> CommentLine:
    target = PassageLine.model_construct(**comment.target) if comment.target else None
    names = {"parent": comment.parent_id, "quote": comment.quote_id, "correction": comment.correction_id}
    return line(CommentLine, comment, target=target, **names)
