from collections.abc import Collection, Iterable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    Uuid,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import contains_eager
from sqlalchemy.sql.dml import ReturningDelete

from app.articles.models import Article, Revision
from app.articles.queries import found, visible
from app.comments.models import (
    ArticleRules,
    Check,
    Comment,
    Flag,
    Note,
    Subscriber,
    Subscription,
    Vote,
    Wording,
)
from app.corrections.models import Correction
from app.events.models import Event
from app.quotes.models import Placement, Quote

ARTICLE = bindparam("article_id", type_=Uuid())
Shown = Select[Comment, Correction | None]
"""Comments, each with the correction that it led to."""


class Addressed(NamedTuple):
    """What of an article decides about a new comment, read without the rest of it."""

    id: UUID
    comments_state: str
    published_at: datetime | None


def addressed(reference: str, at: datetime) -> tuple[Select[UUID, str, datetime | None], dict[str, Any]]:
    """The columns of `Addressed` for the visible article with this id, slug or former slug, and the parameters."""
    statement, given = found(reference, at)
    return _of_addressed(statement), given


@cache
def _of_addressed(statement: Select[Article]) -> Select[UUID, str, datetime | None]:
    return statement.with_only_columns(Article.id, Article.comments_state, Article.published_at)


def shown() -> Shown:
    return select(Comment, Correction).outerjoin(Correction, Correction.id == Comment.correction_id)


def seen(article_id: UUID, depth: int | None = None) -> Shown:
    """What readers get under the article: everything, or only this level of its threads."""
    found = shown().where(Comment.article_id == article_id, Comment.is_seen)
    return found if depth is None else found.where(Comment.depth == depth)


def approved(at: datetime, article_id: UUID | None = None) -> Select[Comment, Article]:
    """The comments that readers get with their words, each with its article; of one article, or of all."""
    found = _with_articles(at).where(Comment.status == "approved")
    return found if article_id is None else found.where(Comment.article_id == article_id, Comment.is_seen)


def with_article(comment_id: UUID, at: datetime) -> Select[Comment, Article]:
    """The comment in any state, with its article, if readers see that."""
    return _with_articles(at).where(Comment.id == comment_id)


def _with_articles(at: datetime) -> Select[Comment, Article]:
    found = select(Comment, Article).join(Article, Article.id == Comment.article_id).join(Article.revision)
    return found.where(visible(at)).options(contains_eager(Article.revision))


def below(path: str) -> Shown:
    """The replies that readers get below the comment with this path, and theirs."""
    return shown().where(_under(path), Comment.is_seen)


def beginnings(paths: Collection[str], most: int) -> Shown:
    """The first replies below each of these comments, so many at most for each, in the order of their threads."""
    limited = [
        select(Comment.id).where(_under(path), Comment.is_seen).order_by(Comment.path).limit(most).subquery()
        for path in paths or ("~",)
    ]
    ids = union_all(*(select(part.c.id) for part in limited))
    return shown().where(Comment.id.in_(ids)).order_by(Comment.path)


def _under(path: str) -> ColumnElement[bool]:
    return (Comment.path > path) & (Comment.path < f"{path}~")


def told(article_id: UUID, after: int, until: int) -> Select[Event, Comment | None, Correction | None]:
    """What the log of changes says of the article's comments between two of its places, each with what is seen of the
    comment now."""
    return (
        select(Event, Comment, Correction)
        .outerjoin(Comment, (Comment.id == Event.subject_id) & Comment.is_seen)
        .outerjoin(Correction, Correction.id == Comment.correction_id)
        .where(Event.position > after, Event.position <= until, Event.article_id == article_id)
        .where(Event.kind.in_(("comment.approved", "comment.removed")))
        .order_by(Event.position)
    )


def last_change(article_id: UUID) -> Select[datetime | None]:
    """When readers last got the article's comments otherwise."""
    return select(func.max(Comment.changed_at)).where(Comment.article_id == article_id)


def under_visible(comment_id: UUID, at: datetime) -> Select[Comment, Correction | None, Article, str]:
    """The comment in any state with its outcome, its article, if readers see that, and the article's text."""
    return (
        select(Comment, Correction, Article, Revision.text)
        .outerjoin(Correction, Correction.id == Comment.correction_id)
        .join(Article, Article.id == Comment.article_id)
        .join(Revision, (Revision.article_id == Article.id) & Revision.is_current)
        .where(Comment.id == comment_id, visible(at))
    )


def texts(article_ids: Iterable[UUID]) -> Select[UUID, str]:
    """The present text of each of these articles."""
    columns = (Revision.article_id, Revision.text)
    return select(*columns).where(Revision.is_current, Revision.article_id.in_(set(article_ids)))


def text_of(article_id: UUID) -> Select[str]:
    return select(Revision.text).where(Revision.article_id == article_id, Revision.is_current)


def counts(article_ids: Collection[UUID], at: datetime) -> Select[*tuple[Any, ...]]:
    """Of these articles those that readers see: id, count, editor's state, date, own mode and own days."""
    return (
        select(
            Article.id,
            Article.comment_count,
            Article.comments_state,
            Article.published_at,
            ArticleRules.mode,
            ArticleRules.close_after_days,
        )
        .outerjoin(ArticleRules, ArticleRules.article_id == Article.id)
        .where(Article.id.in_(article_ids), visible(at))
    )


