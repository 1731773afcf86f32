from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


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
