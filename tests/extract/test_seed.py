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


def test_permission_and_comments_are_read_from_the_foot(draft: Draft) -> None:
    assert draft.permission is not None
    assert draft.permission.assigner == "Zero Hedge"
    assert draft.comments_open is True


def test_headline_quote_that_the_body_does_not_contain_as_such_is_reported(draft: Draft) -> None:
    assert [w.code for w in draft.warnings] == []


def test_every_passage_in_marks_stands_at_its_place(draft: Draft, gold: dict[str, Any]) -> None:
    places = {(q.start, q.end) for q in draft.quotes if q.speech}
    assert {(q["start"], q["end"]) for q in gold["quotes"] if q["in_quotation_marks"]} <= places
    unsaid = {(q.start, q.end) for q in draft.quotes if not q.speech}
    assert {(n["start"], n["end"]) for n in gold["not_quotes"]} <= unsaid
