"""What the fields of Onrecord's own NDJSON may hold."""

from typing import Annotated

from pydantic import Field, PlainSerializer, StringConstraints

from app.schemas import MomentIn, in_utc

At = Annotated[MomentIn, PlainSerializer(in_utc, return_type=str, when_used="json")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
"""Any text; PostgreSQL has no room for NUL."""
Named = Annotated[Words, StringConstraints(min_length=1, max_length=500)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=200)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s\x00]+$", max_length=2000)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256, in hexadecimal."""
Place = Annotated[int, Field(ge=0, le=2**31 - 1)]
