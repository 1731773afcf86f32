"""Where quotation marks open and close, in the typography of many languages."""

from __future__ import annotations

import pytest

from app.extract.quotes import find_quoted


def inside(text: str) -> list[str]:
    return [text[q.start : q.end] for q in find_quoted(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She said “yes” twice.", ["yes"]),
        ('She said "yes" twice.', ["yes"]),
        ("Sie sagte „ja“ und ‚nein‘.", ["ja", "nein"]),
        ("Elle a dit « oui » hier.", ["oui"]),
        ("Er sagte »ja« und ging.", ["ja"]),
        ("Han sa ”ja” och gick.", ["ja"]),
        ("彼は「はい」と『本』を見た。", ["はい", "本"]),
        ("Il dit ‹oui› tout bas.", ["oui"]),
        ("They said ''yes'' and ``no''.", ["yes", "no"]),
        ('He wrote “mixed marks" here.', ["mixed marks"]),
        ("The wrong end “of this“ closes too.", ["of this"]),
    ],
)
def test_marks_of_each_kind_hold_their_words(text: str, expected: list[str]) -> None:
    assert inside(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "A mark that “never closes opens nothing.",
        "A mark that never opens” closes nothing.",
        "The dogs' owners and the cats' friends didn't meet in the '90s.",
        "It’s the Smiths’ house, isn’t it?",
        'A screen of 27" and a board of 6\' 2".',
        "“” \"\" «» ''",
        "",
    ],
)
def test_apostrophes_inches_and_lost_marks_open_nothing(text: str) -> None:
    assert inside(text) == []


def test_apostrophes_inside_single_marks_do_not_close_them() -> None:
    assert inside("‘The workers’ rights aren’t for sale,’ he said.") == ["The workers’ rights aren’t for sale,"]
    assert inside("'The workers' rights aren't for sale,' he said.") == ["The workers' rights aren't for sale,"]


def test_inner_quotations_know_the_one_around_them() -> None:
    outer, inner = find_quoted("“He told me, ‘Go home,’ and I went.”")
    assert (outer.parent, inner.parent) == (None, 0)


def test_each_paragraph_of_a_running_quote_opens_and_only_the_last_closes() -> None:
    text = "He began: “The first part.\n“The second part.\n“The last part.” Then he left."
    quoted = find_quoted(text)
    assert [text[q.start : q.end] for q in quoted] == ["The first part.", "The second part.", "The last part."]
    assert len({q.run for q in quoted}) == 1
    assert quoted[0].run is not None


def test_a_quote_may_also_run_on_without_opening_again() -> None:
    text = 'He said, "The first part.\n\nThe second part."\n\nNobody answered.'
    quoted = find_quoted(text)
    assert [text[q.start : q.end] for q in quoted] == ["The first part.", "The second part."]


def test_an_unclosed_paragraph_with_no_successor_is_no_quote() -> None:
    assert inside("“It opens here.\nAnd the next paragraph is the reporter's.") == []
