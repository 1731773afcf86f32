"""Quotes carried through an editor's changes, where it is known of every character what became of it.

    python -m bench.anchors [ARTICLES] [SEED]

Each article gets several rounds of editing; each character keeps its identity wherever it goes. A quote is *wrong* if
it is said to stand at other characters than its own, *lost* if its characters stand together and unchanged and it was
not found.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from statistics import median
from time import perf_counter

from app.quotes.actions import Span, carry, place
from app.quotes.models import Placement, Quote

NAMES = ["Ida Holm", "Maren Oduya", "the board", "a spokesman", "Joss Wendell", "she", "he", "the minister"]
SAID = ["said", "said on Monday", "told the Gazette", "replied", "added", "wrote in a letter"]
SHORT = ["No", "No comment", "We will see", "Not at all", "Yes, of course", "It's a disgrace"]
SUBJECTS = ["The ferry", "The board", "A second report", "The town", "Every winter", "The operator", "Nobody"]
VERBS = [
    "sails late",
    "has lost money",
    "waits for the ministry",
    "keeps its promise",
    "won't pay",
    "is thirty years old",
]
NEWCOMERS = ["a passer-by", "an old sailor", "Dana Revik"]
ENDS = ["after dark", "in the harbour", "as the vote showed", "at a cost of 340,000 crowns", "since October", "again"]

Char = tuple[str, int]
"""A character and its identity; what an editor typed has the identity -1."""


def typed(text: str) -> list[Char]:
    return [(character, -1) for character in text]


@dataclass
class Article:
    """Paragraphs of characters, and of each quote the identities of its characters, in order."""

    paragraphs: list[list[Char]] = field(default_factory=list)
    quotes: list[list[int]] = field(default_factory=list)
    next: int = 0

    def text(self) -> str:
        return "\n".join("".join(character for character, _ in paragraph) for paragraph in self.paragraphs)

    def identities(self) -> list[int]:
        """Of each code point of the text; the newlines have none."""
        found: list[int] = []
        for paragraph in self.paragraphs:
            found += [identity for _, identity in paragraph] + [-1]
        return found[:-1]

    def add(self, text: str) -> list[int]:
        """Write at the end of the last paragraph; the identities of what was written."""
        fresh = list(range(self.next, self.next + len(text)))
        self.next += len(text)
        self.paragraphs[-1] += zip(text, fresh, strict=True)
        return fresh


def sentence(dice: Random) -> str:
    return f"{dice.choice(SUBJECTS)} {dice.choice(VERBS)} {dice.choice(ENDS)}"


def written(dice: Random) -> Article:
    """An article in which some words are quoted again and again, in sentences much like each other."""
    article = Article()
    refrain = sentence(dice)
    for _ in range(dice.randint(4, 12)):
        article.paragraphs.append([])
        for _ in range(dice.randint(1, 4)):
            if dice.random() < 0.5:
                article.add(f"{sentence(dice)}. ")
                continue
            exact = dice.choice(
                [dice.choice(SHORT), refrain, sentence(dice), sentence(dice), f"{sentence(dice)}. {sentence(dice)}"]
            )
            opened, closed = dice.choice([("“", ",” {} {}. "), ('"', '," {} {}. '), ("“", ",” {} {}, and went on. ")])
            if dice.random() < 0.3:
                article.add(f"{dice.choice(NAMES).capitalize()} {dice.choice(SAID)}: ")
                closed = ".” " if opened == "“" else '." '
            article.add(opened)
            article.quotes.append(article.add(exact))
            article.add(closed.format(dice.choice(NAMES), dice.choice(SAID)))
    return article


def edited(article: Article, dice: Random) -> Article:
    """The article after an editor's work on it."""
    after = Article([list(paragraph) for paragraph in article.paragraphs], article.quotes, article.next)
    for _ in range(dice.choice([1, 1, 2, 3, 5])):
        dice.choice(WORKS)(after, dice)
    after.paragraphs = [paragraph for paragraph in after.paragraphs if paragraph] or [typed("Nothing is left.")]
    return after


def spaces(paragraph: list[Char]) -> list[int]:
    return [0, *(n + 1 for n, (character, _) in enumerate(paragraph) if character == " ")]


def insert_sentence(article: Article, dice: Random) -> None:
    paragraph = dice.choice(article.paragraphs)
    at = dice.choice(spaces(paragraph))
    paragraph[at:at] = typed(f"{sentence(dice)}. ")


def insert_paragraph(article: Article, dice: Random) -> None:
    article.paragraphs.insert(dice.randint(0, len(article.paragraphs)), typed(f"{sentence(dice)}. {sentence(dice)}."))


def add_another_quote(article: Article, dice: Random) -> None:
    """With words that may stand elsewhere already, or did until now."""
    words = f"“{dice.choice([*SHORT, sentence(dice)])},” {dice.choice(NEWCOMERS)} {dice.choice(SAID)}. "
    paragraph = dice.choice(article.paragraphs)
    at = dice.choice(spaces(paragraph))
    paragraph[at:at] = typed(words)


