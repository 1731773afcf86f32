"""HTML in, Markdown out that renders to the words a browser would show."""

from __future__ import annotations

import html
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
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


@settings(max_examples=1500, deadline=None)
@given(st.lists(blocks | line, max_size=4).map(joined))
def test_markdown_renders_to_the_visible_text_of_any_html(piece: Piece) -> None:
    assert render(to_markdown(piece[0], line_breaks=False)).text == visible(piece[1])
