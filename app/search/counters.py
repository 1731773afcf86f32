"""How many quotes there are in all and in each list, and of each speaker, station and month in it, at the price of a
counter.

A counter has all quotes of its kind. Those that readers do not see at a moment are counted apart, by indexes that hold
little else, as those of the lists of articles are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.search import queries
from app.search.models import QuoteCount

ANY = "any"
"""Stands for quotes of each review."""

ALL = ("all", "")
"""Facet and value under which each quote is counted."""

COUNTED = ("all", "kind", "month", "speaker", "tag", "verification", "via")
"""Of which lists there are counters, by what their names begin with."""

Count = tuple[str, str, str, str]
"""Review or `ANY`, list, facet, value."""

_FACET = re.compile(r" :(speaker|via|month):(\S+)")
_LIST = re.compile(rf" (:(?:{'|'.join(COUNTED)})(?::\S+)?)(?= )")
AT_ONCE = 10_000
"""Quotes that are recounted together: they have far more counters than there is room for when all are at hand."""


def add(session: Session, documents: Iterable[Sequence[str]], *, times: int = 1) -> None:
    """Count quotes that are now to be found, or with `times=-1` no more: of each its review and its `keys`."""
    changes = _counted(documents)
    values = [
        {"review": review, "list": key, "facet": facet, "value": value, "total": times * total}
        for (review, key, facet, value), total in sorted(changes.items())
    ]
    if not values:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    upsert = dialect.insert(QuoteCount)
    total = QuoteCount.total + upsert.excluded.total
    primary = ["review", "list", "facet", "value"]
    session.execute(upsert.on_conflict_do_update(index_elements=primary, set_={"total": total}), values)


def recount(session: Session) -> None:
    """Set the counters by counting all quotes that can be found."""
    session.execute(delete(QuoteCount))
    for documents in session.execute(queries.counted_quotes().execution_options(yield_per=AT_ONCE)).partitions():
        add(session, documents)


def miscounted(session: Session) -> int:
    """How many counters say something else than counting all quotes that can be found."""
    wrong = _counted(session.execute(queries.counted_quotes().execution_options(yield_per=AT_ONCE)))
    for row in session.execute(queries.all_quote_counts().execution_options(yield_per=AT_ONCE)):
        wrong[row[:4]] -= row.total
    return sum(many != 0 for many in wrong.values())


def seen(session: Session, review: str, key: str, most: Mapping[str, int], at: datetime) -> Counter[tuple[str, str]]:
    """By facet and value how many quotes with this review, or `ANY`, that are in the list with this name readers see
    at that moment, and of `ALL`.

    Of each facet the values that have most, or of months the latest, as many as `most` says.
    """
    unseen = _counted(session.execute(queries.unseen_quotes(at)))
    of = review, queries.mark(key)
    hidden = {counted[2:]: many for counted, many in unseen.items() if counted[:2] == of}
    wanted = {facet: number + sum(facet == name for name, _ in hidden) for facet, number in most.items()}
    rows = session.execute(queries.quote_counts(*of, {ALL[0]: 1} | wanted))
    return +Counter({(facet, value): total - hidden.get((facet, value), 0) for facet, value, total in rows})


def _counted(documents: Iterable[Sequence[str]]) -> Counter[Count]:
    found: Counter[Count] = Counter()
    for review, keys in documents:
        facets = (ALL, *_FACET.findall(keys))
        for key in _LIST.findall(keys):
            for facet, value in facets:
                found[review, key, facet, value] += 1
                found[ANY, key, facet, value] += 1
    return found
