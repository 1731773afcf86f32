from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Origin(Base):
    """What an article was imported from, so that the same thing is imported once.

    `key` is the source's own id where its format has one, else `sha256:` and the digest of the file. `digest`: of what
    the source said at the last import; `revision`: the number of the revision that it left. Both are null for what an
    older release imported.
    """

    __tablename__ = "origins"

    key: Mapped[str] = mapped_column(primary_key=True)
    article_id: Mapped[UUID] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    imported_at: Mapped[datetime]
    digest: Mapped[str | None]
    revision: Mapped[int | None]
