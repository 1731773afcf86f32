"""What a feed says, in whichever format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from app.articles.formats.imprint import Imprint
from app.articles.formats.quoted import marked
from app.articles.schemas import ArticleOut
from app.comments.models import Comment
from app.record.schemas import RecordedCorrectionOut
from app.sources.schemas import SourceOut

_KINDS = {
    "correction": "Correction",
    "clarification": "Clarification",
    "update": "Update",
    "retraction": "Retraction",
    "editors_note": "Editor’s note",
}
_PICTURE = re.compile(r'(<img\b[^>]*? src=")(?=/)')


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a feed."""

    id: str
    """A URI that stays the same whatever becomes of the article's address."""
    url: str
    title: str
    summary: str | None
    html: str
    published_at: datetime
    updated_at: datetime
    language: str | None
    authors: Sequence[str]
    tags: Sequence[str]
    original: str | None
    """Where it was printed first."""
    assigner: SourceOut | None
    """Who gave the permission to reprint it."""
    credit: str | None
    answers: "Answered | None" = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What an entry is a reply to (RFC 4685)."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Channel:
    """One page of a feed."""

    title: str
    home: str
    url: str
    """Of this page; `first`, `next` and `prev` are the others (RFC 5005, 3)."""
    first: str
    next: str | None
    prev: str | None
    publisher: str
    updated_at: datetime
    items: Sequence[Item]


def from_article(article: ArticleOut, imprint: Imprint) -> Item:
    """The article as an entry, with its quotes marked and, below a reprint, its credit."""
    permission = article.permission
    html = _PICTURE.sub(rf"\1{imprint.base_url}", marked(article))
    return Item(
        id=f"urn:uuid:{article.id}",
        url=article.url,
        title=article.title,
        summary=article.summary,
        html=f"{html}\n<p>{escape(permission.credit)}</p>" if permission else html,
        published_at=article.published_at,
        updated_at=article.updated_at,
        language=article.language,
        authors=[author.name for author in article.authors],
        tags=[tag.name for tag in article.tags],
        original=article.canonical_url,
        assigner=permission.assigner if permission else None,
        credit=permission.credit if permission else None,
    )


def from_correction(made: RecordedCorrectionOut, url: str) -> Item:
    """A correction as an entry; `url` is its article's page."""
    return Item(
        id=f"urn:uuid:{made.id}",
        url=url,
        title=f"{_KINDS[made.kind]}: {made.article.title}",
        summary=None,
        html=f"<p>{escape(made.text)}</p>",
        published_at=made.published_at,
        updated_at=made.published_at,
        language=None,
        authors=[],
        tags=[made.kind],
        original=None,
        assigner=None,
        credit=None,
    )


def from_comment(comment: Comment, title: str, url: str) -> Item:
    """A comment as an entry; `title` and `url` are its article's."""
    parent, place = comment.parent_id, f"{url}#comment-"
    return Item(
        id=f"urn:uuid:{comment.id}",
        url=f"{place}{comment.id}",
        title=f"{comment.author_name}: {title}",
        summary=None,
        html=comment.html,
        published_at=comment.created_at,
        updated_at=comment.edited_at or comment.created_at,
        language=None,
        authors=[comment.author_name],
        tags=[],
        original=None,
        assigner=None,
        credit=None,
        answers=Answered(f"urn:uuid:{parent or comment.article_id}", f"{place}{parent}" if parent else url),
    )
