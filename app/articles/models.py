from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.ext.associationproxy import AssociationProxy, association_proxy
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.articles.states import check_step
from app.corrections.models import Correction
from app.db import Base, HasId, Ordered
from app.media.models import Illustration
from app.permissions.models import Permission
from app.quotes.models import Placement
from app.sources.models import Source

_CURRENT = text("is_current")


class Article(HasId, Base):
    """A piece with its address, its state and its current words.

    `published_at`: from when on it is public, if its status allows it. `updated_at`: when readers last got new
    words. `modified_at`: when anything the public can see of it last changed, its end included; null if it never was.
    `date_unscheduled`: `published_at` before the schedule.
    """

    __tablename__ = "articles"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'in_review', 'scheduled', 'published', 'unpublished', 'trashed')", name="status"
        ),
        CheckConstraint("comments_state IN ('open', 'held', 'closed')", name="comments_state"),
        CheckConstraint("comment_count >= 0", name="comment_count"),
        CheckConstraint(
            "status NOT IN ('scheduled', 'published') OR (published_at IS NOT NULL AND updated_at IS NOT NULL)",
            name="public_has_dates",
        ),
        Index("ix_articles_published", "published_at", "id"),
        Index("ix_articles_updated", "updated_at", "id"),
        Index("ix_articles_language", "language", "status"),
    )

    slug: Mapped[str] = mapped_column(Ordered, unique=True)
    status: Mapped[str]
    language: Mapped[str]
    canonical_url: Mapped[str | None]
    published_at: Mapped[datetime | None]
    date_unscheduled: Mapped[datetime | None]
    updated_at: Mapped[datetime | None]
    modified_at: Mapped[datetime | None] = mapped_column(index=True)
    comments_state: Mapped[str]
    comment_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    revision: Mapped["Revision"] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="and_(Revision.article_id == Article.id, Revision.is_current)",
    )
    slugs: Mapped[list["ArticleSlug"]] = relationship(lazy="raise", viewonly=True, order_by="ArticleSlug.created_at")
    permissions: Mapped[list[Permission]] = relationship(lazy="raise", viewonly=True)
    corrections: Mapped[list[Correction]] = relationship(
        lazy="raise", viewonly=True, order_by="Correction.published_at, Correction.id"
    )
    bylines: Mapped[list["Byline"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Byline.position"
    )
    labels: Mapped[list["Label"]] = relationship(lazy="raise", cascade="all, delete-orphan", order_by="Label.position")
    authors: AssociationProxy[list["Author"]] = association_proxy("bylines", "author")
    tags: AssociationProxy[list["Tag"]] = association_proxy("labels", "tag")

    @property
    def is_published(self) -> bool:
        """Whether its status lets readers see it once its time has come."""
        return self.status in ("scheduled", "published")

    def state(self, at: datetime) -> str:
        """Its status at that moment: what was scheduled is published once its time has come."""
        return "published" if self.is_published and self.published_at and self.published_at <= at else self.status

    def publish(self, at: datetime) -> None:
        """Public from now on, with the date it has, or else with today's. Raises a `Conflict`."""
        self.status = check_step("publish", self.slug, self.state(at))
        self.published_at = self.published_at or at
        self.updated_at = max(self.published_at, self.updated_at or self.published_at)
        self.touch(at)

    def unpublish(self, at: datetime) -> None:
        """Nobody but staff sees it any more. Raises a `Conflict`."""
        target = check_step("unpublish", self.slug, self.state(at))
        self.touch(at)
        self.status = target

    def was_seen(self, at: datetime) -> bool:
        """Whether readers have ever been able to see it."""
        return self.modified_at is not None or self.is_seen(at)

    def touch(self, at: datetime) -> None:
        """Note that what the public sees of it changes now; what is not public changes nothing."""
        if self.is_seen(at):
            self.modified_at = at

    def is_seen(self, at: datetime) -> bool:
        """Whether readers may know of it now: it is published, and if it needs a permission, one has begun."""
        permitted = not self.permissions or any(p.valid_from is None or p.valid_from <= at for p in self.permissions)
        return permitted and self.state(at) == "published"


class ArticleSlug(Base):
    """A slug that an article has or once had. No other article can take it, so old links never lie."""

    __tablename__ = "article_slugs"

    slug: Mapped[str] = mapped_column(Ordered, primary_key=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class Revision(HasId, Base):
    """An immutable snapshot of an article's words; quotes, citations and corrections hang on it.

    `public_number` counts the revisions that readers could see, so it tells nothing about drafts.
    `details`: language, authors, tags and the like as they were then.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("article_id", "number"),
        UniqueConstraint("article_id", "public_number"),
        Index("uq_revisions_current", "article_id", unique=True, sqlite_where=_CURRENT, postgresql_where=_CURRENT),
        CheckConstraint("number >= 1 AND public_number >= 1", name="numbers"),
        CheckConstraint("(public_number IS NULL) = (public_at IS NULL)", name="public"),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    number: Mapped[int]
    is_current: Mapped[bool]
    public_number: Mapped[int | None]
    public_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(Ordered)
    summary: Mapped[str | None]
    markdown: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str | None]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime]

    placements: Mapped[list[Placement]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Placement.start, Placement.id"
    )
    citations: Mapped[list["Citation"]] = relationship(lazy="raise", cascade="all, delete-orphan")
    illustrations: Mapped[list[Illustration]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Illustration.position"
    )


class Citation(Base):
    """That a revision relies on a source, and how."""

    __tablename__ = "citations"
    __table_args__ = (CheckConstraint("role IN ('speaker', 'via', 'cited', 'reprinted_from')", name="role"),)

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(primary_key=True)

    source: Mapped[Source] = relationship(lazy="raise")


class Author(HasId, Base):
    """A name in a byline."""

    __tablename__ = "authors"

    slug: Mapped[str] = mapped_column(Ordered, unique=True)
    name: Mapped[str] = mapped_column(Ordered, unique=True)


class Tag(HasId, Base):
    """A subject that articles share."""

    __tablename__ = "tags"

    slug: Mapped[str] = mapped_column(Ordered, unique=True)
    name: Mapped[str] = mapped_column(Ordered, unique=True)


class Byline(Base):
    """An author of an article, in the byline's order."""

    __tablename__ = "bylines"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    author_id: Mapped[UUID] = mapped_column(ForeignKey("authors.id"), primary_key=True, index=True)
    position: Mapped[int]

    author: Mapped[Author] = relationship(lazy="raise")


class Label(Base):
    """A tag of an article, in the order the editor gave."""

    __tablename__ = "labels"

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tags.id"), primary_key=True, index=True)
    position: Mapped[int]

    tag: Mapped[Tag] = relationship(lazy="raise")


class Masthead(Base):
    """The one row that says how this site publishes: under which name, where its articles' pages are, and which quotes.

    It lies in the database so that whoever publishes, be it the command line, does it alike.
    """

    __tablename__ = "mastheads"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"))
    article_url: Mapped[str]
    publish_requires: Mapped[str] = mapped_column(default="", server_default="")
    """What quotes need before readers see them: `confirmed`, `verified`, both with a comma between, or nothing."""

    source: Mapped[Source] = relationship(lazy="raise")

    def url_of(self, article: Article, slug: str | None = None) -> str:
        """Where the article's page is on the publisher's site, under its slug or another one that it has or had."""
        return self.article_url.replace("{slug}", slug or article.slug).replace("{id}", str(article.id))


class Rendition(Base):
    """An article as readers get it in one stretch of time, ready to be sent: whole, and as a card.

    There is one for each stretch from now on in which the article is visible and stays as it is: none for a draft,
    two where a permission ends and another begins later. Readers see an article if and only if a rendition covers
    the moment.
    """

    __tablename__ = "renditions"
    __table_args__ = (
        CheckConstraint("visible_from < visible_until", name="span"),
        Index("ix_renditions_published", "published_at", "article_id"),
        Index("ix_renditions_updated", "updated_at", "article_id"),
        Index("ix_renditions_title", "title", "article_id"),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    visible_from: Mapped[datetime] = mapped_column(primary_key=True)
    visible_until: Mapped[datetime | None] = mapped_column(index=True)
    published_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    title: Mapped[str] = mapped_column(Ordered)
    changed_at: Mapped[datetime] = mapped_column(index=True)
    etag: Mapped[str]
    document: Mapped[bytes] = mapped_column(LargeBinary)
    card: Mapped[bytes] = mapped_column(LargeBinary)


class FeedRow(Base):
    """That a rendition belongs to a list: `tag:…`, `author:…`, `source:…`, `speaker:…`, `language:…` and the like.

    Narrow, and in the order of the list, so that a page costs the same at any depth.
    """

    __tablename__ = "feed_rows"
    __table_args__ = (
        ForeignKeyConstraint(
            ["article_id", "visible_from"], ["renditions.article_id", "renditions.visible_from"], ondelete="CASCADE"
        ),
        Index("ix_feed_rows_rendition", "article_id", "visible_from"),
        {"sqlite_with_rowid": False},
    )

    key: Mapped[str] = mapped_column(Ordered, primary_key=True)
    published_at: Mapped[datetime] = mapped_column(primary_key=True)
    article_id: Mapped[UUID] = mapped_column(primary_key=True)
    visible_from: Mapped[datetime] = mapped_column(primary_key=True)
    visible_until: Mapped[datetime | None]
