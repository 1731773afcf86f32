"""Comments of an export as rows, each at its place in its thread."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.models import Article
from app.comments.models import Comment
from app.comments.queries import by_ids
from app.comments.reactions import rank
from app.comments.rules import to_html
from app.comments.tally import Tally
from app.ingest import queries
from app.ingest.lines import CommentLine, CommentsLine
from app.ingest.rows import Refused


def take_back(session: Session, line: CommentsLine, *, at: datetime) -> tuple[int, list[Article]]:
    """Make those of these comments that are not there; how many that were, and the articles with another count now.

    Counts are brought forward, which costs the same however many comments there are already. Raises `Refused`.
    """
    there = set(session.scalars(queries.comments_among({row.id for row in line.comments})))
    fresh = [row for row in line.comments if row.id not in there]
    _check_places(session, line.article, fresh)
    known = {row.id: row for row in session.scalars(by_ids({row.parent for row in fresh if row.parent}))}
    made = []
    for row in fresh:
        comment = known[row.id] = _comment(line.article, row)
        comment.place(known[row.parent] if row.parent else None)
        comment.settle()
        made.append(comment)
    session.add_all(made)
    session.flush()
    tally = Tally(session, at)
    for comment in made:
        tally.enter(comment)
    return len(made), tally.count()


def _comment(article_id: UUID, row: CommentLine) -> Comment:
    return Comment(
        **row.model_dump(exclude={"parent", "quote", "correction"}),
        article_id=article_id,
        quote_id=row.quote,
        correction_id=row.correction,
        html=to_html(row.text),
        reply_count=0,
        rank=rank(row.votes_for, row.votes_against),
    )


def _check_places(session: Session, article: UUID, comments: Collection[CommentLine]) -> None:
    """Refuse comments that stand before what they answer, or are on what belongs to another article."""
    before: set[UUID] = set()
    parents: set[UUID] = set()
    for row in comments:
        if row.parent and row.parent not in before:
            parents.add(row.parent)
        before.add(row.id)
    quotes = {row.quote for row in comments if row.quote}
    corrections = {row.correction for row in comments if row.correction}
    if set(session.scalars(queries.comments_under(article, parents))) != parents:
        raise Refused("One of the comments answers a comment that is not under this article.")
    if set(session.scalars(queries.quotes_in(article, quotes))) != quotes:
        raise Refused("One of the comments is on a quote that is not in this article.")
    if set(session.scalars(queries.corrections_in(article, corrections))) != corrections:
        raise Refused("One of the comments led to a correction that is not of this article.")
