"""The lines of Onrecord's own NDJSON: what an export writes, and an import takes back, value for value.

Names stand for what they name (`ada-berg`), ids are kept. What follows from the rest is not there: HTML, counters,
search words, ready bytes. Neither are passwords, tokens, keys, readers' addresses, the audit log and events.
"""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter

from app.accounts.schemas import Role
from app.comments.rules import MAX_LENGTH
from app.comments.schemas import CommentStatus
from app.ingest.article_lines import ArticleLine
from app.ingest.fields import At, Named, Slug, Words
from app.schemas import DayIn, In
from app.sources.schemas import Kind

COMMENTS = 200
"""Comments of a line, at most."""


class SiteLine(In):
    """Whose record it is."""

    name: Named
    url: Words | None


class HeadLine(In):
    """The first line. `users`: whether the file says who works here, and who saved each revision."""

    type: Literal["onrecord"]
    version: Literal[1]
    site: SiteLine
    users: bool


class UserLine(In):
    """Somebody who may sign in once he has a new password."""

    type: Literal["user"]
    id: UUID
    email: Named
    name: Words
    role: Role
    created_at: At
    disabled_at: At | None


class AuthorLine(In):
    """A name in bylines."""

    type: Literal["author"]
    id: UUID
    slug: Slug
    name: Named


class TagLine(In):
    """A subject that articles share."""

    type: Literal["tag"]
    id: UUID
    slug: Slug
    name: Named


class SourceLine(In):
    """A source, less what ties it to others. `is_site`: it stands for this site; `names`: its chief one among them."""

    type: Literal["source"]
    id: UUID
    slug: Slug
    kind: Kind
    name: Named
    url: Words | None
    is_site: bool
    created_at: At
    modified_at: At
    names: list[Named]
    links: list[Words]


class RoleLine(In):
    """What a source was, where, and when."""

    title: Words
    organization: Slug | None
    valid_from: DayIn | None
    valid_through: DayIn | None


class TiesLine(In):
    """What ties a source to others; it follows all sources, as these may point at each other."""

    type: Literal["ties"]
    source: Slug
    merged_into: Slug | None
    roles: list[RoleLine]


class CommentLine(In):
    """A reader's words; a comment stands after the one that it answers."""

    id: UUID
    parent: UUID | None
    quote: UUID | None
    kind: Literal["comment", "challenge"]
    status: CommentStatus
    author_name: Words
    text: Annotated[Words, StringConstraints(max_length=MAX_LENGTH)]
    reason: Words | None
    created_at: At
    edited_at: At | None
    decided_at: At | None


class CommentsLine(In):
    """Comments of an article; it follows the article's line, and as many follow as are needed."""

    type: Literal["comments"]
    article: UUID
    comments: list[CommentLine] = Field(min_length=1, max_length=COMMENTS)


class BasisLine(In):
    """That a permission rests on another one, perhaps another article's; it follows all articles."""

    type: Literal["basis"]
    permission: UUID
    rests_on: UUID


Line: TypeAlias = (
    HeadLine | UserLine | AuthorLine | TagLine | SourceLine | TiesLine | ArticleLine | CommentsLine | BasisLine
)

LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="type")])
