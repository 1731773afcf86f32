"""What a list of quotes may be narrowed to, and the statement that finds them."""

from calendar import monthrange
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Session

from app.articles.groups import TAGS
from app.articles.queries import in_time, present_slug
from app.articles.quoted import verified
from app.context import Paging
from app.quotes.schemas import QuoteKind, Verification
from app.record import queries
from app.record.facets import QUOTE_FACETS
from app.schemas import DayIn, MomentIn
from app.search import asking
from app.search import queries as search
from app.search.asking import Asked
from app.search.counters import COUNTED
from app.search.models import QuoteDocument
from app.search.queries import QUOTES, QUOTES_LOOKED_AT
from app.sources.queries import id_of

NOBODY = UUID(int=0)
"""Stands for a source, or an article, that is not there: it has no quotes."""


class QuoteFilters(Paging):
    """What a list of quotes may be narrowed to; several filters must all hold."""

    q: str | None = Field(
        default=None,
        max_length=300,
        description=f"In the words of the quote. {asking.MEANING}",
        examples=["night ferry"],
    )
    via: str | None = Field(
        default=None, max_length=120, description="Slug or id of a source that the words came through."
    )
    article: str | None = Field(default=None, max_length=120, description="Slug or id of an article.")
    tag: str | None = Field(
        default=None, max_length=120, description="Slug of a tag of the article; a former one will do."
    )
    month: str | None = Field(
        default=None,
        pattern=r"^\d{4}-\d{2}$",
        description="In articles of this month, in UTC.",
        examples=["2024-05"],
    )
    kind: QuoteKind | None = Field(default=None, description="How it stands in the text.")
    verification: Verification | None = Field(default=None, description="Only with this verification.")
    said_after: DayIn | None = Field(
        default=None, description="Later than this day at its first dated station; one without a date is left out."
    )
    said_before: DayIn | None = Field(
        default=None, description="Earlier than this day at its first dated station; one without a date is left out."
    )
    published_after: MomentIn | None = Field(default=None, description="In articles later than this moment.")
    published_before: MomentIn | None = Field(default=None, description="In articles earlier than this moment.")
    review: Literal["confirmed", "suggested", "any"] = Field(
        default="confirmed", description="`any`: confirmed and suggested ones. Rejected ones are never listed."
    )
    sort: Literal["-published_at", "published_at", "-said_on", "said_on"] = Field(
        default="-published_at",
        description="By the article's date, or by the day of the words: that of the first dated station, or, where "
        "none has a date, that of the article in UTC. A leading `-` means descending.",
    )
    facets: str | None = Field(
        default=None,
        max_length=60,
        description=f"Count what the hits have in common: `{'`, `'.join(QUOTE_FACETS)}`, by commas. All of them are "
        "counted where nothing but `review` and one of `speaker`, `via`, `tag`, `month`, `kind` and `verification` is "
        f"asked for; else the newest {QUOTES_LOOKED_AT:,}.",
        examples=["speaker,month"],
        json_schema_extra={"pattern": f"^({'|'.join(QUOTE_FACETS)})(,({'|'.join(QUOTE_FACETS)}))*$"},
    )


def lists_of(session: Session, filters: QuoteFilters, *, speaker: str | None, via: str | None) -> list[str]:
    """The lists in each of which a quote must be, but for that of the review, to pass the filters and to be of this
    speaker, or through this station too."""
    return list(dict.fromkeys(_lists_of(session, filters, speaker, via)))


def counted_list(filters: QuoteFilters, lists: Collection[str]) -> str | None:
    """The list that has all quotes that are asked for, apart from their review, and counters; None if none has."""
    others = filters.q, filters.said_after, filters.said_before, filters.published_after, filters.published_before
    if others != (None,) * len(others) or len(lists) > 1:
        return None
    return next((key for key in lists or ["all"] if key.split(":")[0] in COUNTED), None)


def asked_of(filters: QuoteFilters) -> Asked:
    """What the words of the quotes must have. Raises `InvalidParameter`."""
    return Asked([], []) if filters.q is None else asking.read(filters.q)


