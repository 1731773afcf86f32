# mypy: disable-error-code="attr-defined, no-any-return, arg-type"
# The columns come from the application's tables, which mypy does not follow.
"""The tables of the record as a plain project would map them, and the shapes that it would send."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON, DateTime
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

import app.models  # noqa: F401 (foreign keys resolve only once all tables are known)
from app.accounts.models import ApiKey as KeyTable
from app.accounts.models import User as UserTable
from app.articles import models as articles
from app.comments.models import Comment as CommentTable
from app.permissions.models import Permission as PermissionTable
from app.quotes.models import Hop as HopTable
from app.quotes.models import Placement as PlacementTable
from app.sources.models import Source as SourceTable


class Base(DeclarativeBase):
    metadata = articles.Article.metadata


class Source(Base):
    __table__ = SourceTable.__table__
    __mapper_args__ = {"include_properties": ["id", "slug", "kind", "name", "url"]}  # noqa: RUF012


class Author(Base):
    __table__ = articles.Author.__table__


class Tag(Base):
    __table__ = articles.Tag.__table__


class Hop(Base):
    __table__ = HopTable.__table__
    source: Mapped[Source] = relationship()


class Placement(Base):
    __table__ = PlacementTable.__table__
    speaker: Mapped[Source | None] = relationship()
    hops: Mapped[list[Hop]] = relationship()


class Citation(Base):
    __table__ = articles.Citation.__table__
    source: Mapped[Source] = relationship()


class Permission(Base):
    __table__ = PermissionTable.__table__
    assigner: Mapped[Source] = relationship()


class Revision(Base):
    __table__ = articles.Revision.__table__
    placements: Mapped[list[Placement]] = relationship(order_by=PlacementTable.start)
    citations: Mapped[list[Citation]] = relationship()


class Byline(Base):
    __table__ = articles.Byline.__table__
    author: Mapped[Author] = relationship()


class Label(Base):
    __table__ = articles.Label.__table__
    tag: Mapped[Tag] = relationship()


class User(Base):
    __table__ = UserTable.__table__


class ApiKey(Base):
    __table__ = KeyTable.__table__
    owner: Mapped[User] = relationship()


class ArticleSlug(Base):
    __table__ = articles.ArticleSlug.__table__


class Apart(DeclarativeBase):
    """What the application has no table of this kind for."""


class AuditEntry(Apart):
    __tablename__ = "reference_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    actor: Mapped[str]
    action: Mapped[str]
    object_id: Mapped[UUID]
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Comment(Base):
    __table__ = CommentTable.__table__


class Article(Base):
    __table__ = articles.Article.__table__
    revision: Mapped[Revision] = relationship(
        primaryjoin=(articles.Revision.article_id == articles.Article.id) & articles.Revision.is_current,
        foreign_keys=articles.Revision.article_id,
        uselist=False,
    )
    bylines: Mapped[list[Byline]] = relationship()
    labels: Mapped[list[Label]] = relationship()
    permissions: Mapped[list[Permission]] = relationship()

    @property
    def authors(self) -> list[Author]:
        return [byline.author for byline in self.bylines]

    @property
    def tags(self) -> list[Tag]:
        return [label.tag for label in self.labels]

    @property
    def title(self) -> str:
        return str(self.revision.title)

    @property
    def summary(self) -> str | None:
        return self.revision.summary


class Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class NamedOut(Out):
    slug: str
    name: str


class SourceOut(NamedOut):
    id: UUID
    kind: str
    url: str | None


class HopOut(Out):
    source: SourceOut
    role: str
    url: str | None
    date: date | None


class QuoteOut(Out):
    id: UUID = Field(validation_alias="quote_id")
    kind: str
    exact: str
    prefix: str
    suffix: str
    start: int | None = Field(validation_alias="start_at")
    end: int | None = Field(validation_alias="end_at")
    speaker: SourceOut | None
    attribution: list[HopOut] = Field(validation_alias="hops")
    review: str
    anchor: str
    confidence: float | None


class CitationOut(Out):
    source: SourceOut
    role: str


class PermissionOut(Out):
    assigner: SourceOut
    credit: str
    valid_from: datetime | None
    valid_through: datetime | None


class BodyOut(Out):
    markdown: str
    html: str
    text: str
    quotes: list[QuoteOut] = Field(validation_alias="placements")
    sources: list[CitationOut] = Field(validation_alias="citations")


class CardOut(Out):
    id: UUID
    slug: str
    title: str
    summary: str | None
    language: str
    published_at: datetime | None
    updated_at: datetime | None
    authors: list[NamedOut]
    tags: list[NamedOut]
    permissions: list[PermissionOut]
    comment_count: int


class ArticleOut(CardOut):
    body: BodyOut = Field(validation_alias="revision")


class ArticlesOut(BaseModel):
    data: list[CardOut]
    count: int


class ArticleIn(BaseModel):
    title: str
    markdown: str
    authors: list[str] = []
    tags: list[str] = []


class CommentIn(BaseModel):
    author_name: str
    body: str


class CommentOut(Out):
    id: UUID
    author_name: str
    text: str
    html: str
    created_at: datetime
