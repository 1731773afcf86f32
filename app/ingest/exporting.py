"""The whole record as NDJSON: one article a line, with its comments."""

import json
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles.renditions import open_desk
from app.comments.shaping import for_staff
from app.db import now
from app.ingest import queries

BATCH = 200


def export(session: Session) -> Iterator[bytes]:
    """Every article in any state as staff see it, with `comment_thread`, oldest entry first, one JSON line each."""
    desk = open_desk(session, now())
    last: UUID | None = None
    while articles := session.scalars(queries.next_articles(last, BATCH)).all():
        threads: dict[UUID, list[object]] = {article.id: [] for article in articles}
        texts = {article.id: article.revision.text for article in articles}
        for comment, correction in session.execute(queries.comments_of(threads)):
            said = for_staff(comment, correction, texts[comment.article_id])
            threads[comment.article_id].append(said.model_dump(mode="json"))
        for article in articles:
            line = desk.staff_article(article, []).model_dump(mode="json") | {"comment_thread": threads[article.id]}
            yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
        last = articles[-1].id
        session.expunge_all()