def queue(name: str | None, status: str | None) -> Shown:
    """The comments of a queue, or of a status, or all."""
    found = shown()
    if name is not None:
        found = found.where(_waits_in(name))
    return found.where(Comment.status == status) if status else found


def queue_sizes() -> Select[*tuple[int, ...]]:
    """How many comments are in each queue, in the order of `QUEUES`."""
    sizes = [select(func.count()).select_from(Comment).where(_waits_in(name)).scalar_subquery() for name in QUEUES]
    return select(*sizes)


QUEUES = ("pending", "reported", "spam", "challenges")


def _waits_in(name: str) -> ColumnElement[bool]:
    if name == "reported":
        return (Comment.flag_count > 0) & Comment.status.in_(("approved", "pending"))
    if name == "challenges":
        return (Comment.status == "pending") & (Comment.kind == "challenge")
    return Comment.status == name


def by_ids(ids: Iterable[UUID]) -> Select[Comment]:
    return select(Comment).where(Comment.id.in_(list(ids))).order_by(Comment.id)


def shown_by_ids(ids: Iterable[UUID]) -> Shown:
    return shown().where(Comment.id.in_(list(ids))).order_by(Comment.id)


def quote(quote_id: UUID, article_id: UUID) -> Select[UUID]:
    """The quote's id, if readers get it in the article."""
    return (
        select(Quote.id)
        .join(Placement, Placement.quote_id == Quote.id)
        .join(Revision, (Revision.id == Placement.revision_id) & Revision.is_current)
        .where(Quote.id == quote_id, Quote.article_id == article_id, Placement.review != "rejected")
    )


def flags(comment_id: UUID) -> Select[Flag]:
    return select(Flag).where(Flag.comment_id == comment_id).order_by(Flag.created_at, Flag.id)


def flag_by(comment_id: UUID, reader_digest: str) -> Select[Flag]:
    return select(Flag).where(Flag.comment_id == comment_id, Flag.reader_digest == reader_digest)


def closing_flags(comment_ids: Iterable[UUID]) -> Update:
    """Ends every complaint about these comments."""
    return update(Flag).where(Flag.comment_id.in_(list(comment_ids)), Flag.is_open).values(is_open=False)


def dropping_checks(comment_ids: Iterable[UUID]) -> ReturningDelete[str | None]:
    """Lets the service outside be asked about these comments no more; what became of each question so far."""
    return delete(Check).where(Check.comment_id.in_(list(comment_ids))).returning(Check.outcome)


def _is_open(at: datetime) -> ColumnElement[bool]:
    free = or_(Check.leased_until.is_(None), Check.leased_until <= at)
    return Check.outcome.is_(None) & free


def any_check(at: datetime) -> Select[bool]:
    """Whether there is a question that nobody asks now."""
    return select(exists().where(_is_open(at)))


def next_checks(at: datetime, limit: int) -> Select[Check, Comment, Article, str]:
    """The oldest such questions, less those that another worker takes, with comments, articles and their titles."""
    return (
        select(Check, Comment, Article, Revision.title)
        .join(Comment, Comment.id == Check.comment_id)
        .join(Article, Article.id == Comment.article_id)
        .join(Revision, (Revision.article_id == Article.id) & Revision.is_current)
        .where(_is_open(at))
        .order_by(Check.created_at, Check.id)
        .limit(limit)
        .with_for_update(of=Check, skip_locked=True)
    )


def leased_check(check_id: UUID, lease: UUID) -> Select[Check, Comment]:
    """The question with its comment, if it is still held under this lease."""
    found = select(Check, Comment).join(Comment, Comment.id == Check.comment_id)
    return found.where(Check.id == check_id, Check.lease == lease).with_for_update(of=Check)


def checks() -> Select[str | None, int, datetime]:
    """How many comments wait with each outcome, none being that they are still asked about, and since when the oldest
    does."""
    return select(Check.outcome, func.count(), func.min(Check.created_at)).group_by(Check.outcome)


def notes(comment_id: UUID) -> Select[Note]:
    return select(Note).where(Note.comment_id == comment_id).order_by(Note.created_at, Note.id)


def wordings(comment_id: UUID) -> Select[Wording]:
    return select(Wording).where(Wording.comment_id == comment_id).order_by(Wording.replaced_at, Wording.id)


def votes_by(comment_id: UUID, reader_digest: str, address_digest: str) -> Select[Vote]:
    """The votes on the comment of this reader, or from this address."""
    either = or_(Vote.reader_digest == reader_digest, Vote.address_digest == address_digest)
    return select(Vote).where(Vote.comment_id == comment_id, either)


def subscribed(comment_ids: Iterable[UUID]) -> Select[Comment, str]:
    """Those of the comments of which somebody wants word and may have it, each with the digest of his address."""
    return (
        select(Comment, Subscriber.digest)
        .join(Subscription, Subscription.comment_id == Comment.id)
        .join(Subscriber, Subscriber.digest == Subscription.digest)
        .where(Comment.id.in_(list(comment_ids)), Subscriber.confirmed_at.is_not(None), Subscriber.refused_at.is_(None))
    )


def unconfirmed_from(address_digest: str, since: datetime) -> Select[int]:
    """How many addresses that nobody has confirmed were given from there since then."""
    asked = Subscriber.asked_from == address_digest, Subscriber.asked_at > since
    return select(func.count()).select_from(Subscriber).where(*asked, Subscriber.confirmed_at.is_(None))
