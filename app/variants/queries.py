from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, ScalarSelect, Select, and_, exists, func, insert, not_, or_, select
from sqlalchemy.orm import aliased

from app.articles.models import Article, Revision
from app.articles.queries import in_time
from app.articles.staff_queries import staff_cards
from app.events.models import AuditEntry
from app.quotes.models import Placement
from app.record.queries import staff_quotes
from app.search.models import QuoteDocument
from app.variants.models import ComparedUpTo, Likeness, Misquote, Phrasing, Shingle, Uncompared, Utterance

COMMON = 300
"""A fingerprint that more phrasings share is a turn of speech, and does not make them alike."""
SPEAKERS = 20
"""So many people at most, of those who are said to have said something, are compared or shown."""


def progress(*, wait: bool) -> Select[ComparedUpTo]:
    """How far the audit log was followed. Nobody else compares before this transaction ends; while another one does,
    there is no row, unless one may `wait` for it."""
    return select(ComparedUpTo).with_for_update(skip_locked=not wait)


def is_behind() -> Select[bool]:
    """Whether there is anything to compare."""
    followed = select(ComparedUpTo.number).scalar_subquery()
    return select(
        or_(
            exists().where(AuditEntry.number > followed),
            exists().select_from(Uncompared),
            exists().where(Phrasing.is_pending),
        )
    )


def compared_at() -> Select[datetime | None]:
    return select(ComparedUpTo.changed_at)


def last_entry(after: int, most: int) -> Select[int | None]:
    """The number of the audit entry so many after this one, or of the last."""
    coming = select(AuditEntry.number).where(AuditEntry.number > after).order_by(AuditEntry.number).limit(most)
    return select(func.max(coming.subquery().c.number))


def note_changed(after: int, last: int) -> Insert:
    """Put into `uncompared` the articles that these audit entries changed, or whose speakers they changed."""
    entry = and_(AuditEntry.number > after, AuditEntry.number <= last)
    changed = select(AuditEntry.object_id).where(entry, AuditEntry.object_kind == "article")
    merged = select(AuditEntry.object_id).where(
        entry, AuditEntry.object_kind == "source", AuditEntry.action.in_(("merge", "split"))
    )
    # Whoever spoke before a merger or a division: of the quotes as they were compared.
    spoke = select(Utterance.article_id).where(Utterance.speaker_id.in_(merged))
    return _note(Article.id.in_(changed.union(spoke)))


def note(article_ids: Collection[UUID] | None) -> Insert:
    """Put these articles into `uncompared`, or all."""
    return _note(Article.id.is_not(None) if article_ids is None else Article.id.in_(article_ids))


def count() -> Select[int]:
    return select(func.count()).select_from(Phrasing)


def next_uncompared(most: int) -> Select[UUID]:
    return select(Uncompared.article_id).order_by(Uncompared.article_id).limit(most)


def heads(article_ids: Collection[UUID]) -> Select[UUID, str, str | None, str]:
    """Title, summary and text of these articles, unless they lie in the trash."""
    columns = (Revision.article_id, Revision.title, Revision.summary, Revision.text)
    return (
        select(*columns)
        .join(Article, Article.id == Revision.article_id)
        .where(Revision.article_id.in_(article_ids), Revision.is_current, Article.status != "trashed")
    )


def said(article_ids: Collection[UUID]) -> Select[UUID, UUID, str, UUID | None]:
    """The quotes of these articles that are compared: id, article, words and speaker of each.

    Paraphrases are not, nor what stands in marks and is probably nobody's speech.
    """
    of_nobody = and_(Placement.speaker_id.is_(None), func.coalesce(Placement.confidence, 1) == 0)
    return (
        select(Placement.quote_id, Revision.article_id, Placement.exact, Placement.speaker_id)
        .join(Revision, Revision.id == Placement.revision_id)
        .join(Article, Article.id == Revision.article_id)
        .where(
            Revision.article_id.in_(article_ids),
            Revision.is_current,
            Article.status != "trashed",
            Placement.review != "rejected",
            Placement.anchor != "orphaned",
            Placement.kind != "indirect",
            not_(of_nobody) | (Placement.review == "confirmed"),
        )
    )


