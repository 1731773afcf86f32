"""Rows become the shapes that are sent: one article whole, or its card."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from app.articles.illustrating import in_body, lead_of
from app.articles.models import Article, Citation, Masthead, Revision
from app.articles.schemas import (
    ArticleOut,
    BodyOut,
    CardOut,
    CitationOut,
    CommentsOut,
    NamedOut,
    StaffArticleOut,
    StaffCardOut,
    WarningOut,
)
from app.corrections.models import Correction
from app.corrections.schemas import CorrectionOut, PassageOut
from app.extract import check_headline
from app.locks.models import Lock
from app.locks.schemas import LockOut
from app.media.models import Image
from app.media.schemas import ImageOut
from app.permissions.actions import standing
from app.permissions.models import Permission
from app.permissions.schemas import PermissionOut
from app.quotes.models import VERIFIED, Hop, Placement
from app.quotes.schemas import CoverageOut, HopOut, HopRole, QuoteOut, SpanOut
from app.sources.models import Source
from app.sources.schemas import SourceOut


@dataclass(frozen=True, slots=True)
class Desk:
    """What every document of this site shares: its masthead, and the moment for which it is written."""

    masthead: Masthead
    at: datetime

    def article(self, article: Article, *, permitted: bool) -> ArticleOut:
        """The article as readers get it. Where its permission has ended, a stub: title, credit, and the way to the
        original, but nothing of what the permission was for."""
        number = known(article.revision.public_number)
        dates = {"published_at": known(article.published_at), "updated_at": known(article.updated_at)}
        return self._public(article, number, dates, permitted=permitted)

    def preview(self, article: Article, number: int) -> ArticleOut:
        """The article as readers would get it if it were published at this moment as the revision of this number."""
        published_at = article.published_at or self.at
        dates = {"published_at": published_at, "updated_at": article.updated_at or published_at}
        return self._public(article, number, dates, permitted=True)

    def _public(self, article: Article, number: int, dates: dict[str, Any], *, permitted: bool) -> ArticleOut:
        revision = article.revision
        body = BodyOut(markdown=revision.markdown, html=revision.html, text=revision.text)
        head = self._head(article) | dates
        if not permitted:
            head |= {"summary": None, "authors": [], "tags": [], "image": None, "images": []}
            head |= {"comments": self.comments(article, "closed", 0)}
        return ArticleOut(
            **head,
            revision=number,
            body=body if permitted else None,
            quotes=self.quotes(article, article.revision) if permitted else None,
            sources=citations(row for row in known_citations(article, self.at) if permitted or _is_reprint(row)),
            corrections=[correction(found) for found in article.corrections] if permitted else [],
            warnings=[],
        )

    def staff_article(self, article: Article, locks: Sequence[Lock]) -> StaffArticleOut:
        """The article as staff get it; `locks` say who has it open."""
        revision = article.revision
        state: Any = article.state(self.at)
        return StaffArticleOut(
            **self._head(article),
            status=state,
            published_at=article.published_at,
            scheduled_at=article.published_at if state == "scheduled" else None,
            updated_at=article.updated_at,
            revision=revision.number,
            body=BodyOut(markdown=revision.markdown, html=revision.html, text=revision.text),
            quotes=self.quotes(article, revision, rejected=True),
            coverage=coverage(revision),
            sources=citations(standing_citations(article, article.permissions)),
            corrections=[correction(found) for found in article.corrections],
            warnings=[
                WarningOut(code=found.code, detail=found.detail)
                for found in check_headline(revision.title, revision.text, revision.summary)
            ],
            edited_by=revision.author_id,
            locks=[LockOut.model_validate(lock) for lock in locks],
        )

    def card(self, article: Article, quote_count: int) -> CardOut:
        return CardOut(
            id=article.id,
            slug=article.slug,
            url=self.masthead.url_of(article),
            title=article.revision.title,
            summary=article.revision.summary,
            language=article.language,
            published_at=known(article.published_at),
            updated_at=known(article.updated_at),
            authors=_named(article.authors),
            tags=_named(article.tags),
            image=shown_image(lead_of(article.revision)),
            permission=self._permission(article),
            quote_count=quote_count,
            comment_count=article.comment_count,
        )

    def quotes(self, article: Article, revision: Revision, *, rejected: bool = False) -> list[QuoteOut]:
        """The quotes of a revision in the order of the text, orphaned ones at the end."""
        return quotes(revision, list(self.ending(article)), rejected=rejected)

    def _head(self, article: Article) -> dict[str, Any]:
        return {
            "id": article.id,
            "slug": article.slug,
            "url": self.masthead.url_of(article),
            "title": article.revision.title,
            "summary": article.revision.summary,
            "language": article.language,
            "aliases": [row.slug for row in article.slugs if row.slug != article.slug],
            "canonical_url": article.canonical_url,
            "authors": _named(article.authors),
            "tags": _named(article.tags),
            **images(article.revision),
            "permission": self._permission(article),
            "comments": self.comments(article, article.comments_state, article.comment_count),
        }

    def comments(self, article: Article, state: Any, count: int) -> CommentsOut:
        return CommentsOut(state=state, count=count, url=f"/v1/articles/{article.slug}/comments")

    def _permission(self, article: Article) -> PermissionOut | None:
        found = standing(article.permissions, self.at)
        return permission(found) if found else None

    def ending(self, article: Article) -> Iterator[HopOut]:
        """The stations that all quotes of the article share: who published it first, and who publishes it here."""
        found = standing(article.permissions, self.at)
        yield from self.stations(found.assigner if found else None)

    def stations(self, assigner: Source | None) -> Iterator[HopOut]:
        """The same where this source is the one that published it first, or none is."""
        if assigner is not None:
            yield hop(assigner, "reprinted_from")
        yield hop(self.masthead.source, "publisher")


def quotes(revision: Revision, ending: Sequence[HopOut], *, rejected: bool = False) -> list[QuoteOut]:
    """The quotes of a revision in the order of the text, orphaned ones at the end."""
    placements = [p for p in in_order(revision.placements) if rejected or p.review != "rejected"]
    return [quote(placement, revision.text, ending) for placement in placements]


def in_order(placements: Iterable[Placement]) -> list[Placement]:
    """In the order of the text, one within another after it, orphaned ones at the end."""
    return sorted(placements, key=lambda p: (p.start is None, p.start or 0, -(p.end or 0)))


def quote(placement: Placement, text: str, ending: Sequence[HopOut]) -> QuoteOut:
    """A quote with its whole way: the speaker, those between, and the article's own stations at the end."""
    way = [hop(placement.speaker, "speaker")] if placement.speaker else []
    way += [_station(station) for station in placement.hops]
    passed = {station.source.id for station in way}
    way += [station for station in ending if station.source.id not in passed]
    return QuoteOut(
        id=placement.quote_id,
        kind=placement.kind,
        exact=placement.exact,
        prefix=placement.prefix,
        suffix=placement.suffix,
        start=placement.start,
        end=placement.end,
        speaker=source(placement.speaker) if placement.speaker else None,
        speaker_mention=_span(text, placement.mention_start, placement.mention_end),
        cue=_span(text, placement.cue_start, placement.cue_end),
        attribution=way,
        review=placement.review,
        anchor=placement.anchor,
        confidence=placement.confidence,
        verification=placement.quote.verification,
    )


