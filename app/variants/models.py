from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, HasId

LABELS = ("changed_words", "attributed", "headline")
STATES = ("open", "accepted", "dismissed")


class Phrasing(Base):
    """Words that one quote or more have, without what typography does to them; `id` is made from them.

    Derived, like all tables here but the decisions in `misquotes`: from what current revisions say.
    """

    __tablename__ = "phrasings"
    __table_args__ = (
        Index("ix_phrasings_pending", "id", sqlite_where=text("is_pending = 1"), postgresql_where=text("is_pending")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[str]
    is_pending: Mapped[bool]
    """Whether it is still to be compared with those like it."""


class Shingle(Base):
    """A fingerprint of a phrasing; those that share one may be alike."""

    __tablename__ = "shingles"

    hash: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    phrasing_id: Mapped[UUID] = mapped_column(ForeignKey("phrasings.id"), primary_key=True, index=True)


class Utterance(Base):
    """That a quote has this phrasing, as its article's current revision has it, unless it was rejected or the article
    lies in the trash."""

    __tablename__ = "utterances"
    __table_args__ = (Index("ix_utterances_said", "phrasing_id", "speaker_id", "quote_id"),)

    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id", ondelete="CASCADE"), primary_key=True)
    article_id: Mapped[UUID] = mapped_column(index=True)
    phrasing_id: Mapped[UUID] = mapped_column(ForeignKey("phrasings.id"))
    speaker_id: Mapped[UUID | None] = mapped_column(index=True)


class Likeness(Base):
    """That two phrasings are of one statement; there is a row for either direction."""

    __tablename__ = "likenesses"

    phrasing_id: Mapped[UUID] = mapped_column(ForeignKey("phrasings.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("phrasings.id"), primary_key=True, index=True)


class Misquote(HasId, Base):
    """What an editor should look at: two phrasings that differ, or one that several people are said to have said, or
    words that a headline or summary has in quotation marks and the text has not.

    `key` says what it is about, so that it is found once, and once decided stays decided.
    """

    __tablename__ = "misquotes"
    __table_args__ = (
        CheckConstraint("label IN ('changed_words', 'attributed', 'headline')", name="label"),
        CheckConstraint("state IN ('open', 'accepted', 'dismissed')", name="state"),
        CheckConstraint("(label = 'headline') = (words IS NOT NULL)", name="words"),
        CheckConstraint("(label = 'headline') = (article_id IS NOT NULL)", name="article"),
        CheckConstraint("(label = 'headline') = (phrasing_id IS NULL)", name="phrasing"),
        CheckConstraint("(phrasing_id IS NULL) = (other_id IS NULL)", name="other"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index("ix_misquotes_state", "state", "id"),
    )

    key: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    state: Mapped[str]
    article_id: Mapped[UUID | None] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    words: Mapped[str | None]
    phrasing_id: Mapped[UUID | None] = mapped_column(index=True)
    """No foreign key: a decision outlives the words that it was about, for the day when they come back."""
    other_id: Mapped[UUID | None] = mapped_column(index=True)
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class ComparedUpTo(Base):
    """The last entry of the audit log whose articles are in `uncompared`, or have been compared. One row."""

    __tablename__ = "compared_up_to"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime | None]
    """When something came of it last."""


class Uncompared(Base):
    """An article of which the words, or who said them, may have changed since they were compared."""

    __tablename__ = "uncompared"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
