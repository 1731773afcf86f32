"""Made-up text that weighs what news weighs: Zipf's words, paragraphs, and people who are quoted in them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, product

CONSONANTS, VOWELS = "bdfghklmnprstvz", "aeiou"
VOCABULARY = 20_000

SYLLABLES = [a + b for a, b in product(CONSONANTS, VOWELS)]


def words() -> list[str]:
    """All words, the most frequent first, frequent ones shorter."""
    chosen = random.Random(1)  # noqa: S311 (a corpus, no secret)
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = chosen.choices(SYLLABLES, k=1 + min(3, len(found).bit_length() // 4))
        found["".join([*syllables, chosen.choice("nrst")])] = None
    return list(found)


WORDS = words()
WEIGHTS = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
"""Cumulative: the word of rank n occurs in proportion to 1/n (Zipf)."""

COMMON = (WORDS[5], WORDS[11])
"""Two words that nearly every article has."""

RARE = (WORDS[1_900], WORDS[1_950])
"""Two words that one article in a thousand has both of."""


@dataclass(frozen=True, slots=True)
class Said:
    """A quote in a text: `text[start:end] == exact`; `speaker` counts the article's own speakers."""

    exact: str
    start: int
    end: int
    speaker: int


@dataclass(frozen=True, slots=True)
class Prose:
    title: str
    summary: str
    blocks: list[str]
    quotes: list[Said]

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)


def prose(chosen: random.Random, speakers: list[str]) -> Prose:
    """An article of 300 to 900 words with 3 to 8 quotes, of these people in turn."""
    length, quotes = chosen.randint(300, 900), chosen.randint(3, 8)
    stock = iter(chosen.choices(WORDS, cum_weights=WEIGHTS, k=length + 200))
    title = _sentence(stock, chosen.randint(5, 9))[:-1]
    summary = _sentence(stock, 20)
    sentences = [_sentence(stock, chosen.randint(8, 20)) for _ in range(length // 14)]
    for number, place in enumerate(sorted(chosen.sample(range(len(sentences)), quotes))):
        exact = _sentence(stock, chosen.randint(6, 14))[:-1]
        sentences[place] = f"“{exact},” {speakers[number % len(speakers)]} said."
    blocks = [" ".join(sentences[first : first + 4]) for first in range(0, len(sentences), 4)]
    return Prose(title, summary, blocks, list(_quotes("\n".join(blocks), len(speakers))))


def _sentence(stock: Iterator[str], length: int) -> str:
    return " ".join(next(stock, "so") for _ in range(length)).capitalize() + "."


def _quotes(text: str, speakers: int) -> Iterator[Said]:
    end, number = -1, 0
    while (start := text.find("“", end + 1) + 1) > 0:
        end = text.index(",”", start)
        yield Said(text[start:end], start, end, number % speakers)
        number += 1
