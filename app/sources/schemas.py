from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas import In, Link, Name, Out, SlugText

Kind = Literal["person", "organization", "publication", "document", "unnamed"]


class SourceOut(Out):
    """A source as others refer to it."""

    id: UUID
    slug: str = Field(examples=["le-yucheng"])
    kind: Kind
    name: str = Field(examples=["Le Yucheng"])
    url: str | None


class RoleOut(Out):
    """What a source was, and when."""

    title: str = Field(examples=["Vice Foreign Minister"])
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
    article_count: int = Field(description="Public articles that rely on it in any role.")


class RoleIn(In):
    title: Name
    organization: str | None = Field(default=None, max_length=120, description="Slug or id of a source.")
    valid_from: date | None = None
    valid_through: date | None = None


class SourceIn(In):
    """A new source."""

    kind: Kind
    name: Name = Field(examples=["Le Yucheng"])
    slug: SlugText | None = Field(default=None, description="Made from the name if not given.")
    url: Link | None = None
    aliases: list[Name] = Field(default=[], max_length=100)
    roles: list[RoleIn] = Field(default=[], max_length=100)
    same_as: list[Link] = Field(default=[], max_length=50)


class SourcePatch(In):
    """A change of a source; what is not named stays."""

    kind: Kind | None = None
    name: Name | None = None
    url: Link | None = None
    aliases: list[Name] | None = Field(default=None, max_length=100)
    roles: list[RoleIn] | None = Field(default=None, max_length=100)
    same_as: list[Link] | None = Field(default=None, max_length=50)
