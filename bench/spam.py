"""Measure the spam score on comments that nobody taught it.

    python -m bench.spam [--write]

The comments are made here, of sentences in six languages with changing names, sums and addresses. What is taught and
what is judged have no sentence, goods or address in common; a third of the spam that is judged is disguised by letters
of other scripts, digits, or piled up marks. `--write` brings the figures in `docs/comments.md` up to date.
"""

import argparse
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.comments import spam
from app.comments.rules import to_html
from bench.spam_corpus import HELD_OUT, NAMES, NEW_WORDS, OTHER, SPAM, WORDS

DOCS = Path(__file__).resolve().parents[1] / "docs" / "comments.md"
BEGIN, END = "<!-- figures: make eval-spam -->", "<!-- end of figures -->"
DECISIONS = (50, 200, 1000)
LIMITS = (60, 95)
JUDGED = 2000

_DISGUISE = str.maketrans("aeiopcxAEOPCX", "аеіорсхАЕОРСХ")
_DIGITS = str.maketrans("aeios", "43105")


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, and whether it is spam."""

    text: str
    name: str
    is_spam: bool

    def tokens(self) -> dict[int, str]:
        return spam.tokens(self.text, to_html(self.text), self.name)


def comments(count: int, *, held_out: bool, seed: int) -> Iterator[Said]:
    """So many comments, every other one spam; `held_out`: of the sentences that are kept for judging."""
    dice = random.Random(seed)  # noqa: S311  # the same comments every time
    for number in range(count):
        is_spam = number % 2 == 0
        sentences = (SPAM if is_spam else OTHER)[dice.choice(list(SPAM))]
        some = sentences[-HELD_OUT:] if held_out else sentences[:-HELD_OUT]
        text = " ".join(dice.sample(some, dice.choice((1, 1, 2))))
        while "{" in text:
            for slot, words in WORDS.items():
                known = words if held_out or slot not in ("goods", "site") else words[:-NEW_WORDS]
                text = text.replace("{" + slot + "}", dice.choice(known[-NEW_WORDS:] if held_out else known), 1)
        if is_spam and held_out and dice.random() < 1 / 3:
            text = _disguised(text, dice)
        yield Said(text, dice.choice(NAMES[is_spam]), is_spam)


def _disguised(text: str, dice: random.Random) -> str:
    way = dice.randrange(3)
    if way < 2:
        table = (_DISGUISE, _DIGITS)[way]
        return " ".join(word if "://" in word else word.translate(table) for word in text.split(" "))
    return "".join(c + "\u0336" if c.isalpha() and dice.random() < 0.3 else c for c in text)


def taught(count: int) -> spam.Counts:
    """What so many decisions teach."""
    by_spam: Counter[int] = Counter()
    by_other: Counter[int] = Counter()
    for said in comments(count, held_out=False, seed=1):
        (by_spam if said.is_spam else by_other).update((spam.ALL, *said.tokens()))
    return {key: (by_spam[key], by_other[key]) for key in by_spam | by_other}


def precision_recall(counts: spam.Counts, judged: list[Said], limit: int) -> tuple[float, float]:
    """Of what scores so much the share that is spam, and of the spam the share that does."""
    caught = [said.is_spam for said in judged if spam.score(spam.weigh(said.tokens(), counts)) >= limit]
    return sum(caught) / max(1, len(caught)), sum(caught) / sum(said.is_spam for said in judged)


def table() -> str:
    """The figures, as Markdown."""
    judged = list(comments(JUDGED, held_out=True, seed=2))
    lines = ["| decisions | " + " | ".join(f"precision at {at} | recall at {at}" for at in LIMITS) + " |"]
    lines.append("| ---: |" + " ---: | ---: |" * len(LIMITS))
    for count in DECISIONS:
        counts = taught(count)
        figures = [f"{share:.3f}" for limit in LIMITS for share in precision_recall(counts, judged, limit)]
        lines.append(f"| {count} | " + " | ".join(figures) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.spam", description="Measure the spam score.")
    parser.add_argument("--write", action="store_true", help="bring docs/comments.md up to date")
    shown = table()
    if parser.parse_args().write:
        text = DOCS.read_text()
        head, rest = text.split(BEGIN)
        DOCS.write_text(f"{head}{BEGIN}\n{shown}\n{END}{rest.split(END)[1]}")
    print(shown)


if __name__ == "__main__":
    main()
