"""What a format says of an article besides what the article itself says."""

from dataclasses import dataclass
from typing import Any

from app.sources.schemas import SourceOut


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who publishes, and where this API is."""

    publisher: SourceOut
    base_url: str

    def absolute(self, path: str) -> str:
        """The address of something of this API."""
        return f"{self.base_url}{path}" if path.startswith("/") else path


def present(members: dict[str, Any]) -> dict[str, Any]:
    """The members that say something: no nulls, no empty texts or lists."""
    return {name: value for name, value in members.items() if value is not None and value not in ("", [])}
