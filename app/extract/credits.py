"""Credit lines: under whose permission a reprint stands, and where a piece first appeared."""

from __future__ import annotations

import re

from app.extract.draft import FoundPermission

_AGAIN = r"(?:re-?printed|re-?published|re-?posted|reproduced|cross-?posted|syndicated|used)"
_THIS = r"(?:this|the)\s+(?:article|story|piece|post|essay|column|report|op-ed|commentary|interview|text)"
_CREDITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_THIS}\s+(?:is|was|has been)\s+)?{_AGAIN}\s+(?:here\s+)?"
        r"(?:(?:with|by)\s+(?:the\s+)?(?:kind\s+)?permission\s+(?:of|from)"
        r"|courtesy\s+of|from)\s+(?P<who>.+)",
        r"(?:with|by)\s+(?:kind\s+)?permission\s+(?:of|from)\s+(?P<who>.+)",
        rf"(?:{_THIS}\s+)?(?:was\s+|has\s+been\s+)?(?:originally|first)\s+(?:appeared|published|posted|ran|printed)\s+"
        r"(?:here\s+)?(?:by|in|at|on)\s+(?P<who>.+)",
        r"(?:courtesy of|via|source:)\s+(?P<who>[A-Z].{1,80})",
    )
)
_TAIL = re.compile(
    r"\s*(?:,?\s+(?:and is|on \w+ \d|in (?:\w+ )?\d{4}|under (?:a|the)|where it).*|\(?https?://\S*\)?.*|[.,;:!)\]*_]+)$"
    r"|(?<=\w{3})[.!]\s+(?=[A-Z]).*$",
    re.IGNORECASE,
)
_LONGEST = 240


def read_credit(line: str) -> FoundPermission | None:
    """The permission that the line claims, when crediting a publisher is all it does.

    >>> read_credit("Republished with permission of The Daily Example.").assigner
    'The Daily Example'
    """
    line = line.strip()
    bare = line.strip("()[]*_ ") if len(line) <= _LONGEST else ""
    for pattern in _CREDITS:
        match = pattern.fullmatch(bare)
        who = _publisher(match["who"]) if match else ""
        if who:
            return FoundPermission(who, line)
    return None


def _publisher(text: str) -> str:
    """The name at the head of a credit, without date, address or a second sentence."""
    shorter = _TAIL.sub("", text.strip())
    while shorter != text:
        text, shorter = shorter, _TAIL.sub("", shorter)
    return re.sub(r"^the ", "", text.strip(" \"“”'"))
