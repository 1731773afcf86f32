from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.corrections.schemas import CorrectionOut
from app.locks.schemas import LockOut
from app.media.schemas import ImageOut
from app.permissions.schemas import PermissionOut
from app.quotes.schemas import CoverageOut, QuoteOut
from app.schemas import In, Language, Link, Moment, MomentIn, Name, Out, Patch, SlugText
from app.sources.schemas import RoleOut, SourceOut

Status = Literal["draft", "in_review", "scheduled", "published", "unpublished", "trashed"]
CommentsState = Literal["open", "held", "closed"]

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(examples=["The night ferry stays"]),
]
Markdown = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1_000_000),
    Field(description="The body, in Markdown.", examples=["“We will not leave anybody ashore,” Maren Oduya said."]),
]
Summary = Annotated[
    str,
    StringConstraints(max_length=2000),
    Field(description="One or two sentences for lists.", examples=["The last boat to Skerry Island goes on sailing."]),
]
TitleText = Annotated[str, Field(examples=["Harbour Board Vows to Keep the Night Ferry ‘Whatever It Costs’"])]
ArticleSlug = Annotated[
    str,
    Field(
        description="Names the article in addresses.",
        examples=["harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"],
    ),
]
PageUrl = Annotated[
    str,
    Field(
        description="Its page on the publisher's site.",
        examples=["https://example.org/harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs"],
    ),
]
Original = Annotated[
    str,
    Field(description="Where the original is, if not here.", examples=["https://harbour-review.example/night-ferry"]),
]
LanguageTag = Annotated[str, Field(description="BCP 47.", examples=["en"])]


class NamedOut(Out):
    """An author or a tag."""

    slug: str = Field(examples=["orla-tennick"])
    name: str = Field(examples=["Orla Tennick"])


class BodyOut(Out):
    """The article's words in three forms; quotes count in `text`."""

    markdown: str = Field(description="What editors write.", examples=["The boat *stays*, the board said."])
    html: str = Field(description="Sanitised.", examples=["<p>The boat <em>stays</em>, the board said.</p>"])
    text: str = Field(
        description="Plain; the blocks' texts joined by one newline.", examples=["The boat stays, the board said."]
    )


class CitationOut(Out):
    """A source that the article relies on, and how."""

    source: SourceOut
    role: Literal["speaker", "via", "cited", "reprinted_from"]


class CommentsOut(Out):
    """What readers may do and have done below the article."""

    state: CommentsState = Field(description="Whether readers may post; `held`: each comment waits for staff.")
    count: int = Field(description="Approved comments.")
    url: str = Field(
        description="Where they are.",
        examples=["/v1/articles/harbour-board-vows-to-keep-the-night-ferry-whatever-it-costs/comments"],
    )


class WarningOut(Out):
    """Something that an editor should look at."""

    code: str = Field(description="For programs.", examples=["headline_quote_not_in_body"])
    detail: str = Field(
        description="For people.", examples=["The headline quotes “Whatever It Costs”; the body has no such words."]
    )


class CardOut(Out):
    """An article as lists show it."""

    id: UUID
    slug: ArticleSlug
    url: PageUrl
    title: TitleText
    summary: Summary | None
    language: LanguageTag
    published_at: Moment
    updated_at: Moment
    authors: list[NamedOut]
    tags: list[NamedOut]
    image: ImageOut | None
    permission: PermissionOut | None = Field(description="For reprints: the right under which it stands here.")
    quote_count: int = Field(description="Quotes in it, rejected ones left out.")
    comment_count: int = Field(description="Approved comments below it.")


class ArticleOut(Out):
    """An article, whole, as every reader gets it.

    Where the permission of a reprint has ended with `on_expire: stub`, `body` and `quotes` are `null`.
    """

    id: UUID
    slug: ArticleSlug
    url: PageUrl
    title: TitleText
    summary: Summary | None
    language: LanguageTag
    published_at: Moment
    updated_at: Moment = Field(description="When readers last got new words.")
    revision: int = Field(description="Counts the published versions.")
    aliases: list[str] = Field(description="Slugs that it had before; they answer 308.")
    canonical_url: Original | None
    authors: list[NamedOut]
    tags: list[NamedOut]
    image: ImageOut | None
    images: list[ImageOut] = Field(description="Those in the body, in order; each has its `url`s in `variants`.")
    body: BodyOut | None = Field(description="`null` once the permission has ended.")
    quotes: list[QuoteOut] | None = Field(description="In the order of the text; rejected ones are left out.")
    sources: list[CitationOut]
    permission: PermissionOut | None
    corrections: list[CorrectionOut]
    warnings: list[WarningOut] = Field(description="For staff and `extract`; readers get an empty list.")
    comments: CommentsOut