def utterances(article_ids: Collection[UUID]) -> Select[Utterance]:
    return select(Utterance).where(Utterance.article_id.in_(article_ids))


def known(phrasing_ids: Collection[UUID]) -> Select[UUID]:
    return select(Phrasing.id).where(Phrasing.id.in_(phrasing_ids))


def unsaid(phrasing_ids: Collection[UUID]) -> Select[UUID]:
    """Those of these phrasings that no quote has any more."""
    return known(phrasing_ids).where(~exists().where(Utterance.phrasing_id == Phrasing.id))


def common(phrasing_ids: Collection[UUID]) -> Select[int, int]:
    """Fingerprints of these phrasings that are turns of speech, each with how many of these have it."""
    return (
        select(Shingle.hash, func.count())
        .where(Shingle.phrasing_id.in_(phrasing_ids), _is_common(Shingle))
        .group_by(Shingle.hash)
    )


def holders(fingerprint: int, most: int) -> Select[UUID]:
    return select(Shingle.phrasing_id).where(Shingle.hash == fingerprint).limit(most)


def pending(most: int) -> Select[Phrasing]:
    return select(Phrasing).where(Phrasing.is_pending).order_by(Phrasing.id).limit(most)


def candidates(phrasing_ids: Collection[UUID]) -> Select[UUID, UUID, str]:
    """These phrasings, each with the id and the words of every other that shares a fingerprint with it."""
    own, other = aliased(Shingle), aliased(Shingle)
    pairs = (
        select(own.phrasing_id, other.phrasing_id.label("other_id"))
        .join(other, and_(other.hash == own.hash, other.phrasing_id != own.phrasing_id))
        .where(own.phrasing_id.in_(phrasing_ids), not_(_is_common(own)))
        .distinct()
        .subquery()
    )
    return select(pairs.c.phrasing_id, Phrasing.id, Phrasing.words).join(Phrasing, Phrasing.id == pairs.c.other_id)


def speakers(phrasing_ids: Collection[UUID]) -> Select[UUID, UUID]:
    """Who is said to have said these phrasings, as far as that is known."""
    spoken = (
        select(Utterance.phrasing_id, Utterance.speaker_id)
        .where(Utterance.phrasing_id.in_(phrasing_ids), Utterance.speaker_id.is_not(None))
        .distinct()
        .subquery()
    )
    place = func.row_number().over(partition_by=spoken.c.phrasing_id, order_by=spoken.c.speaker_id)
    ranked = select(*spoken.c, place.label("place")).subquery()
    return select(ranked.c.phrasing_id, ranked.c.speaker_id).where(ranked.c.place <= SPEAKERS)


def together(phrasing_ids: Collection[UUID]) -> Select[UUID, UUID]:
    """These phrasings, each with those like it that one article has besides it; with itself, where one article has it
    of two speakers."""
    own, other = aliased(Utterance), aliased(Utterance)
    alike = exists().where(Likeness.phrasing_id == own.phrasing_id, Likeness.other_id == other.phrasing_id)
    of_two = and_(own.phrasing_id == other.phrasing_id, own.speaker_id != other.speaker_id)
    return (
        select(own.phrasing_id, other.phrasing_id)
        .join(other, other.article_id == own.article_id)
        .where(own.phrasing_id.in_(phrasing_ids), or_(of_two, alike))
        .distinct()
    )


def misquotes_of(phrasing_ids: Collection[UUID]) -> ColumnElement[bool]:
    return or_(Misquote.phrasing_id.in_(phrasing_ids), Misquote.other_id.in_(phrasing_ids))


