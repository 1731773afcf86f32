from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, HasId
from app.sources.models import Source

ON_EXPIRE = ("stub", "redirect", "gone")


class Permission(HasId, Base):
    """The right under which an article that came from elsewhere may stand here (after W3C ODRL).

    It holds from `valid_from` on and ends at `valid_through`; an open side has no limit. An article that has
    permissions is public only while one of them holds.
    """

    __tablename__ = "permissions"
    __table_args__ = (
        CheckConstraint("on_expire IN ('stub', 'redirect', 'gone')", name="on_expire"),
        CheckConstraint("valid_from < valid_through", name="span"),
        CheckConstraint("parent_id <> id", name="not_its_own_parent"),
    )

    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    assigner_id: Mapped[UUID] = mapped_column(ForeignKey("sources.id"), index=True)
    credit: Mapped[str]
    valid_from: Mapped[datetime | None] = mapped_column(index=True)
    valid_through: Mapped[datetime | None] = mapped_column(index=True)
    on_expire: Mapped[str]
    proof: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("permissions.id"), index=True)
    created_at: Mapped[datetime]

    assigner: Mapped[Source] = relationship(lazy="raise")


class PermissionNotice(Base):
    """What subscribers were last told of the end of a permission: that it is `days` away; 0: that it has come.

    `valid_through` is the end that they were told of; where the permission has another by now, all is told anew.
    """

    __tablename__ = "permission_notices"

    permission_id: Mapped[UUID] = mapped_column(ForeignKey("permissions.id", ondelete="CASCADE"), primary_key=True)
    valid_through: Mapped[datetime]
    days: Mapped[int]
