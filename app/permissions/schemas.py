from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.schemas import In, Moment, MomentIn, Out, Patch
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


Assigner = Annotated[
    str,
    StringConstraints(max_length=120),
    Field(description="Slug or id of the source that gives it.", examples=["the-harbour-review"]),
]
Credit = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000),
    Field(description="What readers are told.", examples=["Reprinted with permission from The Harbour Review."]),
]
ValidFrom = Annotated[MomentIn | None, Field(description="Not public before; `null`: from ever.")]
ValidThrough = Annotated[MomentIn | None, Field(description="Not public from then on; `null`: for ever.")]
Proof = Annotated[
    str | None,
    Field(
        max_length=2000,
        description="Where it is on record; for staff only.",
        examples=["E-mail of 2 March 2026"],
    ),
]
Parent = Annotated[
    str | None,
    Field(
        max_length=40,
        description="Id of the permission that this one rests on, and cannot outlast or precede.",
        examples=["0199a5b0-c0de-7000-8000-000000000001"],
    ),
]


class PermissionIn(In):
    """A permission for an article."""

    assigner: Assigner
    credit: Credit
    valid_from: ValidFrom = None
    valid_through: ValidThrough = None
    on_expire: OnExpire = Field(default="stub", description="What readers get from then on.")
    proof: Proof = None
    parent: Parent = None

    @model_validator(mode="after")
    def _in_order(self) -> "PermissionIn":
        if self.valid_from and self.valid_through and self.valid_from >= self.valid_through:
            raise ValueError("valid_through must come after valid_from")
        return self


class PermissionPatch(Patch):
    """A change of a permission; what is not named stays."""

    removable = frozenset({"valid_from", "valid_through", "proof", "parent"})

    assigner: Assigner | None = None
    credit: Credit | None = None
    valid_from: ValidFrom = None
    valid_through: ValidThrough = None
    on_expire: OnExpire | None = Field(default=None, description="What readers get from then on.")
    proof: Proof = None
    parent: Parent = None


class StaffPermissionOut(PermissionOut):
    """A permission as staff see it."""

    id: UUID
    proof: str | None = Field(description="Where it is on record.", examples=["E-mail of 2 March 2026"])
    parent: UUID | None = Field(description="The permission that this one rests on, perhaps another article's.")
    holds: bool = Field(description="Whether it holds now: it has begun and has not ended.")
