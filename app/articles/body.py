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


@dataclass(frozen=True, slots=True)
class Body:
    """One body in its three forms. `text`: the blocks' texts joined by one newline."""

    markdown: str
    html: str
    text: str


def render(markdown: str) -> Body:
    """The three forms of what an editor wrote.

    >>> render("# One\\n\\ntwo *three*").text
    'One\\ntwo three'
    """
    tokens = _MARKDOWN.parse(markdown)
    html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    return Body(markdown, clean.strip(), "\n".join(_blocks(tokens)))


def from_plain(blocks: Iterable[str]) -> str:
    """Markdown that says exactly these blocks of plain text, one paragraph each.

    >>> render(from_plain(["# 1 of *2*", "1. <b>"])).text
    '# 1 of *2*\\n1. <b>'
    """
    return "\n\n".join(_SPECIAL.sub(lambda mark: f"{mark[0][:-1]}\\{mark[0][-1]}", block) for block in blocks)


def _blocks(tokens: Sequence[Token]) -> Iterable[str]:
    for token in tokens:
        if token.type == "inline":
            text = _inline(token.children or [])
        elif token.type in ("fence", "code_block"):
            text = token.content.rstrip("\n")
        else:
            continue
        if text:
            yield text


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
