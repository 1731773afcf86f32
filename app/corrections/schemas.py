from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas import In, Moment, Out, Patch

CorrectionKind = Literal["correction", "clarification", "update", "retraction", "editors_note"]
MAX_TEXT = 1_000_000
"""Code points of an article's text, at most."""

Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=5000),
    Field(
        description="What readers are told. Plain text.",
        examples=["Eleven hundred people live on Skerry Island, not twelve hundred."],
    ),
]


class PassageOut(Out):
    """The passage that a correction is about, in the text it then had."""

    exact: str = Field(examples=["twelve hundred people"])
    start: int = Field(description="Offset of its first code point.")
    end: int = Field(description="Offset after its last code point.")


class CorrectionOut(Out):
    """What was wrong, in the newsroom's own words."""

    id: UUID
    kind: CorrectionKind
    text: str = Field(examples=["Eleven hundred people live on Skerry Island, not twelve hundred."])
    target: PassageOut | None = Field(description="`null`: the article as a whole.")
    credit: str | None = Field(description="Who pointed it out, if that was a reader.", examples=["Ada"])
    published_at: Moment


class PassageIn(In):
    """A passage by its exact place in the text."""

    exact: str = Field(
        min_length=1,
        max_length=20_000,
        description="The words, which must stand at this very place in `body.text`.",
        examples=["twelve hundred people"],
    )
    start: int = Field(
        ge=0, le=MAX_TEXT, strict=True, description="Offset of the first code point in `body.text`.", examples=[1]
    )
    end: int = Field(ge=1, le=MAX_TEXT, strict=True, description="Offset after the last code point.", examples=[22])


class CorrectionIn(In):
    """A word to readers on what was wrong."""

    kind: CorrectionKind = "correction"
    text: Words
    target: PassageIn | None = Field(
        default=None, description="The passage, in the article's present text; `null`: the article as a whole."
    )


class CorrectionPatch(Patch):
    """A change of a correction; what is not named stays."""

    removable = frozenset({"target"})

    kind: CorrectionKind | None = None
    text: Words | None = None
    target: PassageIn | None = Field(
        default=None,
        description="The passage, in the text of the correction's own `revision`; `null`: the article as a whole.",
    )
