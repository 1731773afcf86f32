"""Quotes around and inside quotes, and the hops that words took."""

from __future__ import annotations

from app.extract import FoundQuote, extract_body


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
