"""Who says what, on sentences made up for these tests."""

from __future__ import annotations

import pytest

from app.extract import FoundQuote, extract_body


def speech(text: str) -> list[FoundQuote]:
    return [q for q in extract_body(text).quotes if q.speech]


def speakers(text: str) -> list[str | None]:
    return [q.speaker.text if q.speaker else None for q in speech(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“The bridge will open in May,” said Ann Lee, who runs the port.", "Ann Lee"),
        ("“The bridge will open in May,” Ann Lee, a port manager, told us.", "Ann Lee"),
        ("“The bridge will open in May,” Ann Lee (I-Leeds) said on Monday.", "Ann Lee"),
        ("“The bridge will open in May,” according to Ann Lee.", "Ann Lee"),
        ("“Will the bridge open in May?” Ann Lee asked.", "Ann Lee"),
        ("“The bridge will open in May,” she went on.", "she"),
        ("“The bridge will open in May,” two officials at the port said.", "two officials at the port"),
        ("“The bridge will open in May.” — Ann Lee, Leeds", "Ann Lee"),
    ],
)
def test_speaker_named_after_the_words(text: str, expected: str) -> None:
    assert speakers(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee said, “The bridge will open in May.”", "Ann Lee"),
        ("Ann Lee, who runs the port, said the bridge was “far too old for lorries.”", "Ann Lee"),
        ("Ann Lee, head of works at the port of Leeds, Yorkshire, said: “The bridge is old.”", "Ann Lee"),
        ("In March, after a long winter, Ann Lee said, “The bridge is old.”", "Ann Lee"),
        ("Ann Lee called the bridge “a danger to lorries.”", "Ann Lee"),
        ("Ann Lee said that Tom Moss was “not the man for the job.”", "Ann Lee"),
        ("Ann Lee praised the plan, calling it “a fine piece of work.”", "Ann Lee"),
        ("Ann Lee accused Tom Moss of being “asleep at the wheel.”", "Ann Lee"),
        ("Ann Lee: “The bridge is old and we know it.”", "Ann Lee"),
        ("According to Ann Lee, the bridge is “a danger to lorries.”", "Ann Lee"),
        ("As Ann Lee put it, the bridge is “a danger to lorries.”", "Ann Lee"),
        ("The bridge is “a danger to lorries” in winter, said Ann Lee.", "Ann Lee"),
        ("Ann Lee’s claim that the bridge is “a danger to lorries” was denied.", "Ann Lee"),
        ("The harbour report says the bridge is “a danger to lorries.”", "The harbour report"),
        ("The groups who wrote to him on Friday say they are “tired of waiting for it.”", "The groups"),
    ],
)
def test_speaker_named_before_the_words(text: str, expected: str) -> None:
    assert speakers(text) == [expected]


def test_second_half_of_an_interrupted_quote_has_the_same_speaker() -> None:
    assert speakers("“The bridge is old,” Ann Lee said. “We shall build another one.”") == ["Ann Lee"] * 2


def test_bare_paragraph_goes_on_with_the_speaker_of_the_paragraph_before() -> None:
    text = "“The bridge is old,” Ann Lee said.\n\n“It must go before the winter comes.”"
    assert speakers(text) == ["Ann Lee", "Ann Lee"]


def test_sentence_before_a_bare_quote_names_its_speaker() -> None:
    assert speakers("Ann Lee denied the report. “Nobody asked me about the bridge at all.”") == ["Ann Lee"]


def test_colon_at_the_end_of_a_paragraph_hands_the_next_one_over() -> None:
    assert speakers("Then Ann Lee wrote:\n\n“The bridge is old and it must go.”") == ["Ann Lee"]


def test_all_paragraphs_of_a_running_quote_have_one_speaker() -> None:
    text = "Ann Lee said: “The bridge is old.\n\n“It was built by my own grandfather.\n\n“It must go.”"
    assert speakers(text) == ["Ann Lee"] * 3


def test_line_with_a_dash_and_a_name_credits_the_quote_above() -> None:
    assert speakers("“The bridge is old and it must go.”\n— Ann Lee, Leeds") == ["Ann Lee"]


def test_transcript_names_its_speakers_inside_the_marks() -> None:
    assert speakers("“LEE: The bridge is old, as we all know.”\n“MOSS: It is not that old.”") == ["LEE", "MOSS"]


def test_passive_verb_makes_its_subject_no_speaker() -> None:
    text = "Tom Moss was described as “a man without a plan” by Ann Lee."
    assert "Tom Moss" not in speakers(text)


def test_quote_without_a_word_about_its_speaker_has_none() -> None:
    assert speakers("“There is nothing here that tells who is speaking to us.”") == [None]


def test_confidence_is_higher_for_a_named_speaker_beside_a_verb_than_for_a_guess() -> None:
    sure = speech("“The bridge will open in May,” Ann Lee said.")[0]
    guess = speech("Ann Lee walked across a bridge that was “older than anyone in the town.”")[0]
    assert sure.rule == "tail"
    assert guess.confidence < 0.8 < sure.confidence


def test_places_mentions_and_contexts_agree_with_the_text() -> None:
    text = "One day in Leeds, Ann Lee said, “The bridge will open in May,” and left."
    quote = speech(text)[0]
    assert quote.exact == text[quote.start : quote.end] == "The bridge will open in May,"
    assert text.startswith(quote.prefix + quote.exact + quote.suffix, quote.start - len(quote.prefix))
    assert len(quote.prefix) == 32
    assert quote.speaker is not None
    assert text[quote.speaker.start : quote.speaker.end] == quote.speaker.text
    assert quote.cue is not None
    assert quote.cue.text == "said"
