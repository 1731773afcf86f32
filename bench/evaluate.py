"""Score quotation extraction and speaker attribution.

    python -m bench.evaluate GOLD.jsonl PRED.jsonl

One article a line. A prediction is `{"id", "quotes": [{"start", "end", "speaker", "speaker_start"?,
"speaker_end"?, "speaker_resolved"?}]}`; gold has `text` beside it, and may have `speaker_resolved`
(or `speaker_resolved_silver`) per quote and `ignore` per article: places where predictions do not count.
Offsets are Unicode code points, ends exclusive.

Spans are cut at line breaks and stripped of white space, quotation marks and final punctuation before
they are compared, so that conventions about marks do not matter. `exact` compares spans; `overlap` pairs
them one to one by intersection over union of at least a half; `speaker` holds over pairs with a gold
speaker and is right when the mentions overlap, or the predicted name agrees with the gold mention's or
the gold resolved name; `e2e` counts pairs whose speaker is right, null for null.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.extract.lexicon import listed

STRIP = frozenset("\"“”„‟«»'‘’‚`´,.;:!?-–—…()[]\u00a0\u200b\ufeff")
TITLES = frozenset(
    listed(
        """mr mrs ms miss dr sir dame lord lady prof professor president vice prime minister chancellor senator sen
        rep representative congressman congresswoman gov governor mayor secretary general gen col colonel capt
        captain lt sgt king queen prince princess pope rev reverend judge justice chairman chairwoman chair chief
        director spokesman spokeswoman spokesperson the a an his her their its our former ex deputy foreign of for
        in at and"""
    )
)
PRONOUNS = frozenset(listed("he she they it we i you who him her us them"))
KINDS = ("name", "nominal", "pronoun")

Span = tuple[int, int]
Quote = dict[str, Any]
Article = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """A gold segment and the predicted one it was matched with, if any; `right` is end to end."""

    span: Span
    gold: Quote | None
    predicted: Quote | None
    right: bool


def segments(text: str, quote: Quote) -> Iterator[Span]:
    """Yield the normalised spans of a quote: one a line, without marks and punctuation at either end."""
    for match in re.finditer(r"[^\n\r]+", text[quote["start"] : quote["end"]]):
        start, end = quote["start"] + match.start(), quote["start"] + match.end()
        while start < end and (text[start].isspace() or text[start] in STRIP):
            start += 1
        while end > start and (text[end - 1].isspace() or text[end - 1] in STRIP):
            end -= 1
        if end > start:
            yield start, end


def words(name: str | None) -> list[str]:
    """The lower-case ASCII words of a name, without possessive endings."""
    plain = unicodedata.normalize("NFKD", (name or "").replace("’s", "")).encode("ascii", "ignore").decode().lower()
    return re.findall(r"[a-z0-9]+", re.sub(r"'s\b", "", plain))


def agree(one: str | None, other: str | None) -> bool:
    """Whether two names can be one person's: same last word, or one contains the other, titles aside."""
    first = [w for w in words(one) if w not in TITLES]
    second = [w for w in words(other) if w not in TITLES]
    if not first or not second:
        return words(one) == words(other) != []
    if first == second:
        return True
    if any(len(w) == 1 and w[0] in PRONOUNS for w in (first, second)):
        return False
    if first[-1] == second[-1] and len(first[-1]) > 1:
        return True
    return set(first) <= set(second) or set(second) <= set(first)


def speaker_is_right(gold: Quote, predicted: Quote) -> bool:
    """Whether the predicted mention or name is the gold speaker's."""
    mention, wanted = predicted.get("speaker"), gold.get("speaker")
    if not mention and predicted.get("speaker_start") is None and not predicted.get("speaker_resolved"):
        return False
    if predicted.get("speaker_start") is not None and gold.get("speaker_start") is not None:
        end = min(predicted["speaker_end"], gold["speaker_end"])
        if end > max(predicted["speaker_start"], gold["speaker_start"]):
            return True
    elif agree(mention, wanted):
        return True
    names = [n for n in (mention, predicted.get("speaker_resolved")) if n]
    truths = [wanted, gold.get("speaker_resolved"), gold.get("speaker_resolved_silver")]
    return any(
        agree(name, truth)
        for name in names
        for truth in truths
        if truth and not (len(words(truth)) == 1 and words(truth)[0] in PRONOUNS)
    )


