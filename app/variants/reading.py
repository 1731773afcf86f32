"""From what articles say to phrasings: which quotes have which words, and what headlines quote that nobody said."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from app.db import insert_all, new_id
from app.events.actions import tell
from app.extract import unsaid
from app.variants import queries
from app.variants.models import Likeness, Misquote, Phrasing, Shingle, Utterance
from app.variants.words import fingerprints, identity, normal

AT_ONCE = 10_000
"""Ids that one statement names; engines take so many."""


def read(session: Session, article_ids: Collection[UUID], *, at: datetime) -> None:
    """Bring the phrasings up to what these articles say now. Those that were touched are to be compared anew."""
    had = {row.quote_id: row for row in session.scalars(queries.utterances(article_ids))}
    has, words = _said(session, article_ids)
    gone = {quote_id: row for quote_id, row in had.items() if not _is_same(row, has.get(quote_id))}
    come = [row for quote_id, row in has.items() if not _is_same(row, had.get(quote_id))]
    for some in parts(list(gone)):
        session.execute(delete(Utterance).where(Utterance.quote_id.in_(some)))
    _enter(session, {row.phrasing_id: words[row.phrasing_id] for row in come})
    insert_all(session, come)
    session.expunge_all()
    touched = {row.phrasing_id for row in [*gone.values(), *come]}
    _sweep(session, {row.phrasing_id for row in gone.values()})
    set_pending(session, touched)
    found = {}
    for article_id, title, summary, text in session.execute(queries.heads(article_ids)):
        for quoted in [*unsaid(title, text), *unsaid(summary or "", text)]:
            key = key_of("headline", article_id, *normal(quoted))
            found[key] = {"label": "headline", "article_id": article_id, "words": quoted}
    settle(session, Misquote.article_id.in_(article_ids), found, at=at)


def settle(session: Session, about: Any, found: Mapping[str, dict[str, Any]], *, at: datetime) -> None:
    """Have the open misquotes of those `about` which was asked be the found ones, by their keys. What was decided
    stays decided. Subscribers of staff are told of new ones."""
    known = {row.key: row for row in session.scalars(queries.misquotes(about))}
    for some in parts([key for key in found if key not in known]):
        known |= {row.key: row for row in session.scalars(queries.misquotes(Misquote.key.in_(some)))}
    over = [row.id for key, row in known.items() if key not in found and row.state == "open"]
    for some in parts(over):
        session.execute(delete(Misquote).where(Misquote.id.in_(some)))
    new: list[dict[str, Any]] = [
        {"id": new_id(), "key": key, "state": "open", "found_at": at, "article_id": None, "words": None}
        | {"phrasing_id": None, "other_id": None}
        | values
        for key, values in found.items()
        if key not in known
    ]
    if new:
        session.execute(insert(Misquote), new)
    for row in new:
        tell(session, "misquote.found", row["id"], {"label": row["label"]})


def key_of(label: str, *about: object) -> str:
    """What a misquote with this label is about, in one short text."""
    return f"{label}:{sha256(repr([str(each) for each in about]).encode()).hexdigest()}"


def _said(session: Session, article_ids: Collection[UUID]) -> tuple[dict[UUID, Utterance], dict[UUID, list[str]]]:
    """What the articles say now, by quote, and the words of each phrasing."""
    has, words = {}, {}
    for quote_id, article_id, exact, speaker_id in session.execute(queries.said(article_ids)):
        said = normal(exact)
        phrasing_id = identity(said, speaker_id)
        if phrasing_id is None:
            continue
        words[phrasing_id] = said
        has[quote_id] = Utterance(
            quote_id=quote_id, article_id=article_id, phrasing_id=phrasing_id, speaker_id=speaker_id
        )
    return has, words


def _is_same(one: Utterance, other: Utterance | None) -> bool:
    return other is not None and (one.phrasing_id, one.speaker_id) == (other.phrasing_id, other.speaker_id)


def _enter(session: Session, words: Mapping[UUID, list[str]]) -> None:
    """Write those of the phrasings that are not there yet."""
    there: set[UUID] = set()
    for some in parts(list(words)):
        there.update(session.scalars(queries.known(some)))
    new = {phrasing_id: said for phrasing_id, said in words.items() if phrasing_id not in there}
    rows = [Phrasing(id=phrasing_id, words=" ".join(said), is_pending=True) for phrasing_id, said in new.items()]
    marks = [
        Shingle(hash=mark, phrasing_id=phrasing_id) for phrasing_id, said in new.items() for mark in fingerprints(said)
    ]
    insert_all(session, [*rows, *marks])
    _cross(session, list(new))


def _sweep(session: Session, phrasing_ids: Collection[UUID]) -> None:
    """Take out those phrasings that no quote has any more, and whatever hangs on them."""
    dead: list[UUID] = []
    for some in parts(list(phrasing_ids)):
        dead += session.scalars(queries.unsaid(some))
    _cross(session, dead)
    for some in parts(dead):
        forget(session, some)
        session.execute(delete(Shingle).where(Shingle.phrasing_id.in_(some)))
        session.execute(delete(Misquote).where(queries.misquotes_of(some), Misquote.state == "open"))
        session.execute(delete(Phrasing).where(Phrasing.id.in_(some)))


def forget(session: Session, phrasing_ids: Collection[UUID]) -> None:
    """Let these phrasings be like no other."""
    for column in Likeness.phrasing_id, Likeness.other_id:
        session.execute(delete(Likeness).where(column.in_(phrasing_ids)))


def _cross(session: Session, phrasing_ids: Collection[UUID]) -> None:
    """Fingerprints that these phrasings, which have just come or are about to go, make turns of speech, or plain again:
    whoever has one is to be compared anew."""
    common: dict[int, int] = defaultdict(int)
    for some in parts(list(phrasing_ids)):
        for mark, many in session.execute(queries.common(some)):
            common[mark] += many
    for mark, many in common.items():
        holders = session.scalars(queries.holders(mark, queries.COMMON + many + 1)).all()
        if len(holders) <= queries.COMMON + many:
            set_pending(session, holders)


def set_pending(session: Session, phrasing_ids: Collection[UUID]) -> None:
    """Have these phrasings compared anew."""
    for some in parts(list(phrasing_ids)):
        session.execute(update(Phrasing).where(Phrasing.id.in_(some), ~Phrasing.is_pending).values(is_pending=True))


def parts(items: list[Any]) -> Iterator[list[Any]]:
    """The items, so many at a time as one statement can name."""
    return (items[first : first + AT_ONCE] for first in range(0, len(items), AT_ONCE))
