"""The metric counts what it says, and the bench reads what the extractor finds."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import peer
from bench.eval import predict
from bench.evaluate import agree, score

TEXT = "“The bridge is old,” said Ann Lee.\n“It must go,” he said. They saw “Tales of the Sea”."


def gold(**speaker: Any) -> dict[str, Any]:
    first = {"start": 1, "end": 19, "speaker": "Ann Lee", "speaker_start": 26, "speaker_end": 33}
    second = {"start": 36, "end": 47, "speaker": "he", "speaker_start": 49, "speaker_end": 51} | speaker
    return {"id": "a", "text": TEXT, "quotes": [first, second]}


def test_extractor_finds_both_quotes_and_their_speakers() -> None:
    figures = score([gold()], [predict(gold())])
    assert (figures["span"]["f1"], figures["speaker_accuracy"], figures["e2e"]["f1"]) == (1.0, 1.0, 1.0)


def test_wrong_speaker_costs_the_pair_but_not_the_span() -> None:
    wrong = gold(speaker="Tom Moss", speaker_start=60, speaker_end=64)
    figures = score([wrong], [predict(gold())])
    assert (figures["span"]["f1"], figures["speaker_accuracy"], figures["e2e"]["f1"]) == (1.0, 0.5, 0.5)


def test_marks_and_final_punctuation_do_not_matter_but_an_invented_span_does() -> None:
    guess = {
        "id": "a",
        "quotes": [{"start": 0, "end": 20, "speaker": "Lee"}, {"start": 63, "end": 80, "speaker": None}],
    }
    figures = score([gold()], [guess])
    assert figures["span"] == {"p": 0.5, "r": 0.5, "f1": 0.5}
    assert figures["e2e"]["f1"] == 0.5


def test_null_speaker_is_right_only_when_none_is_named() -> None:
    open_end = gold(speaker=None, speaker_start=None, speaker_end=None)
    assert score([open_end], [predict(open_end)])["null_accuracy"] == 0.0


def test_names_agree_by_surname_and_pronouns_with_nobody() -> None:
    assert agree("Mr. Lee", "Ann Lee")
    assert not agree("he", "Ann Lee")
    assert not agree("Ann Lee", "Ann Moss")


def test_comparison_without_its_packages_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(gold()) + "\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["peer", str(path)])
    monkeypatch.setitem(sys.modules, "textacy", None)
    peer.main()
    out = capsys.readouterr().out
    assert "| Onrecord |" in out
    assert peer.NEEDS in out
