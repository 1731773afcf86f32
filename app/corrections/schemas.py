from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas import Moment, Out

CorrectionKind = Literal["correction", "clarification", "update", "retraction", "editors_note"]


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
    published_at: Moment
