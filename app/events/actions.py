import hashlib
import secrets
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import rfc8785
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from app.db import insert_all, new_id, now
from app.events import queries
from app.events.models import AuditEntry, Event, Touch

PUBLIC_KINDS = frozenset(
    {
        "article.published",
        "article.updated",
        "article.unpublished",
        "article.slug_changed",
        "article.corrected",
        "quote.confirmed",
        "quote.verification_changed",
        "source.merged",
        "comment.approved",
        "comment.removed",
    }
)
"""Kinds that mirrors and subscribers of the public may see; all others are for staff's own subscribers."""

TOUCHES_KEPT = timedelta(minutes=10)
"""A process that has not looked for so long forgets all that it kept."""

_GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for the record: `user:…`, `key:…` or `cli`, and from where; `scopes`: what his credential opens."""

    name: str
    user_id: UUID | None = None
    request_id: str | None = None
    address: str | None = None
    scopes: frozenset[str] = frozenset()


COMMAND_LINE = Actor("cli")


def tell(session: Session, kind: str, subject_id: UUID, body: dict[str, Any]) -> None:
    """Leave word for subscribers, in the transaction of the change: both, or neither.

    Nothing is told to the public of an article that it does not know of: a draft, one to come, one taken down. That
    readers see an article, or no longer, is told by `articles.announcing`.
    """
    article_id = (
        subject_id if kind.startswith("article.") else UUID(body["article_id"]) if "article_id" in body else None
    )
    is_public = kind in PUBLIC_KINDS
    if is_public and article_id is not None and not session.scalar(queries.is_announced(article_id)):
        return
    event = {
        "id": new_id(),
        "kind": kind,
        "subject_id": subject_id,
        "article_id": article_id,
        "is_public": is_public,
        "body": body,
        "made_at": now(),
    }
    session.connection().execute(TELLING, event)


TELLING = insert(Event.__table__)  # type: ignore[arg-type]
"""Writes events, each at once: they are numbered in the order in which they were told."""


def touch(session: Session, tags: Sequence[str]) -> None:
    """Have every kept answer that bears one of these cache tags forgotten when this transaction commits."""
    if not tags:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(queries.notify(tags))
        session.info.setdefault("touched", []).extend(tags)
        return
    made_at = now()
    session.execute(delete(Touch).where(Touch.made_at < made_at - TOUCHES_KEPT))
    session.execute(insert(Touch), [{"tag": tag, "made_at": made_at} for tag in tags])


def is_alone(session: Session) -> bool:
    """Whether nobody else does what one process at a time does: release events, give notice. If so, nobody does before
    this transaction ends. SQLite has one writer anyway."""
    return session.get_bind().dialect.name != "postgresql" or bool(session.scalar(queries.may_release()))


def take_turn(session: Session) -> None:
    """Wait until no other change of the record is under way; none begins before this transaction ends.

    First of all in a change, before it reads a row: what it then reads is current, and since nobody holds rows
    while he waits, no two changes wait for each other. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(queries.lock_chain())


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to an object, from which state to which; `action` is a verb."""

    action: str
    kind: str
    object_id: UUID
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


def record(
    session: Session,
    actor: Actor,
    action: str,
    kind: str,
    object_id: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add to the audit chain that `actor` did `action` (a verb) to the object, in the change's transaction."""
    record_all(session, actor, [Deed(action, kind, object_id, before, after)])


def record_all(session: Session, actor: Actor, deeds: Iterable[Deed]) -> None:
    """Add several deeds of one actor to the audit chain, in their order, in the transaction of the changes."""
    take_turn(session)
    session.flush()
    last, digest = session.execute(queries.last_link()).one_or_none() or (0, _GENESIS)
    made_at = now()
    entries = []
    for number, deed in enumerate(deeds, last + 1):
        entry = AuditEntry(
            number=number,
            made_at=made_at,
            actor=actor.name,
            action=deed.action,
            object_kind=deed.kind,
            object_id=deed.object_id,
            before=deed.before,
            after=deed.after,
            request_id=actor.request_id,
            address=actor.address,
        )
        if actor.address is not None:
            entry.address_salt = secrets.token_hex(16)
            entry.address_seal = _seal_address(entry.address_salt, actor.address)
        entry.digest = digest = seal(digest, entry)
        entries.append(entry)
    insert_all(session, entries)


def seal(previous: str, entry: AuditEntry) -> str:
    """The digest of an entry that follows one with the digest `previous`."""
    content: dict[str, Any] = {
        "previous": previous,
        "number": entry.number,
        "made_at": entry.made_at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": str(entry.object_id),
        "before": entry.before,
        "after": entry.after,
        "request_id": entry.request_id,
        "address": entry.address if entry.address_seal is None else entry.address_seal,
    }
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()


def _seal_address(salt: str, address: str) -> str:
    return hashlib.sha256(f"{salt}:{address}".encode()).hexdigest()


def _address_is_whole(entry: AuditEntry) -> bool:
    """Whether the address is the one that was sealed, or erased together with its salt."""
    if entry.address_seal is None or (entry.address is None and entry.address_salt is None):
        return True
    return entry.address_seal == _seal_address(entry.address_salt or "", entry.address or "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the audit chain holds: through all `entries`, the last of which has `digest`, or up to `first_broken`."""

    entries: int
    digest: str
    first_broken: int | None


def verify(session: Session) -> Verdict:
    """Follow the audit chain from its first entry on."""
    previous, count = _GENESIS, 0
    with closing(session.scalars(queries.chain())) as entries:
        for entry in entries:
            if entry.digest != seal(previous, entry) or not _address_is_whole(entry):
                return Verdict(count, previous, entry.number)
            previous, count = entry.digest, count + 1
    return Verdict(count, previous, None)


def first_broken(session: Session) -> int | None:
    """The number of the first audit entry that does not follow from the one before; None if all do."""
    return verify(session).first_broken


def erase_addresses(session: Session, actors: Sequence[str]) -> None:
    """Take from the audit entries of these actors the addresses that they came from. The chain still holds.

    What else the entries say names nobody: people are ids there, and their names and e-mails are with the user.
    """
    of_actors = update(AuditEntry).where(AuditEntry.actor.in_(actors), AuditEntry.address_seal.is_not(None))
    session.execute(of_actors.values(address=None, address_salt=None))
