from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.comments.rules import MAX_DEPTH
from app.db import Base, HasId, Ordered

STATUSES = ("pending", "approved", "rejected", "spam", "deleted")

STEP = 31
"""Characters of a path for each level."""


class Comment(HasId, Base):
    """A reader's words under an article, or on a passage of it; readable only while `approved`.

    `path` puts a thread in order, replies right after what they answer: its first `STEP` characters are the moment and
    the id of the comment that began it, and each level adds as many. `is_seen`: it has a place in what readers get,
    with its words, or without them because replies below it are seen. `rank` orders by votes. `changed_at`: when
    readers last got it otherwise; null if never.

    The e-mail address itself is not kept: `email_digest` (HMAC-SHA-256 under the site's secret) tells whether
    two comments came from the same one, and nothing else. The same holds for `address_digest`.

    `spam_score`: as it was when the comment was last written. `taught_spam`: as what `SpamToken` counts it; null: it
    does not.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'approved', 'rejected', 'spam', 'deleted')", name="status"),
        CheckConstraint("kind IN ('comment', 'challenge')", name="kind"),
        CheckConstraint("badge IN ('author', 'staff')", name="badge"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
        CheckConstraint(
            "reply_count >= 0 AND flag_count >= 0 AND votes_for >= 0 AND votes_against >= 0", name="counts"
        ),
        CheckConstraint("is_seen = (status = 'approved' OR reply_count > 0)", name="seen"),
        Index("ix_comments_flat", "article_id", "is_seen", "created_at", "id"),
        Index("ix_comments_top", "article_id", "is_seen", "rank", "id"),
        Index("ix_comments_level", "article_id", "depth", "is_seen", "created_at", "id"),
        Index("ix_comments_level_top", "article_id", "depth", "is_seen", "rank", "id"),
        Index("ix_comments_changed", "article_id", "changed_at"),
        Index(
            "ix_comments_below",
            "path",
            sqlite_where=text("is_seen = 1"),
            postgresql_where=text("is_seen"),
        ),
        Index("ix_comments_queue", "status", "created_at", "id"),
        Index("ix_comments_same", "text_digest", "created_at"),
        Index(
            "ix_comments_personal",
            "created_at",
            sqlite_where=text("email_digest IS NOT NULL OR address_digest IS NOT NULL"),
            postgresql_where=text("email_digest IS NOT NULL OR address_digest IS NOT NULL"),
        ),
        Index(
            "ix_comments_reported",
            "created_at",
            "id",
            sqlite_where=text("flag_count > 0"),
            postgresql_where=text("flag_count > 0"),
        ),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    path: Mapped[str] = mapped_column(Ordered, unique=True)
    depth: Mapped[int]
    quote_id: Mapped[UUID | None] = mapped_column(ForeignKey("quotes.id", ondelete="SET NULL"), index=True)
    target: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    kind: Mapped[str]
    evidence: Mapped[str | None]
    correction_id: Mapped[UUID | None] = mapped_column(ForeignKey("corrections.id", ondelete="SET NULL"), index=True)
    status: Mapped[str]
    is_seen: Mapped[bool]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    badge: Mapped[str | None]
    author_name: Mapped[str]
    email_digest: Mapped[str | None] = mapped_column(index=True)
    address_digest: Mapped[str | None] = mapped_column(index=True)
    text: Mapped[str]
    html: Mapped[str]
    text_digest: Mapped[str | None]
    spam_score: Mapped[int | None]
    taught_spam: Mapped[bool | None]
    findings: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    reason: Mapped[str | None]
    reason_code: Mapped[str | None]
    edit_token_digest: Mapped[str | None]
    editable_until: Mapped[datetime | None]
    reply_count: Mapped[int] = mapped_column(default=0)
    flag_count: Mapped[int] = mapped_column(default=0, server_default="0")
    votes_for: Mapped[int] = mapped_column(default=0, server_default="0")
    votes_against: Mapped[int] = mapped_column(default=0, server_default="0")
    rank: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]

    def place(self, parent: "Comment | None") -> None:
        """Give it its place in the thread, below the parent or as the beginning of a thread.

        What an import has below the last level stands beside what it answers.
        """
        moment = max(0, int(self.created_at.timestamp() * 1000))
        self.parent_id = parent.id if parent else None
        above = parent.path[: STEP * (MAX_DEPTH - 1)] if parent else ""
        self.path = above + f"{moment:011x}{self.id.hex[12:]}"
        self.depth = len(self.path) // STEP

    @property
    def waits(self) -> bool:
        """Whether no moderator has decided about it: one that scores as spam waits in the queue of spam."""
        return self.status == "pending" or (self.status == "spam" and self.decided_at is None)

    def settle(self) -> None:
        """Bring `is_seen` up to its status and its replies."""
        self.is_seen = self.status == "approved" or self.reply_count > 0


class Wording(HasId, Base):
    """What a comment said before its author edited it."""

    __tablename__ = "comment_wordings"

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    text: Mapped[str]
    replaced_at: Mapped[datetime]


class Note(HasId, Base):
    """A moderator's word to other moderators."""

    __tablename__ = "comment_notes"

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), index=True)
    actor: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime]


