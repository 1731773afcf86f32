"""What an import would make of one article. Nothing is saved, and no database is needed."""

from datetime import datetime
from io import BytesIO
from typing import Any

from app.articles.body import Body
from app.articles.schemas import BodyOut
from app.extract import ExtractError
from app.extract.readers.item import Item, Unreadable
from app.ingest.archives import open_entries
from app.ingest.drafts import Made, UnreadableEntry, make
from app.ingest.plain import UnreadableFile
from app.ingest.schemas import ExtractOut
from app.ingest.showing import SourceShape, draft_shape


def draft_of(content: bytes, kind: str, *, at: datetime) -> Made:
    """The article in a file of this format, `text` or one of `READERS`. Raises `UnreadableFile`, `UnreadableEntry`."""
    try:
        _, entries = open_entries(BytesIO(content), kind)
        keyed = next(entries, None)
    except ExtractError as error:
        raise UnreadableFile(error.detail) from None
    if keyed is None or not isinstance(keyed.entry, Item):
        reason = keyed.entry.reason if keyed is not None and isinstance(keyed.entry, Unreadable) else "It has no text."
        raise UnreadableEntry(reason)
    return make(keyed.key, keyed.entry, at)


def extracted(made: Made, *, site: dict[str, Any], source: SourceShape) -> ExtractOut:
    """The draft in the shapes of the API; `site`, the site's own source, is the last station of every quote."""
    data = made.data
    return ExtractOut.model_validate(
        {
            "title": data.title,
            "summary": data.summary,
            "language": data.language,
            "published_at": data.published_at,
            "authors": list(data.authors),
            "tags": list(data.tags),
            "canonical_url": data.canonical_url,
            "body": _body(made.body),
            **draft_shape(made.draft, site=site, source=source),
        }
    )


def _body(body: Body) -> BodyOut:
    return BodyOut(markdown=body.markdown, html=body.html, text=body.text)