def delete_words(article: Article, dice: Random) -> None:
    paragraph = dice.choice(article.paragraphs)
    at = dice.choice(spaces(paragraph))
    del paragraph[at : at + dice.randint(1, 60)]


def replace_words(article: Article, dice: Random) -> None:
    paragraph = dice.choice(article.paragraphs)
    at = dice.choice(spaces(paragraph))
    paragraph[at : at + dice.randint(1, 30)] = typed(dice.choice(["then", "in the end ", "said ", sentence(dice)]))


def delete_paragraph(article: Article, dice: Random) -> None:
    if len(article.paragraphs) > 1:
        article.paragraphs.pop(dice.randrange(len(article.paragraphs)))


def move_paragraph(article: Article, dice: Random) -> None:
    moved = article.paragraphs.pop(dice.randrange(len(article.paragraphs)))
    article.paragraphs.insert(dice.randint(0, len(article.paragraphs)), moved)


def split_paragraph(article: Article, dice: Random) -> None:
    number = dice.randrange(len(article.paragraphs))
    paragraph = article.paragraphs[number]
    at = dice.choice(spaces(paragraph))
    article.paragraphs[number : number + 1] = [part for part in (paragraph[:at], paragraph[at:]) if part] or [
        typed("x")
    ]


def join_paragraphs(article: Article, dice: Random) -> None:
    if len(article.paragraphs) > 1:
        number = dice.randrange(len(article.paragraphs) - 1)
        article.paragraphs[number] += [(" ", -1), *article.paragraphs.pop(number + 1)]


def mend_typography(article: Article, _dice: Random) -> None:
    """Straight marks become curly ones, and so on; each character stays the one that it was."""
    for paragraph in article.paragraphs:
        opened = False
        for n, (character, identity) in enumerate(paragraph):
            if character == '"':
                opened = not opened
                paragraph[n] = ("“" if opened else "”", identity)
            elif character == "'":
                paragraph[n] = ("’", identity)


def mend_a_letter(article: Article, dice: Random) -> None:
    paragraph = dice.choice(article.paragraphs)
    at = dice.randrange(len(paragraph) + 1)
    paragraph[at : at + 1] = typed(dice.choice("XZQ"))  # letters that no text here has


WORKS = [
    insert_sentence, insert_paragraph, add_another_quote, delete_words, replace_words, delete_paragraph,
    move_paragraph, split_paragraph, join_paragraphs, mend_typography, mend_a_letter,
]  # fmt: skip


def placements(article: Article) -> list[Placement]:
    """The article's quotes, each at its place."""
    text, where = article.text(), {identity: n for n, identity in enumerate(article.identities()) if identity >= 0}
    return [place(Quote(), text, Span(where[quote[0]], where[quote[-1]] + 1)) for quote in article.quotes]


def judged(before: Article, after: Article) -> Iterator[tuple[str, float]]:
    """What became of each quote (`kept`, `lost`, `changed`, `orphaned`, `wrong`), and how many seconds it took."""
    old, new, identities = before.text(), after.text(), after.identities()
    made = placements(before)
    began = perf_counter()
    found = carry(made, old, new)
    seconds = (perf_counter() - began) / len(made) if made else 0.0
    where = {identity: n for n, identity in enumerate(identities) if identity >= 0}
    for quote, was, now in zip(before.quotes, made, found, strict=True):
        left = [where[identity] for identity in quote if identity in where]
        whole = len(left) == len(quote) and left == list(range(left[0], left[0] + len(left)))
        untouched = whole and new[left[0] : left[-1] + 1] == was.exact
        yield verdict(now, quote, left, identities, untouched=untouched), seconds


def verdict(now: Placement, quote: list[int], left: list[int], identities: list[int], *, untouched: bool) -> str:
    if now.start is None or now.end is None:
        return "lost" if untouched else "orphaned"
    covered = set(identities[now.start : now.end]) - {-1}
    if now.anchor == "changed":
        return "changed" if left and covered == {identities[n] for n in left} and covered <= set(quote) else "wrong"
    return "kept" if identities[now.start : now.end] == quote else "wrong"


def measure(articles: int, seed: int) -> tuple[Counter[str], list[float]]:
    """How often each verdict fell, and the seconds for each quote."""
    dice, counts, seconds = Random(seed), Counter[str](), []  # noqa: S311
    for _ in range(articles):
        before = written(dice)
        for _ in range(3):
            for said, took in judged(before, edited(before, dice)):
                counts[said] += 1
                seconds.append(took)
    return counts, seconds


def main(articles: int = 2000, seed: int = 7) -> None:
    counts, seconds = measure(articles, seed)
    untouched = counts["kept"] + counts["lost"]
    slow = sorted(seconds)[len(seconds) * 99 // 100]
    print(f"{sum(counts.values()):,} quotes carried: {counts['wrong']} wrong")
    print(f"words untouched {untouched:,}: {counts['kept'] / untouched:.2%} found, {counts['lost']} lost")
    print(f"words touched: {counts['changed']:,} found as changed, {counts['orphaned']:,} orphaned")
    print(f"{median(seconds) * 1000:.3f} ms for a quote (median), {slow * 1000:.3f} ms (99 %)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