def coverage(revision: Revision) -> CoverageOut:
    """How many quotes of a revision somebody vouches for."""
    known = [p.quote.verification in VERIFIED for p in revision.placements if p.review != "rejected"]
    share = round(sum(known) / len(known), 3) if known else None
    return CoverageOut(quotes=len(known), verified=sum(known), share=share)


def source(row: Source) -> SourceOut:
    return SourceOut.model_validate(row)


def hop(row: Source, role: HopRole) -> HopOut:
    return HopOut(source=source(row), role=role, url=None, date=None)


def permission(row: Permission) -> PermissionOut:
    return PermissionOut.model_validate(row)


def citations(rows: Iterable[Citation]) -> list[CitationOut]:
    """By role, as the words travel, then by name."""
    order = {"speaker": 0, "via": 1, "cited": 2, "reprinted_from": 3}
    ranked = sorted(rows, key=lambda row: (order[row.role], row.source.name, row.source.id))
    return [CitationOut.model_validate(row, from_attributes=True) for row in ranked]


def known_citations(article: Article, at: datetime) -> Iterator[Citation]:
    """What readers may know that the article relies on: whoever has given a permission, once that has begun."""
    return standing_citations(article, [p for p in article.permissions if p.valid_from is None or p.valid_from <= at])


def standing_citations(article: Article, permissions: Iterable[Permission]) -> Iterator[Citation]:
    """What the article relies on under these of its permissions. A revision keeps who gave one that it once had."""
    givers = {p.assigner_id for p in permissions}
    return (row for row in article.revision.citations if not _is_reprint(row) or row.source_id in givers)


def _is_reprint(row: Citation) -> bool:
    return row.role == "reprinted_from"


def correction(row: Correction) -> CorrectionOut:
    target = None
    if row.target_exact is not None:
        target = PassageOut(exact=row.target_exact, start=known(row.target_start), end=known(row.target_end))
    kind: Any = row.kind
    return CorrectionOut(
        id=row.id, kind=kind, text=row.text, target=target, credit=row.credit, published_at=row.published_at
    )


def staff_card(article: Article, at: datetime) -> StaffCardOut:
    status: Any = article.state(at)
    return StaffCardOut(
        id=article.id,
        slug=article.slug,
        status=status,
        title=article.revision.title,
        language=article.language,
        published_at=article.published_at,
        revision=article.revision.number,
        created_at=article.created_at,
    )


def shown_sources(article: Article) -> Iterator[Source]:
    """Every source that the whole article shows, repeats included."""
    yield from named_sources(article.revision)
    for granted in article.permissions:
        yield granted.assigner


def named_sources(revision: Revision) -> Iterator[Source]:
    """Every source that a revision shows, repeats included."""
    for cited in revision.citations:
        yield cited.source
    for placement in revision.placements:
        if placement.review == "rejected":
            continue
        if placement.speaker:
            yield placement.speaker
        for station in placement.hops:
            yield station.source


def _station(row: Hop) -> HopOut:
    role: Literal["speaker", "via"] = "via"
    return HopOut(source=source(row.source), role=role, url=row.url, date=row.date)


def _span(text: str, start: int | None, end: int | None) -> SpanOut | None:
    if start is None or end is None:
        return None
    return SpanOut(text=text[start:end], start=start, end=end)


def _named(rows: Any) -> list[NamedOut]:
    return [NamedOut(slug=row.slug, name=row.name) for row in rows]


def images(revision: Revision) -> dict[str, Any]:
    """The members `image` and `images` of an article with this revision."""
    return {
        "image": shown_image(lead_of(revision)),
        "images": [ImageOut.model_validate(image) for image in in_body(revision)],
    }


def shown_image(row: Image | None) -> ImageOut | None:
    return ImageOut.model_validate(row) if row else None


def known(value: Any) -> Any:
    """A value that a constraint of the database keeps from being null here."""
    if value is None:
        raise AssertionError("a published article lacks what the database promises")
    return value
