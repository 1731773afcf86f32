"""Files that were handed in, each under the id of its job, until they have served and some days have passed."""

import asyncio
import hashlib
import os
import time
from pathlib import Path
from uuid import UUID

from fastapi import Request

from app.db import Database, new_id
from app.errors import Invalid
from app.imports import queries
from app.schemas import id_from
from app.settings import Settings

DAY = 86_400


def folder_of(settings: Settings) -> Path:
    return settings.data_dir / "imports"


class Upload:
    """A file on its way to the disk, with the SHA-256 of what has come."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.id = new_id()
        self.path = folder / str(self.id)
        self.size = 0
        self.digest = hashlib.sha256()
        self._file = self.path.open("xb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self.digest.update(chunk)
        self.size += len(chunk)

    def keep(self) -> None:
        """Have it survive a power cut: what is acknowledged is not lost."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


async def receive(request: Request, folder: Path) -> Upload:
    """The request's body as a file, written as it arrives. Raises `Invalid` for none, or the edge's `Refusal`."""
    upload = await asyncio.to_thread(Upload, folder)
    try:
        async for chunk in request.stream():
            await asyncio.to_thread(upload.write, chunk)
        if upload.size == 0:
            raise Invalid("Send the file as the body.", errors=[{"pointer": "", "detail": "the body is empty"}])
        await asyncio.to_thread(upload.keep)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(upload.discard))
        raise
    return upload


def sweep(database: Database, folder: Path, *, days: int) -> None:
    """Remove the files that were handed in so many days ago, unless their jobs have not ended."""
    old = {}
    for path in folder.iterdir() if folder.is_dir() else ():
        job_id = id_from(path.name)
        if job_id is not None and path.stat().st_mtime < time.time() - days * DAY:
            old[job_id] = path
    if not old:
        return
    with database.reader() as session:
        needed: set[UUID] = set(session.scalars(queries.unfinished(old)))
    for job_id, path in old.items():
        if job_id not in needed:
            path.unlink(missing_ok=True)
