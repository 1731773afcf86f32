"""What is kept of one reader: handed out, erased, and forgotten in time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.accounts import people as accounts
from app.accounts.actions import normal_email
from app.accounts.models import User
from app.comments.actions import empty
from app.comments.folding import keyed
from app.comments.models import Comment
from app.comments.tally import Tally
from app.context import household
from app.db import Database, now
from app.errors import NotFound
from app.events.actions import Actor, record, take_turn
from app.people import queries
from app.people.schemas import ErasedOut, PersonIn

AT_ONCE = 1000
"""Rows that are forgotten in one transaction."""


@dataclass(frozen=True, slots=True)
class Person:
    """A reader, by all that his traces are known by."""

    user: User | None
    email_digest: str | None
    address_digest: str | None
    reader_digests: Sequence[str]
    known_addresses: Collection[str]
    """Digests of his e-mail addresses."""

    @property
    def comments(self) -> Select[Comment]:
        """All that he wrote, as far as it is known to be his; oldest first."""
        return queries.comments_of(self.user.id if self.user else None, self.email_digest, self.address_digest)

    @property
    def ban_values(self) -> list[str]:
        known = (str(self.user.id) if self.user else None, self.email_digest, self.address_digest)
        return [value for value in known if value]


def find_person(session: Session, data: PersonIn, *, secret: bytes) -> Person:
    """Whoever has this account, this e-mail address or this network address. Raises `NotFound` for no such account."""
    user, email, address = None, None, None
    if data.user is not None:
        user = session.get(User, data.user)
        if user is None:
            raise NotFound("There is no such user.")
    if data.email is not None:
        normal = normal_email(data.email, "/email")
        user, email = session.scalar(queries.account(normal)), keyed(secret, normal)
    if data.address is not None:
        address = keyed(secret, household(data.address))
    readers = [keyed(secret, f"user:{user.id}")] if user else []
    addresses = {email} if email else set()
    if user is not None:
        addresses.add(keyed(secret, user.email))
    return Person(user, email, address, [*readers, address] if address else readers, addresses)


def mail_digests(session: Session, person: Person) -> list[str]:
    """Of the e-mail addresses that are his, and those to which he wanted word of comments to go."""
    found = session.scalars(queries.mail_digests(person.comments, person.address_digest))
    return sorted({*person.known_addresses, *found})


def erase(session: Session, data: PersonIn, *, secret: bytes, by: Actor, at: datetime) -> ErasedOut:
    """Erase what is kept of the person as a reader, and his account. The record says who erased how much, not whom.

    Comments become what they are when their author deletes them. Votes stay counted, complaints too, but nobody knows
    any more whose they were. Bans stay, without their notes. Doing it again changes nothing. Raises `NotFound`, or
    `LastOwner`.
    """
    take_turn(session)
    person = find_person(session, data, secret=secret)
    addresses = mail_digests(session, person)
    subscribers = len(session.scalars(queries.subscribers(addresses)).all())
    for statement in queries.erasing_mail(addresses):
        session.execute(statement)
    comments = [comment for comment in session.scalars(person.comments).all() if comment.status != "deleted"]
    credited = [comment.correction_id for comment in comments if comment.correction_id]
    tally = Tally(session, at)
    for comment in comments:
        empty(session, tally, comment)
    tally.settle()
    votes = len(session.scalars(queries.erasing_votes(person.reader_digests, person.address_digest)).all())
    flags = len(session.scalars(queries.erasing_flags(person.reader_digests)).all())
    bans = [ban for ban in session.scalars(queries.bans_on(person.ban_values)) if ban.note is not None]
    for ban in bans:
        ban.note = None
    account = person.user is not None and not accounts.is_erased(person.user)
    if person.user is not None and account:
        accounts.erase_user(session, person.user, by=by, at=at)
    counts = {"comments": len(comments), "votes": votes, "flags": flags, "bans": len(bans), "addresses": subscribers}
    if account or any(counts.values()):
        record(session, by, "erase", "person", person.user.id if person.user else UUID(int=0), after=counts)
    return ErasedOut(**counts, account=account, credits=credited)


def forget(database: Database, *, days: int) -> bool:
    """Forget by what some readers were known who wrote, voted or complained more than so many days ago.

    A little at a time, so that nobody waits long for his turn; looks before it writes. Whether it did something.
    """
    before = now() - timedelta(days=days)
    with database.reader() as session:
        if not session.scalar(queries.is_anything_older(before)):
            return False
    with database.writer.session() as session:
        take_turn(session)
        for statement in queries.forgetting(before, AT_ONCE):
            session.execute(statement)
    return True
