"""HTML in, Markdown out that renders to the words a browser would show."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.articles.body import render
from app.extract.readers.html import to_body, to_line, to_markdown, to_text

Seen = list[str]
"""What a reader sees of a piece: its characters, where a line ends "\\n", where a block does "\\f"."""
Piece = tuple[str, Seen]
"""A piece of HTML and what is seen of it."""

MARKS = r"\`*_[]()<>#+-=~.!&|:;\"'/{}$^%@,?" + "“”‘’—…"
words = st.text(
    st.sampled_from(MARKS + "ab 12\n\xa0") | st.characters(exclude_categories=["C", "Z"], max_codepoint=0x2FFFF),
    max_size=12,
)
text = words.map(lambda chars: (html.escape(chars), [" " if c == "\n" else c for c in chars]))
nothing = st.sampled_from(
    ["<!-- wp:paragraph -->", "<script>var a = '<p>no</p>';</script>", "<style>p{}</style>", "<span></span>",
     "<span style='display:none'>no</span>", "<iframe src='https://example.org'></iframe>", "<b> </b>", "<i></i>"]
).map(lambda tag: (tag, [" "] if tag == "<b> </b>" else []))  # fmt: skip


def joined(pieces: list[Piece]) -> Piece:
    return "".join(markup for markup, _ in pieces), [char for _, seen in pieces for char in seen]


def within(opening: str, closing: str) -> Callable[[Piece], Piece]:
    return lambda piece: (f"{opening}{piece[0]}{closing}", piece[1])


def block(opening: str, closing: str) -> Callable[[Piece], Piece]:
    return lambda piece: (f"{opening}{piece[0]}{closing}", ["\f", *piece[1], "\f"])


def one_line(piece: Piece) -> Piece:
    return piece[0], [" " if char == "\n" else char for char in piece[1]]


INLINE = ["b", "i", "em", "strong", "span", "u", "code", "font", "o:p", "sup"]
line_break = st.just(("<br>", ["\n"]))
inline = st.recursive(
    text | line_break | nothing,
    lambda inner: st.one_of(
        [st.lists(inner, max_size=4).map(joined).map(within(f"<{tag}>", f"</{tag}>")) for tag in INLINE]
    ),
    max_leaves=8,
)
line = st.lists(inline | inline.map(within("<a href='https://example.org/a_b?c=(d)&amp;e'>", "</a>")), max_size=5).map(
    joined
)
blocks = st.recursive(
    line.map(block("<p>", "</p>")) | line.map(one_line).map(block("<h3>", "</h3>")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(joined).map(block("<div>", "</div>")),
        st.lists(inner | line, max_size=3).map(joined).map(block("<blockquote>\n", "</blockquote>")),
        st.lists(st.lists(inner | line, max_size=2).map(joined).map(block("<li>", "</li>")), max_size=3)
        .map(joined).map(block("<ul> ", "</ul>")),
        st.lists(st.lists(inner | line, max_size=2).map(joined).map(block("<li>", "</li>")), max_size=3)
        .map(joined).map(block("<ol start=7>", "</ol>")),
        st.lists(
            st.lists((line | inner).map(block("<td>", "</td>")), min_size=1, max_size=3)
            .map(joined).map(within("<tr>", "</tr>")), min_size=1, max_size=3,
        ).map(joined).map(block("<table>", "</table>")),
    ),
    max_leaves=6,
)  # fmt: skip


def visible(seen: Seen) -> str:
    """The lines as they are read: a run of white space is one space, a lone no-break space stays."""
    lines = []
    for raw in "".join(seen).replace("\f", "\n").split("\n"):
        parts: list[str] = []
        for char in raw.strip():
            if char.isspace() and parts and parts[-1].isspace():
                parts[-1] = " "
            else:
                parts.append(char)
        lines.append("".join(parts))
    return "\n".join(filter(None, lines))


@settings(max_examples=150, deadline=None)
@given(st.lists(blocks | line, max_size=4).map(joined))
def test_markdown_renders_to_the_visible_text_of_any_html(piece: Piece) -> None:
    assert render(to_markdown(piece[0], line_breaks=False)).text == visible(piece[1])


GARBAGE = [
    "<p>", "</p>", "<b", "<a href='", "</div>", "<div>", "<table>", "<tr>", "<td>", "</table>", "<li>", "<ul>", "</ul>",
    "<pre>", "</pre>", "<q>", "</q>", "<!--", "-->", "<![CDATA[", "]]>", "<script>", "</script>", "<h1>", "</h1>",
    "<img src=x alt='", "'>", ">", "&", "&#", "&lt;script&gt;", "\x00", "\ud800", "\x0c", "<svg onload=x>", "x", " ",
    "\n\n", "<a href='javascript:alert(1)'>", "<img src='data:x' onerror='y'>", "<plaintext>", "<frameset>", "<br/>",
    "</br>", "<?x",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(GARBAGE), max_size=25).map("".join))
def test_no_garbage_fails_or_leads_anywhere_but_to_the_web(markup: str) -> None:
    markdown = to_markdown(markup, "https://example.org/")
    assert not re.search(r"\]\((?!https://example\.org/)", markdown)
    assert not re.search("[\x00\x0c\ud800]", markdown)


@pytest.mark.parametrize(
    ("markup", "markdown"),
    [
        ("<h2>One <i>two</i> #</h2>", "## One *two* \\#"),
        ("a<br>b<br><br>c", "a\\\nb\n\nc"),
        ("<div>a</div>b<div><div>c</div></div>", "a\n\nb\n\nc"),
        ("<b>bold </b>plain <i> <b>both</b></i>", "**bold** plain ***both***"),
        ("x<b>“y”</b>z", "x“y”z"),
        ("<span style='font-weight: bold'>a</span> <b style='font-weight:normal'>b</b>", "**a** b"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ol start=3><li>a<li><p>b</p><p>c</p></ol>", "3. a\n4. b\n\n   c"),
        ("<blockquote><p>a</p><p>b</p></blockquote><blockquote>c</blockquote>", "> a\n>\n> b\n\n> c"),
        ("<blockquote><p>a</p><cite> Ann Lee</cite></blockquote>", "> a\n>\n> *— Ann Lee*"),
        ("<blockquote><p>a</p><cite>– Ann Lee</cite></blockquote>", "> a\n>\n> *– Ann Lee*"),
        ("<blockquote><p>a <cite>Ann Lee</cite></p></blockquote><cite>b</cite>", "> a *Ann Lee*\n\n*b*"),
        ("<pre>\n a\n\n```</pre>", "````\n a\n\n```\n````"),
        ("<code>`a`</code>", "`` `a` ``"),
        ("<p>a</p><hr><p>b</p>", "a\n\n***\n\nb"),
        ("<table><tr><th>a<th>b|c<tr><td>1</table>", "| a | b\\|c |\n| --- | --- |\n| 1 |  |"),
        ("<table><tr><td><p>a</p><p>b</p><td>c</table>", "a\n\nb\n\nc"),
        ("<table><tr><td><img src='https://e.org/a.png'><tr><td>said</table>", "![](https://e.org/a.png)\n\nsaid"),
        ("<figure><img src='https://e.org/a.png' alt='a [b]'><figcaption>c</figcaption></figure>",
         "![a \\[b\\]](https://e.org/a.png)\n\nc"),
        ("one <img src='https://e.org/a.png'> two", "one two\n\n![](https://e.org/a.png)"),
        ("<img src='https://e.org/dot.gif' width=1 height=1>x", "x"),
        ("x<img class=emoji alt=':)' src='https://e.org/e.png'>", "x:)"),
        ("He said <q>a <q>b</q></q>.", "He said “a ‘b’”."),
        ("a&nbsp;b&nbsp; c&nbsp;", "a\xa0b c"),
        ("<p onclick='x()'>a<!-- no --><noscript>no</noscript><input value=no></p>", "a"),
        ("<dl><dt>a<dd>b</dl>", "a\n\nb"),
        ("1. a<br>- b<br># c<br>&gt; d<br>| e", "1\\. a\\\n\\- b\\\n\\# c\\\n\\> d\\\n\\| e"),
        ("", ""),
        ("<!-- only a comment -->", ""),
    ],
)  # fmt: skip
def test_each_element_has_its_markdown(markup: str, markdown: str) -> None:
    assert to_markdown(markup) == markdown


@pytest.mark.parametrize(
    ("href", "markdown"),
    [
        ("https://example.org/a_(b) c?d=1&amp;e", "[x](https://example.org/a_%28b%29%20c?d=1&e)"),
        ("mailto:a@example.org", "[x](mailto:a@example.org)"),
        ("/path", "[x](https://base.example/path)"),
        ("//other.example/y", "[x](https://other.example/y)"),
        ("#note", "x"),
        ("javascript:alert(1)", "x"),
        (" java\tscript:alert(1)", "x"),
        ("data:text/html,x", "x"),
        ("http://[", "x"),
        ("https://example.org/" + "a" * 3000, "x"),
    ],
)
def test_links_keep_addresses_of_the_web_and_of_mail_only(href: str, markdown: str) -> None:
    assert to_markdown(f"<a href='{href}'>x</a>", "https://base.example/post/") == markdown


def test_relative_link_without_a_base_is_its_text() -> None:
    assert to_markdown("<a href='/a'>x</a> <img src='/b.png' alt='y'>") == "x"


def test_exclamation_mark_before_a_link_does_not_make_it_an_image() -> None:
    assert render(to_markdown("No!<a href='https://e.org/'>x</a>")).text == "No!x"


def test_newlines_count_in_text_that_has_no_other_layout() -> None:
    assert to_markdown("one\ntwo\n\n<b>three</b>") == "one\\\ntwo\n\n**three**"
    assert to_markdown("one\ntwo") == "one two"
    assert to_markdown("<p>one\n\ntwo</p>") == "one two"
    assert to_markdown("<p>one\n\ntwo</p>", line_breaks=True) == "one\n\ntwo"


def test_text_and_line_are_what_is_read() -> None:
    assert to_text("<p>a <b>*b*</b><br>c</p><p>d &amp; e</p>") == "a *b*\nc\n\nd & e"
    assert to_line(" <i>a</i>\n &lt;b&gt;<br>c ") == "a <b> c"
    assert to_line("5 < 6") == "5 < 6"


@pytest.mark.parametrize(
    ("markup", "markdown", "credit"),
    [
        ("<p>a</p><p><em>Reprinted with permission from <a href='/x'>X Daily</a>.</em></p>", "a",
         "Reprinted with permission from X Daily."),
        ("a<br>Reprinted with permission from X Daily.", "a", "Reprinted with permission from X Daily."),
        ("<p>Reprinted with permission from X Daily.</p>", "Reprinted with permission from X Daily.", None),
        ("<p>a</p><p>b</p>", "a\n\nb", None),
    ],
)  # fmt: skip
def test_credit_at_the_end_leaves_the_body(markup: str, markdown: str, credit: str | None) -> None:
    assert to_body(markup) == (markdown, credit)


def seconds(make: Callable[[int], str], size: int) -> float:
    markup = make(size)
    start = time.process_time()
    to_markdown(markup)
    return time.process_time() - start


@pytest.mark.parametrize(
    "opening", ["<div>", "<b>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<pre>", "<svg>x<q>"]
)
def test_hundred_thousand_nested_tags_keep_the_text(opening: str) -> None:
    assert to_text(f"{opening * 100_000}{'</i>' * 100_000}after").endswith("after")


@pytest.mark.parametrize(
    "make",
    [
        lambda n: "<div>" * n + "</b>" * n,
        lambda n: "<blockquote>x<ol><li>y" * n,
        lambda n: "a<img src='https://e.org/a.png' alt='b'>" * n,
        lambda n: "<table><tr>" + "<td>x" * n + "<tr><td>y" * n,
        lambda n: "xy<b>\x01</b>" * n,
        lambda n: "!<a href='https://e.org/'>z</a> " * n,
        lambda n: "<a" * n,
        lambda n: "<!--" * n,
        lambda n: "a\n \n" * n + " " * 5 * n,
        lambda n: "word " * 5 * n,
    ],
    ids=["stray ends", "lists", "images", "cells", "controls", "links", "open tags", "comments", "lines", "words"],
)
def test_time_grows_with_the_length_and_no_faster(make: Callable[[int], str]) -> None:
    small = min(seconds(make, 3_000) for _ in range(3))
    assert min(seconds(make, 24_000) for _ in range(2)) < 24 * small + 1.0
