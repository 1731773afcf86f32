"""How both engines are asked for the same: FTS5 and GIN hold the same words, so their answers differ in nothing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Delete,
    Insert,
    Select,
    Text,
    and_,
    cast,
    column,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.search.asking import Asked, Term
from app.search.models import SearchDocument

PLACES = 2**16
"""How many ids one second has."""

LOOKED_AT = 2_000
"""How many hits, the newest, are ranked by relevance, sorted by title or counted into facets."""

_search_index = table("search_index", column("rowid", BigInteger()), column("search_index", Text()))
_MARK = re.compile(r"(?:[a-z0-9:-]|[^\x00-\x7f])+")


def known(article_id: UUID) -> Select[int, str]:
    """The id and the digest of the article's document."""
    return select(SearchDocument.id, SearchDocument.digest).where(SearchDocument.article_id == article_id)


def last_id(first: int, end: int) -> Select[int | None]:
    """The highest id in use from `first` up to `end`."""
    return select(func.max(SearchDocument.id)).where(SearchDocument.id >= first, SearchDocument.id < end)


def entry(engine: str, *, keys: Sequence[str], weights: Sequence[str], text: Sequence[str], **values: Any) -> Insert:
    """A document with these words."""
    for name, words in (("keys", keys), ("weights", weights), ("text", text)):
        values[name] = f" {' '.join(words)} "
    if engine == "postgresql":
        values["words"] = func.array_to_tsvector(cast(sorted({*keys, *text}), ARRAY(Text())))
    return insert(SearchDocument).values(values)


def removal(article_id: UUID) -> Delete:
    return delete(SearchDocument).where(SearchDocument.article_id == article_id)


def removal_of_all() -> Delete:
    return delete(SearchDocument)


FTS5_REBUILD = text("INSERT INTO search_index (search_index) VALUES ('rebuild')")
"""Makes SQLite's index anew from the documents."""


def mark(name: str) -> str:
    """The word that stands for a list in the index. It begins as no word of a text does.

    A name with a character that an engine would cut or fold away is that of no list, and stands for an empty one.
    """
    return f":{name}" if _MARK.fullmatch(name) else ":none"


def position(engine: str) -> ColumnElement[int]:
    """The hit's id, which is in the order of publication; in the form in which the engine finds hits in order."""
    return _search_index.c.rowid if engine == "sqlite" else SearchDocument.id.expression


def since(moment: datetime, engine: str) -> ColumnElement[bool]:
    """Whether the hit is of the moment's second, or later."""
    return position(engine) >= first_id(moment)


def until(moment: datetime, engine: str) -> ColumnElement[bool]:
    """Whether the hit is of the moment's second, or earlier."""
    return position(engine) < first_id(moment) + PLACES


def first_id(moment: datetime) -> int:
    """The first id of the moment's second."""
    return int((moment.astimezone(UTC).replace(tzinfo=None) - datetime.min).total_seconds()) * PLACES


