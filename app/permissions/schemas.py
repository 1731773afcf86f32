from typing import Literal

from pydantic import Field, model_validator

from app.schemas import In, Moment, MomentIn, Out
from app.sources.schemas import SourceOut

OnExpire = Literal["stub", "redirect", "gone"]


class PermissionOut(Out):
    """The right under which a reprint stands here."""

    assigner: SourceOut = Field(description="Who gave it.")
    credit: str = Field(examples=["Reprinted with permission from The Harbour Review."])
    valid_from: Moment | None
    valid_through: Moment | None = Field(description="When it ends; from then on the article is not shown.")
    on_expire: OnExpire = Field(
        description="What readers get from then on. `stub`: title, credit and the link to the original; "
        "`redirect`: 307 to the original; `gone`: 410."
    )


class PermissionIn(In):
    """A permission for an article."""

    assigner: str = Field(
        max_length=120, description="Slug or id of the source that gives it.", examples=["the-harbour-review"]
    )
    credit: str = Field(
        min_length=1,
        max_length=1000,
        description="What readers are told.",
        examples=["Reprinted with permission from The Harbour Review."],
    )
    valid_from: MomentIn | None = Field(default=None, description="Not public before; `null`: from ever.")
    valid_through: MomentIn | None = Field(default=None, description="Not public from then on; `null`: for ever.")
    on_expire: OnExpire = Field(default="stub", description="What readers get from then on.")
    proof: str | None = Field(
        default=None,
        max_length=2000,
        description="Where it is on record; for staff only.",
        examples=["E-mail of 2 March 2026"],
    )
    parent: str | None = Field(
        default=None,
        max_length=40,
        description="Id of the permission that this one rests on.",
        examples=["0199a5b0-c0de-7000-8000-000000000001"],
    )

    @model_validator(mode="after")
    def _in_order(self) -> "PermissionIn":
        if self.valid_from and self.valid_through and self.valid_from >= self.valid_through:
            raise ValueError("valid_through must come after valid_from")
        return self


class StaffPermissionOut(PermissionOut):
    """A permission as staff see it."""

    id: str
    proof: str | None
    parent: str | None
