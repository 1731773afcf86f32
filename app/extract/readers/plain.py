"""Plain text: a title line, perhaps a date and a byline, then one block a line."""

from __future__ import annotations

import re
from datetime import date

from app.extract.credits import read_credit
from app.extract.dates import read_date
from app.extract.document import Document
from app.extract.draft import ExtractError, FoundPermission

_BYLINE = re.compile(r"(?:(?:written|story|text|posted)\s+)?by:?\s+(?P<who>\S.{1,100})", re.IGNORECASE)
_COUNT = re.compile(r"(?:no|\d+)\s+(?:comments?|responses?)\s*:?", re.IGNORECASE)
_INVITE = re.compile(r"(?:post|leave|add)\s+a\s+(?:comment|reply)", re.IGNORECASE)
_CLOSED = re.compile(r"comments\s+(?:are\s+)?(?:closed|disabled|off)\.?", re.IGNORECASE)
_FURNITURE = re.compile(
    r"(?:newer post|older post|home|subscribe to:.*|post comments \(atom\)|email this|blogthis!"
    r"|share to .*|share|labels:.*|view web version|powered by blogger\.?|posted by .* at .*|reactions:)",
    re.IGNORECASE,
)
_LONGEST_TITLE = 300
_HEAD = 4


def read_plain(text: str) -> Document:
    """Read an article from plain text.

    The first line is the title; a date line and a byline may follow; lines are stripped and empty
    ones vanish. A credit line at either end becomes the permission, the footer that Blogger prints
    under a post tells whether comments are open; neither is part of the body.

    Raises `ExtractError` with code `empty`, `missing_title`, `missing_body` or `bad_date`.
    """
    lines = [s for s in (line.strip() for line in text.lstrip("\ufeff").splitlines()) if s]
    if not any(c.isalnum() for c in text):
        raise ExtractError("empty", "There is no text.")
    title = lines.pop(0)
    if len(title) > _LONGEST_TITLE or read_date(title) or read_credit(title):
        raise ExtractError("missing_title", "The first line is no title.")
    lines, comments_open = _without_footer(lines)
    published_on, byline, lines = _head(lines)
    permission, lines = _credit(lines)
    if not lines:
        raise ExtractError("missing_body", "There is a title but no text under it.")
    return Document(title, published_on, byline, tuple(lines), permission, comments_open)


def _head(lines: list[str]) -> tuple[date | None, str | None, list[str]]:
    """Take the date line and the byline off the top, in either order."""
    published_on: date | None = None
    byline: str | None = None
    while lines:
        by = _BYLINE.fullmatch(lines[0]) if byline is None else None
        day = read_date(lines[0]) if published_on is None else None
        if day:
            published_on = day
        elif by and not by["who"].endswith((".", "?", "!", ":")):
            byline = by["who"].strip(" ,|–—-")
        else:
            break
        lines = lines[1:]
    return published_on, byline, lines


def _without_footer(lines: list[str]) -> tuple[list[str], bool | None]:
    """Drop what a blog prints under a post; whether readers may comment, where it says so."""
    comments_open: bool | None = None
    start = next((i for i, line in enumerate(lines) if _COUNT.fullmatch(line)), len(lines))
    footer = lines[start:]
    if footer and not any(_INVITE.fullmatch(f) or _CLOSED.fullmatch(f) for f in footer) and len(footer) > 1:
        start, footer = len(lines), []
    kept = lines[:start]
    while kept and (_INVITE.fullmatch(kept[-1]) or _CLOSED.fullmatch(kept[-1]) or _FURNITURE.fullmatch(kept[-1])):
        footer.append(kept.pop())
    if any(_CLOSED.fullmatch(f) for f in footer):
        comments_open = False
    elif any(_INVITE.fullmatch(f) for f in footer):
        comments_open = True
    return kept, comments_open


def _credit(lines: list[str]) -> tuple[FoundPermission | None, list[str]]:
    """Take the credit line off the top or the bottom of the body."""
    for i in [*range(len(lines) - 1, max(-1, len(lines) - 1 - _HEAD), -1), *range(min(2, len(lines)))]:
        permission = read_credit(lines[i])
        if permission:
            return permission, lines[:i] + lines[i + 1 :]
    return None, lines
