"""Images on disk: a folder for each, named by its id. A folder is complete before the database names it."""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from app.db import new_id
from app.media.models import Image

ORIGINAL = "original"
INCOMING = "incoming"


class Upload:
    """An image on its way in, under the id that it will have."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.id = new_id()
        self.folder = root / INCOMING / str(self.id)
        self._digest = hashlib.sha256()
        self.bytes = 0

    @property
    def path(self) -> Path:
        """The file as it came."""
        return self.folder / ORIGINAL

    @property
    def digest(self) -> str:
        """SHA-256 of what has arrived, in hexadecimal."""
        return self._digest.hexdigest()

    async def take(self, stream: AsyncIterator[bytes]) -> None:
        """Write the body as it arrives, so that memory never holds it whole."""
        await run_in_threadpool(self.folder.mkdir, parents=True)
        file = await run_in_threadpool(self.path.open, "wb")
        try:
            async for chunk in stream:
                self.bytes += len(chunk)
                self._digest.update(chunk)
                await run_in_threadpool(file.write, chunk)
        finally:
            await run_in_threadpool(file.close)

    def settle(self) -> None:
        """Have everything on disk and in its place. The database may name it from now on."""
        for path in (*self.folder.iterdir(), self.folder):
            _sync(path)
        self.folder.rename(self._root / str(self.id))
        _sync(self._root)

    def clear(self) -> None:
        """Leave nothing of what has not been settled."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def drop(self) -> None:
        """Take from its place what the database does not name."""
        remove(self._root, self.id)


def remove(root: Path, image_id: UUID) -> None:
    """Take an image's files from disk, which the database no longer names."""
    shutil.rmtree(root / str(image_id), ignore_errors=True)


def path_of(root: Path, image: Image, name: str) -> Path | None:
    """Where the variant of this name lies; None if the image has no such variant."""
    return root / str(image.id) / name if any(file["name"] == name for file in image.files) else None


def faults(root: Path, images: Iterable[Image]) -> Iterator[str]:
    """A sentence for each file of these images that is missing, or not what was written."""
    for image in images:
        for name, digest in ((ORIGINAL, image.digest), *((file["name"], file["digest"]) for file in image.files)):
            path = root / str(image.id) / name
            if not path.is_file():
                yield f"{path} is missing."
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                yield f"{path} is not what was written."


def orphans(root: Path, known: set[UUID]) -> Iterator[Path]:
    """Folders that belong to no image: of uploads that were cut off, or of images whose removal was."""
    names = {str(image_id) for image_id in known}
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.name == INCOMING:
            yield from sorted(path.iterdir())
        elif path.name not in names:
            yield path


def _sync(path: Path) -> None:
    """Have the file or the folder on disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
