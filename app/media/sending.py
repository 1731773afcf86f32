"""What every answer that is an image has in common, whoever may have it."""

from typing import Annotated, Any

from fastapi import Path

from app.media.models import Image
from app.media.pictures import FORMATS

POLICY = "default-src 'none'; sandbox"
"""An image opened by itself is a document, and may do nothing."""

Digest = Annotated[str, Path(max_length=120, description="SHA-256 of the upload.", examples=["0b7f" * 16])]
Variant = Annotated[str, Path(max_length=120, description="Width and format.", examples=["1280.webp"])]
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind, _ in FORMATS.values()}}
}
"""The documentation of an answer that is a variant."""


def described(image: Image, variant: str) -> dict[str, str]:
    """The headers of any answer that is this variant of the image."""
    file = next(file for file in image.files if file["name"] == variant)
    return {
        "Content-Type": file["type"],
        "ETag": f'"{file["digest"]}"',
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
    }
