"""What readers think of each other's comments: complaints and votes."""

from datetime import datetime
from math import sqrt

from sqlalchemy.orm import Session

from app.comments import queries
from app.comments.models import Comment, Flag, Vote
from app.comments.readers import Reader
from app.comments.schemas import FlagIn
from app.comments.screening import rules_of
from app.comments.tally import Tally
from app.errors import Conflict
from app.events.actions import tell

CONFIDENCE = 1.96
"""Standard deviations: the lower bound of the interval that holds 95 of 100 times."""

SCALE = 1_000_000_000


class OwnComment(Conflict):
    """Nobody votes on his own comment, or complains about it."""

    slug, title = "own-comment", "It is your own comment"


def flag(session: Session, comment: Comment, data: FlagIn, reader: Reader, *, at: datetime) -> None:
    """Note a reader's complaint, one for each; so many of them take the comment from view until a moderator decides.

    Whoever complains again says it better, and counts no more. The transaction must have its turn. Raises `OwnComment`.
    """
    _check_other(comment, reader)
    found = session.scalar(queries.flag_by(comment.id, reader.digest))
    if found is not None:
        found.reason, found.note = data.reason, data.note
        return
    session.add(
        Flag(
            comment_id=comment.id,
            reader_digest=reader.digest,
            reason=data.reason,
            note=data.note,
            is_open=True,
            created_at=at,
        )
    )
    comment.flag_count += 1
    limit = rules_of(session).flags_to_hold
    if limit and comment.flag_count >= limit and comment.status == "approved":
        comment.findings = [*comment.findings, "flagged"]
        tally = Tally(session, at)
        tally.move(comment, "pending")
        tally.settle()
        tell(session, "comment.removed", comment.id, {"article_id": str(comment.article_id)})


def vote(session: Session, comment: Comment, value: int, reader: Reader, *, at: datetime) -> None:
    """Let the reader's vote be this one; 0 for none. One counts of each reader, and one of each address: the last.

    The transaction must have its turn. Raises `OwnComment`.
    """
    _check_other(comment, reader)
    for old in session.scalars(queries.votes_by(comment.id, reader.digest, reader.address_digest)):
        _count(comment, old.value, -1)
        session.delete(old)
    session.flush()
    if value:
        digests = {"reader_digest": reader.digest, "address_digest": reader.address_digest}
        session.add(Vote(comment_id=comment.id, **digests, value=value, created_at=at))
        _count(comment, value, 1)
    comment.rank = rank(comment.votes_for, comment.votes_against)
    tally = Tally(session, at)
    tally.show(comment)
    tally.settle()


def rank(votes_for: int, votes_against: int) -> int:
    """Where a comment with these votes stands among the best, the higher the better."""
    return round(SCALE * lower_bound(votes_for, votes_for + votes_against))


def lower_bound(positive: int, votes: int) -> float:
    """The lower bound of Wilson's interval for the share of readers who are for it (Wilson 1927; Miller 2009).

    >>> round(lower_bound(1, 1), 3), round(lower_bound(90, 100), 3), lower_bound(0, 0)
    (0.207, 0.826, 0.0)
    """
    if not votes:
        return 0.0
    share, square = positive / votes, CONFIDENCE * CONFIDENCE
    spread = CONFIDENCE * sqrt((share * (1 - share) + square / (4 * votes)) / votes)
    return max(0.0, (share + square / (2 * votes) - spread) / (1 + square / votes))


def _count(comment: Comment, value: int, by: int) -> None:
    if value > 0:
        comment.votes_for += by
    else:
        comment.votes_against += by


def _check_other(comment: Comment, reader: Reader) -> None:
    own_account = reader.user_id is not None and reader.user_id == comment.user_id
    if own_account or (comment.user_id is None and reader.address_digest == comment.address_digest):
        raise OwnComment("It is your own comment, or one from your address.")
