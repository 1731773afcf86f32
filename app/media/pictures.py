"""What an uploaded image may be, and the sizes and formats that browsers choose from; `pixels` makes these."""

from typing import Any, NamedTuple

from app.errors import Invalid

WIDTHS = (320, 640, 1280, 1920)
MAX_PIXELS = 50_000_000
MAX_SIDE = 16_000
"""A longer side than WebP can have (16,383) is refused with some room left."""

TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "AVIF": "image/avif"}
"""Media types by Pillow's names; MPO is what some cameras write into a JPEG."""

FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "avif": ("image/avif", {"quality": 55, "speed": 8}),
    "webp": ("image/webp", {"quality": 80, "method": 4}),
    "jpg": ("image/jpeg", {"format": "JPEG", "quality": 82, "progressive": True, "optimize": True}),
}
"""By file name's end, in the order in which browsers should try them."""


class NotAnImage(Invalid):
    """The upload is no JPEG, PNG, WebP or AVIF, not the one that `Content-Type` says, damaged, moving, or too large.

    Up to 50 million pixels are taken, and sides of up to 16,000. SVG is a program, and is not taken.
    """

    slug, title = "not-an-image", "No image that can be taken"


class Made(NamedTuple):
    """What an upload was found to be, and the values of `Image.files`."""

    type: str
    width: int
    height: int
    files: list[dict[str, Any]]
