"""What every wire shape shares."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

T = TypeVar("T")


def _z(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(_z, return_type=str, when_used="json"),
    Field(description="RFC 3339, in UTC.", examples=["2026-03-02T08:30:00.000000Z"]),
]
"""A moment on the wire: RFC 3339 in UTC with `Z`."""

MomentIn = Annotated[AwareDatetime, AfterValidator(lambda value: value.astimezone(UTC))]
"""A moment as input: RFC 3339 with an offset; a naive one is refused."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
"""A name of somebody or something: 1 to 200 characters after stripping."""

SlugText = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120)]
"""A slug: lower-case ASCII letters and digits in groups joined by single hyphens."""

Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
"""A BCP 47 language tag."""

Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"\\^`{|}]+$", max_length=2000)]
"""An absolute http or https URL."""


class Out(BaseModel):
    """Something that is sent. No field has a default, so the documentation can promise every one."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class In(BaseModel):
    """Something that is received. A field that is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[T]):
    """One page of a list, and the ways on and back."""

    items: list[T]
    next: str | None = Field(description="The next page, a path from `/v1/` on; `null` on the last one.")
    prev: str | None = Field(description="The page before; `null` on the first one.")
    total: int = Field(
        default=..., description="How many items match in all; only there with `count=exact`.", examples=[3]
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        schema = handler.resolve_ref_schema(handler(core))
        schema["required"] = ["items", "next", "prev"]
        return schema


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(description="Path of the page that explains this kind.", examples=["/problems/not-found"])
    title: str = Field(examples=["Nothing here"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such article."])
    instance: str = Field(description="The path that was asked for.", examples=["/v1/articles/nope"])
    request_id: str | None = Field(description="Quote this when you report a fault; the log has it too.")
    errors: list[dict[str, str]] = Field(
        default=[], description="For input errors: `{pointer or parameter, detail}` each."
    )
