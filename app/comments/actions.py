"""What readers say under an article, and what they make of it afterwards."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.accounts.actions import digest, normal_email
from app.articles.models import Article
from app.comments import queries, screening_queries
from app.comments.folding import keyed
from app.comments.learning import forget, score_of
from app.comments.models import Check, Comment, Flag, Note, Subscription, Wording
from app.comments.notifying import notify, subscribe
from app.comments.passages import locate
from app.comments.policy_schemas import Rules
from app.comments.queries import Addressed
from app.comments.readers import Reader
from app.comments.rules import MAX_DEPTH, clean_text, to_html
from app.comments.schemas import CommentIn, TargetIn
from app.comments.screening import Draft, is_over, rules_for, screen
from app.comments.tally import Tally
from app.db import insert_all, new_id
from app.errors import Conflict, Forbidden, Invalid
from app.events.actions import tell

AROUND = 32
"""Characters that are kept on either side of a passage, by which it is known again."""


class CommentsClosed(Forbidden):
    """The article takes no comments, or no more."""

    slug, title = "comments-closed", "No comments are taken here"


class NotYours(Forbidden):
    """Only its author can change a comment: send the `edit_token` that came with it as `X-Edit-Token`, or sign in as
    who wrote it."""

    slug, title = "not-your-comment", "Somebody else's comment"


class EditingOver(Conflict):
    """The comment's `editable_until` is over, or it was rejected or deleted. Its author can still delete it."""

    slug, title = "editing-over", "The comment can no longer be edited"


def post(
    session: Session, article: Article | Addressed, data: CommentIn, reader: Reader, *, at: datetime
) -> tuple[Comment, str]:
    """A comment that readers see at once, or that waits for a moderator, and the token that proves it its author's.

    The transaction must have its turn. Raises `CommentsClosed`, `Banned`, or `Invalid` for a parent, quote or passage
    that is not under this article.
    """
    rules, mode = rules_for(session, article, at=at)
    if mode == "closed":
        raise CommentsClosed("This article takes no comments.")
    draft = _draft(data, reader)
    parent = _parent(session, article, data)
    score = score_of(session, draft, reader)
    comment = Comment(
        id=new_id(),
        article_id=article.id,
        kind=data.kind,
        evidence=_evidence(data),
        **_aimed(session, article, data.target),
        user_id=reader.user_id,
        badge=_badge(session, article, reader),
        author_name=draft.name,
        email_digest=draft.email_digest,
        address_digest=reader.address_digest,
        text=draft.text,
        html=draft.html,
        text_digest=draft.digest(reader.secret),
        spam_score=score,
        findings=screen(session, draft, score, reader, rules, mode, at=at),
        reply_count=0,
        flag_count=0,
        votes_for=0,
        votes_against=0,
        rank=0,
        editable_until=at + timedelta(minutes=rules.edit_minutes),
        created_at=at,
    )
    token = secrets.token_urlsafe(24)
    comment.edit_token_digest = digest(token)
    comment.status = _waiting(comment, rules) if comment.findings else "approved"
    comment.place(parent)
    _enter(session, comment, at=at)
    if data.notify:
        subscribe(session, comment, data.author_email, reader, at=at)
    return comment, token


def _waiting(comment: Comment, rules: Rules) -> str:
    """The status in which it waits for a moderator."""
    is_spam = comment.kind == "comment" and is_over(comment.spam_score, rules.spam_queue)
    return "spam" if is_spam else "pending"


def _enter(session: Session, comment: Comment, *, at: datetime) -> None:
    tally = Tally(session, at)
    tally.enter(comment)
    insert_all(session, [comment, *([_check(comment, at)] if "external" in comment.findings else [])])
    tally.settle()
    body = {"article_id": str(comment.article_id), "status": comment.status}
    tell(session, "comment.created", comment.id, body)
    if comment.status == "approved":
        tell(session, "comment.approved", comment.id, {"article_id": str(comment.article_id)})
        notify(session, [(comment, False)], at=at)


def _check(comment: Comment, at: datetime) -> Check:
    return Check(id=new_id(), comment_id=comment.id, created_at=at)


@dataclass(frozen=True, slots=True)
class Claim:
    """What shows that somebody is the author of a comment."""

    user_id: UUID | None
    token: str | None

    def holds(self, comment: Comment) -> bool:
        """Whether he has the comment's token, or the account under which it was written."""
        if self.user_id is not None and self.user_id == comment.user_id:
            return True
        known = comment.edit_token_digest
        return bool(self.token and known and secrets.compare_digest(digest(self.token), known))


