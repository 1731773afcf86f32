"""How words are folded and told apart, with no database: what both engines then see."""

import sys
import unicodedata
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.search import words
from app.search.words import fold, folded, tokens

# Letters and marks that grow, shrink, vanish, join or part when folded, and some that do not.
ODD = (
    "aZ é\u0301ßﬁ…“”'’-.·3½²№™🚢👍🏽👩\u200d🚒\ufe0f\u00ad\u200b"
    "東京々かカ\u3099が\uff76\uff9e한\u1112\u1161\u11ab글İıŒþøΣς\u0640م\u064eहि\u094dไท\u0e48\n\t\x00"
)
texts = st.text(st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"])), max_size=40)

CASES = {
    "Ça va, Élysée?": "ca va elysee",
    "ÅNGSTRÖM Straße": "angstrom strasse",
    "don't O’Brien l’été": "don t o brien l ete",
    "win-win e‑mail co\u00adoperate": "win win e mail cooperate",
    "U.S. 3.5 1,000 2026-03-02": "u s 3 5 1 000 2026 03 02",
    "snake_case a/b@c": "snake case a b c",
    "ﬁne Ｆｕｌｌ ２０２６ H₂O x²": "fine full 2026 h2o x2",
    "cafe\u0301 İstanbul ΣΊΣΥΦΟΣ": "cafe istanbul σισυφοσ",
    "🚢🚒 ok👍🏽": "🚢 🚒 ok 👍",
    "東京都": "東京 京都 都",
    "東京2020年": "東京 京 2020 年",
    "한국은": "한국 국은 은",
    "\u1112\u1161\u11ab국은": "한국 국은 은",
    "カ\u3099ス \uff76\uff9eｽ ガス": "ガス ス ガス ス ガス ス",
    "か が": "か が",
    "مُحَمَّد محـمد": "محمد محمد",
    "Привет, Ёлка": "привет елка",
    "a\x00b\x1bc": "a b c",
    "…—“”!?": "",
    "x" * 70: "x" * 64 + " " + "x" * 6,
}


@pytest.mark.parametrize(("text", "found"), CASES.items())
def test_a_text_has_these_words(text: str, found: str) -> None:
    assert tokens(fold(text)) == found.split()


def test_every_character_folds_to_what_folds_to_itself() -> None:
    wrong = [
        hex(point)
        for point in range(0x20000)
        if unicodedata.category(chr(point)) not in ("Cs", "Co", "Cn")
        and fold(fold(chr(point))).split() != fold(chr(point)).split()
    ]
    assert not wrong


def test_words_have_nothing_that_an_engine_would_read_as_its_own() -> None:
    for point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(point)) in ("Cs", "Co", "Cn"):
            continue
        for word in words._fold(chr(point)).split():
            assert all(c.isalnum() or c > "\x7f" for c in word), hex(point)
            assert word == word.strip(), hex(point)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_canonically_equal_texts_have_the_same_words(text: str) -> None:
    assert tokens(fold(unicodedata.normalize("NFC", text))) == tokens(fold(unicodedata.normalize("NFD", text)))


@settings(max_examples=500, deadline=None)
@given(texts, st.booleans())
def test_each_folded_word_comes_from_the_place_that_is_named(text: str, long: bool) -> None:
    text = text + " plain words in between " * 20 if long else text  # most ASCII takes a quicker way
    found = folded(text)
    assert found.text == fold(text)
    last = 0
    start = 0
    for word in found.text.split():
        start = found.text.index(word, start)
        origin = found.span(start, start + len(word))
        assert last <= origin[0] < origin[1] <= len(text)
        assert word in fold(text[slice(*origin)])
        assert word not in fold(text[origin[0] + 1 : origin[1]])
        last, start = origin[0], start + len(word)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_the_tokens_are_short_and_have_no_spaces(text: str) -> None:
    assert all(
        0 < len(token) <= words.LONGEST and not token.isspace() and " " not in token for token in tokens(fold(text))
    )


def test_long_prose_that_ends_in_another_script_takes_no_long_time() -> None:
    began = process_time()
    assert len(tokens(fold("The fare is up. " * 10_000 + "渡船"))) == 40_002
    assert process_time() - began < 2  # with a pattern that tracks back it takes for ever
