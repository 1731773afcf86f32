from uuid import UUID

from pydantic import Field

from app.articles.schemas import ArticleSlug, TitleText
from app.corrections.schemas import CorrectionOut
from app.quotes.schemas import QuoteOut
from app.schemas import Moment, Out


class ArticleLinkOut(Out):
    """The article that something stands in."""

    id: UUID
    slug: ArticleSlug
    title: TitleText
    published_at: Moment
    href: str = Field(
        description="Its path in this API.",
        examples=["/v1/articles/harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"],
    )


class RecordedQuoteOut(QuoteOut):
    """A quote with the article it stands in."""

    article: ArticleLinkOut


class RecordedCorrectionOut(CorrectionOut):
    """A correction with the article that it is about."""

    article: ArticleLinkOut


class GroupOut(Out):
    """A tag or an author with the number of published articles."""

    slug: str = Field(examples=["orla-tennick"])
    name: str = Field(examples=["Orla Tennick"])
    article_count: int = Field(description="Published articles under it.")


class SiteOut(Out):
    """What this site is."""

    name: str = Field(examples=["The Harbour Post"])
    url: str = Field(description="Where readers reach this API.", examples=["https://api.example.org"])
    languages: list[str] = Field(description="Of the published articles, BCP 47.")
    version: str = Field(description="Of the software.", examples=["0.1.0"])
