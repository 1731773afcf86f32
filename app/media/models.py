from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId


class Image(HasId, Base):
    """An uploaded image. Its files lie in a folder named by its id: the upload as it came, and what is made of it.

    `digest`: SHA-256 of the upload, in hexadecimal; two images never have the same. `width` and `height` are those of
    the upload, upright, in pixels. `files`: the variants, each with `name`, `width`, `height`, `type`, `bytes` and
    `digest`. The focal point is given in parts of the width and height, from the left and the top.
    """

    __tablename__ = "images"
    __table_args__ = (
        CheckConstraint("width > 0 AND height > 0", name="size"),
        CheckConstraint("(focal_x IS NULL) = (focal_y IS NULL)", name="focal_point"),
        CheckConstraint("focal_x BETWEEN 0 AND 1 AND focal_y BETWEEN 0 AND 1", name="focal_range"),
    )

    digest: Mapped[str] = mapped_column(unique=True)
    type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int] = mapped_column(BigInteger)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    alt: Mapped[str | None]
    credit: Mapped[str | None]
    caption: Mapped[str | None]
    focal_x: Mapped[float | None]
    focal_y: Mapped[float | None]
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime]

    @property
    def variants(self) -> list[dict[str, Any]]:
        """The variants with their public addresses, formats as they should be tried, widest last."""
        return [{**file, "url": f"{self.address}/{file['name']}"} for file in self.files]

    @property
    def address(self) -> str:
        """The path under which its variants are."""
        return f"/v1/media/{self.digest}"

    @property
    def url(self) -> str:
        """The widest variant that every browser shows."""
        return f"{self.address}/{self.files[-1]['name']}"

    @property
    def focal_point(self) -> dict[str, float] | None:
        return None if self.focal_x is None or self.focal_y is None else {"x": self.focal_x, "y": self.focal_y}

    def lacks(self) -> list[str]:
        """What it must have before readers may see it, and has not."""
        return [words for words, value in (("alt text", self.alt), ("credit", self.credit)) if value is None]


class Illustration(Base):
    """That a revision shows an image: as the article's own at position 0, in its body from 1 on."""

    __tablename__ = "illustrations"
    __table_args__ = (CheckConstraint("position >= 0", name="position"),)

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    image_id: Mapped[UUID] = mapped_column(ForeignKey("images.id"), index=True)

    image: Mapped[Image] = relationship(lazy="raise")
