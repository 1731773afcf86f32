"""What stands for a quote, and what is said of it because of that."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.articles.actions import check_not_trashed, reload, tell_verification
from app.articles.gate import check_quotes, lacking, requirements
from app.articles.models import Article
from app.articles.renditions import refresh
from app.db import new_id
from app.errors import Invalid
from app.events.actions import Actor, record
from app.evidence import queries
from app.evidence.matching import Nearest, differences, nearest
from app.evidence.models import Evidence
from app.evidence.schemas import EvidenceIn
from app.quotes.anchors import folded
from app.quotes.models import Placement

MOST = 50
"""Items of evidence for one quote."""


class NotInSource(Invalid):
    """The words of the quote do not stand in the source text, so it is not `matched_in_source`.

    `similarity` (0 to 1), `passage` and `diff` (as in the article's diffs) show what is nearest to them there.
    Nothing was kept.
    """

    slug, title = "not-in-source", "The words are not in the source text"


def add(
    session: Session, article: Article, placement: Placement, data: EvidenceIn, *, by: Actor, at: datetime
) -> Evidence:
    """Keep what was found about the words of a quote, and let its verification follow.

    Raises `NotInSource` if they should stand in the source text and do not, `QuotesNotReady` if a scheduled
    article would lack what publishing asks for, `Invalid`, `Trashed`.
    """
    check_not_trashed(article)
    known = list(session.scalars(queries.all_of(placement.quote_id)))
    if len(known) >= MOST:
        raise Invalid(
            f"A quote has {MOST} items of evidence at most.",
            errors=[{"pointer": "", "detail": "take back those that are of no use first"}],
        )
    if data.url is data.source_text is data.time_code is data.note is None:
        raise Invalid(
            "Evidence says where it can be found.",
            errors=[{"pointer": "", "detail": "needs one of url, source_text, time_code and note"}],
        )
    found = nearest(placement.exact, data.source_text) if data.source_text is not None else None
    if data.verification == "matched_in_source":
        _check_found(placement.exact, data.source_text, found)
    evidence = Evidence(
        id=new_id(),
        quote_id=placement.quote_id,
        exact=placement.exact,
        source_sha256=digest(data.source_text),
        passage=found.passage if found else None,
        similarity=similarity(data.source_text, found),
        checked_by=by.user_id,
        checked_at=at,
        **data.model_dump(),
    )
    session.add(evidence)
    _settle(session, article, placement, [*known, evidence], "verify", evidence, by=by, at=at)
    return evidence


def take_back(
    session: Session, article: Article, placement: Placement, evidence: Evidence, *, by: Actor, at: datetime
) -> None:
    """Remove an item; the newest of the others about the same words stands then. Raises `Trashed`, `QuotesNotReady`."""
    check_not_trashed(article)
    others = [row for row in session.scalars(queries.all_of(placement.quote_id)) if row.id != evidence.id]
    session.delete(evidence)
    _settle(session, article, placement, others, "remove_evidence", evidence, by=by, at=at)


def digest(source_text: str | None) -> str | None:
    """The SHA-256 of a source text in UTF-8, in hexadecimal."""
    return hashlib.sha256(source_text.encode()).hexdigest() if source_text is not None else None


def similarity(source_text: str | None, found: Nearest | None) -> float | None:
    """That of the passage; 0 where a text has nothing alike, None where there is no text."""
    return None if source_text is None else found.similarity if found else 0.0


def compared(exact: str, passage: str | None) -> list[dict[str, Any]]:
    """From the words to the passage, in the shape of `ChangeOut`."""
    if passage is None:
        return []
    return [{"op": c.op, "before": c.before, "after": c.after} for c in differences(exact, passage)]


def _check_found(exact: str, source_text: str | None, found: Nearest | None) -> None:
    if source_text is None:
        raise Invalid(
            "Without the source's text nothing can be matched.",
            errors=[{"pointer": "/source_text", "detail": "required for matched_in_source"}],
        )
    if found is None or found.similarity < 1:
        passage = found.passage if found else None
        raise NotInSource(
            "The words do not stand in this text; `passage` is what is nearest to them.",
            errors=[{"pointer": "/source_text", "detail": "does not have the words of the quote"}],
            similarity=similarity(source_text, found),
            passage=passage,
            diff=compared(exact, passage),
        )


def _settle(
    session: Session,
    article: Article,
    placement: Placement,
    rows: Iterable[Evidence],
    action: str,
    evidence: Evidence,
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Let the newest item about the quote's present words decide, for staff and readers, and put it on the record."""
    quote, before = placement.quote, placement.quote.verification
    asked = requirements(session) if article.state(at) == "scheduled" else []
    spared = lacking(article.revision.placements, asked)
    words = folded(placement.exact)
    quote.verification = next(
        (row.verification for row in reversed(list(rows)) if folded(row.exact) == words), "unverified"
    )
    check_quotes(article.revision.placements, asked, spared=spared)  # nobody looks again when its moment comes
    if quote.verification != before:
        article.touch(at)
        tell_verification(session, article, placement)
        if article.is_published:
            refresh(session, [article.id], at=at)
    found = {"evidence": str(evidence.id), "url": evidence.url, "time_code": evidence.time_code}
    found["source_sha256"] = evidence.source_sha256
    was, made = ({"quote": str(quote.id), "verification": state} for state in (before, quote.verification))
    record(session, by, action, "article", article.id, before=was, after=made | found)
    reload(session, article)