def edit(session: Session, comment: Comment, article: Article, body: str, reader: Reader, *, at: datetime) -> None:
    """Let the comment say this; what it said is kept. It is held if it would be as a new one, and if it was before.

    The transaction must have its turn. Raises `EditingOver`, `CommentsClosed`, `Banned` or `Invalid`.
    """
    over = comment.editable_until is None or comment.editable_until <= at
    if over or not (comment.waits or comment.status == "approved"):
        raise EditingOver("The time in which the comment could be edited is over.")
    rules, mode = rules_for(session, article, at=at)
    if mode == "closed":
        raise CommentsClosed("This article takes no comments any more.")
    text = clean_text(body)
    if text == comment.text:
        return
    draft = Draft(text, to_html(text), comment.kind, comment.author_name, comment.email_digest, comment.id)
    score = score_of(session, draft, reader)
    found = screen(session, draft, score, reader, rules, mode, at=at)
    was_asked = session.scalars(queries.dropping_checks([comment.id])).all() == [None]
    if found == ["external"] and comment.waits and not was_asked:
        found = []  # it goes on waiting for a moderator
    forget(session, comment)
    session.add(Wording(comment_id=comment.id, text=comment.text, replaced_at=at))
    comment.text, comment.html, comment.text_digest = draft.text, draft.html, draft.digest(reader.secret)
    comment.edited_at, comment.spam_score = at, score
    comment.decided_at = None  # it was about other words
    if found:
        comment.findings = found if comment.waits else [*found, "edited"]
    if "external" in found:
        session.add(_check(comment, at))
    _reword(session, comment, _waiting(comment, rules) if found or comment.waits else "approved", at=at)


def _reword(session: Session, comment: Comment, status: str, *, at: datetime) -> None:
    """Let readers have the new words of what they saw, or take it from them until a moderator has looked."""
    was_seen = comment.status == "approved"
    tally = Tally(session, at)
    if status != comment.status:
        tally.move(comment, status)
    elif was_seen:
        tally.show(comment)
    tally.settle()
    if was_seen:
        kind = "comment.approved" if status == "approved" else "comment.removed"
        tell(session, kind, comment.id, {"article_id": str(comment.article_id)})


def withdraw(session: Session, comment: Comment, *, at: datetime) -> None:
    """Delete the comment: its words, name and digests are gone for good, the replies below it stay.

    The transaction must have its turn.
    """
    if comment.status == "deleted":
        return
    tally = Tally(session, at)
    empty(session, tally, comment)
    tally.settle()


def empty(session: Session, tally: Tally, comment: Comment) -> None:
    """Take everything out of the comment, for good; its place stays if replies below it are seen."""
    was_seen = comment.status == "approved"
    for about in (Wording, Flag, Note, Check, Subscription):
        session.execute(delete(about).where(about.comment_id == comment.id))
    comment.text = comment.html = comment.author_name = ""
    comment.email_digest = comment.address_digest = comment.text_digest = comment.user_id = None
    comment.evidence = comment.target = comment.quote_id = comment.badge = comment.reason = None
    comment.flag_count = 0
    tally.move(comment, "deleted")
    if was_seen:
        tell(session, "comment.removed", comment.id, {"article_id": str(comment.article_id)})


def enter_all(session: Session, comments: Iterable[Comment], *, at: datetime) -> None:
    """Take in comments from elsewhere as they are, each after what it answers."""
    tally = Tally(session, at)
    for comment in comments:
        session.add(comment)
        tally.enter(comment)
    tally.settle()


def _draft(data: CommentIn, reader: Reader) -> Draft:
    text = clean_text(data.body)
    email = normal_email(data.author_email, "/author_email") if data.author_email else None
    return Draft(text, to_html(text), data.kind, _name(data, reader), keyed(reader.secret, email) if email else None)


def _name(data: CommentIn, reader: Reader) -> str:
    if reader.name is not None:
        if data.author_name is not None and data.author_name != reader.name:
            raise _wrong("/author_name", "You are signed in, and write under your account's name.")
        return reader.name
    if data.author_name is None:
        raise _wrong("/author_name", "A guest needs a name.")
    return " ".join(clean_text(data.author_name, "/author_name").split())


def _badge(session: Session, article: Article | Addressed, reader: Reader) -> str | None:
    if not reader.is_staff:
        return None
    return "author" if session.scalar(screening_queries.is_author(article.id, reader.name or "")) else "staff"


def _evidence(data: CommentIn) -> str | None:
    if (data.kind == "challenge") != (data.evidence is not None):
        raise _wrong("/evidence", "A challenge rests on a link, and nothing else does.")
    return data.evidence


def _parent(session: Session, article: Article | Addressed, data: CommentIn) -> Comment | None:
    if data.parent_id is None:
        return None
    parent = session.get(Comment, data.parent_id)
    if parent is None or parent.article_id != article.id or parent.status != "approved":
        raise _wrong("/parent_id", "The comment to answer is not here.")
    if parent.depth >= MAX_DEPTH:
        raise _wrong("/parent_id", f"Replies go {MAX_DEPTH} levels deep.")
    return parent


def _aimed(session: Session, article: Article | Addressed, target: TargetIn | None) -> dict[str, Any]:
    """The columns that say what of the article the comment is about."""
    if target is None:
        return {}
    if target.quote is not None:
        if session.scalar(queries.quote(target.quote, article.id)) is None:
            raise _wrong("/target/quote", "The quote is not in this article.")
        return {"quote_id": target.quote}
    text, exact = session.scalars(queries.text_of(article.id)).one(), target.exact or ""
    start = target.start if target.start is not None else locate(text, exact, "", "")
    if start is None:
        raise _wrong("/target/exact", "The words do not stand in the article exactly once; say where with `start`.")
    end = start + len(exact)
    if text[start:end] != exact:
        raise _wrong("/target/exact", "Other words stand at this place.")
    return {"target": {"exact": exact, "prefix": text[max(0, start - AROUND) : start], "suffix": text[end:][:AROUND]}}


def _wrong(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "detail": detail}])
