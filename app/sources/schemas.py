from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas import DayIn, In, Link, Name, Out, Patch, SlugText

Kind = Literal["person", "organization", "publication", "document", "unnamed"]


class SourceOut(Out):
    """A source as others refer to it."""

    id: UUID
    slug: str = Field(examples=["maren-oduya"])
    kind: Kind
    name: str = Field(examples=["Maren Oduya"])
    url: str | None = Field(description="Its own site.", examples=["https://harbour-board.example/"])


class RoleOut(Out):
    """What a source was, and when."""

    title: str = Field(examples=["Chair of the Harbour Board"])
    organization: SourceOut | None
    valid_from: date | None
    valid_through: date | None


class DescribedSourceOut(SourceOut):
    """A source with what is known of it."""

    aliases: list[str] = Field(description="Its other names, in any script.")
    roles: list[RoleOut]
    same_as: list[str] = Field(description="The same source elsewhere (schema.org `sameAs`).")


class StaffSourceOut(DescribedSourceOut):
    """A source as staff see it."""

    merged_into: UUID | None = Field(description="The source that took this one in.")


class SourceDetailOut(DescribedSourceOut):
    """A source, whole."""

    quote_count: int = Field(description="Quotes of it as the speaker in public articles, rejected ones left out.")
    passed_on_count: int = Field(description="Quotes of others that came through it, in public articles, likewise.")
    article_count: int = Field(description="Public articles that rely on it in any role.")


class RoleIn(In):
    """What a source was, and when."""

    title: Name = Field(examples=["Chair of the Harbour Board"])
    organization: str | None = Field(
        default=None, max_length=120, description="Slug or id of a source.", examples=["the-harbour-board"]
    )
    valid_from: DayIn | None = None
    valid_through: DayIn | None = None


class SourceIn(In):
    """A new source."""

    kind: Kind
    name: Name
    slug: SlugText | None = Field(default=None, description="Made from the name if not given.")
    url: Link | None = Field(default=None, description="Its own site.")
    aliases: list[Name] = Field(default=[], max_length=100, description="Its other names, in any script.")
    roles: list[RoleIn] = Field(default=[], max_length=100)
    same_as: list[Link] = Field(
        default=[], max_length=50, description="The same source elsewhere (schema.org `sameAs`)."
    )


class SourcePatch(Patch):
    """A change of a source; what is not named stays."""

    removable = frozenset({"url"})

    kind: Kind | None = None
    name: Name | None = None
    url: Link | None = None
    aliases: list[Name] | None = Field(default=None, max_length=100)
    roles: list[RoleIn] | None = Field(default=None, max_length=100)
    same_as: list[Link] | None = Field(default=None, max_length=50)
