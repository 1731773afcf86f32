"""Readers' comments from elsewhere, with the threads and states that they had."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.body import from_plain
from app.articles.models import Article
from app.articles.queries import bare
from app.articles.renditions import refresh
from app.comments.models import Comment
from app.comments.queries import by_ids
from app.comments.rules import MAX_LENGTH, to_html
from app.db import insert_all
from app.extract.readers.item import ItemComment
from app.ingest import queries

AT_ONCE = 10_000
"""Comments in one statement; SQLite takes 32,766 parameters."""


def thread(
    article: Article, found: Iterable[ItemComment], *, at: datetime, there: Collection[UUID] = ()
) -> list[Comment]:
    """The comments as rows, each after the one that it answers, less those that are `there` already.

    One whose parent is not to be had, or answers it in turn, begins a thread.
    """
    made = {comment.id: comment for comment in (_comment(article, each, at) for each in found)}
    fresh = {key: comment for key, comment in made.items() if key not in there}
    replies = Counter(comment.parent_id for comment in fresh.values() if comment.status == "approved")
    answers: dict[UUID, list[Comment]] = defaultdict(list)
    for comment in fresh.values():
        comment.reply_count = replies[comment.id]
        if comment.parent_id in fresh:
            answers[comment.parent_id].append(comment)
        elif comment.parent_id not in there:
            comment.parent_id = None
    return list(_from_above(fresh, answers))


def _from_above(fresh: dict[UUID, Comment], answers: dict[UUID, list[Comment]]) -> Iterator[Comment]:
    seen: set[UUID] = set()
    roots = [comment for comment in fresh.values() if comment.parent_id not in fresh]
    for root in [*roots, *fresh.values()]:  # whoever is left after the roots answers himself in the end
        if root.id in seen:
            continue
        root.parent_id = root.parent_id if root.parent_id not in fresh else None
        waiting = [root]
        while waiting:
            comment = waiting.pop()
            if comment.id not in seen:
                seen.add(comment.id)
                yield comment
                waiting += reversed(answers[comment.id])


def add_comments(session: Session, article: Article, found: Collection[ItemComment], *, at: datetime) -> int:
    """Add to an article that is there those comments that are not; how many that were."""
    ids = [comment_id(article, key) for each in found for key in (each.key, each.parent_key) if key is not None]
    there: set[UUID] = set()
    for first in range(0, len(ids), AT_ONCE):
        there.update(session.scalars(queries.comments_among(ids[first : first + AT_ONCE])))
    made = thread(article, found, at=at, there=there)
    insert_all(session, made)
    _count(session, article.id, [comment for comment in made if comment.status == "approved"], there, at=at)
    return len(made)


def _count(
    session: Session, article_id: UUID, approved: Collection[Comment], there: Collection[UUID], *, at: datetime
) -> None:
    """Add to the counters what has come in, which costs the same however many comments there are already."""
    if not approved:
        return
    [article] = session.scalars(bare([article_id]))
    article.comment_count += len(approved)
    article.touch(at)
    replies = Counter(comment.parent_id for comment in approved if comment.parent_id in there)
    for parent in session.scalars(by_ids(filter(None, replies))):
        parent.reply_count += replies[parent.id]
    refresh(session, [article_id], at=at)


def _comment(article: Article, comment: ItemComment, at: datetime) -> Comment:
    text = from_plain(comment.text.split("\n"))[:MAX_LENGTH]
    return Comment(
        id=comment_id(article, comment.key),
        article_id=article.id,
        parent_id=comment_id(article, comment.parent_key) if comment.parent_key is not None else None,
        kind="comment",
        status=comment.status,
        author_name=comment.author_name[:200],
        text=text,
        html=to_html(text),
        reply_count=0,
        created_at=comment.created_at or at,
    )


def comment_id(article: Article, key: str) -> UUID:
    """The same UUIDv7 for the same comment of an article each time: the article's moment, and a digest of the key."""
    moment = int(article.created_at.timestamp() * 1000)
    tail = int.from_bytes(hashlib.sha256(f"{article.id}:{key}".encode()).digest()[:10])
    return UUID(int=moment << 80 | 7 << 76 | (tail >> 62 & 0xFFF) << 64 | 2 << 62 | tail & (1 << 62) - 1)
