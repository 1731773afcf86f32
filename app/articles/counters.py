"""How many articles a list has, at the price of a counter, whatever the clock shows or hides of it.

A counter has all rows of its list. Those that readers do not see at a moment are counted apart, by indexes that hold
little else: what is to come, what waits for a permission, what a permission's end has hidden and nobody has swept yet.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Index, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.articles.models import FeedRow
from app.db import Base, Ordered

_LATE = text("visible_from > published_at")
_ENDING = text("visible_until IS NOT NULL")

Index("ix_feed_rows_late", FeedRow.key, FeedRow.visible_from, sqlite_where=_LATE, postgresql_where=_LATE)
Index("ix_feed_rows_ending", FeedRow.key, FeedRow.visible_until, sqlite_where=_ENDING, postgresql_where=_ENDING)


class FeedCount(Base):
    """How many rows a list has, whether readers see them at the moment or not. None for a list that never had one."""

    __tablename__ = "feed_counts"

    key: Mapped[str] = mapped_column(Ordered, primary_key=True)
    total: Mapped[int]


def unseen(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """The three ways in which a row of a list is not seen at that moment; none has two of them."""
    return (
        FeedRow.published_at > at,
        (FeedRow.published_at <= at) & (FeedRow.visible_from > at) & (FeedRow.visible_from > FeedRow.published_at),
        FeedRow.visible_until <= at,
    )


def add(session: Session, changes: Mapping[str, int]) -> None:
    """Count that each of these lists has so many more rows, or fewer."""
    values = [{"key": key, "total": change} for key, change in sorted(changes.items()) if change]
    if not values:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    upsert = dialect.insert(FeedCount)
    total = FeedCount.total + upsert.excluded.total
    session.execute(upsert.on_conflict_do_update(index_elements=["key"], set_={"total": total}), values)
