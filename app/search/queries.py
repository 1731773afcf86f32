"""How both engines are asked for the same: FTS5 and GIN hold the same words, so their answers differ in nothing."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Delete,
    Insert,
    Select,
    TableClause,
    Text,
    TextClause,
    and_,
    bindparam,
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
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app.search.asking import Asked, Term
from app.search.models import QuoteCount, QuoteDocument, SearchDocument

PLACES = 2**16
"""How many ids one second has."""

LOOKED_AT = 2_000
"""How many hits, the newest, are ranked by relevance, sorted by title or counted into facets."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """Documents that can be found: their table, and SQLite's index of it."""

    documents: Any
    fts5: TableClause


def _fts5(name: str) -> TableClause:
    return table(name, column("rowid", BigInteger()), column(name, Text()))


ARTICLES = Indexed(SearchDocument, _fts5("search_index"))
QUOTES = Indexed(QuoteDocument, _fts5("search_index_of_quotes"))

QUOTES_LOOKED_AT = 20_000
"""How many quotes that a search finds, the newest, are counted into facets."""

_MARK = re.compile(r"(?:[a-z0-9:-]|[^\x00-\x7f])+")


def known(article_id: UUID) -> Select[int, str]:
    """The id and the digest of the article's document."""
    return select(SearchDocument.id, SearchDocument.digest).where(SearchDocument.article_id == article_id)


def last_id(first: int, end: int, index: Indexed) -> Select[int | None]:
    """The highest id in use from `first` up to `end`."""
    ids = index.documents.id
    return select(func.max(ids)).where(ids >= first, ids < end)


def entry(engine: str, *, keys: Sequence[str], weights: Sequence[str], text: Sequence[str], **values: Any) -> Insert:
    """A document with these words."""
    for name, words in (("keys", keys), ("weights", weights), ("text", text)):
        values[name] = f" {' '.join(words)} "
    if engine == "postgresql":
        values["words"] = func.array_to_tsvector(cast(sorted({*keys, *text}), ARRAY(Text())))
    return insert(SearchDocument).values(values)


def quote_entries(engine: str) -> Insert:
    """For documents of quotes with these `keys` and `text`; PostgreSQL wants the words of both as `lexemes` too."""
    quotes: Any = QuoteDocument.__table__
    if engine == "sqlite":
        return insert(quotes)
    return insert(quotes).values(words=func.array_to_tsvector(bindparam("lexemes", type_=ARRAY(Text()))))


def removal(article_id: UUID) -> Delete:
    return delete(SearchDocument).where(SearchDocument.article_id == article_id)


def removal_of_quotes(*which: ColumnElement[bool]) -> Delete:
    return delete(QuoteDocument).where(*which)


def removal_of_all(index: Indexed) -> Delete:
    return delete(index.documents)


def fts5_rebuild(index: Indexed) -> TextClause:
    """Makes SQLite's index anew from the documents."""
    return text(f"INSERT INTO {index.fts5.name} ({index.fts5.name}) VALUES ('rebuild')")  # noqa: S608


def mark(name: str) -> str:
    """The word that stands for a list in the index. It begins as no word of a text does.

    A name with a character that an engine would cut or fold away is that of no list, and stands for an empty one.
    """
    return f":{name}" if _MARK.fullmatch(name) else ":none"


def position(engine: str, index: Indexed = ARTICLES) -> ColumnElement[int]:
    """The hit's id, which is in the order of publication; in the form in which the engine finds hits in order."""
    return index.fts5.c.rowid if engine == "sqlite" else index.documents.id.expression


def since(moment: datetime, engine: str, index: Indexed = ARTICLES) -> ColumnElement[bool]:
    """Whether the hit is of the moment's second, or later."""
    return position(engine, index) >= first_id(moment)


def until(moment: datetime, engine: str, index: Indexed = ARTICLES) -> ColumnElement[bool]:
    """Whether the hit is of the moment's second, or earlier."""
    return position(engine, index) < first_id(moment) + PLACES


def first_id(moment: datetime) -> int:
    """The first id of the moment's second."""
    return int((moment.astimezone(UTC).replace(tzinfo=None) - datetime.min).total_seconds()) * PLACES


