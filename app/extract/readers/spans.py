"""One line of text as Markdown, in which nothing means more than its author wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

_SPECIAL = re.compile(r"[\\`*_\[<]|&(?=[#\w]|\Z)")
_HEAD = re.compile(r"[#+\-=>~|:]|[0-9]{1,9}[.)]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")
_SPACES = re.compile(r"\s{2,}|[^\S \xa0\u2009\u202f\u3000]")  # a fixed space by itself was meant
_BACKTICKS = re.compile("`+")


class Style(NamedTuple):
    """How a piece of a line is set: emphasis, strong emphasis, code, and where it leads."""

    em: bool = False
    strong: bool = False
    code: bool = False
    href: str | None = None


PLAIN = Style()


class Line(NamedTuple):
    """A line as Markdown, and its text as it reads once rendered."""

    markdown: str
    text: str


def escape(line: str, *, label: bool = False) -> str:
    """Markdown that says exactly this line of plain text, wherever a line (or a link's label) may stand.

    >>> escape("1. *snake_case* <b> & co")
    '1\\\\. \\\\*snake\\\\_case\\\\* \\\\<b> & co'
    """
    return _guard_head(_literal(line, label=label))


def _guard_head(line: str) -> str:
    """The same line of Markdown, no longer opening a list, heading, quotation or table."""
    head = _HEAD.match(line)
    return f"{line[: head.end() - 1]}\\{line[head.end() - 1 :]}" if head else line


def without_controls(text: str) -> str:
    """The text less control characters, byte-order marks and lone surrogates; white space stays."""
    return _CONTROLS.sub("", text)


def write_line(runs: Iterable[tuple[Style, str]]) -> Line:
    """Write styled pieces of text as one line.

    A run of white space is one space, none at either end; a single no-break, thin or ideographic
    space stays what it is. Emphasis that CommonMark would not recognise where it stands is left
    out: the words come first.
    """
    pieces = _tidy(runs)
    text = "".join(words for _, words in pieces)
    out: list[str] = []
    groups = [(href, list(group)) for href, group in groupby(pieces, key=lambda piece: piece[0].href)]
    for number, (href, group) in enumerate(groups):
        if href is None:
            before = out[-1][-1] if out else " "
            after = "[" if number + 1 < len(groups) else " "
            out.append(_write(group, before, after))
        else:
            if out and out[-1].endswith("!"):
                out[-1] = f"{out[-1][:-1]}\\!"
            label = _write(group, "[", "]", label=True)
            words = label.strip()
            start = label.index(words) if words else 0
            link = f"[{words}]({href})" if words else ""
            out.append(f"{label[:start]}{link}{label[start + len(words) :]}")
    return Line(_guard_head("".join(out)), text)


def _tidy(runs: Iterable[tuple[Style, str]]) -> list[tuple[Style, str]]:
    """The pieces with their white space normalised across borders, equal neighbours joined, none empty."""
    pieces: list[tuple[Style, str]] = []
    for style, raw in runs:
        text = _SPACES.sub(" ", _CONTROLS.sub("", raw))
        if text[:1].isspace() and pieces and pieces[-1][1][-1].isspace():
            last_style, last = pieces.pop()
            if last := last.rstrip():
                pieces.append((last_style, last))
            text = f" {text.lstrip()}"
        if not pieces:
            text = text.lstrip()
        if text:  # marks inside code would be code; two codes side by side would be none
            pieces.append((style._replace(em=False, strong=False) if style.code else style, text))
    if pieces:
        style, last = pieces.pop()
        if last := last.rstrip():
            pieces.append((style, last))
    return [(style, "".join(text for _, text in same)) for style, same in groupby(pieces, key=lambda piece: piece[0])]


def _write(pieces: list[tuple[Style, str]], before: str, after: str, *, label: bool = False) -> str:
    """The pieces of one link's label, or of the text between links; `before` and `after` stand around them."""
    out: list[str] = []
    touched = False  # a closing mark stands directly before: another mark would run into it
    for number, (style, text) in enumerate(pieces):
        mark = "" if style.code else "*" * (style.em + 2 * style.strong)
        core = text.strip()
        if not core or not (mark or style.code):
            out.append(_literal(text, label=label))
            touched = False
            continue
        start = text.index(core)
        lead, trail = text[:start], text[start + len(core) :]
        following = trail or after
        if not trail and number + 1 < len(pieces):
            following = "`" if pieces[number + 1][0].code else pieces[number + 1][1]
        previous = lead or (out[-1] if out else before)
        if (touched and not lead) or not _binds(previous[-1], core[0], core[-1], following[0]):
            mark = ""
        touched = bool(mark) and not trail
        words = _code(core) if style.code else _literal(core, label=label)
        out.append(f"{lead}{mark}{words}{mark}{trail}")
    return "".join(out)


def _binds(before: str, first: str, last: str, after: str) -> bool:
    """Whether marks of emphasis count that stand between the outer two and the inner two of these characters.

    CommonMark 0.31, “left-flanking” and “right-flanking”.
    """
    return _flanks(before, first) and _flanks(after, last)


def _flanks(outside: str, inside: str) -> bool:
    return inside.isalnum() or outside.isspace() or outside in "$+<=>^`|~" or unicodedata.category(outside)[0] == "P"


def _literal(text: str, *, label: bool) -> str:
    text = _SPECIAL.sub(lambda mark: f"\\{mark[0]}", text)
    return text.replace("]", "\\]") if label else text


def _code(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(text)), default=0))
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"
