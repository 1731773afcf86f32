from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import Boolean, Text

from app.search.models import SearchDocument

POSTGRES_WORDS = (
    "to_tsvector('simple'::regconfig, search_documents.title || ' ' || search_documents.summary || ' ' "
    "|| search_documents.text || ' ' || search_documents.names)"
)
"""The expression under the GIN index; a query must repeat it word for word to use that."""


class _Matches(ColumnElement[bool]):
    """Whether a search document has all the phrases, in each engine's own way."""

    inherit_cache = False  # the words are inside, where SQLAlchemy's cache does not look
    type = Boolean()

    def __init__(self, phrases: list[list[str]]) -> None:
        fts5 = " ".join(f'"{" ".join(words)}"' for words in phrases)
        tsquery = " & ".join("(" + " <-> ".join(f"'{word}'" for word in words) + ")" for words in phrases)
        self.fts5 = bindparam(None, fts5, Text(), unique=True)
        self.tsquery = bindparam(None, tsquery, Text(), unique=True)


@compiles(_Matches, "sqlite")
def _on_sqlite(element: _Matches, compiler: SQLCompiler, **kw: object) -> str:
    words = compiler.process(element.fts5, **kw)
    return f"search_documents.id IN (SELECT rowid FROM search_index WHERE search_index MATCH {words})"  # noqa: S608


@compiles(_Matches, "postgresql")
def _on_postgresql(element: _Matches, compiler: SQLCompiler, **kw: object) -> str:
    return f"{POSTGRES_WORDS} @@ to_tsquery('simple'::regconfig, {compiler.process(element.tsquery, **kw)})"


def document(article_id: UUID) -> Select[SearchDocument]:
    return select(SearchDocument).where(SearchDocument.article_id == article_id)


def matching(phrases: list[list[str]]) -> Select[UUID]:
    """The ids of public articles that have all the phrases. Words are as `actions.fold` leaves them."""
    return select(SearchDocument.article_id).where(_Matches(phrases))
