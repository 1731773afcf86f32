"""Fields that the exports of several systems have alike: names, moments, the body, what makes an entry unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.extract.readers.html import to_line, to_text
from app.extract.readers.item import CommentStatus, ItemComment, Unreadable

NO_TEXT = "It has no text."
"""Why an entry is unreadable whose HTML shows no words."""

_LONGEST = 5_000_000
_NEGATIVE_YEAR = re.compile(r"\s-\d+\s+\d")  # how some write that they know no date
_EMAIL = re.compile(r"\S+@\S+\.\S+")


def public_name(text: str | None) -> str | None:
    """The name on one line; None if there is none, or an e-mail address stands for it: those stay private.

    >>> public_name("<b>Ann</b> Lee"), public_name("ann@example.org")
    ('Ann Lee', None)
    """
    name = to_line(text or "")
    return name if name and not _EMAIL.search(name) else None


def unique(names: Iterable[str | None]) -> tuple[str, ...]:
    """The names in their order, each once, none empty."""
    return tuple(dict.fromkeys(name for name in names if name))


def moment(text: str | None) -> datetime | None:
    """A moment in UTC from ISO 8601 (UTC where it names no zone) or RFC 5322; None if it is no such.

    >>> moment("2022-04-22T10:00:00-04:00"), moment("0000-00-00 00:00:00")
    (datetime.datetime(2022, 4, 22, 14, 0, tzinfo=datetime.timezone.utc), None)
    """
    text = (text or "").strip()
    if _NEGATIVE_YEAR.search(text):
        return None
    try:
        when = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def unreadable(title: str, html: str) -> str | None:
    """Why an entry cannot become an article, as far as its title and its length tell."""
    if not title:
        return "It has no title."
    if len(html) > _LONGEST:
        return f"It has more than {_LONGEST:,} characters; no article is so long."
    return None


def comment(
    key: str,
    parent: str | None,
    name: str | None,
    html: str,
    at: datetime | None,
    status: CommentStatus,
    *,
    line_breaks: bool | None = None,
) -> ItemComment | Unreadable:
    """A reader's comment as plain text, or why it is none. `line_breaks` as in `to_markdown`."""
    if len(html) > _LONGEST:
        return Unreadable(key, f"It has more than {_LONGEST:,} characters; no comment is so long.")
    text = to_text(html, line_breaks=line_breaks)
    if not text:
        return Unreadable(key, NO_TEXT)
    return ItemComment(key, parent if parent != key else None, public_name(name) or "Anonymous", text, at, status)
