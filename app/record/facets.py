"""What the hits of a search have in common, counted over the newest of them."""

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.articles.models import Author, Tag
from app.record import queries
from app.record.schemas import FacetOut, FacetsOut, QuoteFacetsOut
from app.search.counters import ALL
from app.search.queries import lists_of, lists_of_quotes, second_of
from app.sources.models import Source

GROUPS: dict[str, type[Tag] | type[Author] | type[Source]] = {"tag": Tag, "author": Author, "source": Source}
FACETS = (*GROUPS, "month")
MOST = 20
MOST_MONTHS = 120
QUOTE_FACETS = {"speaker": MOST, "via": MOST, "month": MOST_MONTHS}
"""Each with how many values it shows."""

_LIST = re.compile(r" :(tag|author|source):(\S+)")
_QUOTE_LIST = re.compile(r" :(speaker|via|month):(\S+)")


def count_facets(session: Session, hits: Select[*tuple[Any, ...]], chosen: Collection[str]) -> FacetsOut:
    """The most frequent tags, authors and sources and the latest months of these hits, as chosen."""
    found = session.execute(lists_of(hits, session.get_bind().dialect.name)).all()
    lists = Counter(_LIST.findall("".join(keys for _, keys in found)))
    counted: dict[str, list[FacetOut] | None] = dict.fromkeys(FACETS)
    for facet in GROUPS.keys() & chosen:
        counted[facet] = _named(session, GROUPS[facet], _of(facet, lists))
    if "month" in chosen:
        counted["month"] = _latest(Counter(f"{second_of(document_id):%Y-%m}" for document_id, _ in found))
    return FacetsOut(counted=len(found), **counted)


def lists_among(session: Session, hits: Select[*tuple[Any, ...]]) -> Counter[tuple[str, str]]:
    """By facet and value how many of the newest of these quotes there are, and of all."""
    found = session.scalars(lists_of_quotes(hits, session.get_bind().dialect.name)).all()
    return Counter({ALL: len(found)}) + Counter(_QUOTE_LIST.findall("".join(found)))


def quote_facets(session: Session, lists: Counter[tuple[str, str]], chosen: Collection[str]) -> QuoteFacetsOut:
    """The most frequent speakers and stations and the latest months of quotes that are counted so, as chosen."""
    counted: dict[str, list[FacetOut] | None] = dict.fromkeys(QUOTE_FACETS)
    for facet in {"speaker", "via"} & set(chosen):
        counted[facet] = _named(session, Source, _of(facet, lists))
    if "month" in chosen:
        counted["month"] = _latest(_of("month", lists))
    return QuoteFacetsOut(counted=lists[ALL], **counted)


def _of(facet: str, lists: Counter[tuple[str, str]]) -> Counter[str]:
    return Counter({key: times for (group, key), times in lists.items() if group == facet})


def _latest(months: Counter[str]) -> list[FacetOut]:
    latest = sorted(months.items(), reverse=True)[:MOST_MONTHS]
    return [FacetOut(value=month, name=month, count=times) for month, times in latest]


def _named(session: Session, thing: type[Tag] | type[Author] | type[Source], times: Counter[str]) -> list[FacetOut]:
    most = dict(sorted(times.items(), key=lambda found: (-found[1], found[0]))[:MOST])
    rows = session.execute(queries.named(thing, most))
    facets = [FacetOut(value=slug, name=name, count=most[str(key)]) for key, slug, name in rows]
    return sorted(facets, key=lambda facet: (-facet.count, facet.value))
