"""What a comment may be, and how its words are read."""

import re
import unicodedata

import nh3
from markdown_it import MarkdownIt

from app.errors import Invalid

MAX_LENGTH = 10_000
"""Characters of a comment."""

MAX_DEPTH = 8
"""Levels of replies; a reply to one at the last level is refused."""

MAX_MARKS = 4
"""Combining marks in a row; more than any language needs is a wall of ink over the neighbours' lines."""

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "heading", "lheading", "hr", "table"], True)
_TAGS = {"a", "blockquote", "br", "code", "em", "li", "ol", "p", "pre", "strong", "ul"}
_UNSEEN = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\u00ad\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean_text(words: str, pointer: str = "/body") -> str:
    """A reader's words without controls, direction overrides and other characters that only deceive.

    Raises `Invalid`, pointing there, if nothing is left, or if marks are piled up.
    """
    text = _UNSEEN.sub("", words.replace("\r\n", "\n")).strip()
    if not text or not any(c.isalnum() or unicodedata.category(c).startswith("S") for c in text):
        raise Invalid("There are no words in it.", errors=[{"pointer": pointer, "detail": "no words in it"}])
    run = 0
    for character in text:
        kind = unicodedata.category(character)
        if unicodedata.combining(character) or kind == "Me":
            run += 1
        elif kind not in ("Mn", "Mc", "Cf"):  # joiners and the like do not end a pile
            run = 0
        if run > MAX_MARKS:
            raise Invalid("Combining marks are piled up.", errors=[{"pointer": pointer, "detail": "too many marks"}])
    return text


def to_html(text: str) -> str:
    """Limited Markdown as sanitised HTML; links are marked as readers' own (`rel="nofollow ugc"`).

    >>> to_html("see [this](javascript:x) and *that*")
    '<p>see [this](javascript:x) and <em>that</em></p>'
    """
    html = _MARKDOWN.render(text)
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="nofollow ugc noopener noreferrer",
    ).strip()
