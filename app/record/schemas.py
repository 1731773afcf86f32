from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, field_validator

from app.articles.schemas import ArticleLinkOut, ArticleSlug, CardOut, RecordedQuoteOut, StaffCardOut, Status, TitleText
from app.comments.schemas import CommentMode
from app.corrections.schemas import CorrectionOut
from app.quotes.schemas import QuoteOut, QuotePatch
from app.schemas import In, Name, Out, Page, Patch, ProblemOut, SlugText
from app.sources.schemas import SourceIn, SourceOut

HIGHLIGHTS = 8


class StaffQuoteOut(QuoteOut):
    """A quote with the article it stands in, in whatever state that is."""

    article: StaffCardOut


class ReviewedArticleOut(Out):
    """The article in which a quote waits for review."""

    id: UUID
    slug: ArticleSlug
    title: TitleText
    status: Status


class ContextOut(Out):
    """The text around a quote."""

    before: str = Field(description="Up to 200 code points before it.", examples=["Holm came late. She said: “"])
    after: str = Field(description="Up to 200 code points after it.", examples=["” The board sat until ten."])


QuoteVersion = Annotated[
    str,
    Field(
        max_length=32,
        description="Stands for the quote as it is now: its words, place, speaker, way and review.",
        examples=["5f1d7c2e9a3b4c8d"],
    ),
]


class ReviewedQuoteOut(QuoteOut):
    """A quote for an editor to decide about."""

    rule: str | None = Field(description="By which rule of the extractor it was found.", examples=["tail"])
    version: QuoteVersion
    context: ContextOut
    article: ReviewedArticleOut


class DecisionIn(In):
    """What an editor decides about one quote."""

    id: UUID = Field(description="Of the quote.")
    version: QuoteVersion = Field(description="The one that you read; `*` takes any.", examples=["*"])
    change: QuotePatch = Field(
        description="Confirms it (`review`), rejects it, or mends it, as `PATCH` of the quote does.",
        examples=[{"review": "confirmed"}],
    )


class DecisionsIn(In):
    """Decisions about quotes of any articles."""

    items: list[DecisionIn] = Field(
        min_length=1,
        max_length=500,
        examples=[[{"id": "0193a5b0-c0de-7000-8000-00000000000a", "version": "*", "change": {"review": "confirmed"}}]],
    )

    @field_validator("items")
    @classmethod
    def _once(cls, items: list[DecisionIn]) -> list[DecisionIn]:
        if len({item.id for item in items}) < len(items):
            raise ValueError("names a quote twice")
        return items


class DecidedOut(Out):
    """What became of one decision."""

    id: UUID = Field(description="Of the quote.")
    status: int = Field(description="As the same change of this one quote would be answered.", examples=[200])
    version: QuoteVersion | None = Field(description="The quote's version from now on.")
    problem: ProblemOut | None = Field(description="Why it was refused.")


class DecisionsOut(Out):
    """What became of each decision, in their order."""

    items: list[DecidedOut]


class RecordedCorrectionOut(CorrectionOut):
    """A correction with the article that it is about."""

    article: ArticleLinkOut


class CandidateOut(Out):
    """A source that a name may mean."""

    source: SourceOut
    name: str = Field(description="The name of it that comes nearest.", examples=["Maren Oduya"])
    score: float = Field(
        description="1: the same words; 0.95: in another order; 0.85: initials; less: a part of the name, or a slip.",
        examples=[0.85],
    )


class CandidatesOut(Out):
    """Whom a name may mean."""

    items: list[CandidateOut] = Field(description="The best first, 20 at most.")


class MergeIn(In):
    """Which source another one turned out to be."""

    into: str = Field(max_length=120, description="Slug or id of the source that stays.", examples=["maren-oduya"])


class SplitIn(In):
    """What belongs to a namesake."""

    source: SourceIn = Field(description="The new source.")
    quotes: list[UUID] = Field(min_length=1, max_length=500, description="Ids of quotes that it said or passed on.")


class GroupOut(Out):
    """A tag or an author with the number of published articles."""

    slug: str = Field(examples=["orla-tennick"])
    name: str = Field(examples=["Orla Tennick"])
    article_count: int = Field(description="Published articles under it.")


class StaffGroupOut(Out):
    """A tag or an author with the number of articles in any state."""

    id: UUID
    slug: str = Field(examples=["ferries"])
    name: str = Field(examples=["Ferries"])
    article_count: int = Field(description="Articles under it, drafts and trashed ones too.", examples=[3])


class GroupIn(In):
    """A new tag or author."""

    name: Name
    slug: SlugText | None = Field(default=None, description="Made from the name if not given.")


class GroupPatch(Patch):
    """A new name, a new slug, or both. Former slugs that readers know answer 308."""

    name: Name | None = None
    slug: SlugText | None = None


class GroupMergeIn(In):
    """Where everything goes."""

    into: UUID = Field(description="Id of the one that stays.")


class SiteCommentsOut(Out):
    """How the site takes comments; an article may differ."""

    mode: CommentMode
    close_after_days: int | None = Field(description="Days after its publication an article takes none.")
    edit_minutes: int = Field(description="How long authors may edit their comments.")
    max_length: int = Field(description="Characters of a comment.")
    max_depth: int = Field(description="Levels of replies.")
    notify: bool = Field(description="Whether readers may have word of their comments by e-mail.")


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


class PlaceOut(Out):
    """Where words stand in a quote that were asked for: offsets in `exact`, in Unicode code points."""

    start: int = Field(examples=[4])
    end: int = Field(examples=[9])


class QuoteHitOut(RecordedQuoteOut):
    """A quote that has what was asked for with `q=`."""

    highlights: list[PlaceOut] = Field(description=f"The first {HIGHLIGHTS}, in order.")


class QuoteFacetsOut(Out):
    """What quotes have in common; `null` for what was not asked for."""

    counted: int = Field(description="How many quotes, those of the newest articles, were looked at.")
    speaker: list[FacetOut] | None = Field(description="The most frequent first.")
    via: list[FacetOut] | None = Field(description="The most frequent first.")
    month: list[FacetOut] | None = Field(description="Of the article, the latest first, in UTC, as `YYYY-MM`.")


class QuotePage(Page[RecordedQuoteOut | QuoteHitOut]):
    """One page of quotes, and what all that were found have in common."""

    facets: QuoteFacetsOut = Field(description="Only there with `facets=`.")
