"""What the spam score knows: written with each decision of a moderator, in its transaction."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy.orm import Session

from app.comments import queries, spam
from app.comments.models import Comment, SpamToken
from app.comments.readers import Reader
from app.comments.screening import Draft

_TAUGHT = {"spam": True, "approved": False}
"""Whether what a status teaches is spam. What is rejected may be so for any reason, and teaches nothing."""


def score_of(session: Session, draft: Draft, reader: Reader) -> int | None:
    """The spam score of what somebody wrote; None while decisions are too few, and for staff."""
    if reader.is_staff:
        return None
    decided = session.get(SpamToken, spam.ALL)
    if decided is None or min(decided.spam, decided.other) < spam.ENOUGH:
        return None
    known = spam.tokens(draft.text, draft.html, draft.name)
    return spam.score(spam.weigh(known, _counts(session, known)))


def signs(session: Session, comment: Comment) -> list[spam.Weight]:
    """What speaks for or against a comment's being spam, as far as it is known now; the strongest first."""
    known = spam.tokens(comment.text, comment.html, comment.author_name)
    return spam.weigh(known, _counts(session, known))


def learn(session: Session, comments: Iterable[Comment]) -> None:
    """Count the comments as what they are now, and no longer as what they were.

    The transaction must have its turn.
    """
    _teach(session, [(comment, _TAUGHT.get(comment.status)) for comment in comments])


def forget(session: Session, comment: Comment) -> None:
    """Count the comment's words no more. The transaction must have its turn."""
    _teach(session, [(comment, None)])


def _teach(session: Session, lessons: Iterable[tuple[Comment, bool | None]]) -> None:
    spam_by: Counter[int] = Counter()
    other_by: Counter[int] = Counter()
    for comment, is_spam in lessons:
        if is_spam == comment.taught_spam:
            continue
        for key in (spam.ALL, *spam.tokens(comment.text, comment.html, comment.author_name)):
            spam_by[key] += (is_spam is True) - (comment.taught_spam is True)
            other_by[key] += (is_spam is False) - (comment.taught_spam is False)
        comment.taught_spam = is_spam
    known = {row.token: row for row in session.scalars(queries.spam_tokens(spam_by))}
    for key in spam_by:
        row = known.get(key) or SpamToken(token=key, spam=0, other=0)
        row.spam = max(0, row.spam + spam_by[key])  # the tokens of a comment may not be what they were
        row.other = max(0, row.other + other_by[key])
        session.add(row)


def _counts(session: Session, known: Iterable[int]) -> dict[int, tuple[int, int]]:
    return {row.token: (row.spam, row.other) for row in session.scalars(queries.spam_tokens([spam.ALL, *known]))}
