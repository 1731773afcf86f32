from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.corrections.schemas import CorrectionOut
from app.permissions.schemas import PermissionOut
from app.quotes.schemas import QuoteOut
from app.schemas import In, Language, Link, Moment, MomentIn, Name, Out, SlugText
from app.sources.schemas import SourceOut

Status = Literal["draft", "in_review", "scheduled", "published", "unpublished", "trashed"]
CommentsState = Literal["open", "held", "closed"]

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Markdown = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]


class NamedOut(Out):
    """An author or a tag."""

    slug: str = Field(examples=["harbours"])
    name: str = Field(examples=["Harbours"])


class ImageOut(Out):
    url: str
    alt: str
    credit: str


class BodyOut(Out):
    """The article's words in three forms; quotes count in `text`."""

    markdown: str
    html: str = Field(description="Sanitised.")
    text: str = Field(description="Plain; the blocks' texts joined by one newline.")


class CitationOut(Out):
    """A source that the article relies on, and how."""

    source: SourceOut
    role: Literal["speaker", "via", "cited", "reprinted_from"]


class CommentsOut(Out):
    """What readers may do and have done below the article."""

    state: CommentsState = Field(description="Whether readers may post; `held`: each comment waits for staff.")
    count: int = Field(description="Approved comments.")
    url: str


class WarningOut(Out):
    """Something that an editor should look at."""

    code: str = Field(examples=["headline_quote_not_in_body"])
    detail: str


class CardOut(Out):
    """An article as lists show it."""

    id: UUID
    slug: str = Field(examples=["harbour-bridge-will-close-for-a-year"])
    url: str = Field(description="Its page on the publisher's site.")
    title: str = Field(examples=["Harbour bridge ‘will close for a year’"])
    summary: str | None
    language: str = Field(description="BCP 47.", examples=["en"])
    published_at: Moment
    updated_at: Moment
    authors: list[NamedOut]
    tags: list[NamedOut]
    image: ImageOut | None
    permission: PermissionOut | None = Field(description="For reprints: the right under which it stands here.")
    quote_count: int
    comment_count: int


class ArticleOut(Out):
    """An article, whole, as every reader gets it.

    Where the permission of a reprint has ended with `on_expire: stub`, `body` and `quotes` are `null`.
    """

    id: UUID
    slug: str = Field(examples=["harbour-bridge-will-close-for-a-year"])
    url: str = Field(description="Its page on the publisher's site.")
    title: str = Field(examples=["Harbour bridge ‘will close for a year’"])
    summary: str | None
    language: str = Field(description="BCP 47.", examples=["en"])
    published_at: Moment
    updated_at: Moment = Field(description="When readers last got new words.")
    revision: int = Field(description="Counts the published versions.")
    aliases: list[str] = Field(description="Slugs that it had before; they answer 308.")
    canonical_url: str | None = Field(description="Where the original is, if not here.")
    authors: list[NamedOut]
    tags: list[NamedOut]
    image: ImageOut | None
    body: BodyOut | None
    quotes: list[QuoteOut] | None = Field(description="In the order of the text; rejected ones are left out.")
    sources: list[CitationOut]
    permission: PermissionOut | None
    corrections: list[CorrectionOut]
    warnings: list[WarningOut] = Field(description="For staff and `extract`; readers get an empty list.")
    comments: CommentsOut


class StaffArticleOut(Out):
    """An article as staff see it: in any state, with what readers are not shown."""

    id: UUID
    slug: str
    url: str
    status: Status
    title: str
    summary: str | None
    language: str
    published_at: Moment | None
    scheduled_at: Moment | None = Field(description="When it will become public, if that is still to come.")
    updated_at: Moment | None
    revision: int = Field(description="Counts every save.")
    aliases: list[str]
    canonical_url: str | None
    authors: list[NamedOut]
    tags: list[NamedOut]
    image: ImageOut | None
    body: BodyOut
    quotes: list[QuoteOut] = Field(description="All of them, rejected ones too.")
    sources: list[CitationOut]
    permission: PermissionOut | None
    corrections: list[CorrectionOut]
    warnings: list[WarningOut]
    comments: CommentsOut
    edited_by: UUID | None = Field(description="The user who made the current revision; `null` for the command line.")


class StaffCardOut(Out):
    """An article as lists for staff show it."""

    id: UUID
    slug: str
    status: Status
    title: str
    language: str
    published_at: Moment | None
    revision: int
    created_at: Moment


class RevisionOut(Out):
    """A published version of an article."""

    revision: int
    title: str
    published_at: Moment = Field(description="When readers first got it.")


class ArticleIn(In):
    """A new article; it begins as a draft."""

    title: Title = Field(examples=["Harbour bridge ‘will close for a year’"])
    markdown: Markdown = Field(examples=["The bridge “will close for a year”, the mayor said."])
    summary: str | None = Field(default=None, max_length=2000)
    slug: SlugText | None = Field(default=None, description="Made from the title if not given.")
    language: Language = "en"
    authors: list[Name] = Field(default=[], max_length=50)
    tags: list[Name] = Field(default=[], max_length=50)
    canonical_url: Link | None = None
    published_at: MomentIn | None = Field(
        default=None, description="When it was first published, for a piece that is older than its record here."
    )
    comments_state: CommentsState = "open"


class ArticlePatch(In):
    """A change of an article; what is not named stays. Every change makes a revision."""

    title: Title | None = None
    markdown: Markdown | None = None
    summary: str | None = Field(default=None, max_length=2000)
    slug: SlugText | None = None
    language: Language | None = None
    authors: list[Name] | None = Field(default=None, max_length=50)
    tags: list[Name] | None = Field(default=None, max_length=50)
    canonical_url: Link | None = None
    published_at: MomentIn | None = None
    comments_state: CommentsState | None = None
    note: str | None = Field(default=None, max_length=500, description="Why, for the list of revisions.")