class StaffArticleOut(Out):
    """An article as staff see it: in any state, with what readers are not shown."""

    id: UUID
    slug: ArticleSlug
    url: PageUrl
    status: Status
    title: TitleText
    summary: Summary | None
    language: LanguageTag
    published_at: Moment | None
    scheduled_at: Moment | None = Field(description="When it will become public, if that is still to come.")
    updated_at: Moment | None
    revision: int = Field(description="Counts every save.")
    aliases: list[str] = Field(description="Slugs that it had before; they answer 308.")
    canonical_url: Original | None
    authors: list[NamedOut]
    tags: list[NamedOut]
    image: ImageOut | None
    images: list[ImageOut] = Field(description="Those in the body, in order; each has its `url`s in `variants`.")
    body: BodyOut
    quotes: list[QuoteOut] = Field(description="All of them, rejected ones too.")
    coverage: CoverageOut
    sources: list[CitationOut]
    permission: PermissionOut | None
    corrections: list[CorrectionOut]
    warnings: list[WarningOut]
    comments: CommentsOut
    edited_by: UUID | None = Field(description="The user who made the current revision; `null` for the command line.")
    locks: list[LockOut] = Field(description="Who has it open for editing now. Nobody is kept out by it.")


class StaffCardOut(Out):
    """An article as lists for staff show it."""

    id: UUID
    slug: ArticleSlug
    status: Status
    title: TitleText
    language: LanguageTag
    published_at: Moment | None
    revision: int = Field(description="Counts every save.")
    created_at: Moment = Field(description="When it was entered here.")


class EchoOut(Out):
    """A quote of another article that rests on what was corrected."""

    id: UUID
    exact: str = Field(examples=["twelve hundred people without a boat"])


class DependentOut(Out):
    """An article of this site that repeats what was corrected."""

    id: UUID
    slug: ArticleSlug
    title: TitleText
    status: Status
    quotes: list[EchoOut] = Field(
        description="Its quotes that have words of the passage or came by the corrected article's page; empty where "
        "the words stand in no quote."
    )


class StaffCorrectionOut(CorrectionOut):
    """A correction with what staff must look at because of it."""

    revision: int = Field(description="The article's save that it came with; its passage is in the text of that one.")
    dependents: list[DependentOut] = Field(
        description="The newest 50 of the site's articles that repeat four words of the passage in a row, not all "
        "short, and are public or scheduled, or that quote by way of the corrected article's page."
    )


class RevisionOut(Out):
    """A published version of an article."""

    revision: int = Field(description="Counts the published versions.")
    title: TitleText
    published_at: Moment = Field(description="When readers first got it.")


class ArticleIn(In):
    """A new article; it begins as a draft."""

    title: Title
    markdown: Markdown
    summary: Summary | None = None
    slug: SlugText | None = Field(default=None, description="Made from the title if not given.")
    language: Language = "en"
    authors: list[Name] = Field(default=[], max_length=50, description="Their names, in order.")
    tags: list[Name] = Field(default=[], max_length=50, description="Their names, in order.")
    image: UUID | None = Field(default=None, description="Id of an uploaded image.", examples=[None])
    canonical_url: Link | None = Field(default=None, description="Where the original is, if not here.")
    published_at: MomentIn | None = Field(
        default=None, description="When it was first published, for a piece that is older than its record here."
    )
    comments_state: CommentsState = Field(default="open", description="`held`: each comment waits for staff.")


class ScheduleIn(In):
    """When an article is to appear."""

    scheduled_at: MomentIn = Field(
        description="A moment to come; it becomes `published_at`.", examples=["2031-05-05T04:00:00Z"]
    )


class ArticlePatch(Patch):
    """A change of an article; what is not named stays. Every change makes a revision."""

    removable = frozenset({"summary", "image", "canonical_url", "published_at", "note"})

    title: Title | None = None
    markdown: Markdown | None = None
    summary: Summary | None = None
    slug: SlugText | None = None
    language: Language | None = None
    authors: list[Name] | None = Field(default=None, max_length=50)
    tags: list[Name] | None = Field(default=None, max_length=50)
    image: UUID | None = Field(default=None, description="Id of an uploaded image.", examples=[None])
    canonical_url: Link | None = None
    published_at: MomentIn | None = None
    comments_state: CommentsState | None = None
    note: str | None = Field(
        default=None, max_length=500, description="Why, for the list of revisions.", examples=["Name corrected"]
    )


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
    """A quote with the article it stands in, and what its speaker was at the time."""

    speaker_roles: list[RoleOut] = Field(
        description="What the speaker was on the day of the words, or, where that is not known, of the article."
    )
    url: str = Field(
        description="The article's page on the publisher's site, at these words (WICG text fragment).",
        examples=["https://example.org/night-ferry#:~:text=We%20will%20not%20leave"],
    )
    article: ArticleLinkOut
