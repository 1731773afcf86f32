"""An import as a page in Markdown for an editor: first what needs a look, then every entry."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

from app.extract.readers.spans import escape


class Report:
    """Collects what became of entries, outside of memory; the page is written when the block is left.

    Raises `OSError` at once for a file that cannot be written.
    """

    def __init__(self, file: Path, *, at: datetime) -> None:
        self._page = file.open("w", encoding="utf-8")
        self._look = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed with the page)
        self._every = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._counts: Counter[str] = Counter()
        self._at = at

    def __enter__(self) -> Self:
        return self

    def add(self, told: Mapping[str, Any]) -> None:
        """Note an entry, as `onrecord import --json` prints it."""
        self._counts[told["outcome"]] += 1
        name, looks = _name(told), told.get("look", ())
        if told["outcome"] == "failed":
            self._look.write(f"- **{name}** could not be imported: {escape(told['reason'])}\n")
        elif looks:
            self._look.write(f"- **{name}**\n" + "".join(f"    - {escape(found['detail'])}\n" for found in looks))
        cells = [told["outcome"], name, *(_number(told.get(what)) for what in ("quotes", "with_speaker", "comments"))]
        self._every.write(f"| {' | '.join(cells)} |\n")

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _at: TracebackType | None
    ) -> None:
        with self._page as page, self._look as look, self._every as every:
            counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self._counts.items())) or "nothing"
            page.write(f"# Import of {self._at:%Y-%m-%d %H:%M} UTC\n\nIn all: {counts}.\n")
            if error is not None:
                page.write("\nIt was stopped before its end.\n")
            page.write("\n## To look at\n\n")
            if look.tell() == 0:
                page.write("Nothing.\n")
            look.seek(0)
            copyfileobj(look, page)
            page.write("\n## Every entry\n\n| outcome | article | quotes | with a speaker | comments |\n")
            page.write("| --- | --- | --: | --: | --: |\n")
            every.seek(0)
            copyfileobj(every, page)


def _name(told: Mapping[str, Any]) -> str:
    title = told.get("title")
    called = escape(" ".join(title.split())) if title else f"`{told['file']}`"
    return (f"{called} (`{told['slug']}`)" if told.get("slug") else called).replace("|", "\\|")


def _number(found: int | None) -> str:
    return "" if found is None else str(found)
