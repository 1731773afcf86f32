"""Readers' comments from elsewhere, with the threads and states that they had."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.body import from_plain
from app.articles.models import Article
from app.comments.actions import enter_all
from app.comments.models import Comment
from app.comments.queries import by_ids
from app.comments.rules import MAX_LENGTH, to_html
from app.extract.readers.item import ItemComment

AT_ONCE = 10_000
"""Comments in one statement; SQLite takes 32,766 parameters."""


def thread(article: Article, found: Iterable[ItemComment], *, at: datetime) -> list[Comment]:
    """The comments of a new article as rows, each after the one that it answers, with their replies counted."""
    placed = _placed(article, found, {}, at)
    seen: Counter[UUID | None] = Counter()
    for comment in reversed(placed):
        comment.reply_count = seen[comment.id]
        comment.settle()
        comment.changed_at = at if comment.is_seen else None
        seen[comment.parent_id] += comment.is_seen
    return placed


def add_comments(session: Session, article: Article, found: Collection[ItemComment], *, at: datetime) -> int:
    """Add to an article that is there those comments that are not; how many that were."""
    made = _placed(article, found, _there(session, article, found), at)
    if made:
        enter_all(session, made, at=at)
    return len(made)


def missing(session: Session, article: Article, found: Collection[ItemComment]) -> int:
    """How many comments `add_comments` would add."""
    return len({comment_id(article, each.key) for each in found} - _there(session, article, found).keys())


def _there(session: Session, article: Article, found: Iterable[ItemComment]) -> dict[UUID, Comment]:
    """Those of these comments that are there, and of those that they answer."""
    ids = [comment_id(article, key) for each in found for key in (each.key, each.parent_key) if key is not None]
    there: dict[UUID, Comment] = {}
    for first in range(0, len(ids), AT_ONCE):
        there.update((comment.id, comment) for comment in session.scalars(by_ids(ids[first : first + AT_ONCE])))
    return there


def _placed(
    article: Article, found: Iterable[ItemComment], there: Mapping[UUID, Comment], at: datetime
) -> list[Comment]:
    """The comments that are not there yet, each after the one that it answers, and at its place.

    One whose parent is not to be had, or answers it in turn, begins a thread.
    """
    made = {comment.id: comment for comment in (_comment(article, each, at) for each in found)}
    fresh = {key: comment for key, comment in made.items() if key not in there}
    answers: dict[UUID, list[Comment]] = defaultdict(list)
    for comment in fresh.values():
        if comment.parent_id in fresh:
            answers[comment.parent_id].append(comment)
    placed: dict[UUID, Comment] = {}
    for comment in _from_above(fresh, answers):
        comment.place(placed.get(comment.parent_id) or there.get(comment.parent_id) if comment.parent_id else None)
        placed[comment.id] = comment
    return list(placed.values())


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
        findings=[],
        reply_count=0,
        flag_count=0,
        votes_for=0,
        votes_against=0,
        rank=0,
        created_at=comment.created_at or at,
    )


def comment_id(article: Article, key: str) -> UUID:
    """The same UUIDv7 for the same comment of an article each time: the article's moment, and a digest of the key."""
    moment = int(article.created_at.timestamp() * 1000)
    tail = int.from_bytes(hashlib.sha256(f"{article.id}:{key}".encode()).digest()[:10])
    return UUID(int=moment << 80 | 7 << 76 | (tail >> 62 & 0xFFF) << 64 | 2 << 62 | tail & (1 << 62) - 1)
