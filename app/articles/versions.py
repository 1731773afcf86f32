"""What an editor's ETag stands for: everything that staff can change, field by field, and nothing that comes by itself.

The ETag has a digest of the whole and four hexadecimal digits for each field, so that a 412 can name the fields that
differ from what the client read, whenever that was.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from app.accounts.actions import name_of
from app.articles import documents
from app.articles.models import Article
from app.errors import PreconditionFailed
from app.events import queries as events
from app.http import check_tag, entity_tags
from app.schemas import in_utc

_DIGITS = 4
_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def version(article: Article) -> str:
    """The strong entity tag of the article as staff edit it; comment counts, names of sources and what only the clock
    changes are left out."""
    fields = [_JSON.dump_json(value) for value in _fields(article).values()]
    whole = hashlib.sha256(b"\n".join(fields)).hexdigest()[:32]
    return f'"{whole}.{"".join(hashlib.sha256(field).hexdigest()[:_DIGITS] for field in fields)}"'


def check_version(condition: str | None, session: Session, article: Article) -> None:
    """Let a change pass only if `If-Match` names the present version.

    Raises `PreconditionRequired`, or `PreconditionFailed` with the present ETag, the last change, and what differs.
    """
    current = version(article)
    try:
        check_tag(condition, current)
    except PreconditionFailed as refused:
        last = session.execute(events.last_change(article.id)).one_or_none()
        refused.members |= {
            "changed_at": in_utc(last.made_at) if last else None,
            "changed_by": name_of(session, last.actor) if last else None,
            "differs": _differing(condition or "", current, list(_fields(article))),
        }
        raise


def _differing(condition: str, current: str, names: Sequence[str]) -> list[str]:
    """The fields of which the client has read other values; all of them where its ETag is none of ours."""
    held = [opaque.strip('"').partition(".")[2] for _, opaque in entity_tags(condition) or ()]
    digests = current.strip('"').partition(".")[2]
    if len(held) != 1 or len(held[0]) != len(digests):
        return list(names)
    places = range(0, len(digests), _DIGITS)
    return [name for name, n in zip(names, places, strict=True) if held[0][n : n + _DIGITS] != digests[n : n + _DIGITS]]


def _fields(article: Article) -> dict[str, Any]:
    revision = article.revision
    return {
        "status": article.status,
        "slug": article.slug,
        "title": revision.title,
        "summary": revision.summary,
        "image": next((shown.image_id for shown in revision.illustrations if shown.position == 0), None),
        "language": article.language,
        "canonical_url": article.canonical_url,
        "published_at": article.published_at,
        "authors": [author.slug for author in article.authors],
        "tags": [tag.slug for tag in article.tags],
        "body": revision.markdown,
        "quotes": sorted((_quote(placement) for placement in revision.placements), key=lambda quote: str(quote[0])),
        "sources": sorted((str(cited.source_id), cited.role) for cited in revision.citations),
        "permission": [
            (p.id, p.assigner_id, p.credit, p.valid_from, p.valid_through, p.on_expire, p.proof, p.parent_id)
            for p in sorted(article.permissions, key=lambda p: p.id)
        ],
        "corrections": [documents.correction(row).model_dump(mode="json") for row in article.corrections],
        "comments": article.comments_state,
        "revision": revision.number,
    }


def _quote(placement: Any) -> tuple[Any, ...]:
    names = ("quote_id", "kind", "exact", "start", "end", "speaker_id", "review", "anchor", "confidence")
    hops = [(hop.source_id, hop.role, hop.url, hop.date) for hop in placement.hops]
    return (*(getattr(placement, name) for name in names), placement.quote.verification, hops)
