from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, Ordered

_LATE = text("visible_from > published_at")
_ENDING = text("visible_until IS NOT NULL")


class SearchDocument(Base):
    """The words of one article that readers see or will see; there is no row for any other. Replaced, never updated.

    `id` is in the order of publication: the seconds since the year 1, then a number among those of that second.
    `keys`: the lists that the article is in, each beginning with `:`. `text`: all words in order, with `:` between
    title, summary, body and each name. `weights`: what some of them weigh. `digest`: of what all this was made from.
    SQLite indexes `keys` and `text` by the FTS5 table `search_index`, which triggers keep; PostgreSQL indexes `words`,
    the two as a set, by GIN.
    """

    __tablename__ = "search_documents"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), unique=True)
    digest: Mapped[str]
    keys: Mapped[str]
    weights: Mapped[str]
    text: Mapped[str]
    words: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"), deferred=True)


class QuoteDocument(Base):
    """A quote as readers get it in one stretch of time, ready to be sent and to be found; none for a rejected one, or
    for one of an article that readers neither see nor will see. Replaced, never updated.

    `id`, `keys`, `text` and `words` are as of a `SearchDocument`, SQLite's index is `search_index_of_quotes`. `keys`
    has the article, its tags and month, the speaker, the stations, the review and the day said; `text` the words.
    `day`: when it was said; where that is not known, when the article was published, in UTC.
    """

    __tablename__ = "quote_documents"
    __table_args__ = (
        CheckConstraint("visible_from < visible_until", name="span"),
        # With the times, so that it alone tells how many there are.
        Index("ix_quote_documents_speaker_id", "speaker_id", "day", "quote_id", "visible_from", "visible_until"),
        Index("ix_quote_documents_day", "day", "quote_id"),
        Index("ix_quote_documents_review", "review", "day", "quote_id"),
        Index("ix_quote_documents_late", "visible_from", sqlite_where=_LATE, postgresql_where=_LATE),
        Index("ix_quote_documents_ending", "visible_until", sqlite_where=_ENDING, postgresql_where=_ENDING),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    quote_id: Mapped[UUID] = mapped_column(ForeignKey("quotes.id", ondelete="CASCADE"), index=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    visible_from: Mapped[datetime]
    visible_until: Mapped[datetime | None]
    published_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    day: Mapped[date]
    speaker_id: Mapped[UUID | None]
    review: Mapped[str]
    card: Mapped[bytes] = mapped_column(LargeBinary)
    keys: Mapped[str]
    text: Mapped[str]
    words: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"), deferred=True)


class QuoteCount(Base):
    """How many `QuoteDocument`s have a review, or any, and are in two lists, whether readers see them or not.

    `list` is the name of the one, as in `keys`. `facet` and `value` are of the other: `speaker`, `via` or `month`;
    `all` without a value has every quote.
    """

    __tablename__ = "quote_counts"
    __table_args__ = (Index("ix_quote_counts_total", "review", "list", "facet", "total", "value"),)

    review: Mapped[str] = mapped_column(primary_key=True)
    list: Mapped[str] = mapped_column(primary_key=True)
    facet: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Ordered, primary_key=True)
    total: Mapped[int]
