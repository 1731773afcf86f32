"""Blocks of text inside quotations and lists, written out as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.extract.credits import read_credit
from app.extract.readers.spans import Line, escape, without_controls

DEEPEST = 6
"""Quotations and lists within each other; what lies deeper joins the innermost. Parsers of Markdown stop at 20."""

_LAST = 4
_BACKTICKS = re.compile("`{3,}")
_SPACE_BUT_NEWLINE = re.compile(r"[^\S\n]")


@dataclass(eq=False, slots=True)
class Quotation:
    """A block quotation that is open."""

    first = rest = "> "


@dataclass(eq=False, slots=True)
class List:
    """A list that is open; `number` is that of its next item, None in a list without numbers."""

    number: int | None

    def item(self) -> ListItem:
        first = "- " if self.number is None else f"{self.number}. "
        if self.number is not None:
            self.number += 1
        return ListItem(self, first, " " * len(first))


@dataclass(eq=False, slots=True)
class ListItem:
    """An item of a list: what its first line begins with, and what every other."""

    list: List
    first: str
    rest: str


Container = Quotation | ListItem
Kind = Literal["paragraph", "heading", "code", "image", "table", "rule"]


@dataclass(slots=True)
class Block:
    """Lines of Markdown, and the text they read as. A paragraph has a line of text for each of Markdown."""

    kind: Kind
    lines: list[str]
    text: str
    containers: tuple[Container, ...] = ()


def paragraph(lines: Sequence[Line], containers: tuple[Container, ...]) -> Block:
    """A paragraph of these lines, with a hard break between them."""
    written = [f"{line.markdown}\\" for line in lines[:-1]] + [lines[-1].markdown]
    return Block("paragraph", written, "\n".join(line.text for line in lines), containers)


def heading(level: int, line: Line, containers: tuple[Container, ...]) -> Block:
    """An ATX heading. A number sign at its end would be taken for its frame, so it is escaped."""
    words = f"{line.markdown[:-1]}\\#" if line.markdown.endswith("#") else line.markdown
    return Block("heading", [f"{'#' * level} {words}"], line.text, containers)


def image(alt: str, source: str, href: str | None, containers: tuple[Container, ...]) -> Block:
    """An image, perhaps a link, in a block of its own; its description is its text."""
    markdown = f"![{escape(alt, label=True)}]({source})"
    return Block("image", [f"[{markdown}]({href})" if href else markdown], alt, containers)


def code(text: str, containers: tuple[Container, ...]) -> Block | None:
    """A fenced block with the text as it stands; tabs become spaces. None if it is blank."""
    text = _SPACE_BUT_NEWLINE.sub(" ", without_controls(text.replace("\r\n", "\n").replace("\r", "\n")).expandtabs(4))
    lines = [line.rstrip() for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return None
    fence = "`" * max(3, 1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    return Block("code", [fence, *lines, fence], "\n".join(lines), containers)


@dataclass(slots=True)
class Table:
    """A table that is open: rows of cells of blocks. `layout` when it cannot be one in Markdown."""

    rows: list[list[list[Block]]] = field(default_factory=list)
    layout: bool = False

    def blocks(self, containers: tuple[Container, ...]) -> list[Block]:
        """One table of its cells if they form one; else their blocks, one after the other."""
        rows = [row for row in self.rows if any(row)]
        width = max(map(len, rows), default=0)
        cells = [cell for row in rows for cell in row]
        even = width * len(rows) - len(cells) < 1000
        one_line = all(
            len(cell) == 1
            and len(cell[0].lines) == 1
            and cell[0].kind == "paragraph"
            and cell[0].containers == containers
            for cell in cells
            if cell
        )
        if self.layout or width < 2 or not even or not one_line:
            return [block for cell in cells for block in cell]
        lines = [_row([*row, *([] for _ in range(width - len(row)))]) for row in rows]
        text = "\n".join(cell[0].text for cell in cells if cell)
        return [Block("table", [lines[0], f"|{' --- |' * width}", *lines[1:]], text, containers)]


def _row(cells: list[list[Block]]) -> str:
    words = (cell[0].lines[0].replace("|", "\\|") if cell else "" for cell in cells)
    return f"| {' | '.join(words)} |"


def take_credit(blocks: list[Block]) -> str | None:
    """Take the credit line out of the last blocks; None if there is none, or nothing else."""
    for index in range(len(blocks) - 1, max(-1, len(blocks) - 1 - _LAST), -1):
        block = blocks[index]
        if block.kind != "paragraph":
            continue
        *others, last = block.text.split("\n")
        if read_credit(last) is None or (not others and len(blocks) == 1):
            continue
        if others:
            lines = [*block.lines[:-2], block.lines[-2][:-1]]
            blocks[index] = Block("paragraph", lines, "\n".join(others), block.containers)
        else:
            del blocks[index]
        return last
    return None


def write(blocks: Sequence[Block]) -> str:
    """The blocks as one Markdown text. Items of one paragraph each stand on lines without a gap."""
    out: list[str] = []
    before: Block | None = None
    for block in blocks:
        shared = 0
        if before is not None:
            for old, new in zip(before.containers, block.containers, strict=False):
                if old is not new:
                    break
                shared += 1
            if not _follows(before, block, shared):
                out.append("".join(c.rest for c in block.containers[:shared]).rstrip())
        rest = "".join(c.rest for c in block.containers)
        head = "".join(c.rest for c in block.containers[:shared]) + "".join(c.first for c in block.containers[shared:])
        out.append(head + block.lines[0])
        out.extend(rest + line if line else rest.rstrip() for line in block.lines[1:])
        before = block
    return "\n".join(out)


def _follows(before: Block, block: Block, shared: int) -> bool:
    """Whether the block opens the next item of a list after a plain one, or the first item inside one."""
    if before.kind != "paragraph" or block.kind != "paragraph" or len(block.containers) == shared:
        return False
    opened = block.containers[shared]
    if not isinstance(opened, ListItem):
        return False
    if len(before.containers) == shared:
        return bool(shared) and isinstance(before.containers[-1], ListItem) and opened.first in ("- ", "1. ")
    left = [container.list for container in before.containers[shared:] if isinstance(container, ListItem)]
    return left[:1] == [opened.list] and len(left) == len(before.containers) - shared
