"""The lines of Onrecord's own NDJSON: what an export writes, and an import takes back, value for value.

Names stand for what they name (`ada-berg`), ids are kept. What follows from the rest is not there: HTML, counters,
search words, ready bytes. Neither are passwords, tokens, keys, readers' addresses, the audit log and events.
"""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints, TypeAdapter

from app.accounts.schemas import Role
from app.comments.policy_schemas import Rules
from app.comments.rules import MAX_LENGTH
from app.comments.schemas import CommentKind, CommentStatus
from app.comments.staff_schemas import Finding, ReasonCode
from app.ingest.article_lines import ArticleLine
from app.ingest.fields import At, Digest, Named, Place, Slug, Words
from app.schemas import DayIn, In
from app.sources.schemas import Kind

COMMENTS = 200
"""Comments of a line, at most."""


Size = Annotated[int, Field(ge=1, le=2**31 - 1)]


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


class RulesLine(In):
    """How the site takes comments; a site without it does by default."""

    type: Literal["rules"]
    document: Rules
    changed_at: At


class AuthorLine(In):
    """A name in bylines. `former_slugs` lead on to it."""

    type: Literal["author"]
    id: UUID
    slug: Slug
    name: Named
    former_slugs: list[Slug]


class TagLine(In):
    """A subject that articles share. `former_slugs` lead on to it."""

    type: Literal["tag"]
    id: UUID
    slug: Slug
    name: Named
    former_slugs: list[Slug]


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


class VariantLine(In):
    """A file that was made of an image."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+\.[a-z0-9]+$", max_length=100)]
    width: Size
    height: Size
    type: Named
    bytes: Size
    digest: Digest


class ImageLine(In):
    """What is known of an image; its files are not in an export."""

    type: Literal["image"]
    id: UUID
    digest: Digest
    kind: Named
    width: Size
    height: Size
    bytes: Annotated[int, Field(ge=1, le=2**63 - 1)]
    files: list[VariantLine] = Field(min_length=1)
    alt: Words | None
    credit: Words | None
    caption: Words | None
    focal_x: Annotated[float, Field(ge=0, le=1)] | None
    focal_y: Annotated[float, Field(ge=0, le=1)] | None
    created_at: At
    modified_at: At


class PassageLine(In):
    """The words that a comment is about, with what stood around them."""

    exact: Words
    prefix: Words
    suffix: Words


class CommentLine(In):
    """A reader's words; a comment stands after the one that it answers."""

    id: UUID
    parent: UUID | None
    quote: UUID | None
    target: PassageLine | None
    kind: CommentKind
    evidence: Words | None
    correction: UUID | None
    status: CommentStatus
    badge: Literal["author", "staff"] | None
    author_name: Words
    text: Annotated[Words, StringConstraints(max_length=MAX_LENGTH)]
    findings: list[Finding]
    reason: Words | None
    reason_code: ReasonCode | None
    flag_count: Place
    votes_for: Place
    votes_against: Place
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
    HeadLine
    | RulesLine
    | UserLine
    | AuthorLine
    | TagLine
    | SourceLine
    | TiesLine
    | ImageLine
    | ArticleLine
    | CommentsLine
    | BasisLine
)

LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="type")])
