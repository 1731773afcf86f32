from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, exists, func, or_, select, update
from sqlalchemy.sql.dml import ReturningDelete

from app.accounts.models import ApiKey, Token, User
from app.comments.models import Ban, Comment, Flag, Note, Subscriber, Subscription, Vote, Wording
from app.mail.models import Mail

_KNOWN = or_(Comment.email_digest.is_not(None), Comment.address_digest.is_not(None))
"""Comments of which it is kept by what their authors may be known."""


def account(email: str) -> Select[User]:
    return select(User).where(User.email == email)


def sign_ins_of(user_id: UUID) -> Select[datetime, datetime, datetime]:
    """When each sign-in of the account began, when it was last gone on with and when it ends; oldest first."""
    began, last = func.min(Token.created_at), func.max(Token.created_at)
    return (
        select(began, last, func.max(Token.expires_at))
        .where(Token.user_id == user_id)
        .group_by(Token.family)
        .order_by(began, Token.family)
    )


def keys_of(user_id: UUID) -> Select[ApiKey]:
    return select(ApiKey).where(ApiKey.owner_id == user_id).order_by(ApiKey.created_at, ApiKey.id)


def comments_of(user_id: UUID | None, email_digest: str | None, address_digest: str | None) -> Select[Comment]:
    """The comments with one of these, oldest first."""
    known = {Comment.user_id: user_id, Comment.email_digest: email_digest, Comment.address_digest: address_digest}
    any_of_them = [column == value for column, value in known.items() if value is not None]
    return select(Comment).where(or_(*any_of_them)).order_by(Comment.created_at, Comment.id)


def wordings(comments: Select[Comment]) -> Select[Wording]:
    """What these comments said before."""
    return select(Wording).where(Wording.comment_id.in_(_ids(comments))).order_by(Wording.replaced_at, Wording.id)


def notes(comments: Select[Comment]) -> Select[Note]:
    """What moderators noted about these comments."""
    return select(Note).where(Note.comment_id.in_(_ids(comments))).order_by(Note.created_at, Note.id)


def votes_of(reader_digests: Sequence[str], address_digest: str | None) -> Select[Vote]:
    return select(Vote).where(_his(reader_digests, address_digest)).order_by(Vote.created_at, Vote.id)


def flags_of(reader_digests: Sequence[str]) -> Select[Flag]:
    return select(Flag).where(Flag.reader_digest.in_(reader_digests)).order_by(Flag.created_at, Flag.id)


def bans_on(values: Iterable[str]) -> Select[Ban]:
    """The bans on whoever has one of these digests or this account; ended ones too."""
    return select(Ban).where(Ban.kind.in_(("user", "email", "address")), Ban.value.in_(list(values)))


def mail_digests(comments: Select[Comment], address_digest: str | None) -> Select[str]:
    """Of the e-mail addresses to which word of these comments goes, or that were last named from this network."""
    wanted = select(Subscription.digest).where(Subscription.comment_id.in_(_ids(comments)))
    return select(Subscriber.digest).where(or_(Subscriber.digest.in_(wanted), Subscriber.asked_from == address_digest))


def subscribers(digests: Collection[str]) -> Select[Subscriber]:
    return select(Subscriber).where(Subscriber.digest.in_(digests)).order_by(Subscriber.asked_at, Subscriber.digest)


def erasing_mail(digests: Collection[str]) -> tuple[Delete, Delete]:
    """Removes these addresses, with what they were to hear of, and the mails that went there or were to."""
    return delete(Subscriber).where(Subscriber.digest.in_(digests)), delete(Mail).where(Mail.digest.in_(digests))


def erasing_votes(reader_digests: Sequence[str], address_digest: str | None) -> ReturningDelete[UUID]:
    """Removes who voted; the votes stay counted."""
    return delete(Vote).where(_his(reader_digests, address_digest)).returning(Vote.id)


def erasing_flags(reader_digests: Sequence[str]) -> ReturningDelete[UUID]:
    """Removes who complained of what; the complaints stay counted until a moderator decides."""
    return delete(Flag).where(Flag.reader_digest.in_(reader_digests)).returning(Flag.id)


def is_anything_older(before: datetime) -> Select[bool]:
    """Whether something is left to be forgotten."""
    comments = exists().where(_KNOWN, Comment.created_at < before)
    others = (Vote.created_at, Flag.created_at, Subscription.created_at, Subscriber.asked_at)
    return select(or_(comments, *(exists().where(moment < before) for moment in others)))


def forgetting(before: datetime, most: int) -> tuple[Update | Delete, ...]:
    """Forgets who it was that wrote, voted, complained and wanted e-mail before then; so many rows of each."""
    comments = select(Comment.id).where(_KNOWN, Comment.created_at < before).limit(most)
    votes = select(Vote.id).where(Vote.created_at < before).limit(most)
    flags = select(Flag.id).where(Flag.created_at < before).limit(most)
    subscriptions = select(Subscription.comment_id).where(Subscription.created_at < before).limit(most)
    addresses = select(Subscriber.digest).where(Subscriber.asked_at < before).limit(most)
    return (
        update(Comment).where(Comment.id.in_(comments)).values(email_digest=None, address_digest=None),
        delete(Vote).where(Vote.id.in_(votes)),
        delete(Flag).where(Flag.id.in_(flags)),
        delete(Subscription).where(Subscription.comment_id.in_(subscriptions)),
        delete(Subscriber).where(Subscriber.digest.in_(addresses)),
    )


def _ids(comments: Select[Comment]) -> Select[UUID]:
    """Their ids, of which there may be more than a statement takes parameters."""
    return comments.with_only_columns(Comment.id).order_by(None)


def _his(reader_digests: Sequence[str], address_digest: str | None) -> ColumnElement[bool]:
    return or_(Vote.reader_digest.in_(reader_digests), Vote.address_digest == address_digest)
