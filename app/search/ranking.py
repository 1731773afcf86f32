"""How much an article is about what is asked for.

It depends on nothing but the words of the article, so it stays as it is while other articles come and go; and it is
worked out here rather than by the databases, whose own ranks differ.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from app.search.asking import Asked, Term

IN_TITLE, IN_SUMMARY, IN_NAME, OFTEN = 4, 3, 2, 1
"""What a word weighs by the best place it has: the title, the summary, a name, or the text, but often. Once or twice
in the text is nothing."""

OFTEN_FROM = 3
OFTEN_AT_MOST = 50
ID_BITS = 56
"""Enough for the id of a document of the year 9999."""


def weights(*, title: list[str], summary: list[str], text: list[str], names: Iterable[str]) -> Iterator[str]:
    """Each word that weighs anything as `word:weight`, the heaviest first."""
    often = (word for word, times in Counter(text).most_common(OFTEN_AT_MOST) if times >= OFTEN_FROM)
    best: dict[str, int] = {}
    for weight, found in ((IN_TITLE, title), (IN_SUMMARY, summary), (IN_NAME, names), (OFTEN, often)):
        for word in found:
            best.setdefault(word, weight)
    yield from (f"{word}:{weight}" for word, weight in best.items())


def rank(asked: Asked, weighed: str, document_id: int) -> int:
    """One number for the order by relevance: what the words weigh together, then the newer first."""
    score = sum(_weight(term, weighed) for term in asked.wanted)
    return (score << ID_BITS) + document_id


def _weight(term: Term, weighed: str) -> int:
    """Of several words in a row, what the lightest weighs."""
    whole = term.tokens[:-1] if term.is_open else term.tokens
    found = [weighed.find(f" {token}:") for token in whole]
    if term.is_open:
        found.append(weighed.find(f" {term.tokens[-1]}"))
    return min(int(weighed[weighed.index(":", place) + 1]) if place >= 0 else 0 for place in found)
