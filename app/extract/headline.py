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


def check_headline(title: str, text: str) -> list[Finding]:
    """A finding for each quotation in the title whose words the text does not contain."""
    said = _plain(text)
    return [
        Finding("headline_quote_not_in_body", f"The headline quotes “{words}”, which the text does not contain.")
        for words in (title[q.start : q.end] for q in find_quoted(title))
        if _plain(words) not in said
    ]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