def misquotes(where: ColumnElement[bool]) -> Select[Misquote]:
    return select(Misquote).where(where)


def in_sight() -> Select[Misquote]:
    """Misquotes of words that quotes still have, and of articles that are not in the trash."""
    lives = [exists().where(Phrasing.id == column) for column in (Misquote.phrasing_id, Misquote.other_id)]
    trashed = exists().where(Article.id == Misquote.article_id, Article.status == "trashed")
    return select(Misquote).where(or_(and_(*lives), and_(Misquote.article_id.is_not(None), ~trashed)))


def forgotten() -> ColumnElement[bool]:
    """Whether a misquote that nobody decided is about words that no quote has any more."""
    return and_(
        Misquote.state == "open",
        Misquote.phrasing_id.is_not(None),
        or_(*(~exists().where(Phrasing.id == column) for column in (Misquote.phrasing_id, Misquote.other_id))),
    )


def phrasing_of(quote_id: UUID) -> Select[UUID]:
    return select(Utterance.phrasing_id).where(Utterance.quote_id == quote_id)


def variants(quote_id: UUID, article_id: UUID, at: datetime) -> Select[bytes, datetime]:
    """The quotes of the same words as this one, or of words like them, in other articles that readers see: as readers
    get them, and when each last changed."""
    own = phrasing_of(quote_id).scalar_subquery()
    like = select(Likeness.other_id).where(Likeness.phrasing_id == own)
    of_words = select(Utterance.quote_id).where(or_(Utterance.phrasing_id == own, Utterance.phrasing_id.in_(like)))
    return select(QuoteDocument.card, QuoteDocument.changed_at).where(
        QuoteDocument.quote_id.in_(of_words), QuoteDocument.article_id != article_id, in_time(QuoteDocument, at)
    )


def first_quotes(phrasing_ids: Collection[UUID]) -> Select[UUID, UUID, int]:
    """The oldest quote of each phrasing by each speaker, the oldest first, with how many quotes have the phrasing."""
    by = (Utterance.phrasing_id, Utterance.speaker_id)
    ranked = (
        select(
            Utterance.phrasing_id,
            Utterance.quote_id,
            func.row_number().over(partition_by=by, order_by=Utterance.quote_id).label("place"),
            func.count().over(partition_by=Utterance.phrasing_id).label("many"),
        )
        .where(Utterance.phrasing_id.in_(phrasing_ids))
        .subquery()
    )
    firsts = select(ranked).where(ranked.c.place == 1).subquery()
    order = func.row_number().over(partition_by=firsts.c.phrasing_id, order_by=firsts.c.quote_id)
    few = select(firsts.c.phrasing_id, firsts.c.quote_id, firsts.c.many, order.label("place")).subquery()
    return select(few.c.phrasing_id, few.c.quote_id, few.c.many).where(few.c.place <= SPEAKERS).order_by(few.c.quote_id)


def placed(quote_ids: Iterable[UUID]) -> Select[Placement, Article]:
    """These quotes as current revisions have them, each with its article."""
    return staff_quotes().where(Placement.quote_id.in_(list(quote_ids)))


def articles(article_ids: Iterable[UUID]) -> Select[Article]:
    """These articles with their current revisions."""
    return staff_cards().where(Article.id.in_(list(article_ids)))


def _note(which: ColumnElement[bool]) -> Insert:
    is_new = ~exists().where(Uncompared.article_id == Article.id)
    return insert(Uncompared).from_select(["article_id"], select(Article.id).where(which, is_new))


def _is_common(row: Any) -> ColumnElement[bool]:
    """Whether more than so many phrasings have the fingerprint; walks over no more of them."""
    other = aliased(Shingle)
    one_more: ScalarSelect[Any] = (
        select(other.phrasing_id).where(other.hash == row.hash).limit(1).offset(COMMON).correlate(row).scalar_subquery()
    )
    return one_more.is_not(None)
