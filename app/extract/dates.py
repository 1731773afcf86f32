"""Dates as newspapers print them above an article."""

from __future__ import annotations

import re
from datetime import date

from app.extract.draft import ExtractError

_MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "\n        october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"
_YEAR = r"(?P<year>\d{4})"
_LEAD = (
    r"(?:(?:first |last )?(?:published|posted|updated|date|publication date)(?: on)?:?\s+)?"
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[.,]*\s+)?"
)
_TIME = (
    r"(?:[T,]?\s*(?:at\s+)?\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*"
    r"(?:[ap]\.?m\.?)?\s*(?:z|[+-]\d{2}:?\d{2}|[a-z]{2,4})?)?"
)
_DATES = tuple(
    re.compile(rf"{_LEAD}{body}{_TIME}\.?", re.IGNORECASE)
    for body in (
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
    )
)
_LONGEST = 80


def read_date(line: str) -> date | None:
    """The date that the whole line states, or None when the line is no date line.

    Raises `ExtractError("bad_date", …)` for a line with the form of a date that no calendar has.

    >>> read_date("Friday, April 22, 2022"), read_date("In April 2022 it rained.")
    (datetime.date(2022, 4, 22), None)
    """
    if len(line) > _LONGEST:
        return None
    for pattern in _DATES:
        match = pattern.fullmatch(line.strip())
        if match:
            month = match["month"].lower()
            number = int(month) if month.isdigit() else _MONTHS[month]
            try:
                return date(int(match["year"]), number, int(match["day"]))
            except ValueError:
                raise ExtractError("bad_date", f"“{line.strip()}” is no date in the calendar.") from None
    return None
