"""What readers got of an article at a moment in the past, from its editions.

Words, quotes and corrections are as they were. Sources have the names of today, so that who was renamed or merged is
called so everywhere; comments are those of today.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.articles import documents, queries
from app.articles.documents import Desk
from app.articles.models import Article
from app.articles.schemas import ArticleOut, BodyOut
from app.editions.models import Edition
from app.errors import NotFound
from app.sources.models import Source

HEAD = (
    "slug", "language", "published_at", "updated_at", "revision", "aliases", "canonical_url", "authors", "tags",
    "permission", "corrections",
)  # fmt: skip
"""What of an article does not lie in a revision of it, and is kept with the edition."""


@dataclass(frozen=True, slots=True)
class Past:
    """An article as readers got it, and every source that it names."""

    document: ArticleOut
    sources: list[Source]


def edition(article: Article, document: bytes, *, since: datetime, until: datetime | None) -> Edition:
    """That readers get the article as in this document, for the record."""
    shown = json.loads(document)
    assigners = [cited["source"]["id"] for cited in shown["sources"] if cited["role"] == "reprinted_from"]
    head = {name: shown[name] for name in HEAD} | {"assigners": assigners}
    return Edition(article_id=article.id, since=since, until=until, revision_id=article.revision.id, head=head)


def recall(session: Session, desk: Desk, article: Article, moment: datetime) -> Past:
    """The article as readers got it at that moment. Raises `NotFound` if they did not."""
    row = session.execute(queries.edition(article.id, moment)).one_or_none()
    if row is None:
        raise NotFound("Readers did not get this article at that moment.")
    head, revision = dict(row[0].head), row[1]
    assigners = {known: _present(session, known) for known in head.pop("assigners")}
    granted = head["permission"]
    assigner = assigners[granted["assigner"]["id"]] if granted else None
    if granted and assigner:
        head["permission"] = granted | {"assigner": documents.source(assigner)}
    cited = [row for row in revision.citations if row.role != "reprinted_from" or str(row.source_id) in assigners]
    document = ArticleOut(
        **head,
        id=article.id,
        url=desk.masthead.url_of(article, head["slug"]),
        title=revision.title,
        summary=revision.summary,
        **documents.images(revision),
        body=BodyOut(markdown=revision.markdown, html=revision.html, text=revision.text),
        quotes=documents.quotes(revision, list(desk.stations(assigner))),
        sources=documents.citations(cited),
        warnings=[],
        comments=desk.comments(article, article.comments_state, article.comment_count),
    )
    return Past(document, [*documents.named_sources(revision), *assigners.values()])


def _present(session: Session, source_id: str) -> Source:
    """The source, or the one that it was merged into since."""
    source = session.get_one(Source, UUID(source_id))
    while source.merged_into_id is not None:
        source = session.get_one(Source, source.merged_into_id)
    return source
