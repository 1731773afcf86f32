"""Articles as copies of others: every row with ids, a slug and dates of its own, by the driver's bulk statement.

Where a row of an original holds something that is that article's own, a copy has what is its own there.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid

from app.articles import models as articles
from app.articles.renditions import feed_keys, names_in
from app.db import UtcDateTime, now
from app.edges.models import Edge
from app.events.models import Announcement
from app.http import etag
from app.permissions.models import Permission
from app.quotes.models import Hop, Placement, Quote
from app.search.actions import digest_of
from app.search.models import QuoteDocument, SearchDocument
from app.search.queries import first_id
from bench.articles import moment

OWNED: dict[str, str] = {
    articles.Article.__tablename__: "id",
    articles.Revision.__tablename__: "article_id",
    articles.ArticleSlug.__tablename__: "article_id",
    Permission.__tablename__: "article_id",
    articles.Byline.__tablename__: "article_id",
    articles.Label.__tablename__: "article_id",
    Quote.__tablename__: "article_id",
    Placement.__tablename__: "revision_id",
    Hop.__tablename__: "placement_id",
    articles.Citation.__tablename__: "revision_id",
    articles.Rendition.__tablename__: "article_id",
    articles.FeedRow.__tablename__: "article_id",
    Edge.__tablename__: "article_id",
    SearchDocument.__tablename__: "article_id",
    QuoteDocument.__tablename__: "article_id",
    Announcement.__tablename__: "article_id",
}
"""The tables of an article's rows, and by which column a row belongs to it, or to another of its rows."""

HAS_ID = ("articles", "revisions", "permissions", "quotes", "placements", "edges")

Values = list[Any]


class Template:
    """Bytes in which an original's own texts give way to a copy's."""

    def __init__(self, content: bytes, own: Sequence[bytes]) -> None:
        places = {text: place for place, text in enumerate(own)}
        self._parts = re.split(b"(" + b"|".join(map(re.escape, own)) + b")", content)
        self._gaps = [(n, places[self._parts[n]]) for n in range(1, len(self._parts), 2)]

    def filled(self, own: Sequence[bytes]) -> bytes:
        parts = self._parts.copy()
        for n, place in self._gaps:
            parts[n] = own[place]
        return b"".join(parts)


class Original:
    """An article to be copied: which values are its own, and what they are in a copy."""

    def __init__(
        self,
        article: articles.Article,
        number: int,
        ids: Sequence[UUID],
        document: bytes,
        card: bytes,
        quotes: Sequence[tuple[Any, ...]],
    ) -> None:
        texts = _texts(moment(number), article.slug, ids)
        self._quotes = [Template(card, texts) for card, _, _ in quotes]
        listed = _listed(moment(number), article.id)
        self._lists = [Template((keys or "").encode(), listed) for _, *both in quotes for keys in both]
        self._ids = [identifier.int ^ _stamp(moment(number)) for identifier in ids]
        self._stem = article.slug.removesuffix(str(number))
        self._document, self._card = Template(document, texts), Template(card, texts)
        revision = article.revision
        names, keys = names_in(article, now()), list(feed_keys(article, now()))
        self._indexed = (revision.title, revision.summary, revision.text, names, keys)

    def own(self, number: int) -> tuple[datetime, list[UUID], Values]:
        """What is its own as the article of this number."""
        at, slug = moment(number), f"{self._stem}{number}"
        ids = [UUID(int=_stamp(at) ^ rest) for rest in self._ids]
        texts = _texts(at, slug, ids)
        document, card = self._document.filled(texts), self._card.filled(texts)
        cards = [template.filled(texts) for template in self._quotes]
        lists = [template.filled(_listed(at, ids[0])).decode() for template in self._lists]
        places = [first_id(at) + place for place in range(1, len(cards))]
        others = [slug, document, card, etag(document), digest_of(at, *self._indexed), first_id(at)]
        return at, ids, [*others, *cards, *lists, *places]


