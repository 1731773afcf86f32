"""The words of public articles, indexed."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from uuid import UUID

from sqlalchemy.orm import Session

from app.search import queries
from app.search.queries import IN_NAMES, IN_SUMMARY, IN_TITLE, OFTEN, PLACES, mark
from app.search.words import fold, tokens

MADE_BY = f"1 {unicodedata.unidata_version}"
"""Which rules made the words: part of each digest, so that a new rule lets every article be indexed anew."""

BETWEEN = ":"
OFTEN_FROM = 3
OFTEN_AT_MOST = 50
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
    made_from = [MADE_BY, published_at.isoformat(), title, summary, text, names, keys]
    digest = hashlib.sha256(json.dumps(made_from).encode()).hexdigest()
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
            id=known.id if known is not None and keeps_place else _free(session, second),
            article_id=article_id,
            digest=digest,
            keys=[mark(key) for key in keys],
            weights=list(_weights(**said, names=chain.from_iterable(called))),
            text=_bounded([word for part in (*said.values(), *called) for word in (*part, BETWEEN)]),
        )
    )


def withdraw(session: Session, article_id: UUID) -> None:
    """Let the article be found no more."""
    session.execute(queries.removal(article_id))


def _weights(*, title: list[str], summary: list[str], text: list[str], names: Iterable[str]) -> Iterator[str]:
    """A mark for each word that weighs more than one that is only in the text: by the best place it has."""
    often = (word for word, times in Counter(text).most_common(OFTEN_AT_MOST) if times >= OFTEN_FROM)
    best: dict[str, int] = {}
    for weight, found in ((IN_TITLE, title), (IN_SUMMARY, summary), (IN_NAMES, names), (OFTEN, often)):
        for word in found:
            best.setdefault(word, weight)
    yield from (mark(f"{weight}:{word}") for word, weight in best.items())


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


def _free(session: Session, second: int) -> int:
    """The next id of this second, or of the first one after it that has room."""
    while (last := session.scalar(queries.last_id(second, second + PLACES))) is not None:
        if last + 1 < second + PLACES:
            return last + 1
        second += PLACES
    return second
