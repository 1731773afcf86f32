"""The words of public articles, indexed."""

import hashlib
import json
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from app.search import counters, queries
from app.search.models import QuoteDocument
from app.search.queries import ARTICLES, PLACES, QUOTES, Indexed, mark
from app.search.ranking import weights
from app.search.words import fold, tokens

MADE_BY = f"1 {unicodedata.unidata_version}"
"""Which rules made the words: part of each digest, so that a new rule lets every article be indexed anew."""

BETWEEN = ":"
MOST_BYTES = 500_000
"""Of different words in one article: PostgreSQL has room for about a megabyte. What comes after is not found."""


def index(
    session: Session,
    article_id: UUID,
    *,
    published_at: datetime,
    title: str,
    summary: str | None,
    text: str,
    names: Iterable[str],
    keys: Iterable[str],
) -> None:
    """Let the article be found by these words, in place of those it had. Only for what readers see or will see.

    `keys`: the lists that it is in. Nothing is written where nothing changed.
    """
    names, keys = list(dict.fromkeys(names)), list(keys)
    digest = digest_of(published_at, title, summary, text, names, keys)
    known = session.execute(queries.known(article_id)).one_or_none()
    if known is not None and known.digest == digest:
        return
    withdraw(session, article_id)
    second = queries.first_id(published_at)
    keeps_place = known is not None and second <= known.id < second + PLACES
    said = {part: tokens(fold(words or "")) for part, words in (("title", title), ("summary", summary), ("text", text))}
    called = [tokens(fold(name)) for name in names]
    session.execute(
        queries.entry(
            session.get_bind().dialect.name,
            id=known.id if known is not None and keeps_place else _free(session, second, ARTICLES),
            article_id=article_id,
            digest=digest,
            keys=[mark(key) for key in keys],
            weights=list(weights(**said, names=chain.from_iterable(called))),
            text=_bounded([word for part in (*said.values(), *called) for word in (*part, BETWEEN)]),
        )
    )


def digest_of(
    published_at: datetime, title: str, summary: str | None, text: str, names: Iterable[str], keys: Iterable[str]
) -> str:
    """Tells whether an article must be indexed anew."""
    made_from = [MADE_BY, published_at.isoformat(), title, summary, text, list(dict.fromkeys(names)), list(keys)]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def withdraw(session: Session, article_id: UUID) -> None:
    """Let the article be found no more."""
    session.execute(queries.removal(article_id))


def clear(session: Session) -> None:
    """Let no article be found, whatever state the index is in; each must then be indexed anew."""
    for index in ARTICLES, QUOTES:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(queries.fts5_rebuild(index))  # what it holds must be exact before words can be taken out
        session.execute(queries.removal_of_all(index))
    counters.recount(session)


def index_quotes(session: Session, documents: Sequence[dict[str, Any]], *, published_at: datetime) -> None:
    """Let an article's quotes be found, in this order within its second. Each has what a `QuoteDocument` has, but for
    `keys`, the lists that it is in, and `text`, its own words. Those after the first `PLACES` are not found."""
    documents = documents[:PLACES]
    if not documents:
        return
    first = _free(session, queries.first_id(published_at), QUOTES, len(documents))
    entries = []
    for number, document in enumerate(documents):
        keys, words = [mark(key) for key in document["keys"]], tokens(fold(document["text"]))
        packed = {"keys": f" {' '.join(keys)} ", "text": f" {' '.join(words)} ", "lexemes": sorted({*keys, *words})}
        entries.append(document | packed | {"id": first + number})
    engine = session.get_bind().dialect.name
    if engine == "sqlite":
        for entry in entries:
            del entry["lexemes"]
    session.execute(queries.quote_entries(engine), entries)
    counters.add(session, [(entry["review"], entry["keys"]) for entry in entries])


def withdraw_quotes(session: Session, article_ids: Collection[UUID], *, until: datetime | None = None) -> None:
    """Let none of these articles' quotes be found any more, or with `until` none that readers see no longer then."""
    which: list[ColumnElement[bool]] = [QuoteDocument.article_id.in_(article_ids)]
    if until is not None:
        which.append(QuoteDocument.visible_until <= until)
    counters.add(session, session.execute(queries.counted_quotes().where(*which)).all(), times=-1)
    session.execute(queries.removal_of_quotes(*which))


def _bounded(words: list[str]) -> list[str]:
    """The words up to where there are too many different ones."""
    if 4 * sum(map(len, words)) <= MOST_BYTES:
        return words
    size, seen = 0, set[str]()
    for place, word in enumerate(words):
        if word not in seen:
            seen.add(word)
            size += len(word.encode())
            if size > MOST_BYTES:
                return words[:place]
    return words


def _free(session: Session, second: int, index: Indexed, many: int = 1) -> int:
    """The next id of this second, or of the first one after it that has room for so many in a row."""
    while (last := session.scalar(queries.last_id(second, second + PLACES, index))) is not None:
        if last + many < second + PLACES:
            return last + 1
        second += PLACES
    return second
