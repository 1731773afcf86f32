from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId, Ordered

KINDS = ("person", "organization", "publication", "document", "unnamed")


class Source(HasId, Base):
    """A person, organization, publication or document, or somebody left unnamed.

    A merged source stays as a signpost to the one that took it in.
    """

    __tablename__ = "sources"
    __table_args__ = (
        CheckConstraint("kind IN ('person', 'organization', 'publication', 'document', 'unnamed')", name="kind"),
        CheckConstraint("merged_into_id <> id", name="not_into_itself"),
        # The site is the last hop of every attribution, so there is one row for it and no second.
        Index(
            "uq_sources_site", "is_site", unique=True, sqlite_where=text("is_site"), postgresql_where=text("is_site")
        ),
    )

    slug: Mapped[str] = mapped_column(Ordered, unique=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Ordered)
    url: Mapped[str | None]
    is_site: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"), index=True)
    created_at: Mapped[datetime]
    modified_at: Mapped[datetime] = mapped_column(index=True)

    names: Mapped[list["SourceName"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SourceName.id"
    )
    roles: Mapped[list["SourceRole"]] = relationship(
        lazy="raise",
        cascade="all, delete-orphan",
        order_by="SourceRole.id",
        foreign_keys="SourceRole.source_id",
    )
    links: Mapped[list["SourceLink"]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SourceLink.id"
    )


class SourceName(HasId, Base):
    """One of the names of a source, its chief one included, in any script. Two sources may share a name."""

    __tablename__ = "source_names"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)


class SourceRole(HasId, Base):
    """What a source was, where, and from when to when; an open end is unknown or still so."""

    __tablename__ = "source_roles"
    __table_args__ = (CheckConstraint("valid_from <= valid_through", name="span"),)

    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"), index=True)
    valid_from: Mapped[date | None]
    valid_through: Mapped[date | None]


class SourceLink(HasId, Base):
    """The same source elsewhere (schema.org `sameAs`), for example at Wikidata."""

    __tablename__ = "source_links"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), index=True)
    url: Mapped[str]
