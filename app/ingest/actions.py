"""Entries of files become articles, or change the articles that were made of them before."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.articles.actions import Change, edit, find, revise
from app.articles.gate import lacking, requirements
from app.articles.models import Article, Revision
from app.articles.schemas import ArticlePatch
from app.errors import Conflict, Problem
from app.events.actions import Actor, record_all, take_turn
from app.extract import Draft, Finding
from app.extract.readers.item import Item, LooseComment, Unreadable
from app.ingest import queries
from app.ingest.drafts import Made, UnreadableEntry, digest_of, make
from app.ingest.entering import enter
from app.ingest.found import placements_of, suggest
from app.ingest.models import Origin
from app.ingest.names import look_up_sources
from app.ingest.showing import to_look_at, undated, unready_quotes
from app.ingest.threads import add_comments, missing
from app.quotes.models import Placement

Entry = Item | LooseComment | Unreadable


class EditedSince(Conflict):
    """The file has other words for an article that somebody has edited since it was imported; nothing was changed."""

    slug, title = "edited-since", "Edited since it was imported"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry of a file, what was found in it, and what an editor should look at. `kind`: of what."""

    key: str
    outcome: Literal["created", "updated", "unchanged", "failed"]
    article: Article | None = None
    title: str | None = None
    quotes: int | None = None
    with_speaker: int | None = None
    comments: int = 0
    reason: str | None = None
    look: tuple[Finding, ...] = ()
    kind: str = "article"


