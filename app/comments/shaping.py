"""Rows to shapes."""

from collections.abc import Iterable
from typing import Any

from app.comments.models import STEP, Comment
from app.comments.passages import locate
from app.comments.schemas import CommentAuthorOut, CommentOut, OutcomeOut, TargetOut, ThreadedCommentOut
from app.comments.screening import held_for
from app.comments.staff_schemas import StaffCommentOut
from app.corrections.models import Correction


def shape(comment: Comment, correction: Correction | None, text: str | None) -> dict[str, Any]:
    """What everybody may know of a comment; `text` is the article's, if it is at hand."""
    return {
        "id": comment.id,
        "parent_id": comment.parent_id,
        "depth": comment.depth,
        "author": CommentAuthorOut.model_validate({"name": comment.author_name, "badge": comment.badge}),
        "html": comment.html,
        "text": comment.text,
        "created_at": comment.created_at,
        "edited_at": comment.edited_at,
        "editable_until": comment.editable_until,
        "reply_count": comment.reply_count,
        "score": comment.votes_for - comment.votes_against,
        "kind": comment.kind,
        "evidence": comment.evidence,
        "target": target(comment, text),
        "outcome": outcome(correction),
        "removed": None,
    }


def public(comment: Comment, correction: Correction | None, text: str | None) -> dict[str, Any]:
    """The comment as readers get it: of one that is not approved, its place only."""
    shown = shape(comment, correction, text)
    if comment.status == "approved":
        return shown
    removed = "author" if comment.status == "deleted" else "staff"
    nothing = {"html": "", "text": "", "evidence": None, "target": None, "outcome": None, "score": 0}
    gone = {"edited_at": None, "editable_until": None, "author": CommentAuthorOut(name="", badge=None)}
    return shown | nothing | gone | {"removed": removed}


def own(comment: Comment, correction: Correction | None, text: str | None) -> dict[str, Any]:
    """The comment as its author gets it."""
    waits = comment.waits  # in which queue is nothing that whoever tries words should learn
    known = {"article_id": comment.article_id, "status": "pending" if waits else comment.status}
    held = held_for(comment.findings) if waits else None
    return shape(comment, correction, text) | known | {"held": held}


def for_staff(comment: Comment, correction: Correction | None, text: str | None) -> StaffCommentOut:
    """The comment as moderators get it, in whatever state."""
    known = {name: getattr(comment, name) for name in _FOR_STAFF}
    return StaffCommentOut(**shape(comment, correction, text), **known)


_FOR_STAFF = ("article_id", "status", "findings", "spam_score", "flag_count", "reason_code", "reason")


def target(comment: Comment, text: str | None) -> TargetOut | None:
    if comment.quote_id is not None:
        return TargetOut(quote=comment.quote_id, exact=None, prefix=None, suffix=None, start=None, end=None)
    if comment.target is None:
        return None
    words = comment.target
    start = locate(text, **words) if text is not None else None
    end = start + len(words["exact"]) if start is not None else None
    return TargetOut(quote=None, **words, start=start, end=end)


def outcome(correction: Correction | None) -> OutcomeOut | None:
    if correction is None:
        return None
    kind: Any = correction.kind
    return OutcomeOut(correction=correction.id, kind=kind, text=correction.text, published_at=correction.published_at)


def listed(rows: Iterable[Any], text: str | None) -> list[CommentOut]:
    """Comments with their outcomes, one after the other."""
    return [CommentOut(**public(comment, correction, text)) for comment, correction in rows]


def tree(roots: Iterable[Any], below: Iterable[Any], text: str, more: dict[Any, str]) -> list[ThreadedCommentOut]:
    """Comments with those below them, which come in the order of their threads; `more`: where a root has the rest."""
    made = {comment.path: _threaded(comment, correction, text, more.get(comment.id)) for comment, correction in roots}
    top = list(made.values())
    for comment, correction in below:
        made[comment.path] = _threaded(comment, correction, text, None)
        made[comment.path[:-STEP]].replies.append(made[comment.path])
    return top


def _threaded(comment: Comment, correction: Correction | None, text: str, more: str | None) -> ThreadedCommentOut:
    return ThreadedCommentOut(**public(comment, correction, text), replies=[], more=more)
