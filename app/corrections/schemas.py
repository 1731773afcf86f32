from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas import Moment, Out

CorrectionKind = Literal["correction", "clarification", "update", "retraction", "editors_note"]


class PassageOut(Out):
    """The passage that a correction is about, in the text it then had."""

    exact: str
    start: int
    end: int


class CorrectionOut(Out):
    """What was wrong, in the newsroom's own words."""

    id: UUID
    kind: CorrectionKind
    text: str
    target: PassageOut | None = Field(description="`null`: the article as a whole.")
    published_at: Moment
