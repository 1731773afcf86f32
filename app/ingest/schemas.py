"""Wire shapes of a draft: an article as an import would make it, of which nothing is kept yet."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.articles.schemas import BodyOut, LanguageTag, Original, Summary, TitleText, WarningOut
from app.permissions.schemas import PermissionOut
from app.quotes.schemas import HopOut, QuoteOut
from app.schemas import Moment, Out
from app.sources.schemas import SourceOut


class DraftSourceOut(SourceOut):
    """A source that a draft names: one that is kept, as an import would take it, or a new one without id and slug."""

    id: UUID | None  # type: ignore[assignment]
    slug: str | None = Field(examples=["maren-oduya"])  # type: ignore[assignment]


class DraftHopOut(HopOut):
    """One station of the words on their way to the reader."""

    source: DraftSourceOut


class DraftQuoteOut(QuoteOut):
    """A quote that was found, in the article's quote shape; `start` and `end` count in the draft's `body.text`."""

    id: None  # type: ignore[assignment]
    speaker: DraftSourceOut | None
    attribution: list[DraftHopOut]  # type: ignore[assignment]


class DraftCitationOut(Out):
    """A source that the draft relies on, and how."""

    source: DraftSourceOut
    role: Literal["speaker", "via", "cited", "reprinted_from"]


class DraftPermissionOut(PermissionOut):
    """The right to print it, as its credit line has it."""

    assigner: DraftSourceOut


class ExtractOut(Out):
    """The draft that an import would make."""

    title: TitleText
    summary: Summary | None
    language: LanguageTag
    published_at: Moment | None
    authors: list[str] = Field(description="Their names, in order.", examples=[["Orla Tennick"]])
    tags: list[str] = Field(description="Their names, in order.", examples=[["Ferries"]])
    canonical_url: Original | None
    body: BodyOut
    quotes: list[DraftQuoteOut]
    sources: list[DraftCitationOut]
    permission: DraftPermissionOut | None
    warnings: list[WarningOut] = Field(description="What an editor should look at.")
