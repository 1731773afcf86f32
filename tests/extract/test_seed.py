"""The sample article, where its gold file stands beside the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.extract import Draft, extract_article

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def gold() -> dict[str, Any]:
    path = DATA / "seed_gold.json"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def draft(gold: dict[str, Any]) -> Draft:
    return extract_article((DATA / gold["seed_file"]).read_text(encoding="utf-8"))


def test_body_title_and_date_equal_the_gold_file(draft: Draft, gold: dict[str, Any]) -> None:
    assert draft.text == gold["article"]["body"]
    assert draft.title == gold["article"]["title"]
    assert str(draft.published_on) == gold["article"]["published_on"]


def test_permission_and_comments_are_read_from_the_foot(draft: Draft, gold: dict[str, Any]) -> None:
    assert draft.permission is not None
    assert draft.permission.assigner == gold["provenance"]["original_publisher"]
    assert draft.permission.credit == gold["provenance"]["statement"]
    assert draft.comments_open is True


def test_headline_quote_that_the_body_does_not_contain_is_reported(draft: Draft) -> None:
    assert [w.code for w in draft.warnings] == ["headline_quote_not_in_body"]


def test_quotes_and_non_quotes_stand_at_their_places(draft: Draft, gold: dict[str, Any]) -> None:
    kinds = {"partial": "mixed", "direct": "direct", "block": "block"}
    found = {(q.start, q.end): q.kind for q in draft.quotes if q.speech}
    for quote in gold["quotes"]:
        if quote["id"].startswith("q") and quote["type"] in kinds:
            assert found[quote["start"], quote["end"]] == kinds[quote["type"]], quote["id"]
    unsaid = {(q.start, q.end) for q in draft.quotes if not q.speech}
    assert unsaid == {(n["start"], n["end"]) for n in gold["not_quotes"]}


def test_speakers_and_their_names_equal_the_gold_file(draft: Draft, gold: dict[str, Any]) -> None:
    by_place = {(q.start, q.end): q for q in draft.quotes}
    for quote in gold["quotes"]:
        found = by_place.get((quote["start"], quote["end"]))
        if not quote["id"].startswith("q") or found is None:
            continue
        assert found.speaker is not None, quote["id"]
        mention = quote["speaker_mention"]
        assert found.speaker.start < mention["end"]
        assert mention["start"] < found.speaker.end
        if quote["id"] != "q1":  # “a top diplomat”: that this is Le is for an editor to say
            assert found.speaker_name == quote["speaker_name"], quote["id"]


def test_nested_chain_runs_from_the_official_through_the_paper(draft: Draft, gold: dict[str, Any]) -> None:
    wanted = next(q for q in gold["quotes"] if q["id"] == "q11")
    inner = next(q for q in draft.quotes if (q.start, q.end) == (wanted["start"], wanted["end"]))
    assert (inner.kind, inner.speaker_name) == ("indirect", wanted["speaker_name"])
    assert [v.name for v in inner.via] == [wanted["via"][0]["text"]]
    assert inner.parent is not None
    assert draft.quotes[inner.parent].start == wanted["start"]


def test_reported_sentences_without_marks_are_offered_with_their_speaker(draft: Draft, gold: dict[str, Any]) -> None:
    offered = [q for q in draft.quotes if q.kind == "indirect" and q.parent is None]
    wanted = [q for q in gold["quotes"] if q["id"] in ("i6", "i8")]
    for quote in wanted:
        found = next(q for q in offered if q.start < quote["end"] and quote["start"] < q.end)
        assert found.speaker_name == quote["speaker_name"]
