"""What the audit log keeps of a revision, and whether the revision still has the words that it was saved with."""

import hashlib
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy.orm import Session

from app.articles import staff_queries
from app.articles.models import Revision


@dataclass(frozen=True, slots=True)
class ChangedSave:
    """A save whose words are not those that the audit entry sealed, or which is gone."""

    entry: int
    article_id: UUID
    revision: int


def excerpt(revision: Revision) -> dict[str, Any]:
    """A revision as the audit log keeps it: its words are in the revision itself, and sealed by their digest."""
    return {"revision": revision.number, "title": revision.title, **revision.details, "digest": digest(revision)}


def digest(revision: Revision) -> str:
    """SHA-256, in hex, of title, summary, Markdown, HTML and text as canonical JSON (RFC 8785)."""
    words = [revision.title, revision.summary, revision.markdown, revision.html, revision.text]
    return hashlib.sha256(rfc8785.dumps(words)).hexdigest()


def first_changed(session: Session) -> ChangedSave | None:
    """The first save, in the log's order, that is not as it was sealed; None if all are.

    What was saved before entries had a digest cannot be told.
    """
    with closing(session.execute(staff_queries.sealed_saves())) as saves:
        for number, article_id, after, revision in saves:
            if revision is None or digest(revision) != after["digest"]:
                return ChangedSave(number, article_id, after["revision"])
    return None
