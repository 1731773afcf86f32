from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound
from app.events.actions import Actor, record, take_turn
from app.media import files, queries
from app.media.files import Upload
from app.media.models import Illustration, Image
from app.media.pictures import Made
from app.media.schemas import ImagePatch

BATCH = 100


def find(session: Session, image_id: UUID, *, lock: bool = False) -> Image:
    """The image, and with `lock` nobody else changes it meanwhile. Raises `NotFound`."""
    if lock:
        take_turn(session)
    image = session.scalar(queries.by_id(image_id))
    if image is None:
        raise NotFound("There is no such image.")
    return image


def known(session: Session, digest: str) -> Image | None:
    """The image whose upload was these bytes."""
    return session.scalar(queries.by_digest(digest))


def keep(session: Session, upload: Upload, made: Made, *, by: Actor, at: datetime) -> Image:
    """The upload, settled on disk, as an image."""
    image = Image(
        id=upload.id,
        digest=upload.digest,
        bytes=upload.bytes,
        **made._asdict(),
        uploaded_by=by.user_id,
        created_at=at,
        modified_at=at,
    )
    session.add(image)
    session.flush()
    record(session, by, "create", "image", image.id, after=_state(image) | {"digest": image.digest})
    return image


def edit(session: Session, image: Image, data: ImagePatch, *, by: Actor, at: datetime) -> None:
    """Change what `data` names. Articles that show it are left to the caller."""
    before = _state(image)
    given = data.model_dump(exclude_unset=True)
    if "focal_point" in given:
        point = given.pop("focal_point") or {"x": None, "y": None}
        image.focal_x, image.focal_y = point["x"], point["y"]
    for name, value in given.items():
        setattr(image, name, value)
    image.modified_at = at
    session.flush()
    record(session, by, "edit", "image", image.id, before=before, after=_state(image))


def remove(session: Session, image: Image, *, by: Actor) -> None:
    """Forget the image, which no revision shows. Its files are for the caller to remove, once that is on disk."""
    before = _state(image) | {"digest": image.digest}
    session.delete(image)
    session.flush()
    record(session, by, "delete", "image", image.id, before=before)


def illustrations(session: Session, lead: UUID | None, digests: Collection[str]) -> list[Illustration]:
    """What a revision shows: its own image, and those of its body in order. Raises `Invalid` for an unknown one."""
    made = []
    if lead is not None:
        image = session.scalar(queries.by_id(lead))
        if image is None:
            raise Invalid("There is no such image.", errors=[{"pointer": "/image", "detail": "no such image"}])
        made.append(Illustration(position=0, image=image))
    found = {image.digest: image for image in session.scalars(queries.by_digests(digests))} if digests else {}
    for position, digest in enumerate(digests, 1):
        if digest not in found:
            detail = f"no such image: /v1/media/{digest}"
            raise Invalid("The body shows an unknown image.", errors=[{"pointer": "/markdown", "detail": detail}])
        made.append(Illustration(position=position, image=found[digest]))
    return made


def inspect(session: Session, root: Path) -> tuple[list[str], list[Path]]:
    """What is wrong with the files of all images, a sentence each; and the folders that belong to none."""
    wrong: list[str] = []
    ids: set[UUID] = set()
    last = UUID(int=0)
    while images := session.scalars(queries.next_images(last, BATCH)).all():
        wrong += files.faults(root, images)
        ids.update(image.id for image in images)
        last = images[-1].id
        session.expunge_all()
    return wrong, list(files.orphans(root, ids))


def _state(image: Image) -> dict[str, Any]:
    names = ("alt", "credit", "caption", "focal_point")
    return {name: getattr(image, name) for name in names}
