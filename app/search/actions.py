import re
import unicodedata
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.search import queries
from app.search.models import SearchDocument

_COLUMNS = "title, summary, text, names"


def index(
    session: Session, article_id: UUID, *, title: str, summary: str | None, text: str, names: Iterable[str]
) -> None:
    """Make the article found by these words, in place of those it had. Only for what readers may see."""
    withdraw(session, article_id)
    document = SearchDocument(
        article_id=article_id,
        title=fold(title),
        summary=fold(summary or ""),
        text=fold(text),
        names=fold("\n".join(dict.fromkeys(names))),
    )
    session.add(document)
    session.flush()
    if _is_sqlite(session):
        session.execute(
            sa.text(
                f"INSERT INTO search_index (rowid, {_COLUMNS}) "  # noqa: S608 (names of columns, no input)
                f"SELECT id, {_COLUMNS} FROM search_documents WHERE id = :id"
            ),
            {"id": document.id},
        )


def withdraw(session: Session, article_id: UUID) -> None:
    """Make the article's words found no more."""
    document = session.scalar(queries.document(article_id))
    if document is None:
        return
    if _is_sqlite(session):  # FTS5 forgets a row of an external table only if told its words
        session.execute(
            sa.text(
                f"INSERT INTO search_index (search_index, rowid, {_COLUMNS}) "  # noqa: S608
                f"SELECT 'delete', id, {_COLUMNS} FROM search_documents WHERE id = :id"
            ),
            {"id": document.id},
        )
    session.delete(document)
    session.flush()


def fold(words: str) -> str:
    """Text as it is searched: compatibility forms and accents removed, case folded.

    >>> fold("Ça va, Élysée?")
    'ca va, elysee?'
    """
    spread = unicodedata.normalize("NFKD", words)
    return "".join(c for c in spread if not unicodedata.combining(c)).casefold()


def terms(query: str) -> list[list[str]]:
    """The phrases of a query, each as its words: `"a b" c` asks for the phrase `a b` and the word `c`.

    >>> terms('strategic "win-win cooperation"')
    [['strategic'], ['win', 'win', 'cooperation']]
    """
    parts = re.findall(r'"([^"]*)"|([^\s"]+)', fold(query))
    phrases = (re.findall(r"\w+", quoted or word) for quoted, word in parts)
    return [words for words in phrases if words]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