def pairs(gold: Article, predicted: Article) -> list[Pair]:
    """Match the segments of one article; unmatched gold has no `predicted`, unmatched predictions no `gold`."""
    text = gold["text"]
    wanted = [(span, quote) for quote in gold["quotes"] for span in segments(text, quote)]
    offered: dict[Span, Quote] = {}
    for quote in predicted["quotes"]:
        for span in segments(text, quote):
            if not any(
                min(span[1], y) - max(span[0], x) > 0.5 * (span[1] - span[0]) for x, y in gold.get("ignore", [])
            ):
                offered.setdefault(span, quote)
    spans = list(offered)
    candidates = sorted(
        (-overlap, i, j)
        for i, ((start, end), _) in enumerate(wanted)
        for j, (left, right) in enumerate(spans)
        if (overlap := (min(end, right) - max(start, left)) / (max(end, right) - min(start, left))) >= 0.5
    )
    matched: dict[int, int] = {}
    for _, i, j in candidates:
        if i not in matched and j not in matched.values():
            matched[i] = j
    found: list[Pair] = []
    for i, (span, quote) in enumerate(wanted):
        guess = offered[spans[matched[i]]] if i in matched else None
        if guess is None:
            found.append(Pair(span, quote, None, False))
        else:
            right = speaker_is_right(quote, guess) if quote.get("speaker") else not guess.get("speaker")
            found.append(Pair(span, quote, guess, right))
    taken = set(matched.values())
    found += [Pair(span, None, offered[span], False) for j, span in enumerate(spans) if j not in taken]
    return found


def f1(right: int, offered: int, wanted: int) -> dict[str, float]:
    """Precision, recall and their harmonic mean, rounded to four places."""
    precision = right / offered if offered else 0.0
    recall = right / wanted if wanted else 0.0
    both = precision + recall
    return {
        "p": round(precision, 4),
        "r": round(recall, 4),
        "f1": round(2 * precision * recall / both, 4) if both else 0.0,
    }


def score(gold: list[Article], predicted: list[Article]) -> dict[str, Any]:
    """All figures over a set of articles; a missing prediction counts as an article without quotes."""
    by_id = {article["id"]: article for article in predicted}
    count: Counter[str] = Counter()
    for article in gold:
        guess = by_id.get(article["id"], {"quotes": []})
        found = pairs(article, guess)
        wanted = {p.span for p in found if p.gold}
        count["gold"] += sum(p.gold is not None for p in found)
        count["predicted"] += sum(p.predicted is not None for p in found)
        count["exact"] += len(wanted & {s for q in guess["quotes"] for s in segments(article["text"], q)})
        for pair in found:
            if pair.gold and pair.predicted:
                _count(count, pair.gold, pair.predicted, pair.right)
    return {
        "articles": len(gold),
        "gold_segments": count["gold"],
        "predicted_segments": count["predicted"],
        "span": f1(count["exact"], count["predicted"], count["gold"]),
        "overlap": f1(count["matched"], count["predicted"], count["gold"]),
        "speaker_accuracy": _share(count["speaker_right"], count["speaker"]),
        "speaker_accuracy_by_kind": {k: _share(count["right_" + k], count["kind_" + k]) for k in KINDS},
        "resolved_accuracy": _share(count["resolved_right"], count["resolved"]),
        "null_accuracy": _share(count["null_right"], count["null"]),
        "e2e": f1(count["e2e"], count["predicted"], count["gold"]),
    }


def _count(count: Counter[str], gold: Quote, predicted: Quote, right: bool) -> None:
    count["matched"] += 1
    count["e2e"] += right
    if not gold.get("speaker"):
        count["null"] += 1
        count["null_right"] += right
        return
    kind = gold.get("speaker_kind") or "name"
    count["speaker"] += 1
    count["speaker_right"] += right
    count["kind_" + kind] += 1
    count["right_" + kind] += right
    truth = gold.get("speaker_resolved") or gold.get("speaker_resolved_silver")
    if kind != "name" and truth:
        count["resolved"] += 1
        names = (predicted.get("speaker_resolved"), predicted.get("speaker"))
        count["resolved_right"] += any(agree(name, truth) for name in names if name)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def read(path: Path) -> list[Article]:
    """The articles of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("predicted", type=Path)
    options = parser.parse_args()
    print(json.dumps(score(read(options.gold), read(options.predicted)), indent=1))


if __name__ == "__main__":
    main()
