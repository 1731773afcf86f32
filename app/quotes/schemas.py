import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas import In, Link, Out
from app.sources.schemas import SourceOut

QuoteKind = Literal["direct", "mixed", "indirect", "block"]
Review = Literal["suggested", "confirmed", "rejected"]
Anchor = Literal["anchored", "moved", "changed", "orphaned"]
HopRole = Literal["speaker", "via", "reprinted_from", "publisher"]


class SpanOut(Out):
    """Some words of the article's text and where they stand."""

    text: str
    start: int
    end: int


class HopOut(Out):
    """One station of the words on their way to the reader."""

    source: SourceOut
    role: HopRole
    url: str | None
    date: dt.date | None


class QuoteOut(Out):
    """Words attributed to a source, at an exact place: `body.text[start:end] == exact`, in code points.

    W3C Web Annotation: TextQuoteSelector (`exact`, `prefix`, `suffix`) and TextPositionSelector (`start`, `end`).
    """

    id: UUID
    kind: QuoteKind
    exact: str = Field(
        description="The words, character for character.", examples=["the great resilience of bilateral cooperation"]
    )
    prefix: str = Field(description="Up to 32 code points before it.")
    suffix: str = Field(description="Up to 32 code points after it.")
    start: int | None = Field(description="Offset of the first code point; `null` if orphaned.", examples=[189])
    end: int | None = Field(description="Offset after the last code point; `null` if orphaned.", examples=[234])
    speaker: SourceOut | None = Field(description="Who said it; `null` where that is not known.")
    speaker_mention: SpanOut | None = Field(description="The words of the text that name the speaker.")
    cue: SpanOut | None = Field(description="The words that attribute it, such as “said”.")
    attribution: list[HopOut] = Field(description="How it reached us: the speaker first, this site last.")
    review: Review = Field(description="`suggested` by a machine, or `confirmed` by an editor.")
    anchor: Anchor = Field(description="Whether the place was found again after the last edit.")
    confidence: float | None = Field(description="0 to 1, where a machine found it.")


class HopIn(In):
    source: str = Field(max_length=120, description="Slug or id of a source.")
    role: Literal["speaker", "via"]
    url: Link | None = None
    date: dt.date | None = None


class QuoteIn(In):
    """A quote by its exact place in the current text."""

    exact: str = Field(min_length=1, max_length=20_000)
    start: int = Field(ge=0, description="Code points of `body.text`.")
    end: int = Field(ge=1)
    kind: QuoteKind = "direct"
    speaker: str | None = Field(default=None, max_length=120, description="Slug or id of a source.")
    attribution: list[HopIn] = Field(
        default=[], max_length=10, description="Stations between the speaker and this site, nearest to him first."
    )
    review: Review = "confirmed"


class QuotePatch(In):
    """A change of a quote; what is not named stays."""

    exact: str | None = Field(default=None, min_length=1, max_length=20_000)
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=1)
    kind: QuoteKind | None = None
    speaker: str | None = Field(default=None, max_length=120)
    attribution: list[HopIn] | None = Field(default=None, max_length=10)
    review: Review | None = None
