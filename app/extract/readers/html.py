"""HTML as posts, feeds and comments hold it, read event by event into Markdown that says the same words."""

from __future__ import annotations

import re
from contextlib import suppress

from lxml import etree

from app.extract.readers import blocks
from app.extract.readers.blocks import Block
from app.extract.readers.elements import BLOCKS, Collector, TooDeep
from app.extract.readers.spans import without_controls

_HAS_LAYOUT = re.compile(r"<(?:p|br|div)\b", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_MARKUP = re.compile("[<&]")
_TAG = re.compile(r"</?(?P<name>[a-z][a-z0-9:-]*)[^<>]*>?", re.IGNORECASE)
_NEVER_NESTED = frozenset(["br", "hr", "iframe", "img", "script", "style", "textarea", "title"])
_GAP = "<br><br>"
_GAPS = re.compile(rf"(?:{_GAP}\s*)+")
_CHUNK = 1 << 15


def to_markdown(html: str, base: str | None = None, *, line_breaks: bool | None = None) -> str:
    """The visible text of an HTML fragment as CommonMark with tables.

    Whatever is not markup in the HTML is escaped and so stays text. Links and images keep http,
    https and mailto addresses, relative ones resolved against `base`; of a link without one the text
    stays, an image without one goes. Scripts, styles, embedded frames, forms and hidden elements go.
    Nothing is fetched, and any input is read in time and memory linear in its length.

    `line_breaks`: whether a blank line ends a paragraph and a newline a line, as in posts of
    WordPress's classic editor; by default where there are blank lines but no p, br or div.

    >>> to_markdown("<p>Say <b>“2 * 3”</b>:<br>1. yes</p><ul><li>a<li>b</ul>")
    'Say **“2 \\\\* 3”**:\\\\\\n1\\\\. yes\\n\\n- a\\n- b'
    """
    return blocks.write(_read(html, base, line_breaks))


def to_body(html: str, base: str | None = None, *, line_breaks: bool | None = None) -> tuple[str, str | None]:
    """The same as `to_markdown`, less the credit line at its end, and that line as plain text."""
    found = _read(html, base, line_breaks)
    credit = blocks.take_credit(found)
    return blocks.write(found), credit


def to_text(html: str, *, line_breaks: bool | None = None) -> str:
    """The visible text of an HTML fragment, a blank line between its blocks."""
    return "\n\n".join(block.text for block in _read(html, None, line_breaks) if block.text)


def to_line(html: str) -> str:
    """The visible text of an HTML fragment on one line: of titles, names, summaries."""
    return " ".join((to_text(html, line_breaks=False) if _MARKUP.search(html) else without_controls(html)).split())


def _read(html: str, base: str | None, line_breaks: bool | None) -> list[Block]:
    if line_breaks is None:
        line_breaks = not _HAS_LAYOUT.search(html) and _BLANK_LINE.search(html) is not None
    if not html.strip():
        return []
    html = html.replace("\x00", "")
    if not _MARKUP.search(html):
        collector = Collector(base, line_breaks=line_breaks)
        collector.data(html)
        return collector.close()
    try:
        return _parse(html, base, line_breaks=line_breaks)
    except TooDeep:
        return _parse(_GAPS.sub(_GAP, _TAG.sub(_flat, html)), base, line_breaks=line_breaks)


def _parse(html: str, base: str | None, *, line_breaks: bool) -> list[Block]:
    # Events, not a tree: a tree would end where its depth limit is, and cost several times the input.
    collector = Collector(base, line_breaks=line_breaks)
    parser = etree.HTMLParser(target=collector, encoding="utf-8", no_network=True)
    content = html.encode("utf-8", "ignore")
    with suppress(etree.XMLSyntaxError):  # nothing in it, or a tag larger than any: what came before stands
        for start in range(0, len(content), _CHUNK):
            parser.feed(content[start : start + _CHUNK])
        parser.close()
    return collector.close()


def _flat(tag: re.Match[str]) -> str:
    """What stands for a tag where elements are nested beyond reason: a gap for a block, nothing for the rest."""
    name = tag["name"].lower()
    return tag[0] if name in _NEVER_NESTED else _GAP if name in BLOCKS else ""
