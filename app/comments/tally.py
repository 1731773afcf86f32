"""What a change of comments means for readers: counts, places in threads, and kept answers to forget."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.comment_counts import restate
from app.articles.models import Article
from app.articles.staff_queries import bare
from app.comments.models import Comment
from app.events.actions import touch


class Tally:
    """Notes changes one by one, at constant cost each, and lets readers have them in the end.

    The transaction must have its turn (`take_turn`): counts are brought forward, not counted anew.
    """

    def __init__(self, session: Session, at: datetime) -> None:
        self._session = session
        self._at = at
        self._counts: Counter[UUID] = Counter()
        self._threads: set[UUID] = set()

    def enter(self, comment: Comment) -> None:
        """The comment is new, with its status and its place."""
        comment.settle()
        self._moved(comment, before="", was_seen=False)

    def move(self, comment: Comment, status: str) -> None:
        """The comment gets this status."""
        before, was_seen = comment.status, comment.is_seen
        comment.status = status
        comment.settle()
        self._moved(comment, before=before, was_seen=was_seen)

    def show(self, comment: Comment) -> None:
        """Readers get the comment otherwise than before."""
        comment.changed_at = self._at
        self._threads.add(comment.article_id)

    def settle(self) -> None:
        """Let readers have it all: exact counts, and no answer from before."""
        changed = self.count()
        for article in changed:
            article.touch(self._at)
        if changed:
            restate(self._session, [article.id for article in changed], at=self._at)

    def count(self) -> list[Article]:
        """Bring the articles' counts forward; those that changed. To show these to readers is left to the caller."""
        changes = {article_id: by for article_id, by in self._counts.items() if by}
        changed = list(self._session.scalars(bare(changes))) if changes else []
        for article in changed:
            article.comment_count += changes[article.id]
        if self._threads:
            touch(self._session, ["feed:comments", *(f"thread:{article_id}" for article_id in self._threads)])
        return changed

    def _moved(self, comment: Comment, *, before: str, was_seen: bool) -> None:
        self._counts[comment.article_id] += (comment.status == "approved") - (before == "approved")
        if was_seen or comment.is_seen:
            self.show(comment)
        by = comment.is_seen - was_seen
        while by and comment.parent_id is not None:
            parent = self._session.get_one(Comment, comment.parent_id)
            was_seen = parent.is_seen
            parent.reply_count += by
            parent.settle()
            self.show(parent)
            comment, by = parent, parent.is_seen - was_seen
