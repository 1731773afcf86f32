"""What e-mails about comments say. They have no reader's words but names, since no mail can be taken back."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.articles import queries as articles
from app.articles.models import Article
from app.comments import queries
from app.comments.models import Comment, Subscriber
from app.comments.notifying import ADDRESS
from app.db import now
from app.mail.letters import Compose, Letter, one_line
from app.mail.models import Mail
from app.mail.sealing import seal, unseal
from app.settings import Settings

CONFIRM, UNSUBSCRIBE = "confirming an address", "unsubscribing"
"""What the tokens in the links are for."""

CONFIRMED_WITHIN = timedelta(days=7)
UNSUBSCRIBED_WITHIN = timedelta(days=180)

REASONS = {
    "abusive": "it is abusive",
    "hate": "it spreads hate",
    "illegal": "it may be against the law",
    "personal_data": "it has personal data",
    "off_topic": "it is off topic",
    "advertising": "it advertises",
    "duplicate": "it was said before",
    "unfounded": "it is unfounded",
}
"""What a reader is told of a moderator's `reason_code`; of the `reason`, nothing: it is for staff."""


def _confirm(session: Session, settings: Settings, mail: Mail) -> Letter | None:
    subscriber, found = session.get(Subscriber, mail.digest), _about(session, mail.comment_id)
    if subscriber is None or subscriber.confirmed_at or subscriber.refused_at or not subscriber.address or not found:
        return None
    _, article, url = found
    text = (
        f"Somebody, probably you, wrote a comment under “{_title(article)}”\n{url}\n"
        "and asked to hear of replies to it at this address.\n\n"
        f"If that was you and you want it, confirm it here:\n{_link(settings, 'confirm', CONFIRM, mail.digest)}\n\n"
        "If not, do nothing: you will get no such mail. To be never asked again:\n"
    )
    to = unseal(settings.secret, ADDRESS, subscriber.address)
    return _letter(settings, mail, to, f"Confirm: replies to your comment, {_title(article)}", text)


def _decision(session: Session, settings: Settings, mail: Mail) -> Letter | None:
    found = _about(session, mail.comment_id)
    if found is None or found[0].status != mail.kind:
        return None
    comment, article, url = found
    if mail.kind == "approved":
        told, text = "is online", f"Your comment can now be read by everybody:\n{url}#comment-{comment.id}\n"
    else:
        reason = REASONS.get(comment.reason_code or "")
        told, text = "was not published", "Your comment was not published" + (f": {reason}.\n" if reason else ".\n")
    text = f"“{_title(article)}”\n{url}\n\n{text}\nTo get no more mail about comments:\n"
    return _to_author(session, settings, mail, comment, f"Your comment {told}: {_title(article)}", text)


def _reply(session: Session, settings: Settings, mail: Mail) -> Letter | None:
    found = _about(session, mail.comment_id)
    if found is None or found[0].status != "approved" or found[0].parent_id is None:
        return None
    reply, article, url = found
    parent = session.get_one(Comment, reply.parent_id)
    if parent.status != "approved":
        return None
    text = (
        f"“{_title(article)}”\n{url}\n\n{one_line(reply.author_name, 80)} has answered your comment:\n"
        f"{url}#comment-{reply.id}\n\nTo get no more mail about comments:\n"
    )
    return _to_author(session, settings, mail, parent, f"A reply to your comment: {_title(article)}", text)


COMPOSE: dict[str, Compose] = {"confirm": _confirm, "approved": _decision, "rejected": _decision, "reply": _reply}


def _about(session: Session, comment_id: UUID | None) -> tuple[Comment, Article, str] | None:
    """The comment, its article and the address of its page, if readers see the article now."""
    found = session.execute(queries.with_article(comment_id, now())).one_or_none() if comment_id else None
    if found is None:
        return None
    comment, article = found
    return comment, article, session.scalars(articles.masthead()).one().url_of(article)


def _title(article: Article) -> str:
    return one_line(article.revision.title, 120)


def _to_author(
    session: Session, settings: Settings, mail: Mail, comment: Comment, subject: str, text: str
) -> Letter | None:
    """The letter to the comment's author, at his account's present address; None if he wants none any more."""
    subscriber = session.get(Subscriber, mail.digest)
    if subscriber is None or subscriber.confirmed_at is None or subscriber.address is None:
        return None
    to = unseal(settings.secret, ADDRESS, subscriber.address)
    if comment.user_id is not None:
        user = session.get_one(User, comment.user_id)
        if user.disabled_at is not None:
            return None
        to = user.email
    return _letter(settings, mail, to, subject, text)


def _letter(settings: Settings, mail: Mail, to: str, subject: str, text: str) -> Letter:
    end = _link(settings, "unsubscribe", UNSUBSCRIBE, mail.digest)
    return Letter(to, subject, f"{text}{end}\n", unsubscribe=end)


def _link(settings: Settings, path: str, purpose: str, digest: str) -> str:
    token = seal(settings.secret, purpose, digest)
    return f"{settings.base_url}/v1/comments/{path}?{urlencode({'token': token})}"
