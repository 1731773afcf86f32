"""Ready bytes: what readers will get is written in the transaction that changes it, not when it is read."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert
from sqlalchemy.orm import Session

from app.articles import counters, documents, queries, staff_queries
from app.articles.announcing import announce, announce_due
from app.articles.counters import FeedCount
from app.articles.documents import Desk
from app.articles.models import Article, FeedRow, Masthead, Rendition
from app.articles.past import edition
from app.articles.quoted import ready, roles_among
from app.articles.references import connect, edges_of
from app.articles.schemas import ArticleOut
from app.db import data_version
from app.editions.actions import keep
from app.editions.models import Edition
from app.events.actions import take_turn, touch
from app.http import etag
from app.permissions.queries import covers
from app.search.actions import clear, index, index_quotes, withdraw, withdraw_quotes
from app.search.counters import miscounted as miscounted_quotes
from app.search.counters import recount as recount_quotes
from app.sources.actions import ensure_site
from app.sources.queries import site

BATCH = 200
"""Articles that are written anew together: some statements have a parameter for each, and engines take so many."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which readers see an article, and see the same; `until` is None for no end."""

    start: datetime
    until: datetime | None


def open_desk(session: Session, at: datetime) -> Desk:
    """The desk to write documents at, as they are at that moment."""
    return Desk(session.scalars(queries.masthead()).one(), at)


def introduce(
    session: Session, *, name: str, url: str, article_url: str, requires: Collection[str] = (), at: datetime
) -> bool:
    """Let the site publish under this name and these addresses what has quotes as required; whether readers get other
    bytes for it.

    If so, `rebuild` must follow: every article shows name and addresses.
    """
    take_turn(session)
    changed = ensure_site(session, name=name, url=url, at=at)
    masthead = session.scalar(queries.masthead())
    if masthead is None:
        masthead, changed = Masthead(id=1, source=session.scalars(site()).one(), article_url=article_url), True
        session.add(masthead)
    changed |= masthead.article_url != article_url
    masthead.article_url, masthead.publish_requires = article_url, ",".join(requires)
    session.flush()
    return changed


def rebuild(session: Session, *, at: datetime) -> int:
    """Write every article's renditions and words anew; the number of articles that readers can or will see."""
    take_turn(session)
    clear(session)
    last, count = UUID(int=0), 0
    while ids := session.scalars(staff_queries.next_public(last, BATCH)).all():
        refresh(session, ids, at=at)
        session.expunge_all()
        last, count = ids[-1], count + len(ids)
    recount(session)
    return count


def recount(session: Session) -> None:
    """Set the counters of all lists, and of quotes, by counting their rows."""
    recount_quotes(session)
    session.execute(delete(FeedCount))
    session.execute(insert(FeedCount).from_select(["key", "total"], staff_queries.sizes()))


def miscounted(session: Session) -> int:
    """How many counters of lists, and of quotes, say something else than counting their rows."""
    lists = Counter({row.key: row.rows for row in session.execute(staff_queries.sizes())})
    lists.subtract({row.key: row.total for row in session.execute(staff_queries.feed_counts())})
    return sum(many != 0 for many in lists.values()) + miscounted_quotes(session)


def refresh(session: Session, article_ids: Collection[UUID], *, at: datetime) -> None:
    """Bring what readers get and find of these articles up to what this transaction has written, and touch it."""
    session.flush()
    gone = {row.key: row.rows for row in session.execute(staff_queries.sizes_within(article_ids))}
    session.execute(delete(FeedRow).where(FeedRow.article_id.in_(article_ids)))
    session.execute(delete(Rendition).where(Rendition.article_id.in_(article_ids)))
    withdraw_quotes(session, article_ids)
    keys = show(session, session.scalars(staff_queries.any_whole(article_ids)).all(), gone=gone, at=at)
    touch(session, [*(f"article:{article_id}" for article_id in article_ids), *(f"feed:{key}" for key in keys)])


def show(
    session: Session, articles: Collection[Article], *, gone: Mapping[str, int] = MappingProxyType({}), at: datetime
) -> set[str]:
    """Write what readers get and find of these articles, which have no renditions; the lists that they are or were in.

    `gone`: how many rows they had in each list before.
    """
    keys = set(gone)
    renditions: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    spans = {}
    coming: dict[UUID, list[Edition]] = {}
    masthead = session.scalars(queries.masthead()).one()
    roles = roles_among(session, articles)
    for article in articles:
        seen = list(stretches(article, at))
        spans[article.id] = [(stretch.start, stretch.until) for stretch in seen]
        keys.update(feed_keys(article, at))
        _let_find(session, article, seen[0].start if seen else None)
        coming[article.id] = []
        quotes: list[dict[str, Any]] = []
        for stretch in seen:
            desk = Desk(masthead, stretch.start)
            document = desk.article(article, permitted=True)
            made = render(desk, article, stretch, document)
            renditions.append(made)
            edges += edges_of(made, document, masthead)
            quotes += [{name: made[name] for name in _OF_RENDITION} | quote for quote in ready(desk, article, roles)]
            belongs = list(feed_keys(article, stretch.start))
            keys.update(belongs)
            rows += [_feed_row(key, made) for key in belongs]
            since = max(stretch.start, at)
            coming[article.id].append(edition(article, made["document"], since=since, until=stretch.until))
        if seen:
            index_quotes(session, quotes, published_at=renditions[-1]["published_at"])
    if renditions:
        session.execute(insert(Rendition), renditions)
        session.execute(insert(FeedRow), rows)
    connect(session, masthead, articles, edges)
    keep(session, coming, at=at)
    change = Counter(row["key"] for row in rows)
    change.subtract(gone)
    counters.add(session, change)
    announce(session, spans, at=at)
    return keys


