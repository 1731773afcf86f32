"""Headlines: where one ends in a text without a title field, and words it quotes that the body lacks."""

from __future__ import annotations

import re

from app.extract.draft import Finding
from app.extract.quotes import find_quoted

_LONGEST = 160


def headline_end(text: str) -> int:
    """Where the headline ends, if the first line of the text looks like one; else 0."""
    first, _, rest = text.partition("\n")
    if not rest.strip() or len(first) > _LONGEST or not first.strip():
        return 0
    long = [w for w in first.split() if len(w) > 3 and w[0].isalpha()]
    capitals = sum(w[0].isupper() for w in long)
    titled = capitals * 3 > len(long) * 2
    return len(first) if titled or first.rstrip()[-1] not in '.!?”"’' else 0


def check_headline(title: str, text: str, summary: str | None = None) -> list[Finding]:
    """A finding for each quotation in the title or the summary whose words the text does not contain."""
    places = (("headline", title), ("summary", summary or ""))
    return [
        Finding(f"{place}_quote_not_in_body", f"The {place} quotes “{words}”, which the text does not contain.")
        for place, head in places
        for words in unsaid(head, text)
    ]


def unsaid(head: str, text: str) -> list[str]:
    """What stands in quotation marks in a headline or a summary, and nowhere in the text.

    >>> unsaid("Fares 'Will Double' as 'Free' Ferry Ends", "“The fares will double,” she said.")
    ['Free']
    """
    quoted = [head[q.start : q.end] for q in find_quoted(head)]
    said = _plain(text) if quoted else ""
    return [words for words in quoted if _plain(words) not in said]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
