"""Wire shapes of imports."""

from typing import Literal
from uuid import UUID

from pydantic import Field, StrictBool

from app.articles.schemas import ArticleSlug, WarningOut
from app.context import Paging
from app.schemas import In, Moment, Out

Format = Literal["text", "markdown", "html", "wordpress", "blogger", "feed", "jsonfeed", "jsonld", "ninjs", "onrecord"]
Outcome = Literal["created", "updated", "unchanged", "failed"]
Status = Literal["queued", "running", "finished", "failed", "cancelled"]


class ImportOptions(In):
    """How to import a file."""

    format: Format | None = Field(default=None, description="What the file is; if not given, the file itself tells.")
    name: str | None = Field(
        default=None, min_length=1, max_length=200, description="What to call it in lists, such as the file's name."
    )
    publish: bool = Field(
        default=False,
        description="Publish what is public where it comes from; otherwise all become drafts. Needs "
        "`articles:publish` too. An export of Onrecord's own brings each thing back in the state that it had.",
    )
    dry_run: bool = Field(default=False, description="Only say what would be made and found; change no article.")


class ImportPaging(Paging):
    status: Status | None = Field(default=None, description="Only in this state.")


class ItemPaging(Paging):
    outcome: Outcome | None = Field(default=None, description="Only of this outcome.")
    needs_look: bool | None = Field(default=None, description="Only those that an editor should look at, or not.")


class CountsOut(Out):
    """How many entries had which outcome; in a dry run, would have."""

    created: int
    updated: int
    unchanged: int
    failed: int


class ImportOut(Out):
    """A file that is or was imported, and how far that is."""

    id: UUID
    status: Status = Field(
        description="`failed`: the file could not be read to its end, for the `reason`; what came before is kept."
    )
    name: str | None = Field(description="As it was called when it was handed in.", examples=["export.xml"])
    format: Format
    publish: StrictBool
    dry_run: StrictBool
    size: int = Field(description="Of the file, in bytes.", examples=[1048576])
    progress: float = Field(description="The part of the file that is done, 0 to 1.", examples=[0.25])
    entries: int = Field(description="Entries that are done.", examples=[400])
    counts: CountsOut
    rate: float | None = Field(description="Entries a second, while it ran.", examples=[120.5])
    remaining_seconds: int | None = Field(description="How long it will take at this rate; `null` if it does not run.")
    reason: str | None = Field(description="Why it failed.", examples=["The file ends in the middle of an entry."])
    created_by: UUID | None = Field(description="The user who handed it in.")
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class ImportItemOut(Out):
    """What became of one entry of the file."""

    number: int = Field(description="Its place among those of the file, from 1.", examples=[1])
    key: str = Field(description="What the source calls it.", examples=["https://old.example/?p=7"])
    outcome: Outcome
    article_id: UUID | None = Field(description="The article that it is now.")
    slug: ArticleSlug | None
    title: str | None = Field(examples=["Ferry fares rise"])
    quotes: int | None = Field(description="Quotes that were found; `null` where nothing was looked for.", examples=[4])
    with_speaker: int | None = Field(description="Those of them whose speaker was found.", examples=[3])
    comments: int = Field(description="Comments that came with it.")
    reason: str | None = Field(description="Why it failed.", examples=["It has no text."])
    warnings: list[WarningOut] = Field(description="What an editor should look at.")
