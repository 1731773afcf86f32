"""What is asked of the servers: W1 to W7, and a day's mixture."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import accumulate
from urllib.parse import urlencode
from urllib.request import urlopen

from sqlalchemy import select

from app.articles.models import Article, Rendition, Tag
from app.db import Database
from bench.articles import SECTION
from bench.load import Request
from bench.words import COMMON, RARE, WEIGHTS, WORDS

HOT = 1_000
"""Articles that the cache holds while W1 is measured from it."""

DIFFERENT = 20_000
"""Requests of a workload before it begins anew."""

JSON = {"Content-Type": "application/json"}
NEWEST = f"/v1/articles?{urlencode({'tag': SECTION})}"
PAGE = 20
STRIDE = 100

MIXTURE = {"W1": 70, "W2": 18, "W5": 10, "W7": 2}
"""Percent of each in the mixture."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the requests need to know of a corpus. Slugs, each with its entity tag, are in no particular order."""

    slugs: list[tuple[str, str]]
    tags: list[str]

    @classmethod
    def of(cls, database: Database) -> "Record":
        ready = select(Article.slug, Rendition.etag).join(Rendition, Rendition.article_id == Article.id)
        with database.reader() as session:
            slugs = [(slug, etag) for slug, etag in session.execute(ready.order_by(Article.slug))]
            tags = list(session.scalars(select(Tag.slug).order_by(Tag.id)))
        chosen().shuffle(slugs)
        return cls(slugs, tags)


def chosen() -> random.Random:
    return random.Random(7)  # noqa: S311 (a workload, no secret)


def article(slug: str) -> Request:
    return Request("GET", f"/v1/articles/{slug}")


def unchanged(slug: str, etag: str) -> Request:
    return Request("GET", f"/v1/articles/{slug}", {"If-None-Match": etag})


def under(tag: str) -> Request:
    return Request("GET", f"/v1/articles?{urlencode({'tag': tag})}")


def comment(slug: str, number: int) -> Request:
    """From an address of its own, as a proxy would name it."""
    body = {"author_name": "Ada", "body": f"Well put, for the {number}th time."}
    address = str(IPv4Address("10.0.0.0") + number)
    headers = {**JSON, "X-Forwarded-For": address}
    return Request("POST", f"/v1/articles/{slug}/comments", headers, json.dumps(body).encode())


def hot(record: Record) -> list[Request]:
    return [article(slug) for slug, _ in record.slugs[:HOT]]


def hot_unchanged(record: Record) -> list[Request]:
    return [unchanged(slug, etag) for slug, etag in record.slugs[:HOT]]


def uniform(record: Record) -> list[Request]:
    return [article(slug) for slug, _ in chosen().choices(record.slugs, k=DIFFERENT)]


def newest(_: Record) -> list[Request]:
    return [Request("GET", NEWEST)]


def deep(item: int) -> Callable[[str], list[Request]]:
    """The page of the newest articles that begins at this item, as a client that turns pages finds it."""

    def walk(base: str) -> list[Request]:
        path = f"{NEWEST}&limit={STRIDE}"
        for _ in range(item // STRIDE):
            with urlopen(base + path) as answer:  # noqa: S310 (http://127.0.0.1)
                path = json.load(answer)["next"]
        return [Request("GET", path.replace(f"limit={STRIDE}", f"limit={PAGE}"))]

    return walk


def search(words: tuple[str, str]) -> Request:
    return Request("GET", f"/v1/articles?{urlencode({'q': ' '.join(words)})}")


def rare(_: Record) -> list[Request]:
    return [search(RARE)]


def common(_: Record) -> list[Request]:
    return [search(COMMON)]


def articles_to_create(key: str) -> list[Request]:
    """Drafts of some 300 words, each with a title of its own."""
    drawn = chosen()
    headers = {**JSON, "Authorization": f"Bearer {key}"}
    made = []
    for number in range(DIFFERENT // 10):
        words = drawn.choices(WORDS, cum_weights=WEIGHTS, k=300)
        body = {
            "title": f"{' '.join(words[:6])} {number}",
            "markdown": f"{' '.join(words[:200])}\n\n“{' '.join(words[200:210])},” he said. {' '.join(words[210:])}",
            "authors": [f"Author {drawn.randrange(100)}"],
            "tags": ["News", f"Topic {drawn.randrange(1, 300)}"],
        }
        made.append(Request("POST", "/v1/admin/articles", headers, json.dumps(body).encode()))
    return made


def comments(record: Record) -> list[Request]:
    return [comment(slug, n) for n, (slug, _) in enumerate(chosen().choices(record.slugs, k=DIFFERENT))]


def mixture(record: Record) -> list[Request]:
    """A day's traffic: which article and which tag follows Zipf, over all there are."""
    return list(_mixture(record, DIFFERENT * 3))


def _mixture(record: Record, length: int) -> Iterator[Request]:
    drawn = chosen()
    kinds = drawn.choices(list(MIXTURE), weights=list(MIXTURE.values()), k=length)
    slugs = drawn.choices(record.slugs, cum_weights=_zipf(len(record.slugs)), k=length)
    tags = drawn.choices(record.tags, cum_weights=_zipf(len(record.tags)), k=length)
    for number, (kind, (slug, etag), tag) in enumerate(zip(kinds, slugs, tags, strict=True)):
        if kind == "W1":
            yield article(slug)
        elif kind == "W2":
            yield under(tag)
        elif kind == "W5":
            yield unchanged(slug, etag)
        else:
            yield comment(slug, number)


def _zipf(length: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, length + 1)))
