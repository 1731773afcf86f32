"""What every reader makes of its format, before quotes are looked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.extract.draft import FoundPermission


@dataclass(frozen=True, slots=True)
class Document:
    """An article in its parts. `text` joins the blocks by one line break; all offsets count in it.

    `set_off`: the places of block quotations, in order, where the format marks them.
    """

    title: str
    published_on: date | None
    byline: str | None
    blocks: tuple[str, ...]
    permission: FoundPermission | None = None
    comments_open: bool | None = None
    set_off: tuple[tuple[int, int], ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)
