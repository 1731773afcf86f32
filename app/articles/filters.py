"""What a list of articles, or a search, may be narrowed to."""

from pydantic import Field
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.articles.groups import AUTHORS, TAGS
from app.articles.queries import present_slug
from app.articles.renditions import language_key
from app.context import Paging
from app.schemas import Language, MomentIn
from app.sources.queries import id_of


class Filters(Paging):
    """Several must all hold."""

    tag: str | None = Field(default=None, max_length=120, description="Slug of a tag; a former one will do.")
    author: str | None = Field(default=None, max_length=120, description="Slug of an author; a former one will do.")
    source: str | None = Field(default=None, max_length=120, description="Slug or id of a source, in any role.")
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source that is quoted.")
    language: Language | None = Field(default=None, description="BCP 47; `en` finds `en-GB` too.")
    published_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    published_before: MomentIn | None = Field(default=None, description="Earlier than this moment.")
    updated_after: MomentIn | None = Field(default=None, description="Later than this moment.")
    reprint: bool | None = Field(default=None, description="Only reprints, or only articles of one's own.")
    corrected: bool | None = Field(default=None, description="Only with, or only without a correction.")


def feed_keys(session: Session | Connection, filters: Filters) -> list[str]:
    """The feeds that an article must be in to pass the filters, at least one; the first drives the query."""
    keys = []
    for group, slug in ((TAGS, filters.tag), (AUTHORS, filters.author)):
        if slug is not None:
            keys.append(f"{group.name}:{session.scalar(*present_slug(group, slug)) or slug}")
    for role, reference in (("speaker", filters.speaker), ("source", filters.source)):
        if reference is not None:
            keys.append(f"{role}:{session.scalar(id_of(reference)) or 'unknown'}")
    if filters.corrected is not None:
        keys.append(f"corrected:{str(filters.corrected).lower()}")
    if filters.reprint is not None:
        keys.append(f"reprint:{str(filters.reprint).lower()}")
    if filters.language is not None:
        keys.append(language_key(filters.language))
    return keys or ["all"]