def keep_dates(session: Session, *, at: datetime) -> int:
    """Tell of articles of which a date has come, sweep away what it hid for good, and let them be found by the names
    that readers now see; how many were looked at."""
    take_turn(session)
    due = announce_due(session, at=at)
    over = (FeedRow.article_id.in_(due), FeedRow.visible_until <= at)
    gone = {row.key: -row.rows for row in session.execute(staff_queries.sizes().where(*over))}
    session.execute(delete(FeedRow).where(*over))
    session.execute(delete(Rendition).where(Rendition.article_id.in_(due), Rendition.visible_until <= at))
    withdraw_quotes(session, due, until=at)
    counters.add(session, gone)
    keys: set[str] = set()
    for article in session.scalars(staff_queries.any_whole(due).where(Article.permissions.any())):
        since = next((stretch.start for stretch in stretches(article, at)), None)
        _let_find(session, article, since)
        keys.update(feed_keys(article, since or at))
    touch(session, [f"feed:{key}" for key in keys])
    return len(due)


def _let_find(session: Session, article: Article, since: datetime | None) -> None:
    """Let readers find the article by what they see of it at that moment, or not at all."""
    if since is None or article.published_at is None:
        withdraw(session, article.id)
        return
    revision = article.revision
    index(
        session,
        article.id,
        published_at=article.published_at,
        title=revision.title,
        summary=revision.summary,
        text=revision.text,
        names=names_in(article, since),
        keys=list(feed_keys(article, since)),
    )


def names_in(article: Article, at: datetime) -> list[str]:
    """By which names readers find the article at that moment: of its authors, its tags and its sources."""
    names = [author.name for author in article.authors] + [tag.name for tag in article.tags]
    return names + sorted({cited.source.name for cited in documents.known_citations(article, at)})


def stretches(article: Article, at: datetime) -> Iterator[Stretch]:
    """The times from `at` on in which readers may see the article, cut wherever a permission begins or ends."""
    if not article.is_published or article.published_at is None:
        return
    begin = article.published_at
    dates = {date for p in article.permissions for date in (p.valid_from, p.valid_through) if date and date > begin}
    for start, until in pairwise([begin, *sorted(dates), None]):
        if start is None or (until is not None and until <= at):
            continue
        if not article.permissions or any(covers(permission, start) for permission in article.permissions):
            yield Stretch(start, until)


def render(desk: Desk, article: Article, stretch: Stretch, document: ArticleOut) -> dict[str, Any]:
    """The values of a `Rendition` of the article in one stretch of time, with this document."""
    content = document.model_dump_json().encode()
    quotes = document.quotes or []
    sources = [*documents.shown_sources(article), desk.masthead.source]
    changed_at = max([article.modified_at or stretch.start, stretch.start, *(s.modified_at for s in sources)])
    return {
        "article_id": article.id,
        "visible_from": stretch.start,
        "visible_until": stretch.until,
        "published_at": document.published_at,
        "updated_at": document.updated_at,
        "title": document.title,
        "changed_at": changed_at,
        "etag": etag(content),
        "document": content,
        "card": desk.card(article, len(quotes)).model_dump_json().encode(),
    }


def feed_keys(article: Article, at: datetime) -> Iterator[str]:
    """The lists that the article belongs to where readers see it at that moment."""
    yield "all"
    yield f"reprint:{str(bool(article.permissions)).lower()}"
    yield f"corrected:{str(bool(article.corrections)).lower()}"
    yield from (f"tag:{tag.slug}" for tag in article.tags)
    yield from (f"author:{author.slug}" for author in article.authors)
    yield from language_keys(article.language)
    cited = list(documents.known_citations(article, at))
    yield from sorted({f"source:{citation.source_id}" for citation in cited})
    yield from sorted(f"speaker:{citation.source_id}" for citation in cited if citation.role == "speaker")


def language_keys(tag: str) -> Iterable[str]:
    """The ranges that find a language by basic filtering (RFC 4647): `en-GB` is found by `en` and `en-gb`."""
    parts = tag.split("-")
    return [language_key("-".join(parts[:n])) for n in range(1, len(parts) + 1)]


def language_key(tag: str) -> str:
    """The list of everything in this language, or range of languages."""
    return f"language:{tag.lower()}"


def public_clock(session: Session | Connection, at: datetime) -> tuple[datetime, datetime | None]:
    """When the public record last changed, and when it will next change by itself."""
    moments = session.execute(queries.CLOCK, {"at": at}).one()
    past, coming = moments[: queries.CLOCK_PAST], moments[queries.CLOCK_PAST :]
    changed_at = max((moment for moment in past if moment), default=_EPOCH)
    return changed_at, min((moment for moment in coming if moment), default=None)


def kept_clock(connection: Connection, at: datetime) -> tuple[datetime, datetime | None]:
    """The same, asked anew only after a commit of whichever process, and from the next of its dates on."""
    version = data_version(connection)
    seen, asked, clock = connection.info.get("clock") or (None, at, None)
    if clock is None or version is None or seen != version or not asked <= at or (clock[1] and at >= clock[1]):
        clock = public_clock(connection, at)
        connection.info["clock"] = (version, at, clock)
    return clock


_OF_RENDITION = ("visible_from", "visible_until", "published_at", "changed_at")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _feed_row(key: str, rendition: dict[str, Any]) -> dict[str, Any]:
    names = ("published_at", "article_id", "visible_from", "visible_until")
    return {"key": key} | {name: rendition[name] for name in names}
