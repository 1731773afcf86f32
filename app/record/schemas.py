from typing import Literal
from uuid import UUID

from pydantic import Field

from app.articles.schemas import ArticleSlug, CardOut, TitleText
from app.comments.schemas import CommentMode
from app.corrections.schemas import CorrectionOut
from app.quotes.schemas import QuoteOut
from app.schemas import Moment, Out, Page

HIGHLIGHTS = 8


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


class SiteCommentsOut(Out):
    """How the site takes comments; an article may differ."""

    mode: CommentMode
    close_after_days: int | None = Field(description="Days after its publication an article takes none.")
    edit_minutes: int = Field(description="How long authors may edit their comments.")
    max_length: int = Field(description="Characters of a comment.")
    max_depth: int = Field(description="Levels of replies.")


class SiteOut(Out):
    """What this site is."""

    name: str = Field(examples=["The Harbour Post"])
    url: str = Field(description="Where readers reach this API.", examples=["https://api.example.org"])
    languages: list[str] = Field(description="Of the published articles, BCP 47.")
    comments: SiteCommentsOut
    version: str = Field(description="Of the software.", examples=["0.1.0"])


class HighlightOut(Out):
    """Where words stand that were asked for. Offsets count Unicode code points."""

    field: Literal["title", "summary", "text"] = Field(description="`text` is `body.text` of the article.")
    start: int = Field(examples=[8])
    end: int = Field(examples=[14])


class HitOut(CardOut):
    """An article that has what was asked for."""

    highlights: list[HighlightOut] = Field(
        description=f"The first {HIGHLIGHTS} in each field, in the order of the field. "
        "None for what only stands in the name of a source, an author or a tag."
    )


class FacetOut(Out):
    """How many hits have something in common."""

    value: str = Field(description="For the filter of the facet's name.", examples=["harbours"])
    name: str = Field(examples=["Harbours"])
    count: int


class FacetsOut(Out):
    """What hits have in common; `null` for what was not asked for."""

    counted: int = Field(description="How many hits, the newest, were looked at.")
    tag: list[FacetOut] | None = Field(description="The most frequent first.")
    author: list[FacetOut] | None = Field(description="The most frequent first.")
    source: list[FacetOut] | None = Field(description="The most frequent first.")
    month: list[FacetOut] | None = Field(description="The latest first, in UTC, as `YYYY-MM`.")


class HitPage(Page[HitOut]):
    """One page of what was found, and what all of it has in common."""

    facets: FacetsOut = Field(description="Only there with `facets=`.")
