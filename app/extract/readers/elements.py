"""What each element of HTML does to the text in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import NamedTuple

from app.extract.readers import blocks
from app.extract.readers.addresses import link_destination
from app.extract.readers.blocks import DEEPEST, Block, Container, List, Quotation, Table
from app.extract.readers.spans import PLAIN, Line, Style, write_line


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


BLOCKS = _tags(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table tbody"
    " td tfoot th thead tr ul"
)
"""Elements that end the paragraph before them and the one in them."""

_UNSEEN = _tags(
    "applet area audio base button canvas datalist embed frame frameset head iframe input link map math meta meter"
    " noembed noframes noscript object optgroup option param progress script select source style svg template textarea"
    " title track video"
)
_EMPHASIS = _tags("em i dfn var")
_STRONG = _tags("strong b")
_CODE = _tags("code kbd samp tt")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WEIGHT = re.compile(r"font-weight\s*:\s*(?:(?P<bold>bold|[6-9]00)|normal|[1-5]00)", re.IGNORECASE)
_SLANT = re.compile(r"font-style\s*:\s*(?:(?P<italic>italic|oblique)|normal)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_DEEPEST = 512


class TooDeep(Exception):
    """Elements are nested beyond what browsers show as nested; the parser would take quadratic time."""


class _Context(NamedTuple):
    """What holds where the parser stands: one is kept for every open element."""

    style: Style = PLAIN
    hidden: bool = False
    pre: bool = False
    heading: int = 0
    quotes: int = 0
    list: List | None = None
    table: Table | None = None
    containers: tuple[Container, ...] = ()


class Collector:
    """A parser target of lxml that collects blocks."""

    def __init__(self, base: str | None, *, line_breaks: bool) -> None:
        self._base = base
        self._line_breaks = line_breaks
        self._here = _Context()
        self._around: list[_Context] = []
        self._found: list[Block] = []
        self._lines: list[list[tuple[Style, list[str]]]] = [[]]
        self._blank = True
        self._cites = False
        self._images: list[Block] = []
        self._pre: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        here = self._here
        self._around.append(here)
        if len(self._around) > _DEEPEST:
            raise TooDeep
        css = attributes.get("style", "")
        if here.hidden or tag in _UNSEEN or "hidden" in attributes or _HIDDEN.search(css):
            self._here = here._replace(hidden=True)
            return
        if here.pre:
            if tag == "br":
                self._pre.append("\n")
            return
        if tag in BLOCKS:
            self._end_block()
        if enter := _ENTER.get(tag):
            here = enter(self, here, attributes)
        self._here = here._replace(style=_styled(here.style, css)) if css else here

    def end(self, tag: str) -> None:
        left, self._here = self._here, self._around.pop()
        if left.hidden:
            return
        if left.pre:
            if not self._here.pre and (block := blocks.code("".join(self._pre), left.containers)):
                self._put(block)
            return
        if tag == "q":
            self._add("”" if self._here.quotes % 2 == 0 else "’")
        elif tag in BLOCKS:
            self._end_block(left)
            if left.table is not None and self._here.table is None:
                self._found.extend(left.table.blocks(left.containers))

    def data(self, text: str) -> None:
        here = self._here
        if here.hidden:
            return
        if here.pre:
            self._pre.append(text)
            return
        if self._cites and not text.isspace():
            self._cites = False
            text = text if text.lstrip().startswith(("-", "–", "—")) else f"— {text.lstrip()}"
        if not self._line_breaks or "\n" not in text:
            self._add(text)
        else:
            for number, line in enumerate(_BLANK_LINES.sub("\n\n", text).split("\n")):
                if number:
                    self._lines.append([])
                self._add(line)

    def close(self) -> list[Block]:
        self._end_block()
        return self._found

    def _add(self, text: str) -> None:
        self._blank = self._blank and text.isspace()
        line = self._lines[-1]
        if line and line[-1][0] == self._here.style:
            line[-1][1].append(text)
        else:
            line.append((self._here.style, [text]))

    def _put(self, block: Block) -> None:
        table = self._here.table
        if table is not None and table.rows and table.rows[-1]:
            table.rows[-1][-1].append(block)
        else:
            self._found.append(block)

    def _end_block(self, context: _Context | None = None) -> None:
        """Make a heading or paragraphs of the lines since the last block; an empty line parts paragraphs."""
        here = context or self._here
        lines, self._lines, self._blank = self._lines, [[]], True
        images, self._images = self._images, []
        if here.heading:
            runs = [run for line in lines for run in [*line, (PLAIN, [" "])]]
            if (title := _line(runs)).markdown:
                self._put(blocks.heading(here.heading, title, here.containers))
        elif lines != [[]]:
            for some, part in groupby(map(_line, lines), key=lambda line: bool(line.markdown)):
                if some:
                    self._put(blocks.paragraph([*part], here.containers))
        for image in images:
            self._put(image)

    def _image(self, here: _Context, attributes: Mapping[str, str]) -> _Context:
        """An image stands by itself, before or after the paragraph it is in: text around it stays whole."""
        alt = " ".join(attributes.get("alt", "").split())
        source = link_destination(attributes.get("src", ""), self._base, ("http", "https"))
        counts_visits = {attributes.get("width"), attributes.get("height")} <= {"0", "1"}
        if {"emoji", "wp-smiley"} & {*attributes.get("class", "").split()}:
            self._add(alt)
        elif source and not counts_visits:
            self._images.append(blocks.image(alt, source, here.style.href, here.containers))
            if self._blank:
                self._end_block()
        return here

    def _break(self, here: _Context, _: Mapping[str, str]) -> _Context:
        self._lines.append([])
        return here

    def _link(self, here: _Context, attributes: Mapping[str, str]) -> _Context:
        href = link_destination(attributes.get("href", ""), self._base, ("http", "https", "mailto"))
        return here._replace(style=here.style._replace(href=href))

    def _cite(self, here: _Context, _: Mapping[str, str]) -> _Context:
        """Who is quoted, on a line of its own under a block quotation, gets the dash that most pages show there."""
        self._cites = self._blank and any(isinstance(container, Quotation) for container in here.containers)
        return _styling(em=True)(self, here, {})

    def _quote(self, here: _Context, _: Mapping[str, str]) -> _Context:
        self._add("“" if here.quotes % 2 == 0 else "‘")
        return here._replace(quotes=here.quotes + 1)

    def _rule(self, here: _Context, _: Mapping[str, str]) -> _Context:
        self._put(Block("rule", ["***"], "", here.containers))
        return here

    def _preformatted(self, here: _Context, _: Mapping[str, str]) -> _Context:
        self._pre = []
        return here._replace(pre=True)

    def _table(self, here: _Context, _: Mapping[str, str]) -> _Context:
        if here.table is None:
            return here._replace(table=Table())
        here.table.layout = True
        return here

    def _row(self, here: _Context, _: Mapping[str, str]) -> _Context:
        if here.table is not None:
            here.table.rows.append([])
        return here

    def _cell(self, here: _Context, _: Mapping[str, str]) -> _Context:
        if here.table is not None:
            if not here.table.rows:
                here.table.rows.append([])
            here.table.rows[-1].append([])
        return here


def _line(runs: list[tuple[Style, list[str]]]) -> Line:
    return write_line((style, "".join(words)) for style, words in runs)


_Enter = Callable[[Collector, _Context, Mapping[str, str]], _Context]


def _styling(*, em: bool = False, strong: bool = False, code: bool = False) -> _Enter:
    def enter(_: Collector, here: _Context, __: Mapping[str, str]) -> _Context:
        old = here.style
        return here._replace(style=Style(old.em or em, old.strong or strong, old.code or code, old.href))

    return enter


def _heading(level: int) -> _Enter:
    return lambda _reader, here, _attributes: here._replace(heading=level)


def _within(here: _Context, container: Container) -> _Context:
    return here._replace(containers=(*here.containers, container)) if len(here.containers) < DEEPEST else here


def _quotation(_: Collector, here: _Context, __: Mapping[str, str]) -> _Context:
    return _within(here, Quotation())


def _bullets(_: Collector, here: _Context, __: Mapping[str, str]) -> _Context:
    return here._replace(list=List(None))


def _numbers(_: Collector, here: _Context, attributes: Mapping[str, str]) -> _Context:
    start = attributes.get("start", "1").strip()
    return here._replace(list=List(int(start) if re.fullmatch("[0-9]{1,8}", start) else 1))


def _item(_: Collector, here: _Context, __: Mapping[str, str]) -> _Context:
    return _within(here, (here.list or List(None)).item())


_ENTER: dict[str, _Enter] = {
    **dict.fromkeys(_EMPHASIS, _styling(em=True)),
    **dict.fromkeys(_STRONG, _styling(strong=True)),
    **dict.fromkeys(_CODE, _styling(code=True)),
    **{f"h{level}": _heading(level) for level in range(1, 7)},
    "a": Collector._link,
    "blockquote": _quotation,
    "br": Collector._break,
    "cite": Collector._cite,
    "dir": _bullets,
    "hr": Collector._rule,
    "img": Collector._image,
    "li": _item,
    "menu": _bullets,
    "ol": _numbers,
    "pre": Collector._preformatted,
    "q": Collector._quote,
    "table": Collector._table,
    "td": Collector._cell,
    "th": Collector._cell,
    "tr": Collector._row,
    "ul": _bullets,
}


def _styled(style: Style, css: str) -> Style:
    """The style as an element's own declarations change it."""
    if weight := _WEIGHT.search(css):
        style = style._replace(strong=weight["bold"] is not None)
    if slant := _SLANT.search(css):
        style = style._replace(em=slant["italic"] is not None)
    return style
