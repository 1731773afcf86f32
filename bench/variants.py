"""Measure how quotes are compared: statements of our own, mutated in known ways.

    python -m bench.variants [--write]

For each label: how many of the pairs that have it were said to have it (recall), and how many of those that were said
to have it do (precision). Two statements that are not one count against the precision of whatever is said of them.
`--write` puts the figures into `docs/variants.md`.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

from app.db import new_id
from app.variants.delivery import Said, labelled
from app.variants.words import Label, are_alike, fingerprints, identity, normal

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "variants.md"
BEGIN, END = "<!-- figures: python -m bench.variants --write -->", "<!-- end of figures -->"
ROUNDS = 8

STATEMENTS = """\
We counted every barrel twice before the gate was opened, and nothing was missing.
If the council wants a cheaper bridge, it will have to accept a narrower one.
My grandmother sold apples on this corner for forty years and never paid a fine.
The pumps were old when I was hired, and they have not grown younger since.
There is no plan to close the school, there has never been one, and whoever says so is mistaken.
I asked for the letter three times, and three times I was told that it had been lost in the move.
The new timetable saves us twelve minutes in the morning and costs us an hour at night.
Nobody on my team slept that week, but the river never reached the hospital.
We would rather lose the contract than put our name to figures that we cannot explain.
A library without heating is a warehouse for damp paper, and we have enough of those.
The minister promised us a reply by Easter; we are still looking into the letter box.
It takes four people to carry the drum and one to say where it should stand.
You cannot teach forty children in a corridor and call it a temporary solution for the sixth year.
The fish came back after two summers, which is more than we had dared to hope.
Our members voted by a wide margin to return to work on Monday under the old conditions.
Rents in the harbour quarter have doubled since the tram came, and wages have not.
I would sign the same paper again today, knowing all that I know now.
The court did not say that the tax was wrong, it said that it was raised in the wrong way.
We found the leak with a bicycle tube and a bowl of soapy water.
Every spring we repaint the line, and every autumn the lorries wear it away.
The data were collected by volunteers who had an hour of training and a very good map.
She told the committee that the bridge had been inspected in March, not in May.
They offered us a car park where the playground is and a playground where nobody lives.
Bread is cheaper than it was last winter, flour is not, and I cannot tell you why.
The orchestra will play on the square whether or not the roof is finished in time.
What we need is not another study but a second doctor who stays longer than a season.
The glass is made by the same families, in the same sheds, with gas that costs three times as much.
I have been mayor for nine years and I have yet to see a budget without a surprise in it.
Half of the houses on the northern shore stand empty from October until the first warm weekend.
The engine stopped at a quarter past two, and after that we steered with a plank.
It was the right decision at the time, and it would be the wrong one today.
Without the night train my mother would have moved to the city and hated it.
No animal was hurt, two fences were, and the insurance will pay for both of them.
We told the pilots that the fog would lift at nine, and for once it did.
The vaccine is safe for adults; for infants we simply do not have enough observations yet.
They can have the land when they show us the deed, and so far they have shown us a photograph.
Tourists ask me where the old lighthouse is, and I have to say that they are standing on it.
A strike is the last thing we want, but it is on the list, and the list is getting short.
The report is two hundred pages long and does not once mention the people who live there.
Our choir has eleven basses, which is eight more than any choir in the valley deserves.
""".splitlines()
OTHERS = ("perhaps", "later", "seldom", "meeting", "purple", "twenty", "slowly", "elsewhere", "former", "ought")

Mutation = Callable[[list[str], random.Random], tuple[list[str], set[Label]]]


def typography(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    changes: list[Callable[[str], str]] = [str.upper, str.title, str.lower, lambda w: w.strip(",;.")]
    change = dice.choice(changes)
    return ["“" + change(words[0]), *map(change, words[1:]), "–”"], set()


def trimmed(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    first, last = dice.choice([(0, 1), (1, 0), (1, 1), (0, 3), (2, 0)])
    dots = dice.choice(["", "…"])
    return [dots + words[first], *words[first + 1 : len(words) - last]], {"trimmed"}


def joined(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    start = dice.randrange(3, len(words) - 4)
    mark = dice.choice(["…", "...", "[…]", ". . .", "(...)"])
    return [*words[:start], mark, *words[start + dice.randint(1, 2) :]], {"joined"}


def bracketed(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    at, length = dice.randrange(2, len(words) - 4), dice.randint(0, 2)
    return [*words[:at], f"[{dice.choice(OTHERS)}]", *words[at + length :]], {"bracketed"}


def lettered(words: list[str], _: random.Random) -> tuple[list[str], set[Label]]:
    return [f"[{words[0][0].swapcase()}]{words[0][1:]}", *words[1:]], {"bracketed"}


def exchanged(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    at = dice.randrange(2, len(words) - 2)
    return [*words[:at], dice.choice(OTHERS), *words[at + 1 :]], {"changed_words"}


def dropped(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    at = dice.randrange(3, len(words) - 3)
    return [*words[:at], *words[at + 1 :]], {"changed_words"}


def reworded(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    for _ in range(2 + (len(words) > 15)):
        words, _ = exchanged(words, dice)
    return words, {"changed_words"}


def ended(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    return [*words[:-1], dice.choice(OTHERS)], {"changed_words"}


def twice_joined(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    if len(words) < 12:
        return joined(words, dice)
    third = len(words) // 3
    return [*words[:third], "…", *words[third + 2 : 2 * third + 1], "…", *words[2 * third + 2 :]], {"joined"}


def added(words: list[str], dice: random.Random) -> tuple[list[str], set[Label]]:
    at = dice.randrange(3, len(words) - 3)
    return [*words[:at], dice.choice(OTHERS), *words[at:]], {"changed_words"}


ALONE: list[Mutation] = [
    *(typography, trimmed, joined, twice_joined, bracketed, lettered, exchanged, reworded, dropped, added, ended),
]
TOGETHER: list[tuple[Mutation, Mutation]] = [
    (trimmed, exchanged),
    (trimmed, joined),
    (trimmed, bracketed),
    (dropped, typography),
    (exchanged, bracketed),
    (added, joined),
]


def said_of(one: Said, other: Said) -> set[Label]:
    """What is said of two quotes; nothing if they are not found to be of one statement."""
    a, b = normal(one.exact), normal(other.exact)
    if identity(a, None) == identity(b, None) or (fingerprints(a) & fingerprints(b) and are_alike(a, b)):
        return set(labelled(one, other))
    return set()


def cases() -> Iterator[tuple[Said, Said, set[Label]]]:
    """Pairs of quotes with what is to be said of them; the same each time."""
    dice = random.Random(7)  # noqa: S311 (mutations, no secret)
    speakers = [new_id(), new_id(), None]
    for statement in [*STATEMENTS, *(" ".join(each.split()[:8]) for each in STATEMENTS)]:
        for _ in range(ROUNDS):
            for first, *rest in [*((each,) for each in ALONE), *(TOGETHER if len(statement.split()) > 8 else [])]:
                words, gold = first(statement.split(), dice)
                for mutation in rest:
                    made, more = mutation(words, dice)
                    while "changed_words" in gold and first is not dropped and not set(made) & set(OTHERS):
                        made, more = mutation(words, dice)  # it took the changed word away again
                    words, gold = made, gold | more
                by = dice.choice(speakers)
                said: set[Label] = {"attributed"} if by == speakers[1] else set()
                yield Said(statement, speakers[0]), Said(" ".join(words), by), (gold or {"same"}) | said
    for one, other in combinations(STATEMENTS, 2):
        yield Said(one, speakers[0]), Said(other, speakers[1]), set()


def measure() -> dict[str, tuple[int, float, float]]:
    """For each label: how many pairs have it, precision and recall."""
    is_so, is_said, both = Counter[str](), Counter[str](), Counter[str]()
    for one, other, gold in cases():
        found = said_of(one, other)
        is_so.update(gold)
        is_said.update(found)
        both.update(gold & found)
    return {label: (is_so[label], both[label] / is_said[label], both[label] / is_so[label]) for label in sorted(is_so)}


def table() -> str:
    rows = [f"| `{label}` | {many:,} | {p:.3f} | {r:.3f} |" for label, (many, p, r) in measure().items()]
    return "\n".join(["| label | pairs | precision | recall |", "| --- | ---: | ---: | ---: |", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/variants.md")
    figures = table()
    if parser.parse_args().write:
        text = FIGURES.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        FIGURES.write_text(f"{before}{BEGIN}\n{figures}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    print(figures)


if __name__ == "__main__":
    main()
