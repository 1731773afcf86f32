"""Where quotation marks open and close. Pure typography: who speaks is decided elsewhere.

A mark that never closes opens nothing: a lost quote is better than an invented one. The one
exception is a quote over several paragraphs, where each paragraph opens and only the last closes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(r"''|``|[\"“”„‟«»‹›「」『』‘’‚']")
_BEFORE_OPENING = frozenset("(<[{—–―-/“„‟«‹「『‘‚\"'*_>…|=:")
_AFTER_CLOSING = frozenset(")]}>—–―-.,;:!?…/”’»›」』\"'*_|")
_ELIDED = re.compile(r"(?:\d\ds?|tis|twas|em|til|cause|n|bout|round)\b", re.IGNORECASE)
# Each closing mark, with the marks that it may close, the likeliest first.
_CLOSES = {
    '"': ('"', "“", "„"), "''": ("''", "``"), "”": ("“", "„", "‟", '"', "”"), "“": ("„", "“", '"'),
    "»": ("«",), "«": ("»",), "›": ("‹",), "‹": ("›",), "」": ("「",), "』": ("『",),
    "’": ("‘", "‚", "'"), "‘": ("‚",), "'": ("'", "‘"),
}  # fmt: skip
_ALWAYS_OPEN = frozenset("„‟「『‚") | {"``"}
_ALWAYS_CLOSE = frozenset("」』")
_DEEPEST = 12  # marks open at once; older ones are given up, which keeps any text linear
_SINGLE = frozenset("‘’'‚")


@dataclass(slots=True)
class Quoted:
    """The inside of one pair of marks, or of one paragraph of a quote that runs on.

    `parent` is the index of the passage around it; passages of one quote over several paragraphs
    share their `run`.
    """

    start: int
    end: int
    mark: str
    parent: int | None = None
    run: int | None = None


def find_quoted(text: str) -> list[Quoted]:
    """Return every quotation in the order of its start, outer ones before those inside them.

    >>> said = "„Ja“, «non», ‘it’s “so” here’, un“closed"
    >>> [said[q.start:q.end] for q in find_quoted(said)]
    ['Ja', 'non', 'it’s “so” here', 'so']
    """
    found: list[Quoted] = []
    running: Quoted | None = None
    position = runs = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            spans, open_end, stray = _pair(line, position)
            carried = _carried(line, position, spans, open_end, stray, running.mark) if running else None
            if running and (carried or running.run is not None):
                if running.run is None:
                    runs += 1
                    running.run = runs
                found.append(running)
                if carried:
                    carried.run = running.run
                    if carried.end == stray:
                        spans.append(carried)
            found.extend(spans)
            running = open_end
        position += len(line) + 1
    if running and running.run is not None:
        found.append(running)
    return _nested(text, found)


def _carried(
    line: str, offset: int, spans: list[Quoted], open_end: Quoted | None, stray: int | None, mark: str
) -> Quoted | None:
    """The passage of this paragraph that carries on a quote which the paragraph before left open."""
    if _opening(line) == mark:
        first = min((s for s in spans if s.mark == mark), key=lambda s: s.start, default=open_end)
        return first if first and first.start - offset <= 4 else None
    return Quoted(offset, stray, mark) if stray is not None else None


def _opening(line: str) -> str | None:
    """The mark with which the line begins."""
    match = _MARK.match(line.lstrip())
    return match[0] if match else None


def _pair(line: str, offset: int) -> tuple[list[Quoted], Quoted | None, int | None]:
    """Pair the marks of one paragraph.

    Beside the pairs: the outermost double mark left open, and where a double mark closes what no
    mark of this paragraph opened.
    """
    stack: list[tuple[str, int]] = []
    waiting: dict[str, int] = {}
    spans: list[Quoted] = []
    stray: int | None = None
    marks = list(_MARK.finditer(line))
    for index, match in enumerate(marks):
        mark = match[0]
        opener = _closes(line, marks, index, waiting)
        if opener:
            start = _pop(stack, waiting, opener)
            spans.append(Quoted(offset + start, offset + match.start(), opener))
        elif _opens(line, match):
            stack.append((mark, match.end()))
            waiting[mark] = waiting.get(mark, 0) + 1
            if len(stack) > _DEEPEST:
                waiting[stack.pop(0)[0]] -= 1
        elif not spans and not stack and stray is None and mark in '"”':
            stray = offset + match.start()
    covered = max((s.end for s in spans), default=0) - offset
    left = next(((m, at) for m, at in stack if m not in _SINGLE), None)
    if left is None or (left[1] < covered and _opening(line) != left[0]):
        return spans, None, stray
    return spans, Quoted(offset + left[1], offset + len(line.rstrip()), left[0]), stray


def _pop(stack: list[tuple[str, int]], waiting: dict[str, int], opener: str) -> int:
    """Take the last waiting `opener` off the stack with all above it, and return where its inside starts."""
    while True:
        mark, start = stack.pop()
        waiting[mark] -= 1
        if mark == opener:
            return start


def _opens(line: str, match: re.Match[str]) -> bool:
    mark, before, after = (
        match[0],
        line[match.start() - 1] if match.start() else " ",
        line[match.end() : match.end() + 1],
    )
    if mark in _ALWAYS_CLOSE:
        return False
    if mark in _ALWAYS_OPEN:
        return True
    if mark in "«»‹›":
        return True
    if mark == "“":
        return True
    if mark in _SINGLE:
        free = before.isspace() or before in _BEFORE_OPENING
        return free and not after.isspace() and after != "" and not _ELIDED.match(line, match.end())
    if not after:
        return False
    if after.isspace():
        return before in ",:"
    return before.isspace() or before in _BEFORE_OPENING or before in ",:;" or after.isalpha()


def _closes(line: str, marks: list[re.Match[str]], index: int, waiting: dict[str, int]) -> str | None:
    """The waiting mark that this one closes, if it stands where a closing mark can stand."""
    match = marks[index]
    opener = next((o for o in _CLOSES.get(match[0], ()) if waiting.get(o)), None)
    before = line[match.start() - 1] if match.start() else " "
    after = line[match.end() : match.end() + 1] or " "
    if match[0] == "“" and opener != "„":
        return opener if not before.isspace() and (after.isspace() or after in ".,;") else None
    if opener is None or match[0] in "“”»«›‹」』‘":
        return opener
    if before.isspace():
        return opener if after.isspace() or after in ".,;" else None
    if match[0] in _SINGLE:
        return None if after.isalnum() or _is_plural(line, marks, index, before, after) else opener
    if after.isspace() or after in _AFTER_CLOSING:
        return opener
    return opener if before not in _BEFORE_OPENING else None


def _is_plural(line: str, marks: list[re.Match[str]], index: int, before: str, after: str) -> bool:
    """Whether this is the apostrophe of “the workers' rights”, with the closing mark still to come."""
    if before not in "sS" or not after.isspace() or not line[marks[index].end() + 1 :][:1].islower():
        return False
    for match in marks[index + 1 : index + 4]:
        if match[0] in _SINGLE and not line[match.end() : match.end() + 1].isalnum():
            return line[match.start() - 1] != " "
    return False


def _nested(text: str, found: list[Quoted]) -> list[Quoted]:
    """Strip the white space inside the marks, drop what holds no word, and name each one's parent."""
    kept: list[Quoted] = []
    for quoted in found:
        inside = text[quoted.start : quoted.end]
        quoted.start += len(inside) - len(inside.lstrip())
        quoted.end -= len(inside) - len(inside.rstrip())
        if any(c.isalnum() for c in inside):
            kept.append(quoted)
    kept.sort(key=lambda q: (q.start, -q.end))
    around: list[int] = []
    for index, quoted in enumerate(kept):
        while around and kept[around[-1]].end <= quoted.start:
            around.pop()
        quoted.parent = around[-1] if around else None
        around.append(index)
    return kept
