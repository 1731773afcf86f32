from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.articles.snapshots import ChangeOut
from app.quotes.schemas import Verification
from app.schemas import In, Link, Moment, Out

TimeCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}:[0-5][0-9]:[0-5][0-9](\.[0-9]{1,3})?$")]
"""Hours, minutes and seconds, as in W3C Media Fragments (4.2.1, Normal Play Time)."""


class EvidenceIn(In):
    """What you found about the words of a quote. Say where: by a URL, a text, a time code, or in a note."""

    verification: Verification = Field(
        description="`matched_in_source` needs `source_text`, and the words must stand in it.",
        examples=["heard_on_record"],
    )
    url: Link | None = Field(default=None, description="Where the words, or a denial of them, can be found.")
    source_text: str | None = Field(
        default=None,
        min_length=1,
        max_length=500_000,
        description="The source's own text, such as a transcript. It is kept for staff; readers never get it.",
        examples=[None],
    )
    time_code: TimeCode | None = Field(
        default=None, description="Where in a recording: `h:mm:ss`, with a fraction if you like.", examples=["0:14:05"]
    )
    note: str | None = Field(
        default=None, min_length=1, max_length=1000, description="For other staff.", examples=["Board meeting, part 2."]
    )


class MatchOut(Out):
    """What of a source text is nearest to the words."""

    similarity: float = Field(
        description="1 if the very words stand there; else the share of words and signs that both have in one order.",
        examples=[1.0],
    )
    passage: str | None = Field(description="`null` if it has none of the words.", examples=["We won't leave"])
    diff: list[ChangeOut] = Field(
        description="From the quote to the passage, in plain marks and single spaces; empty where the very words stand."
    )


class EvidenceOut(Out):
    """What somebody found about the words of a quote."""

    id: UUID
    verification: Verification
    exact: str = Field(
        description="The words that were checked. It stands for nothing if the quote has others by now.",
        examples=["We won’t leave,"],
    )
    url: str | None = Field(examples=["https://harbour-board.example/minutes"])
    source_sha256: str | None = Field(
        description="SHA-256 of the stored source text in UTF-8, in hexadecimal; `null` where there is none.",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    match: MatchOut | None = Field(description="`null` where there is no source text.")
    time_code: str | None = Field(examples=["0:14:05"])
    note: str | None = Field(examples=["Board meeting, part 2."])
    checked_by: UUID | None = Field(description="The user who checked; `null` if he is gone, or for the command line.")
    checked_at: Moment


class SourcedEvidenceOut(EvidenceOut):
    """The same with its source text."""

    source_text: str | None = Field(examples=["Chair: We won't leave anybody ashore."])


class QuoteEvidenceOut(Out):
    """A quote's verification, and all that was found about its words."""

    quote: UUID
    exact: str = Field(description="Its words as they are now.", examples=["We won’t leave,"])
    verification: Verification = Field(description="That of the newest item about these words.")
    items: list[EvidenceOut] = Field(description="The oldest first.")
