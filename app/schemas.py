"""What every wire shape shares."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)

T = TypeVar("T")


def in_utc(value: datetime) -> str:
    """The moment as it is sent: RFC 3339 in UTC with `Z`."""
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(in_utc, return_type=str, when_used="json"),
    Field(description="RFC 3339, in UTC.", examples=["2026-03-02T08:30:00.000000Z"]),
]
"""A moment on the wire: RFC 3339 in UTC with `Z`."""

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("must be RFC 3339, with an offset")  # Pydantic would take numbers for seconds since 1970
    return value


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("must be YYYY-MM-DD")
    return value


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be in the years 1 to 9999 in UTC too") from None


MomentIn = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_utc)]
"""A moment as input: RFC 3339 with an offset; a naive one is refused."""

DayIn = Annotated[date, BeforeValidator(_day)]
"""A day as input: YYYY-MM-DD."""

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), Field(examples=["Maren Oduya"])
]
"""A name of somebody or something: 1 to 200 characters after stripping."""


ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def id_from(text: str) -> UUID | None:
    """The id that this is, in the form of RFC 9562; None for anything else, as a slug.

    Python would take braces, other scripts' digits and more: many addresses for one thing, not all fit for a header.
    """
    return UUID(text) if ID.fullmatch(text) else None


def _no_id(slug: str) -> str:
    if id_from(slug):
        raise ValueError("must not have the form of an id")
    return slug


SlugText = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=120),
    AfterValidator(_no_id),
    Field(examples=["the-night-ferry-stays"]),
]
"""A slug: lower-case ASCII letters and digits in groups joined by single hyphens, not to be taken for an id."""

Language = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35),
    Field(description="BCP 47.", examples=["en"]),
]
"""A BCP 47 language tag."""


_URL: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def in_ascii(url: str) -> str:
    """The URL with what is not ASCII encoded. Raises `ValueError` for what is none."""
    parsed = _URL.validate_python(url)
    return url if url.isascii() else str(parsed)


Link = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s\x00-\x1f\x7f-\x9f<>\"\\^`{|}]+$", max_length=2000),
    AfterValidator(in_ascii),
    Field(examples=["https://harbour-review.example/night-ferry"]),
]
"""An absolute http or https URL, as headers take it: what is not ASCII is encoded (RFC 3987, 3.1)."""


class Out(BaseModel):
    """Something that is sent. No field has a default, so the documentation can promise every one."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


def names_of(*shapes: type[Out]) -> dict[str, Any]:
    """The JSON Schema of a choice of these shapes' fields, as `fields` takes it; for the documentation."""
    name = "|".join(dict.fromkeys(name for shape in shapes for name in shape.model_fields))
    return {"pattern": f"^({name})(,({name}))*$"}


class In(BaseModel):
    """Something that is received. A field that is not named is refused."""

    model_config = ConfigDict(extra="forbid")


class Patch(In):
    """A change of something. What is not named stays; what is in `removable` may be `null`, and is removed then."""

    removable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _stays(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None and info.field_name not in cls.removable:
            raise ValueError("cannot be removed")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        schema = handler.resolve_ref_schema(handler(core))
        for name, shown in schema["properties"].items():
            del shown["default"]
            if name not in cls.removable:
                kinds = [kind for kind in shown.pop("anyOf") if kind != {"type": "null"}]
                shown.update(kinds[0] | shown)
        return schema


class Page(BaseModel, Generic[T]):
    """One page of a list, and the ways on and back."""

    items: list[T]
    next: str | None = Field(
        description="The next page, a path from `/v1/` on; `null` on the last one.",
        examples=["/v1/articles?limit=20&cursor=X-14bzJ0"],
    )
    prev: str | None = Field(description="The page before; `null` on the first one.", examples=[None])
    total: int = Field(
        default=..., description="How many items match in all; only there with `count=exact`.", examples=[3]
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> Any:
        schema = handler.resolve_ref_schema(handler(core))
        schema["required"] = ["items", "next", "prev"]
        return schema


class FaultOut(BaseModel):
    """What is wrong with one value that was sent."""

    detail: str = Field(examples=["Field required"])
    pointer: str = Field(default=..., description="Where in the body (RFC 6901).", examples=["/title"])
    parameter: str = Field(default=..., description="Or else which query parameter.", examples=["limit"])

    model_config = ConfigDict(json_schema_extra={"required": ["detail"]})


class ProblemOut(BaseModel):
    """RFC 9457 problem details. Some kinds have members of their own; their pages say which."""

    type: str = Field(description="Path of the page that explains this kind.", examples=["/problems/not-found"])
    title: str = Field(examples=["Nothing here"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such article."])
    instance: str = Field(description="The path that was asked for.", examples=["/v1/articles/nope"])
    request_id: str | None = Field(
        description="Quote this when you report a fault; the log has it too.", examples=["0193a5b0c0de7000"]
    )
    errors: list[FaultOut] = Field(default=..., description="For input errors only: what is wrong, value by value.")

    model_config = ConfigDict(
        json_schema_extra={"required": ["type", "title", "status", "detail", "instance", "request_id"]}
    )
