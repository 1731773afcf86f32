"""What of a quote's words is compared, and what is said of two."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import new_id
from app.extract import unsaid
from app.variants.words import are_alike, fingerprints, identity, labels, normal
from bench.variants import measure

PIECES = st.sampled_from(
    ["we", "will", "not", "leave", "[the", "ferry]", "…", ". . .", "[…]", "[W]e", "“", "Ça", "船", "["]
)


def test_every_label_is_right_nineteen_times_in_twenty() -> None:
    figures = measure()
    assert set(figures) == {"same", "trimmed", "joined", "bracketed", "changed_words", "attributed"}
    for label, (pairs, precision, recall) in figures.items():
        assert pairs > 500, label
        assert min(precision, recall) >= 0.95, label


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("We will not leave them", "“WE WILL NOT LEAVE THEM!”", {"same"}),
        ("…and we will not leave", "and we will not leave …", {"same"}),
        ("[W]e will not leave", "we will not leave", {"bracketed"}),
        ("We will not leave", "We will leave", {"changed_words"}),
        ("We will not leave", "We will not leave [laughs]", {"bracketed"}),
        ("We will not leave them", "We will not leave her and him", {"changed_words"}),
        ("We will not leave. I mean it.", "We will … leave", {"joined", "trimmed"}),
        ("We will [never] leave this town", "We will not leave this city", {"bracketed", "changed_words"}),
        ("我们不会离开这个城市", "我们永不离开这个城市", {"changed_words"}),
    ],
)
def test_labels_say_what_differs(one: str, other: str, expected: set[str]) -> None:
    assert labels(normal(one), normal(other)) == labels(normal(other), normal(one)) == expected


@given(st.lists(PIECES, max_size=30).map(" ".join), st.lists(PIECES, max_size=30).map(" ".join))
def test_comparing_is_the_same_from_either_side(one: str, other: str) -> None:
    a, b = normal(one), normal(other)
    assert are_alike(a, b) == are_alike(b, a)
    assert (labels(a, b) == {"same"}) == (a == b)
    assert (a == b) == (identity(a, None) == identity(b, None)) or None in (identity(a, None), identity(b, None))
    assert normal(" ".join(a).replace("[", "")) == [word.removeprefix("[") for word in a]


def test_a_few_words_are_of_one_speaker_and_no_words_of_nobody() -> None:
    one, other = new_id(), new_id()
    assert identity(["yes"], one) == identity(["yes"], one) != identity(["yes"], other)
    assert identity(["yes"], None) is identity([], one) is None
    assert fingerprints(["yes", "we", "can"]) == set()


@pytest.mark.parametrize("hostile", ["[" * 20_000, "a" * 20_000 + "[", ". " * 10_000, "[a" * 10_000, "no " * 7_000])
def test_no_words_take_long(hostile: str) -> None:
    began = process_time()
    a, b = normal(hostile), normal(hostile[:-1] + "x")
    fingerprints(a)
    if len(a) <= 1_000:
        labels(a, b)
    assert process_time() - began < 1


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Fares 'Will Double' on Monday", []),
        ("Fares “will triple” on Monday", ["will triple"]),
        ("The 'So-Called' Ferry", []),
        ("Nobody's quoted in the owners' headline", []),
    ],
)
def test_a_headline_may_quote_what_its_text_has(head: str, expected: list[str]) -> None:
    assert unsaid(head, "The fares “will double”, she said of the so-called ferry.") == expected
