"""Tags and authors: what articles are listed under. Staff do the same with both, so both have one set of verbs."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.articles.models import Author, Byline, Label, Tag
from app.db import Base, Ordered


class FormerSlug(Base):
    """A slug under which readers knew a tag or an author, or one that was merged into it. Nobody else gets it."""

    __tablename__ = "former_slugs"
    __table_args__ = (
        CheckConstraint("kind IN ('author', 'tag')", name="kind"),
        CheckConstraint("(kind = 'tag') = (tag_id IS NOT NULL)", name="tag"),
        CheckConstraint("(kind = 'author') = (author_id IS NOT NULL)", name="author"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Ordered, primary_key=True)
    tag_id: Mapped[UUID | None] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("authors.id", ondelete="CASCADE"), index=True)


@dataclass(frozen=True, slots=True)
class Group:
    """Tags, or authors: `thing` is the table, `link` the one that puts articles under them, by its column `owner`."""

    name: str
    thing: type[Any]
    link: type[Any]
    owner: str


TAGS = Group("tag", Tag, Label, "tag_id")
AUTHORS = Group("author", Author, Byline, "author_id")
