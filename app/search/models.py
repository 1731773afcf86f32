from uuid import UUID

from sqlalchemy import ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class SearchDocument(Base):
    """The public words of one public article, folded for searching; there is no row for any other article.

    SQLite indexes it by the FTS5 table `search_index`, PostgreSQL by the GIN index `ix_search_documents_words`.
    """

    __tablename__ = "search_documents"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), unique=True)
    title: Mapped[str]
    summary: Mapped[str]
    text: Mapped[str]
    names: Mapped[str]
