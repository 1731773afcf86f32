"""Lines of words in any script: nothing is lost, nothing is too long, no line begins with what closes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.embeds.lines import broken, is_rtl, shortened, width


@pytest.mark.parametrize(
    ("text", "ems", "lines"),
    [
        ("one two three", 4, ["one two", "three"]),
        ("一二三四五六", 3, ["一二三", "四五六"]),
        ("一二三。四五", 3, ["一二", "三。四", "五"]),
        ("一二「三四」", 3, ["一二", "「三", "四」"]),
        ("用 Python 写", 5, ["用 Python", "写"]),
        ("unbreakable", 3, ["unbre", "akabl", "e"]),
        ("שלום עולם", 3, ["שלום", "עולם"]),
        ("", 3, []),
    ],
)
def test_lines_break_where_the_script_allows(text: str, ems: float, lines: list[str]) -> None:
    assert broken(text, ems) == lines


@given(st.text("ab M一二。「」“” \u0301לא", max_size=80), st.floats(2.2, 12))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, ems: float) -> None:
    lines = broken(text, ems)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line) <= ems for line in lines)
    assert all(line and line == line.strip() for line in lines)


def test_what_is_shortened_says_so() -> None:
    assert shortened("short", 10) == "short"
    assert shortened("one two three four", 5) == "one two…"


def test_the_first_strong_letter_decides_the_direction() -> None:
    assert is_rtl("«شكرا» he said")
    assert is_rtl("12 לא")
    assert not is_rtl("He said «شكرا»")
    assert not is_rtl("…")
