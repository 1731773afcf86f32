"""What search should find, worked out the slow way, and texts that are hard to search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.db import new_id
from app.search import queries
from app.search.actions import index
from app.search.asking import Asked, Term, read
from app.search.words import fold, tokens

Writing = Callable[[], Any]
DAY = datetime(2031, 5, 5, tzinfo=UTC)

WORDS = [
    "harbour",
    "harbours",
    "har",
    "the",
    "win",
    "café",
    "cafe\u0301",
    "ﬁne",
    "O’Brien",
    "3.5",
    "東京",
    "京",
    "東",
    "🚢",
]
BETWEEN = [" ", "-", "", ", ", "\u00ad", "\n"]
strung = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BETWEEN)), max_size=8).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)


@dataclass(frozen=True)
class Doc:
    """The words of an article."""

    title: str = "untitled"
    summary: str | None = None
    text: str = ""
    names: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    published_at: datetime = DAY

    def has(self, query: str) -> bool:
        """Whether the query should find it: each field and each name is searched by itself."""
        asked = read(query)
        parts = [tokens(fold(part)) for part in (self.title, self.summary or "", self.text, *self.names)]
        return all(_occurs(term, parts) for term in asked.wanted) and not any(
            _occurs(term, parts) for term in asked.unwanted
        )


def _occurs(term: Term, parts: Iterable[list[str]]) -> bool:
    wanted = term.tokens

    def fits(found: list[str]) -> bool:
        if len(found) < len(wanted) or found[:-1] != wanted[:-1]:
            return False
        return found[-1].startswith(wanted[-1]) if term.is_open else found[-1] == wanted[-1]

    return any(fits(part[place : place + len(wanted)]) for part in parts for place in range(len(part)))


def entered(session: Session, doc: Doc, article_id: UUID | None = None) -> UUID:
    """Index the words, under a new article unless one is named."""
    if article_id is None:
        article_id = new_id()
        session.execute(
            insert(Article).values(
                id=article_id,
                slug=str(article_id),
                status="published",
                language="en",
                published_at=doc.published_at,
                updated_at=doc.published_at,
                comments_state="open",
                comment_count=0,
                created_at=doc.published_at,
            )
        )
    index(
        session,
        article_id,
        published_at=doc.published_at,
        title=doc.title,
        summary=doc.summary,
        text=doc.text,
        names=doc.names,
        keys=doc.keys,
    )
    return article_id


def found(session: Session, query: str | Asked, *keys: str) -> list[UUID]:
    """The articles that the index finds, newest first."""
    engine = session.get_bind().dialect.name
    asked = read(query) if isinstance(query, str) else query
    hits = queries.newest(queries.matching(asked, keys, engine), engine)
    return [article_id for _, article_id in session.execute(hits)]
