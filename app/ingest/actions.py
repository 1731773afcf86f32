import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Literal

from sqlalchemy.orm import Session

from app.articles.actions import create, find, permit, publish, revise
from app.articles.body import from_plain
from app.articles.models import Article
from app.articles.schemas import ArticleIn
from app.db import new_id
from app.errors import Invalid
from app.events.actions import Actor, take_turn
from app.extract import Draft, ExtractError, FoundQuote, extract_article
from app.ingest import queries
from app.ingest.models import Origin
from app.permissions.schemas import PermissionIn
from app.quotes.actions import Span, place
from app.quotes.models import Hop, Placement, Quote
from app.sources.actions import resolve
from app.sources.models import Source

MAX_BYTES = 5_000_000
"""A longer file is no article."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file."""

    article: Article
    outcome: Literal["created", "unchanged"]


class UnreadableFile(Invalid):
    """The file is not UTF-8 text, is empty or too large, or is no article: no title, no body, a date that is none."""

    slug, title = "unreadable-file", "The file cannot be imported"


def read(content: bytes) -> Draft:
    """The draft that a plain-text file holds. Raises `UnreadableFile`."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"The file has more than {MAX_BYTES:,} bytes; no article is so long.")
    if b"\x00" in content:
        raise UnreadableFile("The file is binary, not text.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"The file is not UTF-8: byte {error.start} cannot be read.") from None
    try:
        draft = extract_article(_without_controls(text))
    except ExtractError as error:
        raise UnreadableFile(error.detail) from None
    if len(draft.title) > 500:
        raise UnreadableFile("The first line is the title; this one has more than 500 characters.")
    return draft


def key_of(content: bytes) -> str:
    """The identity of a file that has no id of its own."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def is_imported(session: Session, content: bytes) -> bool:
    """Whether an article was made of this file before."""
    return session.scalar(queries.imported_as(key_of(content))) is not None


def import_file(session: Session, content: bytes, *, by: Actor, at: datetime, public: bool) -> Imported:
    """The article that the file holds: made now, or found as it was made before. Raises `UnreadableFile`.

    All quotes and speakers are suggestions, for an editor to confirm.
    """
    take_turn(session)
    key = key_of(content)
    if known := session.scalar(queries.imported_as(key)):
        return Imported(find(session, str(known.id)), "unchanged")
    article = save(session, read(content), by=by, at=at)
    session.add(Origin(key=key, article_id=article.id, imported_at=at))
    if public:
        publish(session, article, by=by, at=at)
    session.flush()
    return Imported(article, "created")


def save(session: Session, draft: Draft, *, by: Actor, at: datetime) -> Article:
    """A draft article with everything that the extractor found."""
    article = create(
        session,
        ArticleIn(
            title=draft.title,
            markdown=from_plain(draft.text.split("\n")),
            language=draft.language or "en",
            authors=[draft.byline] if draft.byline else [],
            published_at=datetime.combine(draft.published_on, time(), UTC) if draft.published_on else None,
            comments_state="closed" if draft.comments_open is False else "open",
        ),
        by=by,
        at=at,
    )
    if article.revision.text != draft.text:
        raise UnreadableFile("The text cannot be kept as it is.")
    return attach(session, article, draft, by=by, at=at)


def attach(session: Session, article: Article, draft: Draft, *, by: Actor, at: datetime) -> Article:
    """The article with the quotes and permission of a draft that counts in its text, for an editor to confirm."""
    sources = _Sources(session, draft, by=by, at=at)
    if draft.permission is not None:
        assigner = sources.named(draft.permission.assigner)
        permit(session, article, PermissionIn(assigner=str(assigner.id), credit=draft.permission.credit), by=by, at=at)
    if draft.quotes:

        def add(placements: list[Placement], text: str) -> None:
            ids = [new_id() for _ in draft.quotes]
            for quote_id, found in zip(ids, draft.quotes, strict=True):
                quote = Quote(id=quote_id, article_id=article.id, created_at=at)
                placement = _place(quote, text, found, sources)
                placement.parent_id = ids[found.parent] if found.parent is not None else None
                session.add(quote)
                placements.append(placement)
            session.flush()

        revise(session, article, by=by, at=at, note="quotes found by the importer", change=add)
    return find(session, str(article.id))


class _Sources:
    """The sources of one draft, each looked up or made once."""

    def __init__(self, session: Session, draft: Draft, *, by: Actor, at: datetime) -> None:
        self._session, self._by, self._at = session, by, at
        self._kinds = {found.name: found.kind for found in draft.sources}
        self._known: dict[tuple[str, str], Source] = {}

    def named(self, name: str, kind: str | None = None) -> Source:
        chosen = kind or self._kinds.get(name) or "publication"
        if (name, chosen) not in self._known:
            self._known[name, chosen] = resolve(self._session, name=name, kind=chosen, by=self._by, at=self._at)
        return self._known[name, chosen]


def _place(quote: Quote, text: str, found: FoundQuote, sources: _Sources) -> Placement:
    placement = place(quote, text, Span(found.start, found.end))
    placement.kind = found.kind
    placement.confidence = round(found.confidence, 3)
    placement.rule = found.rule
    if found.speaker is not None:
        placement.mention_start, placement.mention_end = found.speaker.start, found.speaker.end
    if found.cue is not None:
        placement.cue_start, placement.cue_end = found.cue.start, found.cue.end
    if found.speaker is not None and (name := found.speaker_name or found.speaker.text):
        kind = found.speaker_kind if found.speaker_name else "unnamed"
        placement.speaker = sources.named(name, kind)
        placement.speaker_id = placement.speaker.id
    stations = [sources.named(via.name) for via in found.via]
    placement.hops = [
        Hop(position=n, source=station, source_id=station.id, role="via")
        for n, station in enumerate(stations)
        if station is not placement.speaker
    ]
    return placement


def _without_controls(text: str) -> str:
    """The text less the control characters that mean nothing in it; every kind of line end becomes a newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\x85", "\n")
    text = text.replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(c for c in text if c in "\n\t" or not (c < " " or "\x7f" <= c <= "\x9f"))