class Copier:
    """Copies the articles that the database has, which are the first ones of the corpus, as its later ones."""

    def __init__(self, connection: Connection, originals: Sequence[articles.Article]) -> None:
        dialect = connection.dialect
        self._is_sqlite = dialect.name == "sqlite"
        self._driver: Any = connection.connection.driver_connection
        self._raw_id, self._raw_moment = (
            kind.dialect_impl(dialect).bind_processor(dialect) or _same for kind in (Uuid(), UtcDateTime())
        )
        self._columns = {
            name: [column.name for column in articles.Article.metadata.tables[name].columns] for name in OWNED
        }
        rows = self._rows()
        self._originals = [
            self._learn(article, number, rows[self._raw_id(article.id)]) for number, article in enumerate(originals)
        ]

    def write(self, numbers: Iterable[int]) -> None:
        """The articles of these numbers, in the connection's transaction."""
        rows: dict[str, list[Values]] = {name: [] for name in OWNED}
        for number in numbers:
            original, templates = self._originals[number % len(self._originals)]
            own = self._own(original, number)
            for name, values, gaps in templates:
                row = values.copy()
                for n, place in gaps:
                    row[n] = own[place]
                rows[name].append(row)
        for name, found in rows.items():
            self._insert(name, found)

    def _own(self, original: Original, number: int) -> Values:
        at, ids, others = original.own(number)
        day = at.date().isoformat() if self._is_sqlite else at.date()
        return [self._raw_moment(at), day, *map(self._raw_id, ids), *others]

    def _learn(
        self, article: articles.Article, number: int, rows: list[tuple[str, Values]]
    ) -> tuple[Original, list[tuple[str, Values, list[tuple[int, int]]]]]:
        """The original, and each of its rows with the places of its own values."""
        ids = [values[self._columns[name].index("id")] for name, values in rows if name in HAS_ID]
        [ready] = [dict(zip(self._columns[name], values, strict=True)) for name, values in rows if name == "renditions"]
        uuids = [found if isinstance(found, UUID) else UUID(found) for found in ids]
        place, *kept = (self._columns["quote_documents"].index(column) for column in ("id", "card", "keys", "words"))
        said = sorted((values for name, values in rows if name == "quote_documents"), key=itemgetter(place))
        quotes = [tuple(values[n] for n in kept) for values in said]
        original = Original(article, number, uuids, ready["document"], ready["card"], quotes)
        places = {value: place for place, value in enumerate(self._own(original, number))}
        return original, [
            (name, values, [(n, places[value]) for n, value in enumerate(values) if value in places])
            for name, values in rows
        ]

    def _rows(self) -> dict[Any, list[tuple[str, Values]]]:
        """All rows of all articles as the driver gives them, by the article's id."""
        found: dict[Any, list[tuple[str, Values]]] = defaultdict(list)
        article_of: dict[Any, Any] = {}
        for name, owner in OWNED.items():
            columns = self._columns[name]
            cursor = self._driver.execute(f"SELECT {', '.join(columns)} FROM {name}")  # noqa: S608 (our own names)
            for row in cursor:
                values = [json.dumps(value) if isinstance(value, dict | list) else value for value in row]
                belongs_to = values[columns.index(owner)]
                article_id = article_of.get(belongs_to, belongs_to)
                if name in HAS_ID:
                    article_of[values[columns.index("id")]] = article_id
                found[article_id].append((name, values))
        return found

    def _insert(self, name: str, rows: list[Values]) -> None:
        columns = ", ".join(self._columns[name])
        if self._is_sqlite:
            marks = ", ".join("?" for _ in self._columns[name])
            self._driver.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", rows)  # noqa: S608
            return
        with self._driver.cursor().copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _stamp(at: datetime) -> int:
    """How a UUIDv7 (RFC 9562) of this moment begins."""
    return int(at.timestamp() * 1000) << 80


def _texts(at: datetime, slug: str, ids: Iterable[UUID]) -> list[bytes]:
    """An article's own texts, as they stand in its ready bytes."""
    return [text.encode() for text in (at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), slug, *map(str, ids))]


def _listed(at: datetime, article_id: UUID) -> list[bytes]:
    """The names of the lists of its own in which an article's quotes are."""
    return [f":article:{article_id}".encode(), f":month:{at:%Y-%m}".encode()]


def _same(value: Any) -> Any:
    return value
