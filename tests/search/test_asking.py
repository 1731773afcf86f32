"""What a query means, and where a text has what it asks for."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import InvalidParameter
from app.search.asking import MOST_TERMS, read
from app.search.words import folded
from tests.search.world import Doc, strung

MEANINGS = {
    "harbour bridge": (["harbour", "bridge"], []),
    '"harbour bridge"': (["harbour bridge"], []),
    "“harbour bridge”": (["harbour bridge"], []),
    'ferry "win-win deal"': (["ferry", "win win deal"], []),
    "win-win": (["win win"], []),
    "O'Brien": (["o brien"], []),
    "3.5": (["3 5"], []),
    "harb*": (["harb*"], []),
    '"harbour bri"*': (["harbour bri*"], []),
    '"har* bri"': (["har bri"], []),
    "ferry -bridge": (["ferry"], ["bridge"]),
    'ferry -"harbour bridge" -harb*': (["ferry"], ["harbour bridge", "harb*"]),
    "ferry - bridge": (["ferry", "bridge"], []),
    "ferry AND bridge OR NOT NEAR/5": (["ferry", "and", "bridge", "or", "not", "near 5"], []),
    "title:ferry": (["title ferry"], []),
    '"never closed bridge': (["never closed bridge"], []),
    'ferry "" "…" !!! ()': (["ferry"], []),
    "ferry FERRY Férry": (["ferry"], []),
    "a\x00b\x1b\tc": (["a b", "c"], []),
    "the of and": (["the", "of", "and"], []),
    "{ferry} ^bridge +dock ~x": (["ferry", "bridge", "dock", "x"], []),
    "'; DROP TABLE articles; --": (["drop", "table", "articles"], []),
}


@pytest.mark.parametrize(("query", "meaning"), MEANINGS.items())
def test_a_query_means(query: str, meaning: tuple[list[str], list[str]]) -> None:
    asked = read(query)
    shown = [[term.words + "*" * term.is_prefix for term in terms] for terms in (asked.wanted, asked.unwanted)]
    assert tuple(shown) == meaning


@pytest.mark.parametrize(
    "query",
    ["", " ", '"', '""', "-", "*", "!!!", "“”", "-ferry", '-"a b" -c', "\x00", "\u0301", "a*", '"the a"*', "-ferry*"],
)
def test_a_query_for_nothing_is_refused(query: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        read(query)
    assert refused.value.errors[0]["parameter"] == "q"


@pytest.mark.parametrize("query", ["x-" * 100, " ".join(f"w{n}" for n in range(MOST_TERMS + 1))])
def test_a_query_for_too_much_is_refused(query: str) -> None:
    with pytest.raises(InvalidParameter):
        read(query)


def test_a_word_counts_once_however_often_it_comes() -> None:
    assert len(read("ferry " * 50).wanted) == 1


PLACES = {
    ("harbour", "The Harbour, the harbour’s HARBOUR."): ["Harbour", "harbour", "HARBOUR"],
    ("har", "har harbour"): ["har"],
    ("har*", "har harbour"): ["har", "harbour"],
    ('"win win"', "a win-win, win, win and win"): ["win-win", "win, win"],
    ("win-win win", "a win-win and win"): ["win-win", "win"],
    ("cafe", "Cafe\u0301s café cafe\u0301."): ["café", "cafe\u0301"],
    ("fine", "a ﬁne day"): ["ﬁne"],
    ("strasse", "… Straße …"): ["Straße"],
    ("cooperate", "co\u00adoperate"): ["co\u00adoperate"],
    ("京", "東京都と京都"): ["京", "京"],
    ("京都", "東京都と京都"): ["京都", "京都"],
    ("東京2020", "東京2020年、東京 2020"): ["東京2020", "東京 2020"],
    ("2020年", "2020年度"): ["2020年"],
    ("ガス", "カ\u3099ス"): ["カ\u3099ス"],
    ("🚒", "👩\u200d🚒 🚒"): ["🚒", "🚒"],
    ("x" * 70, f"y {'x' * 70} {'x' * 64}"): ["x" * 70],
    ("harbour -bridge", "harbour bridge"): ["harbour"],
}


@pytest.mark.parametrize(("asked", "places"), PLACES.items())
def test_a_text_has_what_is_asked_for_here(asked: tuple[str, str], places: list[str]) -> None:
    query, text = asked
    assert [text[start:end] for start, end in read(query).spans(folded(text), 9)] == places


def test_no_more_places_are_found_than_wanted() -> None:
    assert len(read("a").spans(folded("a " * 20), 8)) == 8


@settings(max_examples=400, deadline=None)
@given(strung, strung, st.booleans())
def test_places_are_in_order_apart_and_hold_the_words(query: str, text: str, is_prefix: bool) -> None:
    query = f'"{query}"' + "*" * is_prefix
    try:
        asked = read(query)
    except InvalidParameter:
        return
    spans = asked.spans(folded(text), 1000)
    assert bool(spans) == Doc(title="", text=text).has(query)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for start, end in spans:
        assert Doc(title="", text=text[start:end]).has(query)
