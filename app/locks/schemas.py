from uuid import UUID

from pydantic import Field

from app.schemas import Moment, Out


class EditorOut(Out):
    """A member of the staff."""

    id: UUID
    name: str = Field(examples=["Ada Berg"])


class LockOut(Out):
    """That somebody has the article open."""

    user: EditorOut
    since: Moment
    expires_at: Moment = Field(description="When it lapses unless it is renewed.")


class LocksOut(Out):
    """Who has the article open, those who came first first."""

    items: list[LockOut]
