from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.schemas import In, Moment, Out, Patch

Digest = "0b7f" * 16
ImageUrl = Annotated[str, Field(examples=[f"/v1/media/{Digest}/1280.webp"])]
ImageType = Annotated[str, Field(description="Media type.", examples=["image/webp"])]
Alt = Annotated[str, Field(description="What it shows, in words.", examples=["The night ferry at the pier"])]
Credit = Annotated[str, Field(description="Who made it, or owns it.", examples=["Photo: Tobin Farr"])]
Caption = Annotated[str, Field(description="What to say below it.", examples=["The ferry on its last run."])]


class FocalPointOut(Out):
    """What must stay in sight when it is cropped, in parts of its width and height."""

    x: float = Field(description="From the left, 0 to 1.", examples=[0.5])
    y: float = Field(description="From the top, 0 to 1.", examples=[0.33])


class VariantOut(Out):
    """The image in one size and format; the same bytes for ever."""

    url: ImageUrl
    width: int = Field(description="In pixels; what `srcset` calls `w`.", examples=[1280])
    height: int = Field(examples=[853])
    type: ImageType


class ImageOut(Out):
    """An image that goes with an article."""

    url: str = Field(
        description="The widest JPEG, for where there is no choice.", examples=[f"/v1/media/{Digest}/1920.jpg"]
    )
    alt: Alt | None = Field(description="Readers' articles have none without.")
    credit: Credit | None = Field(description="Readers' articles have none without.")
    caption: Caption | None
    width: int = Field(description="Of the original, upright, in pixels.", examples=[6000])
    height: int = Field(examples=[4000])
    focal_point: FocalPointOut | None
    variants: list[VariantOut] = Field(
        description="For `<picture>`: AVIF, WebP and JPEG, each in rising widths, so the formats stand in the order in "
        "which browsers should try them."
    )


class StaffImageOut(ImageOut):
    """An uploaded image, whether or not readers see it."""

    id: UUID
    digest: str = Field(description="SHA-256 of the upload, in hexadecimal.", examples=[Digest])
    type: ImageType = Field(description="Media type of the upload.", examples=["image/jpeg"])
    bytes: int = Field(description="Size of the upload.", examples=[4031122])
    uploaded_by: UUID | None
    created_at: Moment
    modified_at: Moment


class FocalPointIn(In):
    """What must stay in sight when the image is cropped, in parts of its width and height."""

    x: float = Field(strict=True, ge=0, le=1, allow_inf_nan=False, description="From the left.", examples=[0.5])
    y: float = Field(strict=True, ge=0, le=1, allow_inf_nan=False, description="From the top.", examples=[0.33])


class ImagePatch(Patch):
    """What is to be said of an image. Alt text and credit can be changed, but once given not removed."""

    removable = frozenset({"caption", "focal_point"})

    alt: Annotated[Alt, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] | None = None
    credit: Annotated[Credit, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = None
    caption: Annotated[Caption, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = None
    focal_point: FocalPointIn | None = None
