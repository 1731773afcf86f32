"""What editors write (Markdown) and what follows from it: sanitised HTML, and the plain text quotes count in."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Raw HTML stays text, and nothing is made a link or prettified that the editor did not write so.
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": False, "linkify": False}).enable("table")

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}

# What begins something inside a line, and what begins a block at its head; all else stays as readable as it was.
_SPECIAL = re.compile(r"[\\`*_\[<]|&(?=[#\w])|^[#+\-=>~]|(?<=^[0-9])[.)]|^(?:[0-9]{2,9})[.)]")

Places = tuple[tuple[int, int], ...]
"""Stretches of a text, from and up to a code point."""


@dataclass(frozen=True, slots=True)
class Body:
    """One body in its three forms. `text`: the blocks' texts joined by one newline; `set_off`: the places in it of
    block quotations (`>`), outer ones only."""

    markdown: str
    html: str
    text: str
    set_off: Places = ()


def render(markdown: str) -> Body:
    """The three forms of what an editor wrote.

    >>> body = render("# One\\n\\ntwo *three*\\n\\n> four")
    >>> body.text, body.set_off
    ('One\\ntwo three\\nfour', ((14, 18),))
    """
    tokens = _MARKDOWN.parse(markdown)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return Body(markdown, clean.strip(), *_text(tokens))


def from_plain(blocks: Iterable[str]) -> str:
    """Markdown that says exactly these blocks of plain text, one paragraph each.

    >>> render(from_plain(["# 1 of *2*", "1. <b>"])).text
    '# 1 of *2*\\n1. <b>'
    """
    return "\n\n".join(_SPECIAL.sub(lambda mark: f"{mark[0][:-1]}\\{mark[0][-1]}", block) for block in blocks)


def _text(tokens: Sequence[Token]) -> tuple[str, Places]:
    """The plain text, and where in it block quotations stand."""
    blocks: list[str] = []
    set_off = []
    length = depth = begin = 0
    for token in tokens:
        if token.type == "blockquote_open":
            depth, begin = depth + 1, begin if depth else length
        elif token.type == "blockquote_close":
            depth -= 1
            if depth == 0 and begin < length:
                set_off.append((begin, length - 1))  # without the newline that follows
        elif text := _block(token):
            blocks.append(text)
            length += len(text) + 1
    return "\n".join(blocks), tuple(set_off)


def _block(token: Token) -> str:
    if token.type == "inline":
        return _inline(token.children or [])
    return token.content.rstrip("\n") if token.type in ("fence", "code_block") else ""


def _inline(children: Sequence[Token]) -> str:
    parts = []
    for child in children:
        if child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        elif child.type == "image":
            parts.append(_inline(child.children or []))  # its description
        else:  # text and code carry their characters, marks of emphasis nothing
            parts.append(child.content)
    return "".join(parts)
