"""Text fragments, read as a browser reads them (WICG, URL Fragment Text Directives, 3.4 and 3.5)."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.quotes.fragments import LONG, at_words

PAGE = "https://example.org/a"


def found(text: str, url: str) -> tuple[int, int] | None:
    """Where a browser would scroll to: the first place that fits the directive. A term lies within one block."""
    terms = url.removeprefix(f"{PAGE}#:~:text=").split(",")
    prefix = unquote(terms.pop(0)[:-1]) if terms[0].endswith("-") else ""
    suffix = unquote(terms.pop()[1:]) if terms[-1].startswith("-") else ""
    start, end = unquote(terms[0]), unquote(terms[1]) if len(terms) == 2 else ""
    space = r"\s*"
    pattern = space.join(
        [re.escape(prefix)] * bool(prefix)
        + [f"(?P<start>{_term(start)})" + (f"[\\s\\S]*?(?P<end>{_term(end)})" if end else "")]
        + [re.escape(suffix)] * bool(suffix)
    )
    place = re.search(pattern.replace("\\ ", "[^\\S\\n]+"), text, re.IGNORECASE)
    return (place.start("start"), place.end("end" if end else "start")) if place else None


def _term(words: str) -> str:
    return re.escape(words)


@pytest.mark.parametrize(
    ("text", "exact", "directive"),
    [
        ("He said no.", "no", "no"),
        ("A well-made, fair & free day", "well-made, fair & free", "well%2Dmade%2C%20fair%20%26%20free"),
        ("no and no", "no", "no,-and%20no"),
        ("Mon.\n“no” he said.\n“no” she said.", "no", "%E2%80%9C-,no,-%E2%80%9D%20he%20said."),
        ("他说“不”。", "不", "%E4%B8%8D"),
        ("قال لا اليوم", "لا", "%D9%84%D8%A7"),
    ],
)
def test_a_directive_names_the_words_and_no_more_than_is_needed(text: str, exact: str, directive: str) -> None:
    start = text.index(exact)
    url = at_words(PAGE, text, start, start + len(exact))
    assert url == f"{PAGE}#:~:text={directive}"
    assert found(text, url) == (start, start + len(exact))


def test_the_second_of_two_equal_passages_is_told_from_the_first() -> None:
    text = "“It pays,” said Ann Lee on Monday.\nThen Bo Lind rose. “It pays,” he said."
    start = text.rindex("It pays")
    url = at_words(PAGE, text, start, start + 8)
    assert found(text, url) == (start, start + 8)


def test_a_passage_of_several_blocks_or_of_many_words_is_named_by_its_ends() -> None:
    text = f"Before.\nFirst block of it.\n{'word ' * 100}\nLast block of it.\nAfter."
    start, end = text.index("First"), text.index("\nAfter")
    url = at_words(PAGE, text, start, end)
    assert "text=Before.-,First%20block%20of%20it.,Last%20block%20of%20it.,-After." in url
    assert found(text, url) == (start, end)
    long = "He said: " + " ".join(f"word{n}" for n in range(200)) + " and left."
    url = at_words(PAGE, long, 9, len(long) - 10)
    assert len(url) < 250
    assert found(long, url) == (9, len(long) - 10)


def test_a_text_that_is_long_is_not_searched_for_each_of_its_quotes() -> None:
    text = "He said no. " + "word " * (LONG // 5)
    url = at_words(PAGE, text, 8, 10)
    assert url == f"{PAGE}#:~:text=He%20said-,no,-.%20word%20word%20word%20word%20word%20word"
    assert found(text, url) == (8, 10)


def test_words_without_a_place_have_the_page_and_a_fragment_of_its_own_is_kept() -> None:
    assert at_words(PAGE, "text", None, None) == PAGE
    assert at_words(f"{PAGE}#top", "text", 0, 4) == f"{PAGE}#top:~:text=text"


@given(st.lists(st.text("abé-,&速 #%“", min_size=1, max_size=12), min_size=1, max_size=5), st.data())
def test_a_browser_finds_the_very_words(blocks: list[str], data: st.DataObject) -> None:
    lines = [line for line in (" ".join(block.split()) for block in blocks) if line]
    text = "\n".join(lines)
    if not text:
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    exact = text[start:end]
    if exact != exact.strip():
        return
    url = at_words(PAGE, text, start, end)
    assert re.fullmatch(r"[!-~]+", url)
    place = found(text, url)
    assert place is not None
    flat = exact.casefold()
    assert place == (start, end) or text[place[0] : place[1]].casefold() == flat or "\n" in exact
