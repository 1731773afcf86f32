"""What stands in marks and is speech, and what is a title, a term or a mere mention."""

from __future__ import annotations

import pytest

from app.extract import extract_body


def flags(text: str) -> dict[str, bool]:
    return {q.exact: q.speech for q in extract_body(text).quotes}


@pytest.mark.parametrize(
    "text",
    [
        "Critics praised the novel “Tales of the Sea” last spring.",
        "They did not use the word “flood” in the notice.",
        "The so-called “super pump” never worked.",
        "The town, known as the “pearl,” lies in the north.",
        "He worked on the “night bus” scheme for years.",
        "She appeared on CNN’s “Morning Talk” on Friday.",
        "A film called “The Long Wall” opened the evening.",
        "“Tales of the Sea,” a series that Ann Lee wrote, ends in May.",
        "In his 2002 memoir, “Make Your Own Luck,” Mr. Moss told the story.",
        "Ann Lee said that Thomas “Tip” Moss would stand again.",
        "Ann Lee said that the band would perform “The Long Wall Song” on Monday.",
        "Ann Lee walked in to the tune of “Silent River” on Monday.",
    ],
)
def test_titles_terms_and_mentions_are_listed_but_are_no_speech(text: str) -> None:
    assert list(flags(text).values()) == [False]


@pytest.mark.parametrize(
    "text",
    [
        "“No,” said Ann Lee.",
        "Ann Lee called him “weak.”",
        "Ann Lee said the plan was “dead and buried.”",
        "Ann Lee admired the mayor as a “strong leader,” of course.",
        "The crowd broke into chants of “Moss! Moss!” as he left.",
        "Voters met the mayor’s promise of “free buses” with laughter.",
        "Ann Lee summed him up as “terrible,” and left.",
        "The bridge has been called the “Gate of Sighs” for as long as Ann Lee can think.",
        "The men whom Ann Lee met wore shirts that read “Moss for Mayor” on Monday.",
        "One of the players is nicknamed “Tall Tom” by his team.",
    ],
)
def test_short_words_under_a_reporting_verb_are_speech(text: str) -> None:
    assert list(flags(text).values()) == [True]


def test_capitals_do_not_make_a_title_of_what_one_calls_another() -> None:
    text = "Ann Lee called the former mayor of the town “Mister Never” and “Doctor No” in one evening."
    assert flags(text) == {"Mister Never": True, "Doctor No": True}


def test_one_word_is_a_sentence_after_its_speaker() -> None:
    text = "“This is very odd,” Ann Lee wrote on Monday. “Blacklisted?”"
    assert flags(text) == {"This is very odd,": True, "Blacklisted?": True}


def test_single_marks_in_a_text_of_double_marks_set_headings() -> None:
    text = "Lee: ‘Bridge must go’\n\n“The bridge is old and must go,” said Ann Lee."
    assert flags(text) == {"Bridge must go": False, "The bridge is old and must go,": True}


def test_single_marks_are_speech_where_they_are_the_usual_ones() -> None:
    text = "‘The bridge is old and must go,’ said Ann Lee.\n\n‘It is not that old,’ said Tom Moss."
    assert list(flags(text).values()) == [True, True]


def test_reference_to_a_printed_piece_is_no_speech() -> None:
    text = "Sources\n“Old bridge found unsafe after storm in the night” — Leeds Courier, May 3, 2021"
    assert list(flags(text).values()) == [False]
