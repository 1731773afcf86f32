"""Fields that the exports of several systems have alike: names, moments, the body, what makes an entry unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from app.extract.credits import read_credit
from app.extract.dates import read_date
from app.extract.draft import ExtractError
from app.extract.readers.html import to_line, to_text
from app.extract.readers.item import CommentStatus, Item, ItemComment, Unreadable
from app.extract.readers.seen import Seen
from app.extract.readers.spans import escape

NO_TEXT = "It has no text."
"""Why an entry is unreadable whose HTML shows no words."""

_LONGEST = 5_000_000
_NEGATIVE_YEAR = re.compile(r"\s-\d+\s+\d")  # how some write that they know no date
_SPACED_OFFSET = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")  # as Jekyll writes it
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
    text = _SPACED_OFFSET.sub("", (text or "").strip())
    if _NEGATIVE_YEAR.search(text):
        return None
    try:
        when = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
        return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str) -> datetime | None:
    """The beginning, in UTC, of a day that is written as in a newspaper; None if it is no such."""
    with suppress(ExtractError):
        found = read_date(text)
        return datetime.combine(found, time(), UTC) if found else None
    return None


def slug_of(path: str) -> str | None:
    """The name of the page at the end of an address or a path: of `/2022/04/night-ferry.html`, `night-ferry`.

    >>> slug_of("https://harbour.example/2024/05/night-ferry/?p=1")
    'night-ferry'
    """
    with suppress(ValueError):
        path = urlsplit(path).path
    name = unquote(path.rstrip("/").rpartition("/")[2]).strip()
    return re.sub(r"\.(?:html?|md|php|aspx?)$", "", name) or None


def paragraphs(text: str) -> tuple[str, str | None]:
    """Plain text as Markdown that says the same, less the credit line at its end, and that line.

    Blank lines part paragraphs; where there are none, each line is one.
    """
    parts = re.split(r"\n\s*\n" if re.search(r"\n\s*\n", text) else r"\n", text)
    lines = [line for part in parts if (line := " ".join(part.split()))]
    credit = lines.pop() if len(lines) > 1 and read_credit(lines[-1]) else None
    return "\n\n".join(map(escape, lines)), credit


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


@dataclass(slots=True)
class Feed:
    """What holds for all entries of a file: language, authors, address; and the ids that were met."""

    language: str | None = None
    authors: tuple[str, ...] = ()
    home: str | None = None
    seen: Seen = field(default_factory=Seen)

    def once(self, entry: Item | Unreadable) -> Item | Unreadable:
        """The entry, unless one before it had its id."""
        if not entry.key:
            return Unreadable("?", "It has neither an id nor an address.")
        return entry if self.seen.add(entry.key) else Unreadable(entry.key, "An entry before it has the same id.")


def string(value: Any) -> str | None:
    """The value of a member of JSON if it is text."""
    return value if isinstance(value, str) else None


def several(value: Any) -> list[Any]:
    """The values of a member that may hold one or a list; none for null."""
    return value if isinstance(value, list) else [] if value is None else [value]
