from uuid import UUID

from pydantic import Field

from app.corrections.schemas import CorrectionOut
from app.quotes.schemas import QuoteOut
from app.schemas import Moment, Out


class ArticleLinkOut(Out):
    """The article that something stands in."""

    id: UUID
    slug: str = Field(examples=["harbour-bridge-will-close-for-a-year"])
    title: str
    published_at: Moment
    href: str = Field(description="Its path in this API.")


class RecordedQuoteOut(QuoteOut):
    """A quote with the article it stands in."""

    article: ArticleLinkOut


class RecordedCorrectionOut(CorrectionOut):
    """A correction with the article that it is about."""

    article: ArticleLinkOut


class GroupOut(Out):
    """A tag or an author with the number of published articles."""

    slug: str = Field(examples=["harbours"])
    name: str = Field(examples=["Harbours"])
    article_count: int


class SiteOut(Out):
    """What this site is."""

    name: str = Field(examples=["The Harbour Post"])
    url: str
    languages: list[str] = Field(description="Of the published articles, BCP 47.")
    version: str = Field(description="Of the software.")
