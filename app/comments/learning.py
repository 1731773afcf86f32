"""What the spam score knows: written with each decision of a moderator, in its transaction."""

from collections import Counter
from collections.abc import Collection, Iterable

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.comments import screening_queries, spam
from app.comments.models import Comment, SpamToken
from app.comments.readers import Reader
from app.comments.screening import Draft

_TAUGHT = {"spam": True, "approved": False}
"""Whether what a status teaches is spam. What is rejected may be so for any reason, and teaches nothing."""


def score_of(session: Session, draft: Draft, reader: Reader) -> int | None:
    """The spam score of what somebody wrote; None while decisions are too few, and for staff."""
    if reader.is_staff:
        return None
    decided = session.connection().execute(screening_queries.DECIDED).one_or_none()
    if decided is None or min(decided) < spam.ENOUGH:
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
    _write(session, spam_by, other_by)


def _write(session: Session, spam_by: Counter[int], other_by: Counter[int]) -> None:
    """Bring the counts forward by so much; what counts nothing any more goes."""
    counts = _counts(session, spam_by)
    kept, gone = [], []
    for key in sorted(spam_by):
        was_spam, was_other = counts.get(key, (0, 0))
        row = {"token": key, "spam": max(0, was_spam + spam_by[key]), "other": max(0, was_other + other_by[key])}
        if row["spam"] or row["other"]:  # never less than none: the tokens of a comment may not be what they were
            kept.append(row)
        elif key in counts:
            gone.append(key)
    if kept:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        upsert = dialect.insert(SpamToken)
        new = {"spam": upsert.excluded.spam, "other": upsert.excluded.other}
        session.execute(upsert.on_conflict_do_update(index_elements=["token"], set_=new), kept)
    if gone:
        session.execute(screening_queries.dropping_tokens(gone))


def _counts(session: Session, known: Collection[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(screening_queries.spam_tokens({spam.ALL, *known}))
    return {token: (is_spam, other) for token, is_spam, other in rows}
