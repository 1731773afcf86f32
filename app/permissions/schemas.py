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

    assigner: str = Field(max_length=120, description="Slug or id of the source that gives it.")
    credit: str = Field(min_length=1, max_length=1000)
    valid_from: MomentIn | None = None
    valid_through: MomentIn | None = None
    on_expire: OnExpire = "stub"
    proof: str | None = Field(default=None, max_length=2000, description="Where it is on record; for staff only.")
    parent: str | None = Field(default=None, max_length=40, description="Id of the permission that this one rests on.")

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
