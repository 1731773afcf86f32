"""What is made of an uploaded image: the same, upright and clean. Who makes none need not load this, nor Pillow."""

import hashlib
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from app.media.pictures import FORMATS, MAX_PIXELS, MAX_SIDE, TYPES, WIDTHS, Made, NotAnImage

# The size is looked at here, before any pixel is decoded; Pillow's own limit only warns.
Image.MAX_IMAGE_PIXELS = None
_SRGB = ImageCms.createProfile("sRGB")
_ORIENTATION = 0x0112
_DECODING = threading.Semaphore(2)  # one of 50 megapixels takes 200 MB: two at once bound what uploads cost


def make_variants(path: Path, declared: str) -> Made:
    """Write the variants of the image at `path` beside it. `declared` is what the sender calls it.

    Nothing but pixels passes into a variant: no EXIF, place, thumbnail, comment or colour profile; colours become
    sRGB, and what the camera held askew stands upright. Raises `NotAnImage`.
    """
    with _DECODING:
        try:
            found, size, image = _read(path, declared)
        except NotAnImage:
            raise
        except Exception as error:  # Pillow's readers raise whatever a damaged file leads them to
            raise NotAnImage("The image cannot be read: it is damaged, or of another kind.") from error
        widths = [width for width in WIDTHS if width < image.width] + [min(image.width, WIDTHS[-1])]
        widths = sorted(set(widths))
        opaque = _opaque(image)
        return Made(
            found,
            *size,
            [_write(path.parent, opaque if end == "jpg" else image, width, end) for end in FORMATS for width in widths],
        )


def _read(path: Path, declared: str) -> tuple[str, tuple[int, int], Image.Image]:
    """The image's type and upright size, and its pixels, upright, in sRGB; they may be fewer than it has."""
    with Image.open(path, formats=("JPEG", "PNG", "WEBP", "AVIF")) as image:
        found = TYPES[image.format or ""]
        if found != declared:
            raise NotAnImage(f"`Content-Type` says {declared}, and the body is {found}.")
        if image.width * image.height > MAX_PIXELS or max(image.size) > MAX_SIDE:
            raise NotAnImage(f"It has {image.width} × {image.height} pixels; see this problem's page for the limits.")
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise NotAnImage("It moves; send one picture.")
        turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        size = (image.height, image.width) if turned else image.size
        image.draft("RGB", (WIDTHS[-1], WIDTHS[-1]))  # JPEG need not be decoded finer than it is shown
        return found, size, _clean(ImageOps.exif_transpose(image))


def _clean(image: Image.Image) -> Image.Image:
    """The pixels in sRGB, and nothing besides."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            of_image = ImageCms.ImageCmsProfile(BytesIO(profile))
            image = ImageCms.profileToProfile(image, of_image, _SRGB, outputMode=mode) or image
        except ImageCms.PyCMSError:
            pass  # a profile that nobody can read says nothing of the colours
    image = image.convert(mode)
    image.info.clear()
    return image


def _opaque(image: Image.Image) -> Image.Image:
    """On white, for JPEG has no transparency."""
    if image.mode == "RGB":
        return image
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _write(folder: Path, image: Image.Image, width: int, end: str) -> dict[str, Any]:
    kind, options = FORMATS[end]
    height = max(1, round(image.height * width / image.width))
    path = folder / f"{width}.{end}"
    image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0).save(path, **options)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    made = {"name": path.name, "width": width, "height": height, "type": kind}
    return made | {"bytes": len(content), "digest": digest}