Note = Callable[[Session, int, Sequence[Outcome]], None]
"""Gets how many entries a batch had and what became of them, in the transaction that writes it."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """An entry, and the key of its origin: that of the article to which a loose comment belongs."""

    key: str
    entry: Entry


Ready = Keyed | Made | Outcome
"""What is known before the database is held: an article made out, a failure, or an entry that needs no making."""


def prepare(session: Session, batch: Sequence[Keyed], *, at: datetime) -> list[Ready]:
    """Each entry as far as it can be made out while others still write; what is there, unchanged, costs little."""
    digests = {origin.key: origin.digest for origin in session.scalars(queries.origins({k.key for k in batch}))}
    return [_prepare(keyed, digests, at) for keyed in batch]


def _prepare(keyed: Keyed, digests: dict[str, str | None], at: datetime) -> Ready:
    entry = keyed.entry
    if isinstance(entry, Unreadable):
        return Outcome(entry.key, "failed", reason=entry.reason)
    if isinstance(entry, LooseComment):
        return keyed
    if keyed.key in digests and digests[keyed.key] in (None, digest_of(entry)):
        return keyed
    try:
        return make(keyed.key, entry, at)
    except UnreadableEntry as error:
        return Outcome(entry.key, "failed", title=entry.title[:500], reason=error.detail)


def apply(session: Session, batch: Sequence[Ready], *, by: Actor, public: bool, at: datetime) -> list[Outcome]:
    """Make articles of the entries, or bring those up to date that were made of them before; in their order.

    What an editor has changed since is left alone, and the entry reported as failed. All quotes and speakers are
    suggestions, for an editor to confirm.
    """
    take_turn(session)
    known = _known(session, batch)
    new: dict[str, Made] = {}
    for ready in batch:
        if isinstance(ready, Made) and ready.key not in known:
            new.setdefault(ready.key, ready)
    created = dict(zip(new, enter(session, [*new.values()], by=by, public=public, at=at), strict=True))
    session.flush()
    asked = requirements(session) if public and created else []
    outcomes = []
    for ready in batch:
        if isinstance(ready, Made) and new.get(ready.key) is ready:
            made = _found(ready, "created", created[ready.key])
            unready = unready_quotes(len(lacking(created[ready.key].revision.placements, asked)))
            outcomes.append(replace(made, look=(*made.look, *unready)))
        elif not _is_loose(ready):
            outcomes.append(_apply(session, ready, known, created, by=by, at=at))
    articles = {key: article for key, (_, article) in known.items()} | created
    for key, found in _loose(batch).items():
        article = articles.get(key)
        if article is not None and (added := add_comments(session, article, [each.comment for each in found], at=at)):
            outcomes.append(_commented(found, added, article))
    return outcomes


def _is_loose(ready: Ready) -> bool:
    return isinstance(ready, Keyed) and isinstance(ready.entry, LooseComment)


def _loose(batch: Sequence[Ready]) -> dict[str, list[LooseComment]]:
    """The comments of a batch that stand apart from their articles, by the keys of these."""
    loose: dict[str, list[LooseComment]] = {}
    for ready in batch:
        if isinstance(ready, Keyed) and isinstance(ready.entry, LooseComment):
            loose.setdefault(ready.key, []).append(ready.entry)
    return loose


def _commented(found: Sequence[LooseComment], added: int, article: Article | None) -> Outcome:
    title = article.revision.title if article is not None else None
    return Outcome(found[0].item_key, "updated", article, title, comments=added)


def _apply(
    session: Session,
    ready: Ready,
    known: dict[str, tuple[Origin, Article]],
    created: dict[str, Article],
    *,
    by: Actor,
    at: datetime,
) -> Outcome:
    """What becomes of an entry whose article is there."""
    if isinstance(ready, Outcome):
        return ready
    origin, article = known.get(ready.key, (None, created.get(ready.key)))
    item = ready.item if isinstance(ready, Made) else ready.entry
    assert isinstance(item, Item)  # noqa: S101 (narrows the type for the checker)
    if article is None:
        return Outcome(item.key, "failed", title=item.title, reason="Its article went at this moment; import it again.")
    newer = ready if isinstance(ready, Made) and origin is not None and origin.digest != ready.digest else None
    try:
        with session.begin_nested():
            if origin is not None and newer is not None:
                update(session, origin, newer, by=by, at=at)
            comments = add_comments(session, article, item.comments, at=at)
    except Problem as error:
        return Outcome(item.key, "failed", article, item.title, reason=error.detail)
    if newer is not None:
        return _found(newer, "updated", article)
    return _unchanged(item, article, comments)


def _unchanged(item: Item, article: Article, comments: int) -> Outcome:
    """What becomes of an article whose words are the same, with so many new comments."""
    return Outcome(item.key, "updated" if comments else "unchanged", article, item.title, comments=comments)


def foresee(session: Session, batch: Sequence[Ready]) -> list[Outcome]:
    """What `apply` would make of the entries; nothing is changed."""
    known = _known(session, batch)
    outcomes = []
    for ready in batch:
        if isinstance(ready, Outcome):
            outcomes.append(ready)
        elif isinstance(ready, Made) and ready.key not in known:
            outcomes.append(_found(ready, "created"))
        elif isinstance(ready, Made):
            outcomes.append(_foresee_update(session, ready, *known[ready.key]))
        elif isinstance(ready.entry, Item):
            outcomes.append(
                _unchanged(
                    ready.entry, known[ready.key][1], missing(session, known[ready.key][1], ready.entry.comments)
                )
            )
    for key, found in _loose(batch).items():
        article = known[key][1] if key in known else None
        new = {each.comment.key: each.comment for each in found}
        if added := missing(session, article, new.values()) if article is not None else len(new):
            outcomes.append(_commented(found, added, article))
    return outcomes


def _foresee_update(session: Session, made: Made, origin: Origin, article: Article) -> Outcome:
    try:
        _check_unedited(session, origin, article)
    except Problem as error:
        return Outcome(made.item.key, "failed", article, made.item.title, reason=error.detail)
    return _found(made, "updated", article)


def _known(session: Session, batch: Sequence[Ready]) -> dict[str, tuple[Origin, Article]]:
    """The origins of a batch that are known, with their articles as the lists of staff have them."""
    keys = {ready.key for ready in batch if not isinstance(ready, Outcome)}
    origins = {origin.article_id: origin for origin in session.scalars(queries.origins(keys))}
    cards = {article.id: article for article in session.scalars(queries.cards(origins))}
    return {origin.key: (origin, cards[article_id]) for article_id, origin in origins.items()}


def _found(made: Made, outcome: Literal["created", "updated"], article: Article | None = None) -> Outcome:
    return Outcome(
        made.item.key,
        outcome,
        article,
        made.data.title,
        quotes=len(made.draft.quotes),
        with_speaker=sum(quote.speaker is not None for quote in made.draft.quotes),
        comments=len(made.item.comments),
        look=(*to_look_at(made.draft), *undated(made.item)),
    )


def update(session: Session, origin: Origin, made: Made, *, by: Actor, at: datetime) -> None:
    """A new revision with the words and names that the source has now, and the quotes that are found in them.

    What an editor decided about quotes stays. Raises `EditedSince`, or `Trashed`.
    """
    article = find(session, str(origin.article_id), lock=True)
    _check_unedited(session, origin, article)
    given = made.data.model_dump(include={"title", "markdown", "summary", "language", "authors", "tags"})
    if made.data.canonical_url:
        given["canonical_url"] = made.data.canonical_url
    patch = ArticlePatch(**given, note="imported again")
    edit(session, article, patch, by=by, at=at, change=_suggesting(session, article, made.draft, by=by, at=at))
    origin.digest, origin.revision, origin.imported_at = made.digest, article.revision.number, at


def suggest_anew(session: Session, article: Article, draft: Draft, *, by: Actor, at: datetime) -> None:
    """A new revision with what the extractor finds in the article's own words, unless that is there already.

    What an editor decided about quotes stays. Raises `Trashed`.
    """
    suggesting = _suggesting(session, article, draft, by=by, at=at)
    before = [_known_of(placement) for placement in article.revision.placements]

    def change(placements: list[Placement], text: str) -> None:
        suggesting(placements, text)
        if sorted(map(_known_of, placements)) == sorted(before):
            raise _NothingNew

    with suppress(_NothingNew), session.begin_nested():
        revise(session, article, by=by, at=at, note="extracted again", change=change)


class _NothingNew(Exception):
    """The extractor finds what is there already."""


def _known_of(placement: Placement) -> str:
    """What is known of a quote, for comparing; whatever differs makes another text."""
    p = placement
    place = (p.quote_id, p.start, p.end, p.mention_start, p.cue_start)
    return repr([*place, p.kind, p.review, p.confidence, p.rule, p.speaker_id, [hop.source_id for hop in p.hops]])


def _suggesting(session: Session, article: Article, draft: Draft, *, by: Actor, at: datetime) -> Change:
    """The change of a revision that puts a draft's findings in the place of what machines suggested before."""
    names = look_up_sources(session, draft, at)
    quotes = {quote.id: quote for quote in session.scalars(queries.quotes_of(article.id))}

    def change(placements: list[Placement], text: str) -> None:
        fresh = placements_of(draft, text, cache(names.source), article_id=article.id, at=at)
        suggest(placements, fresh, quotes)
        session.add_all(names.rows)
        record_all(session, by, names.deeds)

    return change


def _check_unedited(session: Session, origin: Origin, article: Article) -> None:
    """Raises `EditedSince` if the article says other things than the import left in it. Quotes do not count."""
    left = session.scalar(queries.revision(article.id, origin.revision)) if origin.revision else None
    if left is None or _said(left) != _said(article.revision):
        raise EditedSince(f"“{article.slug}” was edited since it was imported; nothing was changed.")


def _said(revision: Revision) -> list[Any]:
    details = revision.details
    named = [details.get(name) for name in ("language", "authors", "tags", "canonical_url")]
    return [revision.title, revision.summary, revision.markdown, *named]