def second_of(document_id: int) -> datetime:
    """The second in which the article with this document was published."""
    return (datetime.min + timedelta(seconds=document_id // PLACES)).replace(tzinfo=UTC)


def matching(asked: Asked, keys: Iterable[str], engine: str) -> Select[int]:
    """The ids of the documents that are in all the lists and have what is asked for."""
    syntax = _SYNTAX[engine]
    wanted = [syntax.words([mark(key)], is_open=False) for key in keys]
    wanted += [syntax.words(term.tokens, is_open=term.is_open) for term in asked.wanted]
    unwanted = [
        syntax.words(term.tokens, is_open=term.is_open)
        for term in asked.unwanted
        if engine == "sqlite" or len(term.tokens) == 1
    ]
    condition = _has(syntax.but_not(syntax.all(wanted), unwanted), engine)
    if engine == "postgresql":
        condition = and_(condition, *_in_a_row(asked))
    return _documents(engine).where(condition)


def echoing(asked: Asked, engine: str) -> Select[UUID]:
    """The articles that have any of what is wanted, the newest first.

    PostgreSQL's index knows of words only, so there the phrases are looked for in the newest that have the words.
    """
    syntax = _SYNTAX[engine]
    condition = _has(syntax.any([syntax.words(term.tokens, is_open=term.is_open) for term in asked.wanted]), engine)
    found = _documents(engine).where(condition)
    if engine == "sqlite":
        return found.with_only_columns(SearchDocument.article_id).order_by(position(engine).desc())
    unpacked = SearchDocument.text + ""  # once, and not for each phrase again
    hits = newest(found, engine).add_columns(unpacked.label("text")).subquery()
    occurs = or_(*(_occurs(term, hits.c.text) for term in asked.wanted))
    return select(hits.c.article_id).where(occurs).order_by(hits.c.id.desc())


def newest(hits: Select[*tuple[Any, ...]], engine: str) -> Select[int, UUID]:
    """Of these hits those that are looked at where looking at all would cost too much."""
    columns = (SearchDocument.id, SearchDocument.article_id)
    return hits.with_only_columns(*columns).order_by(position(engine).desc()).limit(LOOKED_AT)


def lists_of(hits: Select[*tuple[Any, ...]], engine: str) -> Select[int, str]:
    """The ids of the newest of these hits, and which lists each is in."""
    return newest(hits, engine).with_only_columns(SearchDocument.id, SearchDocument.keys)


def weights_of(hits: Select[*tuple[Any, ...]], engine: str) -> Select[int, UUID, str]:
    """The newest of these hits, each with the words that weigh in it."""
    return newest(hits, engine).with_only_columns(SearchDocument.id, SearchDocument.article_id, SearchDocument.weights)


def _documents(engine: str) -> Select[int]:
    chosen = select(SearchDocument.id)
    if engine == "sqlite":
        return chosen.select_from(_search_index).join(SearchDocument, SearchDocument.id == _search_index.c.rowid)
    return chosen


def _has(query: str, engine: str) -> ColumnElement[bool]:
    if engine == "sqlite":
        return _search_index.c.search_index.op("MATCH", is_comparison=True)(query)
    return SearchDocument.words.op("@@", is_comparison=True)(cast(query, TSQUERY))


def _in_a_row(asked: Asked) -> list[ColumnElement[bool]]:
    """For GIN, which knows of the words but not where they are: whether phrases occur, and others do not."""
    words = SearchDocument.text.expression
    found = [_occurs(term, words) for term in asked.wanted if len(term.tokens) > 1]
    return found + [not_(_occurs(term, words)) for term in asked.unwanted if len(term.tokens) > 1]


def _occurs(term: Term, text: ColumnElement[str]) -> ColumnElement[bool]:
    return func.strpos(text, f" {' '.join(term.tokens)}{'' if term.is_open else ' '}") > 0


@dataclass(frozen=True, slots=True)
class _Syntax:
    """How an engine writes a query. Tokens have no character that means anything to either."""

    quote: str
    between: str
    after: str
    and_: str
    or_: str
    not_: str

    def words(self, tokens: Sequence[str], *, is_open: bool) -> str:
        return f"({self.quote}{self.between.join(tokens)}{self.quote}{self.after if is_open else ''})"

    def all(self, parts: Sequence[str]) -> str:
        return f"({self.and_.join(parts)})"

    def any(self, parts: Sequence[str]) -> str:
        return f"({self.or_.join(parts)})"

    def but_not(self, wanted: str, unwanted: Sequence[str]) -> str:
        return f"({wanted}{self.not_}{self.any(unwanted)})" if unwanted else wanted


_SYNTAX = {
    "sqlite": _Syntax('"', " ", " *", " AND ", " OR ", " NOT "),
    "postgresql": _Syntax("'", "' & '", ":*", " & ", " | ", " & !"),
}
