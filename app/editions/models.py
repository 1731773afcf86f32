from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Edition(Base):
    """That readers get an article as one revision has it, from a moment until another; `until` None: for good.

    The editions of an article do not overlap, and in a gap between two readers did not get it. What was true once is
    never written over: a change ends the running edition. One that is still to come is a plan, and may change.
    `head` is what a revision does not hold: slug, dates, names, permission, corrections.
    """

    __tablename__ = "editions"
    __table_args__ = (CheckConstraint("since < until", name="span"),)

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revisions.id", ondelete="CASCADE"), index=True)
    head: Mapped[dict[str, Any]] = mapped_column(JSON)
