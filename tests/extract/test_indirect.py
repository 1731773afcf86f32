"""Words reported without marks: offered low, and only in the plainest shapes."""

from __future__ import annotations

import pytest

from app.extract import FoundQuote, extract_body


def indirect(text: str) -> list[FoundQuote]:
    return [q for q in extract_body(text).quotes if q.kind == "indirect"]


@pytest.mark.parametrize(
    ("text", "speaker", "cue", "exact"),
    [
        ("Ann Lee said that the bridge would close in June.", "Ann Lee", "said", "the bridge would close in June"),
        ("Ann Lee said the bridge would close in June.", "Ann Lee", "said", "the bridge would close in June"),
        ("Ann Lee told reporters that the bridge would close.", "Ann Lee", "told", "the bridge would close"),
        ("The bridge would close in June, Ann Lee said.", "Ann Lee", "said", "The bridge would close in June"),
        ("The bridge will close in June, officials say.", "officials", "say", "The bridge will close in June"),
        ("The harbour board announced it would close the bridge.", "The harbour board", "announced", None),
        ("She denied that she had closed the bridge.", "She", "denied", "she had closed the bridge"),
    ],
)
def test_reported_clause_is_offered_with_its_speaker(text: str, speaker: str, cue: str, exact: str | None) -> None:
    (quote,) = indirect(text)
    assert quote.speaker is not None
    assert quote.cue is not None
    assert (quote.speaker.text, quote.cue.text) == (speaker, cue)
    assert exact is None or quote.exact == exact


@pytest.mark.parametrize(
    "text",
    [
        "The bridge would close in June.",
        "Ann Lee said nothing.",
        "Ann Lee said it.",
        "It said the bridge would close in June.",
        "I say that the bridge should close in June.",
        "Ann Lee, who said little, crossed the bridge.",
        "Tom Moss was told that the bridge would close.",
        "The bridge that Ann Lee built is old.",
        "“The bridge would close in June, Ann Lee said that Tom Moss had signed it.",
    ],
)
def test_what_nobody_is_plainly_said_to_have_said_is_not_offered(text: str) -> None:
    assert indirect(text) == []


def test_sentence_with_a_quotation_is_left_to_its_quotation() -> None:
    (quote,) = extract_body("Ann Lee said that the bridge was “far too old for lorries.”").quotes
    assert quote.kind == "mixed"


def test_indirect_speech_is_offered_below_any_quotation_beside_its_verb() -> None:
    text = "Ann Lee said that the bridge would close. “It is old,” Ann Lee said."
    reported, quoted = extract_body(text).quotes
    assert reported.confidence < 0.8 < quoted.confidence