class Check(HasId, Base):
    """A question to the service outside, about a comment as it now reads. Its id goes with the request.

    It is there until its answer, the author or a moderator settles it. `outcome`: why the comment still waits after it
    was asked. Who asks holds it until `leased_until`, by `lease`; if he dies, another asks again from then on.
    """

    __tablename__ = "comment_checks"
    __table_args__ = (
        UniqueConstraint("comment_id"),
        CheckConstraint("outcome IN ('hold', 'unanswered')", name="outcome"),
        Index("ix_comment_checks_open", "outcome", "created_at"),
    )

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    outcome: Mapped[str | None]


class Flag(HasId, Base):
    """A reader's complaint about a comment; open until a moderator decides about the comment."""

    __tablename__ = "comment_flags"
    __table_args__ = (
        UniqueConstraint("comment_id", "reader_digest"),
        Index("ix_comment_flags_reader_digest", "reader_digest"),
        Index("ix_comment_flags_created_at", "created_at"),
    )

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    reader_digest: Mapped[str]
    reason: Mapped[str]
    note: Mapped[str | None]
    is_open: Mapped[bool]
    created_at: Mapped[datetime]


class Vote(HasId, Base):
    """A reader's vote, 1 for and -1 against; one for each reader, and one for each address."""

    __tablename__ = "comment_votes"
    __table_args__ = (
        UniqueConstraint("comment_id", "reader_digest"),
        UniqueConstraint("comment_id", "address_digest"),
        CheckConstraint("value IN (-1, 1)", name="value"),
        Index("ix_comment_votes_reader_digest", "reader_digest"),
        Index("ix_comment_votes_address_digest", "address_digest"),
        Index("ix_comment_votes_created_at", "created_at"),
    )

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"))
    reader_digest: Mapped[str]
    address_digest: Mapped[str]
    value: Mapped[int]
    created_at: Mapped[datetime]


class Subscriber(Base):
    """An e-mail address to which somebody wanted to have word of his comments; one row for all of them.

    `address`: sealed (`app.mail.sealing`); null once it is not to be written to. Nothing but the question whether he
    wants it goes there before `confirmed_at`, and nothing at all after `refused_at`. `asked_at`: when a comment last
    asked for it, from where (`asked_from`, a digest).
    """

    __tablename__ = "comment_subscribers"
    __table_args__ = (
        Index("ix_comment_subscribers_asked_from", "asked_from", "asked_at"),
        Index("ix_comment_subscribers_asked_at", "asked_at"),
    )

    digest: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str | None]
    asked_from: Mapped[str]
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]


class Subscription(Base):
    """That the author of a comment wants to hear what becomes of it, and who answers."""

    __tablename__ = "comment_subscriptions"

    comment_id: Mapped[UUID] = mapped_column(ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("comment_subscribers.digest", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)


class Ban(HasId, Base):
    """Who may not comment, or which words hold a comment back, and until when.

    `value`: a digest for `email`, `address` and `user`, a network in CIDR notation, or the words.
    """

    __tablename__ = "comment_bans"
    __table_args__ = (
        UniqueConstraint("kind", "value"),
        CheckConstraint("kind IN ('user', 'email', 'address', 'network', 'words')", name="kind"),
        CheckConstraint("effect IN ('hold', 'refuse')", name="effect"),
    )

    kind: Mapped[str]
    value: Mapped[str]
    effect: Mapped[str]
    note: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class SpamToken(Base):
    """In how many comments a word or trait was that moderators took for spam, and that they approved.

    `token` is a hash (`spam.tokens`); 0 counts the comments themselves.
    """

    __tablename__ = "comment_spam_tokens"
    __table_args__ = (CheckConstraint("spam >= 0 AND other >= 0", name="counts"),)

    token: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    spam: Mapped[int]
    other: Mapped[int]


class SiteRules(Base):
    """The one row with the site's rules for comments, as JSON; none: the defaults of `schemas.Rules`."""

    __tablename__ = "comment_rules"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[datetime]


class ArticleRules(Base):
    """Where an article takes comments otherwise than the site; null: as the site does."""

    __tablename__ = "comment_article_rules"
    __table_args__ = (CheckConstraint("mode IN ('open', 'first_time', 'held', 'closed')", name="mode"),)

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str | None]
    close_after_days: Mapped[int | None]
