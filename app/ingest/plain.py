"""A plain-text file as one article."""

import hashlib
from datetime import UTC, datetime, time

from app.articles.body import from_plain
from app.errors import Invalid
from app.extract import ExtractError
from app.extract.readers.item import Item
from app.extract.readers.plain import read_plain
from app.extract.readers.text import decoded


class UnreadableFile(Invalid):
    """The file is not UTF-8 text, is empty or too large, or is no article: no title, no body, a date that is none."""

    slug, title = "unreadable-file", "The file cannot be imported"


def read(content: bytes, at: datetime) -> Item:
    """The article that a plain-text file holds, under the file's SHA-256. Raises `UnreadableFile`."""
    try:
        document = read_plain(decoded(content))
    except ExtractError as error:
        raise UnreadableFile(error.detail) from None
    if len(document.title) > 500:
        raise UnreadableFile("The first line is the title; this one has more than 500 characters.")
    day = document.published_on
    published_at = datetime.combine(day, time(), UTC) if day else None
    if published_at is not None and published_at > at:
        raise UnreadableFile("An article cannot have been published in the future.")
    return Item(
        key=hashlib.sha256(content).hexdigest(),
        title=document.title,
        markdown=from_plain(document.blocks),
        status="published",
        published_at=published_at,
        authors=(document.byline,) if document.byline else (),
        credit=document.permission.credit if document.permission else None,
        comments_open=document.comments_open,
    )
