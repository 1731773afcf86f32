"""An entry of a file, made out as an article with all that the extractor finds in it. No database here."""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError

from app.articles.body import Body, Places, render
from app.articles.schemas import ArticleIn
from app.errors import Invalid
from app.extract import Draft, check_headline, extract_document
from app.extract.credits import read_credit
from app.extract.document import Document
from app.extract.draft import FoundPermission
from app.extract.readers.item import Item

NAMES = 50
"""Authors, and tags, of one article; an export that has more of them loses the last ones."""


class UnreadableEntry(Invalid):
    """An entry of a file cannot become an article; `detail` says why."""

    slug, title = "unreadable-entry", "The entry cannot be imported"


@dataclass(frozen=True, slots=True)
class Made:
    """An item, made out. `draft` counts in `body.text`; `digest` is of what the source says of the article."""

    key: str
    item: Item
    data: ArticleIn
    body: Body
    draft: Draft
    digest: str


def make(key: str, item: Item, at: datetime) -> Made:
    """The item as an article. Raises `UnreadableEntry` for one that no article can hold."""
    try:
        data = article_in(item, at)
    except ValidationError as error:
        found = error.errors(include_input=False)[0]
        raise UnreadableEntry(f"{'.'.join(map(str, found['loc']))}: {found['msg']}") from None
    body = render(item.markdown)
    if not any(character.isalnum() for character in body.text):
        raise UnreadableEntry("It has no text.")
    draft = extract(item.title, body.text, body.set_off, permission_of(item))
    warnings = tuple(check_headline(item.title, body.text, data.summary))
    return Made(key, item, data, body, replace(draft, warnings=warnings), digest_of(item))


def extract(title: str, text: str, set_off: Places, permission: FoundPermission | None = None) -> Draft:
    """What the extractor finds under this title; quotes count in `text` as it is. `set_off`: as in `Body`."""
    return extract_document(Document(title, None, None, (text,), permission, set_off=set_off))


def permission_of(item: Item) -> FoundPermission | None:
    """What the source says of the right to print it."""
    if item.credit and item.assigner:
        return FoundPermission(item.assigner[:200], item.credit[:500])
    return read_credit(item.credit) if item.credit else None


def article_in(item: Item, at: datetime) -> ArticleIn:
    """The item as the API takes articles. A date to come is none yet."""
    published_at = item.published_at if item.published_at and item.published_at <= at else None
    return ArticleIn(
        title=item.title,
        markdown=item.markdown,
        summary=item.summary[:2000] if item.summary else None,
        language=(item.language or "en").replace("_", "-"),
        authors=list(item.authors[:NAMES]),
        tags=list(item.tags[:NAMES]),
        canonical_url=item.canonical_url,
        published_at=published_at,
        comments_state="closed" if item.comments_open is False else "open",
    )


def digest_of(item: Item) -> str:
    """SHA-256 of the words and names by which an item's article is told from another version of it."""
    said = [item.title, item.markdown, item.summary, item.language, item.authors, item.tags, item.canonical_url]
    about = [(cited.name, cited.kind) for cited in item.cited]
    return hashlib.sha256(json.dumps([*said, item.credit, item.assigner, about]).encode()).hexdigest()
