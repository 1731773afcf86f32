import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas import DayIn, In, Link, Out, Patch
from app.sources.schemas import SourceOut

QuoteKind = Literal["direct", "mixed", "indirect", "block"]
Review = Literal["suggested", "confirmed", "rejected"]
Verification = Literal["unverified", "matched_in_source", "heard_on_record", "disputed", "retracted"]
Anchor = Literal["anchored", "moved", "changed", "orphaned"]
MAX_TEXT = 1_000_000
"""Code points of an article's text, at most."""
HopRole = Literal["speaker", "via", "reprinted_from", "publisher"]


class SpanOut(Out):
    """Some words of the article's text and where they stand."""

    text: str = Field(examples=["board chair Maren Oduya"])
    start: int = Field(description="Offset of the first code point in the article's text.", examples=[282])
    end: int = Field(description="Offset after the last code point.", examples=[305])


class HopOut(Out):
    """One station of the words on their way to the reader."""

    source: SourceOut
    role: HopRole
    url: str | None = Field(description="Where it stands there.", examples=["https://harbour-review.example/ferry"])
    date: dt.date | None = Field(description="When it was said or printed there.")


class QuoteOut(Out):
    """Words attributed to a source, at an exact place: `body.text[start:end] == exact`, in code points.

    W3C Web Annotation: TextQuoteSelector (`exact`, `prefix`, `suffix`) and TextPositionSelector (`start`, `end`).
    """

    id: UUID
    kind: QuoteKind
    exact: str = Field(
        description="The words, character for character.",
        examples=["We will not leave eleven hundred people without a boat after dark,"],
    )
    prefix: str = Field(description="Up to 32 code points before it.", examples=["ed crossings and empty purses.\n“"])
    suffix: str = Field(description="Up to 32 code points after it.", examples=["” board chair Maren Oduya said i"])
    start: int | None = Field(description="Offset of the first code point; `null` if orphaned.", examples=[214])
    end: int | None = Field(description="Offset after the last code point; `null` if orphaned.", examples=[280])
    speaker: SourceOut | None = Field(description="Who said it; `null` where that is not known.")
    speaker_mention: SpanOut | None = Field(description="The words of the text that name the speaker.")
    cue: SpanOut | None = Field(description="The words that attribute it, such as “said”.")
    attribution: list[HopOut] = Field(description="How it reached us: the speaker first, this site last.")
    review: Review = Field(description="`suggested` by a machine, or `confirmed` by an editor.")
    anchor: Anchor = Field(description="Whether the place was found again after the last edit.")
    confidence: float | None = Field(
        description="0 to 1, where a machine found it. 0, without a speaker: in marks, but probably nobody's speech."
    )
    verification: Verification = Field(
        description="Whether staff found these words in the source's own text (`matched_in_source`) or heard them said "
        "(`heard_on_record`), or learned that they are `disputed` or `retracted`. As it is now, in old revisions too."
    )


class CoverageOut(Out):
    """How many of an article's quotes somebody vouches for; rejected ones do not count."""

    quotes: int = Field(examples=[4])
    verified: int = Field(description="`matched_in_source` or `heard_on_record`.", examples=[3])
    share: float | None = Field(description="0 to 1; `null` where there are no quotes.", examples=[0.75])


class HopIn(In):
    """One station of the words on their way here."""

    source: str = Field(max_length=120, description="Slug or id of a source.", examples=["the-harbour-review"])
    role: Literal["speaker", "via"]
    url: Link | None = Field(default=None, description="Where it stands there.")
    date: DayIn | None = Field(default=None, description="When it was said or printed there.")


class QuoteIn(In):
    """A quote by its exact place in the current text."""

    exact: str = Field(
        min_length=1,
        max_length=20_000,
        description="The words, which must stand at this very place in `body.text`.",
        examples=["We will not leave anybody ashore,"],
    )
    start: int = Field(
        ge=0, le=MAX_TEXT, strict=True, description="Offset of the first code point in `body.text`.", examples=[1]
    )
    end: int = Field(ge=1, le=MAX_TEXT, strict=True, description="Offset after the last code point.", examples=[34])
    kind: QuoteKind = "direct"
    speaker: str | None = Field(
        default=None, max_length=120, description="Slug or id of a source.", examples=["maren-oduya"]
    )
    attribution: list[HopIn] = Field(
        default=[], max_length=10, description="Stations between the speaker and this site, nearest to him first."
    )
    review: Review = "confirmed"


class QuotePatch(Patch):
    """A change of a quote; what is not named stays."""

    removable = frozenset({"speaker"})

    exact: str | None = Field(
        default=None, min_length=1, max_length=20_000, examples=["We will not leave anybody ashore,"]
    )
    start: int | None = Field(default=None, ge=0, le=MAX_TEXT, strict=True, examples=[1])
    end: int | None = Field(default=None, ge=1, le=MAX_TEXT, strict=True, examples=[34])
    kind: QuoteKind | None = None
    speaker: str | None = Field(
        default=None, max_length=120, description="Slug or id of a source; `null`: not known.", examples=["maren-oduya"]
    )
    attribution: list[HopIn] | None = Field(default=None, max_length=10)
    review: Review | None = None
