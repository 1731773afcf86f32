"""Delivering: take what may go, call, note how it went. Many may do this at once, and any may die at any moment."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from uuid import UUID

from app.db import Database, new_id, now
from app.outbound import Answer, Outbound, Refused, Unreachable
from app.webhooks import queries
from app.webhooks.actions import settle
from app.webhooks.signing import headers, payload

AT_ONCE = 32
"""Calls under way in one process."""

AT_ONCE_EACH = 4
"""Of those, to one webhook: one that is slow holds up nobody else."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that this process has taken, and what it will send."""

    delivery_id: UUID
    webhook_id: UUID
    lease: UUID
    url: str
    content: bytes
    headers: dict[str, str]


def take(database: Database, secret: bytes, room: dict[UUID, int], *, free: int, lease_for: timedelta) -> list[Attempt]:
    """Take deliveries that may go, each for so long; `room`: calls under way to each webhook, `free`: how many more."""
    at = now()
    with database.reader() as session:
        webhooks = session.scalars(queries.with_work(at)).all()
    taken: list[Attempt] = []
    for webhook_id in webhooks:
        limit = min(AT_ONCE_EACH - room.get(webhook_id, 0), free - len(taken))
        if limit <= 0:
            continue
        with database.writer.session() as session:
            for delivery in session.scalars(queries.next_for(webhook_id, at, limit)):
                delivery.lease, delivery.leased_until = new_id(), at + lease_for
                content = payload(delivery.event)
                signed = headers(secret, delivery.webhook, delivery.event, content, at)
                url = delivery.webhook.url
                delivery.request = {"url": url, "headers": signed, "body": content.decode()}
                taken.append(Attempt(delivery.id, webhook_id, delivery.lease, url, content, signed))
    return taken


async def deliver(database: Database, outbound: Outbound, attempt: Attempt) -> None:
    """Call, and note how it went. Whoever dies in between leaves the delivery to whom finds its lease ended."""
    began, answer, error = perf_counter(), None, None
    try:
        answer = await outbound.post(attempt.url, attempt.content, attempt.headers)
    except (Refused, Unreachable) as failure:
        error = str(failure)
    milliseconds = int((perf_counter() - began) * 1000)
    await asyncio.to_thread(_note, database, attempt, answer, error, milliseconds, now())


def _note(
    database: Database, attempt: Attempt, answer: Answer | None, error: str | None, milliseconds: int, at: datetime
) -> None:
    with database.writer.session() as session:
        delivery = session.scalar(queries.leased(attempt.delivery_id, attempt.lease))
        if delivery is None:  # it took so long that another has taken over
            return
        delivery.error, delivery.milliseconds, delivery.answer = error, milliseconds, None
        if answer is not None:
            body = answer.body.decode("utf-8", "replace").replace("\0", "\ufffd")
            delivery.answer = {"status": answer.status, "headers": dict(answer.headers), "body": body}
        settle(session, delivery, status=answer.status if answer else None, retry_after=_retry_after(answer), at=at)


def _retry_after(answer: Answer | None) -> float:
    """The seconds that a `Retry-After` asks for (RFC 9110, 10.2.3); a date there is not heeded."""
    given = answer.headers.get("retry-after", "") if answer else ""
    return float(given) if given.isascii() and given.isdigit() and len(given) < 8 else 0.0
