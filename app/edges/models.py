from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

KINDS = ("cites", "quotes", "reprints", "corrects")

_INNER = text("kind <> 'corrects' AND (tail_kind = 'source' OR head_kind = 'article')")
"""Every circle has such an edge: an article or a source in it that something else rests on."""


class Edge(Base):
    """That `tail` cites, quotes, reprints or corrects `head`, as an article says in one stretch of time.

    Derived, as the rendition is by which readers see the article. The id is a UUIDv5 of what the edge says, so writing
    it anew changes nothing. Articles and sources go by their ids; a page elsewhere by the UUIDv5 of its address. So
    does a page of this site whose article is not known yet. Readers see no edge of an article that they do not see.
    """

    __tablename__ = "edges"
    __table_args__ = (
        CheckConstraint("kind IN ('cites', 'quotes', 'reprints', 'corrects')", name="kind"),
        CheckConstraint("tail_kind IN ('article', 'source', 'page')", name="tail_kind"),
        CheckConstraint("head_kind IN ('article', 'source', 'page')", name="head_kind"),
        ForeignKeyConstraint(
            ["article_id", "visible_from"], ["renditions.article_id", "renditions.visible_from"], ondelete="CASCADE"
        ),
        Index("ix_edges_article", "article_id", "tail"),
        Index("ix_edges_tail", "tail", "published_at", "id", "kind"),
        Index("ix_edges_head", "head", "published_at", "id", "kind"),
        Index("ix_edges_inner", "published_at", "id", sqlite_where=_INNER, postgresql_where=_INNER),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    article_id: Mapped[UUID]
    visible_from: Mapped[datetime]
    visible_until: Mapped[datetime | None]
    published_at: Mapped[datetime]
    kind: Mapped[str]
    tail_kind: Mapped[str]
    tail: Mapped[UUID]
    head_kind: Mapped[str]
    head: Mapped[UUID]
    is_origin: Mapped[bool]
    url: Mapped[str | None]
