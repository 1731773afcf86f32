"""Every kind of event: when it is told, and what it says. The OpenAPI document's webhooks are made from this table."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Kind:
    """What an event of this kind tells: `when`, as the guide has it, and which members its `data` has besides `id`."""

    when: str
    members: tuple[str, ...] = ()


KINDS = {
    "article.published": Kind(
        "readers see an article now: it was published, its time came, or its permission began",
        ("slug", "url", "revision"),
    ),
    "article.updated": Kind("a public article got a new revision", ("slug", "revision")),
    "article.unpublished": Kind(
        "readers see it no longer: taken down, trashed, or its permission ended", ("slug", "url")
    ),
    "article.slug_changed": Kind("a public article has a new slug; the old one stays an alias", ("slug", "was")),
    "article.corrected": Kind(
        "a public article got a correction, or one of its corrections was changed",
        ("slug", "correction_id", "kind", "revision"),
    ),
    "quote.confirmed": Kind("an editor confirmed a quote of a public article", ("article_id", "quote_id")),
    "quote.verification_changed": Kind(
        "a quote of a public article has another verification: evidence came or went, or lapsed with the words",
        ("article_id", "quote_id", "verification"),
    ),
    "quote.changed": Kind("an edit changed the words of a quote", ("article_id", "quote_id")),
    "quote.orphaned": Kind("a quote lost its place in an edit", ("article_id", "quote_id")),
    "misquote.found": Kind("two quotes cannot both be right, or a headline quotes what its text has not", ("label",)),
    "source.merged": Kind("a source that readers knew was merged into another"),
    "permission.expiring": Kind("a permission ends in 30, 7 or 1 `days`", ("article_id", "valid_through", "days")),
    "permission.expired": Kind("it has ended", ("article_id", "valid_through")),
    "comment.created": Kind("a reader posted a comment", ("article_id", "status")),
    "comment.approved": Kind("a comment became visible, or has new words", ("article_id",)),
    "comment.removed": Kind("a visible comment was taken down", ("article_id",)),
    "import.finished": Kind("a file handed in at `/v1/admin/imports` is through, failed or was cancelled"),
}

_TEXT, _ID = {"type": "string"}, {"type": "string", "format": "uuid"}
_MEMBERS: dict[str, dict[str, Any]] = {
    "id": _ID | {"description": "What the event is about."},
    "article_id": _ID,
    "quote_id": _ID,
    "correction_id": _ID,
    "slug": _TEXT,
    "was": _TEXT | {"description": "The slug before."},
    "url": _TEXT | {"description": "The article's page on the publisher's site."},
    "revision": {"type": ["integer", "null"], "description": "As readers count; `null` where they do not see it."},
    "kind": _TEXT | {"description": "Of the correction."},
    "status": _TEXT | {"description": "Of the comment."},
    "verification": _TEXT | {"description": "As it is now."},
    "label": _TEXT | {"enum": ["changed_words", "attributed", "headline"]},
    "days": {"type": "integer", "enum": [30, 7, 1]},
    "valid_through": _TEXT | {"format": "date-time"},
}
_HEADERS = {
    "webhook-id": "The event's id, the same at each attempt.",
    "webhook-timestamp": "Seconds since 1970; refuse what is older than five minutes.",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, for each live secret.",
}


def described() -> dict[str, Any]:
    """The `webhooks` of the OpenAPI document (3.1): one operation for each kind, by Standard Webhooks."""
    return {kind: {"post": _operation(kind, KINDS[kind])} for kind in KINDS}


def _operation(name: str, kind: Kind) -> dict[str, Any]:
    members = ("id", *kind.members)
    data = {"type": "object", "properties": {m: _MEMBERS[m] for m in members}, "required": list(members)}
    body = {
        "type": "object",
        "properties": {
            "type": {"type": "string", "const": name},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
        "required": ["type", "timestamp", "data"],
    }
    return {
        "operationId": "on_" + name.replace(".", "_"),
        "summary": kind.when[0].upper() + kind.when[1:],
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for header, text in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "Taken. Anything else is tried again, for seven days."},
            "410": {"description": "No more, please: the webhook is disabled."},
        },
    }
