"""Plain text in, the parts of an article out."""

from __future__ import annotations

from datetime import date

import pytest

from app.extract import ExtractError, extract_article, extract_body
from app.extract.credits import read_credit
from app.extract.dates import read_date
from app.extract.readers.plain import read_plain


def test_title_date_byline_and_blocks_are_told_apart() -> None:
    document = read_plain("\ufeffThe Bridge\r\n\r\n  April 22, 2022\r\nBy Ann Lee\r\n\r\n First. \r\n\r\nSecond.\r\n")
    assert (document.title, document.published_on, document.byline) == ("The Bridge", date(2022, 4, 22), "Ann Lee")
    assert document.text == "First.\nSecond."


def test_footer_of_a_blog_tells_whether_comments_are_open_and_goes() -> None:
    assert read_plain("Title\nBody.\nNo comments:\nPost a Comment").comments_open is True
    assert read_plain("Title\nBody.\nComments are closed").comments_open is False
    document = read_plain("Title\nBody.\n3 comments:\nAnn said…\nNice.\nPost a Comment\nOlder Post\nHome")
    assert (document.blocks, document.comments_open) == (("Body.",), True)


def test_text_without_a_footer_says_nothing_about_comments() -> None:
    assert read_plain("Title\nNo comments: the mayor would not speak.\nBody.").comments_open is None


@pytest.mark.parametrize(
    ("line", "assigner"),
    [
        ("Reprinted with permission from The Daily Example.", "The Daily Example"),
        ("Republished with permission of Example News", "Example News"),
        ("This article originally appeared in Example Weekly.", "Example Weekly"),
        ("This story was originally published by Example News on May 3, 2021.", "Example News"),
        ("Originally published at The Example (https://example.org/a).", "The Example"),
        ("(Reposted courtesy of Example Radio)", "Example Radio"),
        ("This article first appeared in the Example Review. Republished with permission.", "Example Review"),
        ("Reprinted from U.S. Example News", "U.S. Example News"),
    ],
)
def test_credit_line_becomes_the_permission_and_leaves_the_body(line: str, assigner: str) -> None:
    draft = extract_article(f"Title\nFirst.\nSecond.\n{line}")
    assert draft.permission is not None
    assert (draft.permission.assigner, draft.permission.credit) == (assigner, line)
    assert draft.text == "First.\nSecond."
    assert [s.roles for s in draft.sources] == [("reprinted_from",)]


@pytest.mark.parametrize(
    "line", ["The book was published by a friend of mine in Leeds.", "She asked for permission from nobody."]
)
def test_sentence_about_publishing_is_no_credit(line: str) -> None:
    assert read_credit(line) is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("April 22, 2022", date(2022, 4, 22)),
        ("Friday, 22 April 2022", date(2022, 4, 22)),
        ("Published: Apr. 22nd, 2022 at 10:15 AM", date(2022, 4, 22)),
        ("2022-04-22", date(2022, 4, 22)),
        ("2022-04-22T10:15:00Z", date(2022, 4, 22)),
    ],
)
def test_date_lines_are_read(line: str, day: date) -> None:
    assert read_date(line) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\ufeff\n", "empty"),
        ("“ ” —", "empty"),
        ("Only a title", "missing_body"),
        ("Title\nApril 22, 2022\nNo comments:\nPost a Comment", "missing_body"),
        ("April 22, 2022\nThe body.", "missing_title"),
        ("word " * 80 + "\nThe body.", "missing_title"),
        ("Title\nFebruary 31, 2022\nThe body.", "bad_date"),
        ("Title\n2022-13-01\nThe body.", "bad_date"),
    ],
)
def test_text_that_is_no_article_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(ExtractError) as caught:
        extract_article(text)
    assert caught.value.code == code
    assert caught.value.detail.endswith(".")


def test_body_is_taken_as_it_is() -> None:
    text = "  April 31, 2022 \r\n\r\n“We shall see what comes,” said Ann Lee.\r\n"
    draft = extract_body(text)
    assert (draft.text, draft.title) == (text, "")
    assert [text[q.start : q.end] for q in draft.quotes] == ["We shall see what comes,"]


def test_headline_that_quotes_what_the_body_lacks_is_reported() -> None:
    body = "“The bridge is old,” said Ann Lee."
    assert extract_article(f"Lee says bridge ‘is old’\n{body}").warnings == ()
    (finding,) = extract_article(f"Lee: bridge ‘is doomed’\n{body}").warnings
    assert finding.code == "headline_quote_not_in_body"
    assert "is doomed" in finding.detail


def test_language_is_told_only_where_the_text_shows_it() -> None:
    assert extract_body("The mayor said that she was in the town for the day.").language == "en"
    assert extract_body("Der Bürgermeister sagte, er sei „sehr froh“ und bleibe in der Stadt.").language is None
