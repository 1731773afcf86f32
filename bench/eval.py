"""Measure the extractor on gold articles.

    python -m bench.eval [GOLD.jsonl …] [--write]

Without files it looks for the development data beside the repository. `--write` regenerates
`app/extract/confidence.py` (for each rule the share of its quotes that were right end to end) and the
figures in `docs/extraction.md`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import resource
import time
from collections import Counter
from pathlib import Path
from typing import Any

from app.extract.draft import FoundQuote
from app.extract.found import find_quotes
from bench.evaluate import Article, pairs, read, score

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "quotes"
SAFE = 0.98
BEGIN, END = "<!-- figures: python -m bench.eval --write -->", "<!-- end of figures -->"
READ = 292


def predict(article: Article) -> Article:
    """What the extractor finds, in the form of the metric.

    Gold lists the outermost passages in quotation marks, so indirect speech, unmarked blocks and
    quotes inside quotes are left out.
    """
    found = find_quotes(article["text"])
    return {"id": article["id"], "quotes": [_as_prediction(q) for q in found if _is_outermost(q, found)]}


def _is_outermost(quote: FoundQuote, found: list[FoundQuote]) -> bool:
    marked = quote.kind in ("direct", "mixed")
    return quote.speech and marked and (quote.parent is None or found[quote.parent].kind == "block")


def _as_prediction(quote: FoundQuote) -> dict[str, Any]:
    speaker = quote.speaker
    return {
        "start": quote.start,
        "end": quote.end,
        "speaker": speaker.text if speaker else None,
        "speaker_start": speaker.start if speaker else None,
        "speaker_end": speaker.end if speaker else None,
        "speaker_resolved": quote.speaker_name,
        "rule": quote.rule,
        "confidence": quote.confidence,
    }


def measure(gold: list[Article], name: str) -> list[Article]:
    """Print one line of figures for a set; returns the predictions."""
    start = time.process_time()
    predicted = [predict(article) for article in gold]
    seconds = time.process_time() - start
    _line(name, score(gold, predicted), len(gold) / seconds)
    return predicted


def _line(name: str, figures: dict[str, Any], speed: float | None) -> None:
    kinds = figures["speaker_accuracy_by_kind"]
    print(
        f"| {name} | {figures['gold_segments']} | {figures['span']['f1']:.4f} | {figures['speaker_accuracy']:.4f} "
        f"| {figures['e2e']['f1']:.4f} | {' / '.join(f'{kinds[k]:.3f}' if kinds[k] else '–' for k in kinds)} "
        f"| {figures['resolved_accuracy'] or 0:.3f} | {f'{speed:,.0f}' if speed else ''} |"
    )


def by_rule(gold: list[Article], predicted: list[Article]) -> dict[str, tuple[int, int]]:
    """For each rule how many of its quotes were right end to end, and how many there were."""
    by_id = {article["id"]: article for article in predicted}
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for article in gold:
        for pair in pairs(article, by_id[article["id"]]):
            if pair.predicted:
                total[pair.predicted["rule"]] += 1
                right[pair.predicted["rule"]] += pair.right
    return {rule: (right[rule], n) for rule, n in total.most_common()}


def write_confidence(rules: dict[str, tuple[int, int]]) -> None:
    """Regenerate the table of precisions, each drawn towards a half by one quote right and one wrong."""
    path = ROOT / "app" / "extract" / "confidence.py"
    source = path.read_text(encoding="utf-8")
    start = source.index("PRECISION: dict[str, float] = {")
    end = source.index("}", start)
    rows = "".join(f'    "{rule}": {(right + 1) / (n + 2):.3f},\n' for rule, (right, n) in sorted(rules.items()))
    path.write_text(source[:start] + "PRECISION: dict[str, float] = {\n" + rows + source[end:], encoding="utf-8")


def write_docs(figures: str) -> None:
    """Put the figures between the marks in the document on extraction."""
    path = ROOT / "docs" / "extraction.md"
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{figures}\n{END}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="*")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    paths = options.gold or sorted(DATA.glob("*.direct.jsonl"))
    if not paths:
        parser.error("there are no gold files beside the repository: name some")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        rules = report(paths)
    print(printed.getvalue(), end="")
    if options.write:
        write_confidence(rules)
        write_docs(printed.getvalue())


def report(paths: list[Path]) -> dict[str, tuple[int, int]]:
    """Print all figures of the gold files; returns those of each rule."""
    print(
        "| set | segments | span F1 | speaker | end to end | name / nominal / pronoun | resolved | articles/s (CPU) |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    everything: list[tuple[list[Article], list[Article]]] = []
    for path in paths:
        gold = read(path)
        predicted = measure(gold, path.name.removesuffix(".direct.jsonl"))
        everything.append((gold, predicted))
        _parts(gold, predicted)
    gold = [a for part, _ in everything for a in part]
    rules = by_rule(gold, [a for _, part in everything for a in part])
    print("\n| rule | quotes | right |\n| --- | --- | --- |")
    for rule, (right, n) in rules.items():
        print(f"| {rule} | {n} | {right / n:.3f} |")
    _safe(everything)
    print(f"Peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB (gold data included).")
    return rules


def _safe(everything: list[tuple[list[Article], list[Article]]]) -> None:
    """How much of the largest set can be confirmed in bulk: chosen on one half of its articles, tried on the other."""
    gold, predicted = max(everything, key=lambda pair: len(pair[0]))
    halves = [by_rule(gold[i::2], predicted) for i in (0, 1)]
    total = sum(n for half in halves for _, n in half.values())
    safe = right = 0
    off = 0.0
    for learnt, tried in (halves, halves[::-1]):
        for rule in _safest(learnt):
            good, n = tried.get(rule, (0, 0))
            safe, right = safe + n, right + good
        for rule, (good, n) in tried.items():
            known, seen = learnt.get(rule, (0, 0))
            off += abs(good - n * (known + 1) / (seen + 2))
    print(
        f"\nThe surest rules of one half of the articles that are right {SAFE:.0%} of the time together give "
        f"{safe / total:.0%} of the quotes of the other half, and {right / max(1, safe):.1%} of these are right. "
        f"A rule's confidence, learnt on one half, misses its precision in the other by {off / total:.3f} on average."
    )


def _safest(rules: dict[str, tuple[int, int]]) -> list[str]:
    """The surest rules, as many as stay right often enough together."""
    chosen: list[str] = []
    right = total = 0
    for rule, (good, n) in sorted(rules.items(), key=lambda item: -(item[1][0] + 1) / (item[1][1] + 2)):
        right, total = right + good, total + n
        if right < SAFE * total:
            break
        chosen.append(rule)
    return chosen


def _parts(gold: list[Article], predicted: list[Article]) -> None:
    """A fixed random split: the first articles' errors were read for the rules; of the last, those in spans."""
    if len(gold) < READ:
        return
    ids = [article["id"] for article in gold]
    random.Random(7).shuffle(ids)  # noqa: S311 - a fixed split, nothing secret
    for name, part in (("errors read", set(ids[:READ])), ("span errors read only", set(ids[READ:]))):
        kept = [a for a in gold if a["id"] in part]
        _line(f"{name} ({len(kept)})", score(kept, [a for a in predicted if a["id"] in part]), None)


if __name__ == "__main__":
    main()
