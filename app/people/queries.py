from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Delete, Select, Update, delete, exists, func, or_, select, update
from sqlalchemy.sql.dml import ReturningDelete

from app.accounts.models import ApiKey, Token, User
from app.comments.models import Ban, Comment, Flag, Note, Vote, Wording

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


def erasing_votes(reader_digests: Sequence[str], address_digest: str | None) -> ReturningDelete[UUID]:
    """Removes who voted; the votes stay counted."""
    return delete(Vote).where(_his(reader_digests, address_digest)).returning(Vote.id)


def erasing_flags(reader_digests: Sequence[str]) -> ReturningDelete[UUID]:
    """Removes who complained of what; the complaints stay counted until a moderator decides."""
    return delete(Flag).where(Flag.reader_digest.in_(reader_digests)).returning(Flag.id)


def is_anything_older(before: datetime) -> Select[bool]:
    """Whether something is left to be forgotten."""
    comments = exists().where(_KNOWN, Comment.created_at < before)
    return select(or_(comments, exists().where(Vote.created_at < before), exists().where(Flag.created_at < before)))


def forgetting(before: datetime, most: int) -> tuple[Update, Delete, Delete]:
    """Forgets who it was that wrote, voted and complained before then; so many rows of each."""
    comments = select(Comment.id).where(_KNOWN, Comment.created_at < before).limit(most)
    votes = select(Vote.id).where(Vote.created_at < before).limit(most)
    flags = select(Flag.id).where(Flag.created_at < before).limit(most)
    return (
        update(Comment).where(Comment.id.in_(comments)).values(email_digest=None, address_digest=None),
        delete(Vote).where(Vote.id.in_(votes)),
        delete(Flag).where(Flag.id.in_(flags)),
    )


def _ids(comments: Select[Comment]) -> Select[UUID]:
    """Their ids, of which there may be more than a statement takes parameters."""
    return comments.with_only_columns(Comment.id).order_by(None)


def _his(reader_digests: Sequence[str], address_digest: str | None) -> ColumnElement[bool]:
    return or_(Vote.reader_digest.in_(reader_digests), Vote.address_digest == address_digest)
