"""The line of an article in Onrecord's own NDJSON, with every revision and all that hangs on it."""

from itertools import pairwise
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from app.articles.schemas import CommentsState, NamedOut, Status
from app.comments.schemas import CommentMode
from app.corrections.schemas import CorrectionKind, CorrectionOut
from app.ingest.fields import At, Digest, Named, Place, Slug, Url, Words
from app.permissions.schemas import OnExpire
from app.quotes.schemas import Anchor, QuoteKind, Review, Verification
from app.schemas import DayIn, In, Language, id_from

CitationRole = Literal["speaker", "via", "cited", "reprinted_from"]


class HopLine(In):
    """A station between speaker and site."""

    source: Slug
    role: Words
    url: Words | None
    date: DayIn | None


class PlacementLine(In):
    """A quote as one revision has it."""

    id: UUID
    quote: UUID
    kind: QuoteKind
    exact: Words
    prefix: Words
    suffix: Words
    start: Place | None
    end: Place | None
    speaker: Slug | None
    mention_start: Place | None
    mention_end: Place | None
    cue_start: Place | None
    cue_end: Place | None
    parent: UUID | None
    review: Review
    anchor: Anchor
    confidence: Annotated[float, Field(ge=0, le=1)] | None
    rule: Words | None
    hops: list[HopLine]


class CitationLine(In):
    """That a revision relies on a source, and how."""

    source: Slug
    role: CitationRole


class IllustrationLine(In):
    """An image that a revision shows: its own at position 0, those in its body from 1 on."""

    position: Place
    image: Digest


class RevisionLine(In):
    """One snapshot of an article's words. The quotes in it count in `text`, in code points."""

    id: UUID
    number: Annotated[int, Field(ge=1, le=2**31 - 1)]
    public_number: Annotated[int, Field(ge=1, le=2**31 - 1)] | None
    public_at: At | None
    title: Named
    summary: Words | None
    markdown: Annotated[Words, StringConstraints(max_length=1_000_000)]
    text: Words
    details: dict[str, Any]
    note: Words | None
    saved_by: UUID | None
    created_at: At
    quotes: list[PlacementLine]
    citations: list[CitationLine]
    images: list[IllustrationLine]

    @model_validator(mode="after")
    def _quotes_stand_in_the_text(self) -> "RevisionLine":
        for quote in self.quotes:
            found = self.text[quote.start : quote.end] if quote.start is not None and quote.end is not None else None
            if found != (quote.exact if quote.anchor != "orphaned" else None):
                raise ValueError(f"quote {quote.quote} is not at its place in the text")
        return self


class SlugLine(In):
    """A slug that the article has or had."""

    slug: Slug
    created_at: At


class PermissionLine(In):
    """The right to print it."""

    id: UUID
    assigner: Slug
    credit: Words
    valid_from: At | None
    valid_through: At | None
    on_expire: OnExpire
    proof: Words | None
    created_at: At


class CorrectionLine(In):
    """A public word on what was wrong. `revision`: the id of the one that mended it."""

    id: UUID
    revision: UUID
    kind: CorrectionKind
    text: Words
    target_exact: Words | None
    target_start: Place | None
    target_end: Place | None
    credit: Words | None
    published_at: At


class OriginLine(In):
    """What it was imported from."""

    key: Words
    imported_at: At
    digest: Words | None
    revision: int | None


class EvidenceLine(In):
    """What somebody found about the words of a quote."""

    id: UUID
    verification: Verification
    exact: Words
    url: Words | None
    source_text: Words | None
    passage: Words | None
    similarity: Annotated[float, Field(ge=0, le=1)] | None
    time_code: Words | None
    note: Words | None
    checked_by: UUID | None
    checked_at: At


class QuoteLine(In):
    """The lasting identity of a quote. Exports of earlier releases say nothing of its verification."""

    id: UUID
    created_at: At
    verification: Verification = "unverified"
    evidence: list[EvidenceLine] = Field(default=[])


class GrantLine(In):
    """The permission under which readers got it."""

    assigner: Slug
    credit: Words
    valid_from: At | None
    valid_through: At | None
    on_expire: OnExpire


class HeadOfEdition(In):
    """What readers got of an article that does not lie in a revision; sources stand there by their slugs."""

    slug: Slug
    language: Language
    published_at: At
    updated_at: At
    revision: int
    aliases: list[Slug]
    canonical_url: Url | None
    authors: list[NamedOut]
    tags: list[NamedOut]
    permission: GrantLine | None
    corrections: list[CorrectionOut]
    assigners: list[Slug]


def _checked(head: dict[str, Any]) -> dict[str, Any]:
    """The head as it is: what readers got once is not written otherwise."""
    try:
        HeadOfEdition.model_validate(head)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    return head


class EditionLine(In):
    """What readers got of the article, and from when until when. `revision`: the id of the one with its words."""

    since: At
    until: At | None
    revision: UUID
    head: Annotated[dict[str, Any], AfterValidator(_checked)]


class CommentRulesLine(In):
    """Where the article takes comments otherwise than the site; null: as the site does."""

    mode: CommentMode | None
    close_after_days: Annotated[int, Field(ge=1, le=36_500)] | None


class ArticleLine(In):
    """An article with every revision, the current one last."""

    type: Literal["article"]
    id: UUID
    slug: Slug
    status: Status
    language: Language
    canonical_url: Url | None
    published_at: At | None
    date_unscheduled: At | None
    updated_at: At | None
    modified_at: At | None
    comments_state: CommentsState
    comment_rules: CommentRulesLine | None
    created_at: At
    slugs: list[SlugLine]
    authors: list[Slug]
    tags: list[Slug]
    permissions: list[PermissionLine]
    corrections: list[CorrectionLine]
    origins: list[OriginLine]
    quotes: list[QuoteLine]
    revisions: list[RevisionLine] = Field(min_length=1)
    editions: list[EditionLine]

    @model_validator(mode="after")
    def _is_whole(self) -> "ArticleLine":
        numbers = [revision.number for revision in self.revisions]
        if numbers != sorted(set(numbers)):
            raise ValueError("revisions must be in the order of their numbers")
        if self.slug not in {row.slug for row in self.slugs} or id_from(self.slug):
            raise ValueError("slug must be one of slugs")
        quotes = {quote.id for quote in self.quotes}
        placed = [quote for revision in self.revisions for quote in revision.quotes]
        if not {quote.quote for quote in placed} | {quote.parent for quote in placed if quote.parent} <= quotes:
            raise ValueError("revisions place a quote that is not among quotes")
        revisions = {revision.id for revision in self.revisions}
        if not {row.revision for row in self.corrections} <= revisions:
            raise ValueError("a correction is of no revision of the article")
        if not {row.revision for row in self.editions} <= revisions:
            raise ValueError("an edition is of no revision of the article")
        if any(one.until is None or one.until > two.since for one, two in pairwise(self.editions)):
            raise ValueError("editions must be in order, and not overlap")
        return self
