"""What every reader makes of its format, before quotes are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.extract.draft import FoundPermission


@dataclass(frozen=True, slots=True)
class Document:
    """An article in its parts. `text` joins the blocks by one line break; all quote offsets count in it."""

    title: str
    published_on: date | None
    byline: str | None
    blocks: tuple[str, ...]
    permission: FoundPermission | None = None
    comments_open: bool | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)