def narrowed(
    session: Session,
    asked: Asked,
    filters: QuoteFilters,
    lists: Iterable[str],
    *,
    at: datetime,
    by_day: bool = False,
) -> Select[int]:
    """The quotes that have what is asked for, pass every filter and are seen at that moment; to be had in the order
    in which their articles were published, or in that of the days when they were said. `lists` are the filters'."""
    engine = session.get_bind().dialect.name
    keys = list(lists)
    choices = list(_days(filters))
    if by_day:
        speaker = next((key for key in keys if key.startswith("speaker:")), None)
        keys = [key for key in keys if key != speaker]
        hits = search.matching(asked, keys, engine, QUOTES, choices) if keys or choices or asked.wanted else None
        found = search.by_day(hits)
        if speaker is not None:
            found = found.where(QuoteDocument.speaker_id == UUID(speaker.removeprefix("speaker:")))
        if filters.review != "any":
            # of one speaker, not by its index: without statistics SQLite would take that one, and walk over all
            review = QuoteDocument.review if speaker is None else QuoteDocument.review + ""
            found = found.where(review == filters.review)
    else:
        keys += ["all" if filters.review == "any" else f"review:{filters.review}"]
        found = search.matching(asked, keys, engine, QUOTES, choices)
    return found.where(in_time(QuoteDocument, at), *_published(filters, None if by_day else engine))


def passed_on(session: Session, source_id: UUID, at: datetime) -> Select[int]:
    """The quotes that readers see at that moment and that came through the source."""
    engine = session.get_bind().dialect.name
    return search.matching(Asked([], []), [f"via:{source_id}"], engine, QUOTES).where(in_time(QuoteDocument, at))


def covering(first: date, last: date) -> Iterator[str]:
    """The shortest list of centuries, decades, years, months and days that together are these days.

    >>> list(covering(date(2019, 12, 30), date(2022, 2, 1)))
    ['2019-12-30', '2019-12-31', '2020', '2021', '2022-01', '2022-02-01']
    """
    while first <= last:
        length, end = next((length, end) for length, end in _beginning(first) if end <= last)
        yield first.isoformat()[:length]
        if end == date.max:
            return
        first = end + timedelta(1)


def _lists_of(session: Session, filters: QuoteFilters, speaker: str | None, via: str | None) -> Iterator[str]:
    for name, reference in (("speaker", speaker), ("via", filters.via), ("via", via)):
        if reference is not None:
            yield f"{name}:{session.scalar(id_of(reference)) or NOBODY}"
    if filters.article is not None:
        yield f"article:{session.scalar(queries.article_id(filters.article)) or NOBODY}"
    if filters.tag is not None:
        yield f"tag:{session.scalar(*present_slug(TAGS, filters.tag)) or filters.tag}"
    if filters.verification is not None:
        yield verified(filters.verification)
    for name in ("month", "kind"):
        if (value := getattr(filters, name)) is not None:
            yield f"{name}:{value}"


def _days(filters: QuoteFilters) -> Iterator[list[str]]:
    """The lists of the days that the filters leave, of one of which a quote must be; none if they leave all."""
    after, before = filters.said_after, filters.said_before
    if after is None and before is None:
        return
    if after == date.max or before == date.min:
        yield ["said:never"]
        return
    first = after + timedelta(1) if after else date.min
    last = before - timedelta(1) if before else date.max
    yield [f"said:{share}" for share in covering(first, last)] or ["said:never"]


def _beginning(day: date) -> Iterator[tuple[int, date]]:
    """What begins on that day, the longest first: how many code points its name has, and its last day."""
    if (day.month, day.day) == (1, 1):
        for length, years in ((2, 100), (3, 10), (4, 1)):
            if day.year % years == 0 or day.year == 1:
                yield length, date(day.year - day.year % years + years - 1, 12, 31)
    if day.day == 1:
        yield 7, date(day.year, day.month, monthrange(day.year, day.month)[1])
    yield 10, day


def _published(filters: QuoteFilters, engine: str | None) -> Iterator[ColumnElement[bool]]:
    """Whether the article is of that time; with an engine also by the place in its index, which is in that order."""
    if (after := filters.published_after) is not None:
        yield QuoteDocument.published_at > after
        if engine:
            yield search.since(after, engine, QUOTES)
    if (before := filters.published_before) is not None:
        yield QuoteDocument.published_at < before
        if engine:
            yield search.until(before, engine, QUOTES)
