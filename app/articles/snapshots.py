"""Wire shapes of an article's revisions, and of what differs between two of them."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.articles.schemas import (
    ArticleSlug,
    BodyOut,
    CitationOut,
    CommentsState,
    LanguageTag,
    Original,
    Summary,
    TitleText,
)
from app.corrections.schemas import CorrectionOut
from app.media.schemas import ImageOut
from app.quotes.schemas import QuoteOut
from app.schemas import Moment, Out


class StaffRevisionOut(Out):
    """A save of an article, as the list of revisions shows it."""

    revision: int = Field(description="Counts every save.", examples=[4])
    title: TitleText
    created_at: Moment = Field(description="When it was saved.")
    edited_by: UUID | None = Field(description="The user who saved it; `null` for the command line.")
    editor: str | None = Field(description="The user's name.", examples=["Ada Berg"])
    note: str | None = Field(description="Why.", examples=["Name corrected"])
    is_current: bool = Field(description="Whether it is the last one.")
    public_revision: int | None = Field(
        description="The number that readers know it by; `null` if they never got it.", examples=[2]
    )
    published_at: Moment | None = Field(description="From when on readers got it; later than now if scheduled.")


class SnapshotOut(StaffRevisionOut):
    """A revision, whole: the article as it was saved then. Sources have the names of today."""

    slug: ArticleSlug
    summary: Summary | None
    language: LanguageTag
    canonical_url: Original | None
    authors: list[str] = Field(description="Their names, in order.", examples=[["Orla Tennick"]])
    tags: list[str] = Field(description="Their names, in order.", examples=[["Ferries"]])
    comments_state: CommentsState
    image: ImageOut | None
    body: BodyOut
    quotes: list[QuoteOut] = Field(description="As they stood in this text; rejected ones too.")
    sources: list[CitationOut]
    corrections: list[CorrectionOut] = Field(description="Those that were made by then, oldest first.")


class ChangeOut(Out):
    """A stretch of a text, before and after."""

    op: Literal["equal", "insert", "delete", "replace"]
    before: str = Field(description="Empty for `insert`.", examples=["double"])
    after: str = Field(description="Empty for `delete`.", examples=["soon triple"])


class FieldChangeOut(Out):
    """A field that has another value."""

    field: Literal["slug", "language", "canonical_url", "published_at", "authors", "tags", "comments_state", "image"]
    before: str | list[str] | None = Field(examples=["en"])
    after: str | list[str] | None = Field(examples=["en-GB"])


class QuoteChangeOut(Out):
    """A quote that both revisions have, and not alike."""

    id: UUID
    differs: list[Literal["kind", "exact", "speaker", "attribution", "review", "anchor", "confidence"]]
    before: QuoteOut
    after: QuoteOut


class QuoteChangesOut(Out):
    """What became of the quotes. That one only stands elsewhere in the text is no change of it."""

    added: list[QuoteOut]
    removed: list[QuoteOut]
    changed: list[QuoteChangeOut]


class SourceChangesOut(Out):
    """What the article relies on now and did not before, and the other way round."""

    added: list[CitationOut]
    removed: list[CitationOut]


class DiffOut(Out):
    """What differs between two revisions of an article. A text that is the same in both has no changes."""

    before: int = Field(description="Number of the revision that is compared.", examples=[1])
    after: int = Field(description="Number of the revision that it is compared with.", examples=[4])
    title: list[ChangeOut] = Field(description="Word by word; all `before` joined are the old text.")
    summary: list[ChangeOut]
    body: list[ChangeOut] = Field(description="Of the Markdown.")
    fields: list[FieldChangeOut]
    quotes: QuoteChangesOut
    sources: SourceChangesOut
