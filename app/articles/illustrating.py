"""The images of an article: its own, those in its body, and what they must have before readers see them."""

import html as entities
import re
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.models import Revision
from app.errors import Invalid
from app.media import actions
from app.media.models import Illustration, Image
from app.media.schemas import ImageOut

# As `body.render` writes it; the address may be absolute, as readers know it.
_IN_BODY = re.compile(r'<img src="(?:https?://[^/"]+)?/v1/media/([0-9a-f]{64})/[^"]*" alt="([^"]*)"')


class ImageNotReady(Invalid):
    """An image of the article lacks its alt text or credit, and readers are shown none without. `errors` names each.

    Alt text and credit are given at `/v1/admin/media/{id}`; an image in the body also needs words in its `![…]`.
    """

    slug, title = "image-not-ready", "An image lacks its words"


def illustrate(session: Session, lead: UUID | None, html: str) -> list[Illustration]:
    """What a revision with this body shows, its own image first. Raises `Invalid` for an unknown one."""
    return actions.illustrations(session, lead, list(_described(html)))


def lead_of(revision: Revision) -> Image | None:
    """The article's own image."""
    return next((shown.image for shown in revision.illustrations if shown.position == 0), None)


def in_body(revision: Revision) -> list[Image]:
    """The images in the body, in order, each once."""
    return [shown.image for shown in revision.illustrations if shown.position > 0]


def check_ready(revision: Revision) -> None:
    """Raises `ImageNotReady` if readers must not be shown the revision's images yet."""
    words = _described(revision.html)
    errors = []
    for shown in revision.illustrations:
        pointer, missing = "/image", shown.image.lacks()
        if shown.position > 0:
            pointer = "/markdown"
            missing += [] if words[shown.image.digest] else ["words in its ![…]"]
        if missing:
            errors.append({"pointer": pointer, "detail": f"{shown.image.url} lacks {', '.join(missing)}"})
    if errors:
        raise ImageNotReady("Say what each image shows, and whose it is; see `errors`.", errors=errors)


def shown_under(way: str, html: str, images: Iterable[ImageOut]) -> str:
    """The body with these images under other addresses: `way` in place of `/v1` and of whatever host is before it."""
    own = {image.url.rsplit("/", 1)[0] for image in images}

    def moved(found: re.Match[str]) -> str:
        address = f"/v1/media/{found[1]}"
        if address not in own:
            return found[0]  # of another site that writes its addresses alike
        return f'<img src="{way}{address.removeprefix("/v1")}{found[0].split(address, 1)[1]}'

    return _IN_BODY.sub(moved, html)


def _described(html: str) -> dict[str, str]:
    """The digests of the images in a body, in order, each with the words that stand for it."""
    found: dict[str, str] = {}
    for digest, words in _IN_BODY.findall(html):
        found[digest] = entities.unescape(words).strip() if found.get(digest, " ") else ""
    return found
