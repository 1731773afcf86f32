"""Whether words stand in a source's own text, and what is nearest to them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evidence.matching import Nearest, differences, nearest

SPEECH = """Thank you, madam chair. We won't leave
anybody ashore. Fares, as I said in May, will not double "this year", and the night
ferry stays. Café owners know what that means. We will not leave the harbour either."""


@pytest.mark.parametrize(
    "words",
    [
        "We won't leave anybody ashore",
        "We won’t leave anybody ashore,",
        "We won‘t  leave\nanybody\u00a0ashore.",
        "“We won’t leave anybody ashore.”",
        "will not double ‘this year’, and the night ferry stays.",
        "Cafe\u0301 owners know",
        "ashore. Fares, as I said in May, will",
    ],
)
def test_words_are_found_whatever_their_typography(words: str) -> None:
    found = nearest(words, SPEECH)
    assert found is not None
    assert found.similarity == 1.0
    assert found.passage in SPEECH


@pytest.mark.parametrize(
    ("words", "passage"),
    [
        ("We won't leave anyone ashore", "We won't leave\nanybody ashore"),
        ("Fares will not double this year", 'will not double "this year'),
        ("we won't leave anybody ashore", "won't leave\nanybody ashore"),
        ("the night ferries stay", "the night"),
        ("ferry stay", "ferry"),
    ],
)
def test_other_words_are_not_found_and_the_nearest_are_named(words: str, passage: str) -> None:
    found = nearest(words, SPEECH)
    assert found is not None
    assert (found.passage, found.similarity < 1) == (passage, True)


@pytest.mark.parametrize(("words", "text"), [("“…”", "“…”"), (".", "."), ("Boats", ""), ("Boats", "No ferry.")])
def test_what_has_no_words_in_common_has_nothing_near(words: str, text: str) -> None:
    found = nearest(words, text)
    assert found == (Nearest("…", 1.0) if words == "“…”" else None)


def test_the_diff_says_what_was_changed() -> None:
    changes = differences("We won’t leave anyone", "We won't\nleave anybody")
    assert [(c.op, c.before, c.after) for c in changes] == [
        ("equal", "We won't leave ", "We won't leave "),
        ("replace", "anyone", "anybody"),
    ]
    assert differences("We won’t leave", "We won't  leave") == []


SOME = st.text(alphabet="ab '’.,\n", max_size=30)


@settings(max_examples=50, deadline=None)
@given(before=SOME, words=SOME, after=SOME)
def test_what_was_cut_out_between_spaces_is_found(before: str, words: str, after: str) -> None:
    found = nearest(words, f"{before} {words} {after}")
    assert (found is not None and found.similarity == 1.0) == bool(set(words) & {"a", "b"})


@settings(max_examples=50, deadline=None)
@given(words=SOME, text=SOME)
def test_a_match_has_the_letters_of_the_words(words: str, text: str) -> None:
    found = nearest(words, text)
    assert found is None or found.passage in text
    if found and found.similarity == 1.0:
        one, two = ("".join(c for c in t if c in "ab") for t in (words, found.passage))
        assert one == two


def test_a_long_text_is_searched_in_bounded_time() -> None:
    words = " ".join(f"w{n % 97}" for n in range(4_000))
    found = nearest(words, "w1 w2 x " * 60_000)
    assert found is not None
    assert found.similarity < 1
