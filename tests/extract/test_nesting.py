"""Quotes around and inside quotes, and the hops that words took."""

from __future__ import annotations

import pytest

from app.extract import FoundQuote, extract_body, extract_document
from app.extract.document import Document


def quotes(text: str) -> list[FoundQuote]:
    return list(extract_body(text).quotes)


def test_words_that_the_quoted_lays_to_a_source_are_indirect_speech_through_him() -> None:
    outer, inner = quotes("“The bridge will close in June, according to Tom Moss,” the Leeds Courier reported.")
    assert (inner.kind, inner.exact) == ("indirect", "The bridge will close in June")
    assert (inner.speaker_name, inner.parent) == ("Tom Moss", 0)
    assert [(v.name, v.role) for v in inner.via] == [("Leeds Courier", "publication")]
    assert outer.speaker_kind == "publication"


def test_quotation_inside_a_quotation_has_its_own_speaker_where_one_is_named() -> None:
    outer, inner = quotes("“Tom Moss told me, ‘The bridge is finished,’ and I believed him,” Ann Lee said.")
    assert (outer.speaker_name, inner.speaker_name) == ("Ann Lee", "Tom Moss")
    assert (inner.parent, inner.speech) == (0, True)
    assert [v.name for v in inner.via] == ["Ann Lee"]


def test_quotation_inside_a_quotation_that_nobody_said_is_listed_only() -> None:
    _, inner = quotes("“He still drives a ‘classic’ lorry to work,” Ann Lee said.")
    assert (inner.speech, inner.parent) == (False, 0)


def test_paragraph_handed_over_without_marks_is_a_block() -> None:
    text = "The river rose in the night. According to the Leeds Courier:\nThe mayor said the bridge was “safe for now.”"
    block, inner = quotes(text)
    assert (block.kind, block.speaker_name) == ("block", "Leeds Courier")
    assert (inner.parent, [v.name for v in inner.via]) == (0, ["Leeds Courier"])


def test_colon_before_a_paragraph_of_the_reporter_makes_no_block() -> None:
    assert quotes("There were three reasons for it:\nThe bridge was old and the river was high.") == []


@pytest.mark.parametrize(
    ("before", "block", "credit", "speaker"),
    [
        ("The yard shuts.", "We had no choice.", "\n— Ann Lee, director", "Ann Lee"),
        ("Ann Lee wrote to the crews:", "We had no choice.\nThe yard is sold.", "", "Ann Lee"),
        ("The river rose and the bridge was old.", "we had no choice", "", None),
    ],
)
def test_what_is_set_off_is_one_block_without_its_credit(
    before: str, block: str, credit: str, speaker: str | None
) -> None:
    start, end = len(before) + 1, len(before) + 1 + len(block) + len(credit)
    text = f"{before}\n{block}{credit}\nThe port is quiet."
    (found,) = extract_document(Document("Yard", None, None, (text,), set_off=((start, end),))).quotes
    assert (found.kind, found.speech, found.exact) == ("block", True, block)
    assert found.speaker_name == speaker


def test_what_is_set_off_in_marks_too_is_what_the_marks_hold() -> None:
    text = "The sea rose.\n“The sea does not wait.” — Ann Lee"
    (found,) = extract_document(Document("Sea", None, None, (text,), set_off=((14, len(text)),))).quotes
    assert (found.kind, found.exact, found.speaker_name) == ("direct", "The sea does not wait.", "Ann Lee")


def test_statement_and_paper_are_hops_in_order() -> None:
    text = "“The bridge is safe,” Ann Lee told the Leeds Courier in an interview with Reuters."
    assert [(v.name, v.role) for v in quotes(text)[0].via] == [
        ("the Leeds Courier", "publication"),
        ("an interview", "statement"),
        ("Reuters", "publication"),
    ]


def test_hearer_who_is_no_paper_is_no_hop() -> None:
    assert quotes("“The bridge is safe,” Ann Lee told Tom Moss.")[0].via == ()


def test_words_woven_into_a_sentence_are_mixed_and_whole_ones_direct() -> None:
    kinds = [q.kind for q in quotes("Ann Lee said it was “not that bad.” “We shall see,” she said, “what comes next.”")]
    assert kinds == ["mixed", "direct", "direct"]
