"""What an editor's Markdown becomes: the plain text that quotes count in, and HTML that can do nothing."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.articles.body import from_plain, render
from app.comments.rules import to_html

MARKS = r"\`*_[]()<>#+-=~.!&|:;\"'/{}$^%@,?" + "“”‘’«»—…"
blocks = st.lists(
    st.text(st.sampled_from(MARKS + "ab1209 \t") | st.characters(exclude_categories=["C", "Z"]), max_size=40)
    .map(str.strip)
    .filter(bool),
    min_size=1,
    max_size=4,
)


@settings(max_examples=500, deadline=None)
@given(blocks)
def test_plain_text_comes_back_from_the_markdown_that_says_it(lines: list[str]) -> None:
    assert render(from_plain(lines)).text == "\n".join(lines)


@pytest.mark.parametrize(
    "line",
    [
        "1. first", "12) twelfth", "- item", "+ item", "* item", "# head", "> said", "~~~", "```", "    ", "===", "---",
        "<b>bold</b>", "<!-- x -->", "&amp; &#35; &copy;", "a&b", "[a]: /x", "[a](b)", "![a](b)", "*a* _b_ **c**",
        "back\\slash\\", "a\\*b", "http://example.org", "<http://example.org>", "| a | b |", "1986. A year", "a  b",
        "snake_case_word", "2 * 3 * 4", "`code`", "«guillemets»", "𝔘𝔫𝔦 👩‍👩‍👧", "١. عدد", "tab\there",
    ],
)  # fmt: skip
def test_what_looks_like_markdown_in_plain_text_stays_as_it_was_written(line: str) -> None:
    lines = [part for part in (line.strip(), "after") if part]
    body = render(from_plain(lines))
    assert body.text == "\n".join(lines)
    assert body.html.count("<p>") == len(lines)
    assert set(Tags.of(body.html)) == {("p", ())}


def test_the_text_is_the_blocks_joined_by_one_newline() -> None:
    markdown = (
        "# One *title*\n\nA line\nthat goes on,\\\nbroken.\n\n> said [here](https://example.org)\n\n"
        "1. first\n2. second\n\n```\ncode\n  kept\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n![a picture](https://example.org/p.png)"
    )
    assert render(markdown).text == (
        "One title\nA line that goes on,\nbroken.\nsaid here\nfirst\nsecond\ncode\n  kept\na\nb\nc\nd\na picture"
    )


def test_raw_html_is_text() -> None:
    written = "a <b>bold</b> <!-- word --> & <script>word</script>"
    body = render(f"{written}\n\n<div>\n{written}")
    assert body.text == f"{written}\n<div> {written}"
    assert Tags.of(body.html) == [("p", ()), ("p", ())]


def test_the_html_keeps_what_an_editor_may_use() -> None:
    html = render('## *a* **b** `c`\n\n[d](https://example.org "e") ![f](https://example.org/g.png)\n\n3. h').html
    assert html.startswith("<h2><em>a</em> <strong>b</strong> <code>c</code></h2>")
    assert '<a href="https://example.org" title="e"' in html
    assert '<img src="https://example.org/g.png" alt="f">' in html
    assert '<ol start="3">' in html


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=//evil.example></iframe>",
    "<style>@import '//evil.example'</style>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](javascript&Tab;:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x]( javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://example.org/1)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    '![x" onerror="alert(1)](https://example.org/a.png)',
    '[x](https://example.org/"onmouseover="alert(1))',
    '[x](https://example.org "t\\" onmouseover=\\"alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    '<https://example.org/"onclick="alert(1)>',
    '```"><script>alert(1)</script>\n```',
    '``` x" onclick="alert(1)\ncode\n```',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "`<script>alert(1)</script>`",
    "\\<script>alert(1)\\</script>",
    "<<script>script>alert(1)<</script>/script>",
    "<scr\x00ipt>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "| <img src=x onerror=alert(1)> | b |\n|---|---|\n| [x](javascript:alert(1)) | d |",
    "> <object data=evil.swf>\n> <embed src=evil.swf>",
    "<base href=//evil.example><link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
]


class Tags(HTMLParser):
    """Collects start tags as a browser would read them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    @classmethod
    def of(cls, html: str) -> list[tuple[str, tuple[tuple[str, str | None], ...]]]:
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser.found


HARMLESS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


def assert_harmless(html: str) -> None:
    for tag, attributes in Tags.of(html):
        assert tag in HARMLESS, html
        for name, value in attributes:
            assert name in {"href", "src", "title", "alt", "start", "rel"}, html
            if name in ("href", "src"):
                address = re.sub(r"[\x00-\x20]", "", value or "").lower()
                scheme = re.match(r"([a-z][a-z0-9+.-]*):", address)
                assert scheme is None or scheme[1] in ("http", "https", "mailto"), html


@pytest.mark.parametrize("markdown", ATTACKS)
def test_no_markdown_makes_a_script_a_handler_or_an_odd_scheme(markdown: str) -> None:
    assert_harmless(render(markdown).html)
    assert_harmless(to_html(markdown))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*ATTACKS, *MARKS, "\n", "\n\n", " ", "x"]), max_size=12).map("".join))
def test_no_mixture_of_attacks_gets_through(markdown: str) -> None:
    assert_harmless(render(markdown).html)
    assert_harmless(to_html(markdown))


def test_links_of_readers_are_marked_as_theirs() -> None:
    assert to_html("[x](https://example.org)") == (
        '<p><a href="https://example.org" rel="nofollow ugc noopener noreferrer">x</a></p>'
    )
