"""An article's revisions: each as it was saved, what differs between two, and one brought back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles import documents, queries, staff_queries
from app.articles.actions import find, revise
from app.articles.comparing import compare
from app.articles.documents import Desk
from app.articles.groups import AUTHORS, TAGS
from app.articles.illustrating import lead_of
from app.articles.models import Article, Revision
from app.articles.naming import present_names, set_names
from app.articles.schemas import BodyOut, CitationOut
from app.articles.snapshots import (
    ChangeOut,
    DiffOut,
    FieldChangeOut,
    QuoteChangeOut,
    QuoteChangesOut,
    SnapshotOut,
    SourceChangesOut,
    StaffRevisionOut,
)
from app.errors import NotFound
from app.events.actions import Actor
from app.quotes.schemas import QuoteOut

_FIELDS: Any = ("slug", "language", "canonical_url", "published_at", "authors", "tags", "comments_state", "image")


def found(session: Session, article: Article, number: int) -> tuple[Revision, str | None]:
    """The revision, whole, and who saved it. Raises `NotFound`."""
    row = session.execute(staff_queries.save(article.id, number)).one_or_none()
    if row is None:
        raise NotFound("The article has no such revision.")
    return row[0], row[1]


def bring_back(session: Session, article: Article, number: int, *, by: Actor, at: datetime) -> Article:
    """A new revision with the words, images, quotes, cited sources, bylines, tags, language and original of another.

    The rest is not a matter of the text, and stays: address, dates, state, permissions, corrections, comments.
    Raises `NotFound` or `Trashed`.
    """
    base, _ = found(session, article, number)
    article.language, article.canonical_url = base.details["language"], base.details["canonical_url"]
    authors = present_names(session, AUTHORS, base.details["authors"], since=base.created_at)
    tags = present_names(session, TAGS, base.details["tags"], since=base.created_at)
    set_names(session, article, authors, tags)
    revise(session, article, by=by, at=at, base=base, note=f"revision {number} restored")
    return find(session, str(article.id))


def listed(revision: Revision, editor: str | None) -> StaffRevisionOut:
    return StaffRevisionOut(**_head(revision, editor))


def snapshot(session: Session, desk: Desk, article: Article, number: int) -> SnapshotOut:
    """The revision as it was saved. Raises `NotFound`."""
    revision, editor = found(session, article, number)
    kept = revision.details
    names = ("slug", "language", "canonical_url", "authors", "tags", "comments_state")
    return SnapshotOut(
        **_head(revision, editor),
        **{name: kept[name] for name in names},
        summary=revision.summary,
        image=documents.shown_image(lead_of(revision)),
        body=BodyOut(markdown=revision.markdown, html=revision.html, text=revision.text),
        quotes=desk.quotes(article, revision, rejected=True),
        sources=documents.citations(revision.citations),
        corrections=[documents.correction(row) for row in session.scalars(queries.corrections_by(article.id, number))],
    )


def diff(desk: Desk, article: Article, old: Revision, new: Revision) -> DiffOut:
    """What was done from one revision of the article to another; either may be the later one."""
    had, has = _values(old), _values(new)
    return DiffOut(
        before=old.number,
        after=new.number,
        title=_words(old.title, new.title),
        summary=_words(old.summary or "", new.summary or ""),
        body=_words(old.markdown, new.markdown),
        fields=[
            FieldChangeOut(field=name, before=had[name], after=has[name]) for name in _FIELDS if had[name] != has[name]
        ],
        quotes=_quotes(desk.quotes(article, old, rejected=True), desk.quotes(article, new, rejected=True)),
        sources=_sources(documents.citations(old.citations), documents.citations(new.citations)),
    )


def _head(revision: Revision, editor: str | None) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "title": revision.title,
        "created_at": revision.created_at,
        "edited_by": revision.author_id,
        "editor": editor,
        "note": revision.note,
        "is_current": revision.is_current,
        "public_revision": revision.public_number,
        "published_at": revision.public_at,
    }


def _values(revision: Revision) -> dict[str, Any]:
    lead = lead_of(revision)
    return {**revision.details, "image": lead.url if lead else None}


def _words(old: str, new: str) -> list[ChangeOut]:
    return [ChangeOut.model_validate(change) for change in compare(old, new)]


def _quotes(old: Sequence[QuoteOut], new: Sequence[QuoteOut]) -> QuoteChangesOut:
    had = {quote.id: quote for quote in old}
    has = {quote.id for quote in new}
    pairs = [(had[quote.id], quote) for quote in new if quote.id in had]
    return QuoteChangesOut(
        added=[quote for quote in new if quote.id not in had],
        removed=[quote for quote in old if quote.id not in has],
        changed=[
            QuoteChangeOut(id=after.id, differs=differs, before=before, after=after)
            for before, after in pairs
            if (differs := _differing(before, after))
        ],
    )


def _differing(before: QuoteOut, after: QuoteOut) -> Any:
    names = [
        name
        for name in ("kind", "exact", "speaker", "attribution", "review", "confidence")
        if getattr(before, name) != getattr(after, name)
    ]
    return [*names, "anchor"] if (before.start is None) != (after.start is None) else names


def _sources(old: Iterable[CitationOut], new: Iterable[CitationOut]) -> SourceChangesOut:
    def keyed(rows: Iterable[CitationOut]) -> dict[tuple[UUID, str], CitationOut]:
        return {(row.source.id, row.role): row for row in rows}

    had, has = keyed(old), keyed(new)
    return SourceChangesOut(
        added=[row for key, row in has.items() if key not in had],
        removed=[row for key, row in had.items() if key not in has],
    )
