from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class GraphReport(Base):
    """What the whole graph added up to at a moment; derived, by the worker. Readers see of it only what they see then.

    `known_at`: when the public record had last changed. `counted` and `complete` are as in the answers; `rows` are the
    answer's items by what they are looked up by.
    """

    __tablename__ = "graph_reports"

    name: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
    known_at: Mapped[datetime]
    counted: Mapped[int]
    complete: Mapped[bool]
    rows: Mapped[list[Any]] = mapped_column(JSON)