def second_of(document_id: int) -> datetime:
    """The second in which the article with this document was published."""
    return (datetime.min + timedelta(seconds=document_id // PLACES)).replace(tzinfo=UTC)


def matching(
    asked: Asked,
    keys: Iterable[str],
    engine: str,
    index: Indexed = ARTICLES,
    choices: Iterable[Collection[str]] = (),
) -> Select[int]:
    """The ids of the documents that are in all the lists and one of each of `choices`, and have what is asked for."""
    syntax = _SYNTAX[engine]
    wanted = [syntax.words([mark(key)], is_open=False) for key in keys]
    wanted += [syntax.any([syntax.words([mark(key)], is_open=False) for key in choice]) for choice in choices]
    wanted += [syntax.words(term.tokens, is_open=term.is_open) for term in asked.wanted]
    unwanted = [
        syntax.words(term.tokens, is_open=term.is_open)
        for term in asked.unwanted
        if engine == "sqlite" or len(term.tokens) == 1
    ]
    condition = _has(syntax.but_not(syntax.all(wanted), unwanted), engine, index)
    if engine == "postgresql":
        condition = and_(condition, *_in_a_row(asked, index.documents.text.expression))
    return _documents(engine, index).where(condition)


def echoing(asked: Asked, engine: str) -> Select[UUID]:
    """The articles that have any of what is wanted, the newest first.

    PostgreSQL's index knows of words only, so there the phrases are looked for in the newest that have the words.
    """
    syntax = _SYNTAX[engine]
    wanted = [syntax.words(term.tokens, is_open=term.is_open) for term in asked.wanted]
    found = _documents(engine, ARTICLES).where(_has(syntax.any(wanted), engine, ARTICLES))
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


def lists_of_quotes(hits: Select[*tuple[Any, ...]], engine: str) -> Select[str]:
    """Which lists each of the newest of these hits is in."""
    keys = hits.with_only_columns(QuoteDocument.keys)
    return keys.order_by(position(engine, QUOTES).desc()).limit(QUOTES_LOOKED_AT)


def counted_quotes() -> Select[str, str]:
    """The review of each quote that can be found, and which lists it is in."""
    return select(QuoteDocument.review, QuoteDocument.keys)


def unseen_quotes(at: datetime) -> CompoundSelect[str, str]:
    """The same of quotes that readers do not see at that moment, in three ways; no quote is so in two."""
    quote = QuoteDocument
    return union_all(
        counted_quotes().where(quote.id >= first_id(at), quote.published_at > at),
        counted_quotes().where(
            quote.published_at <= at, quote.visible_from > at, quote.visible_from > quote.published_at
        ),
        counted_quotes().where(quote.visible_until <= at),
    )


def all_quote_counts() -> Select[str, str, str, str, int]:
    return select(QuoteCount.review, QuoteCount.list, QuoteCount.facet, QuoteCount.value, QuoteCount.total)


def quote_counts(review: str, key: str, most: Mapping[str, int]) -> CompoundSelect[str, str, int]:
    """Of each facet of a list the values that have most quotes, or the latest months, so many; each with how many."""
    counts = select(QuoteCount.facet, QuoteCount.value, QuoteCount.total)
    counts = counts.where(QuoteCount.review == review, QuoteCount.list == key, QuoteCount.total > 0)
    return union_all(*(select(_most(counts, facet, many).subquery()) for facet, many in most.items()))


def _most(counts: Select[str, str, int], facet: str, many: int) -> Select[str, str, int]:
    counts = counts.where(QuoteCount.facet == facet).limit(many)
    if facet == "month":
        return counts.order_by(QuoteCount.value.desc())
    return counts.order_by(QuoteCount.total.desc(), QuoteCount.value)


def by_day(hits: Select[*tuple[Any, ...]] | None) -> Select[int]:
    """Quotes, of these hits if any are given, not from the index of words: to be had in the order of their days."""
    found = select(QuoteDocument.id).where(QuoteDocument.day >= date.min)  # else SQLite would sort all for a short page
    return found if hits is None else found.where(QuoteDocument.id.in_(hits))


def weights_of(hits: Select[*tuple[Any, ...]], engine: str) -> Select[int, UUID, str]:
    """The newest of these hits, each with the words that weigh in it."""
    return newest(hits, engine).with_only_columns(SearchDocument.id, SearchDocument.article_id, SearchDocument.weights)


def _documents(engine: str, index: Indexed) -> Select[int]:
    chosen = select(index.documents.id)
    if engine == "sqlite":
        return chosen.select_from(index.fts5).join(index.documents, index.documents.id == index.fts5.c.rowid)
    return chosen


def _has(query: str, engine: str, index: Indexed) -> ColumnElement[bool]:
    if engine == "sqlite":
        return index.fts5.c[index.fts5.name].op("MATCH", is_comparison=True)(query)
    has: ColumnElement[bool] = index.documents.words.op("@@", is_comparison=True)(cast(query, TSQUERY))
    return has


def _in_a_row(asked: Asked, words: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """For GIN, which knows of the words but not where they are: whether phrases occur, and others do not."""
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
