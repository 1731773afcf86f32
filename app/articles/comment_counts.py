"""The number of an article's comments, in the bytes that readers get of it."""

import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from app.articles import staff_queries
from app.articles.models import Rendition
from app.events.actions import touch
from app.http import etag


def restate(session: Session, article_ids: Collection[UUID], *, at: datetime) -> None:
    """Put the number of their comments into what readers get of these articles, of which nothing else has changed:
    into the ready bytes, which need not be made anew for it. They stay in their lists, and are found as before.
    Nothing but the articles is touched, and with them the pages that show one."""
    session.flush()
    ready = Rendition.__table__
    changed = [
        {
            "of": row.article_id,
            "since": row.visible_from,
            "document": document,
            "card": _with(_IN_CARD, row.card, row.comment_count),
            "etag": etag(document),
            "changed_at": max(row.changed_at, row.modified_at or row.changed_at),
        }
        for row in session.connection().execute(staff_queries.counted(article_ids, at))
        for document in [_with(_IN_DOCUMENT, row.document, row.comment_count)]
    ]
    if changed:
        same = (ready.c.article_id == bindparam("of"), ready.c.visible_from == bindparam("since"))
        session.execute(update(ready).where(*same), changed)  # type: ignore[arg-type]
    touch(session, [f"article:{article_id}" for article_id in article_ids])


_IN_DOCUMENT = re.compile(rb'("comments":\{"state":"[a-z_]+","count":)[0-9]+')
_IN_CARD = re.compile(rb'("comment_count":)[0-9]+')
"""Of a document and of a card, the member that has the number. No words of an article can pass for it: within a string
a quotation mark has a backslash before it."""


def _with(member: re.Pattern[bytes], content: bytes, count: int) -> bytes:
    made, times = member.subn(rb"\g<1>%d" % count, content)
    if times != 1:
        raise AssertionError("ready bytes lack the number of comments")
    return made
