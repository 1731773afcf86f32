from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.db import new_id
from app.errors import Conflict, Invalid, NotFound
from app.events import queries as events
from app.events.actions import Actor, is_alone, record, touch
from app.events.models import Event
from app.events.pausing import LONGEST_PAUSE, pause
from app.webhooks import queries
from app.webhooks.models import Delivery, Webhook
from app.webhooks.schemas import WebhookIn, WebhookPatch

RETRIED_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=30)
OLD_SECRET_FOR = timedelta(hours=24)
RELEASED_AT_ONCE = 500

WORKER = Actor("worker")


class WebhookDisabled(Conflict):
    """The webhook is not active, so nothing is sent to it; set `active` first."""

    slug, title = "webhook-disabled", "The webhook is not active"


def find(session: Session, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """Raises `NotFound`."""
    webhook = session.scalar(queries.by_id(webhook_id, lock=lock))
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


def create(session: Session, data: WebhookIn, *, by: Actor, at: datetime) -> Webhook:
    """A webhook that gets what is released from now on."""
    webhook = Webhook(
        id=new_id(),
        url=data.url,
        events=list(dict.fromkeys(data.events)),
        description=data.description,
        is_active=data.active,
        secret_number=1,
        created_at=at,
    )
    session.add(webhook)
    session.flush()
    record(session, by, "create", "webhook", webhook.id, after=_state(webhook))
    return webhook


def edit(session: Session, webhook: Webhook, data: WebhookPatch, *, by: Actor) -> None:
    """Change what `data` names. One that is active again gets what waits for it."""
    before = _state(webhook)
    given = data.model_dump(exclude_unset=True)
    for name in ("url", "events", "description"):
        if name in given:
            setattr(webhook, name, given[name])
    if "active" in given:
        webhook.is_active, webhook.disabled_for, webhook.failing_since = given["active"], None, None
    session.flush()
    record(session, by, "edit", "webhook", webhook.id, before=before, after=_state(webhook))


def remove(session: Session, webhook: Webhook, *, by: Actor) -> None:
    """Nothing more is sent there; its log is gone too."""
    record(session, by, "delete", "webhook", webhook.id, before=_state(webhook))
    session.execute(delete(Delivery).where(Delivery.webhook_id == webhook.id))
    session.delete(webhook)


def rotate(session: Session, webhook: Webhook, *, by: Actor, at: datetime) -> None:
    """A new secret; for a day, deliveries are signed with the old one too."""
    webhook.secret_number += 1
    webhook.old_secret_until = at + OLD_SECRET_FOR
    record(session, by, "rotate", "webhook", webhook.id)


def ping(session: Session, webhook: Webhook, *, at: datetime) -> Delivery:
    """A delivery of an event that says nothing, to this webhook only. Raises `WebhookDisabled`."""
    if not webhook.is_active:
        raise WebhookDisabled("Set `active` first.")
    event = Event(
        id=new_id(), kind="webhook.ping", subject_id=webhook.id, is_public=False, body={}, made_at=at, released_at=at
    )
    session.add(event)
    session.flush()
    return _enqueue(session, webhook, event, at=at)


def redeliver(session: Session, webhook: Webhook, delivery_id: UUID, *, by: Actor, at: datetime) -> Delivery:
    """The delivery once more, under the same event id. Raises `NotFound` or `WebhookDisabled`."""
    delivery = session.scalar(queries.deliveries(webhook.id).where(Delivery.id == delivery_id))
    if delivery is None:
        raise NotFound("This webhook has no such delivery.")
    if not webhook.is_active:
        raise WebhookDisabled("Set `active` first.")
    delivery.status, delivery.finished_at = "pending", None
    delivery.due_at, delivery.give_up_at = at, at + RETRIED_FOR
    record(session, by, "redeliver", "webhook", webhook.id, after={"delivery": str(delivery.id)})
    return delivery


def release(session: Session, *, at: datetime) -> int:
    """Give new events their places in the log of changes, and each to the webhooks that want it; how many there were.

    One process at a time does this, over events that are committed: so the places have no gap, and nobody who reads
    the log can find one later in front of what he has seen.
    """
    if not is_alone(session):
        return 0
    found = session.scalars(events.unreleased(RELEASED_AT_ONCE)).all()
    webhooks = session.scalars(queries.webhooks().where(Webhook.is_active)).all()
    position = session.scalar(events.last_position()) or 0
    for event in found:
        event.released_at = at
        if event.is_public:
            position += 1
            event.position = position
        for webhook in webhooks:
            if webhook.created_at <= event.made_at and ("*" in webhook.events or event.kind in webhook.events):
                _enqueue(session, webhook, event, at=at)
    if any(event.is_public for event in found):
        touch(session, ["feed:changes"])
    session.flush()
    return len(found)


def _enqueue(session: Session, webhook: Webhook, event: Event, *, at: datetime) -> Delivery:
    delivery = Delivery(
        id=new_id(),
        webhook_id=webhook.id,
        event=event,
        lane=event.article_id or event.subject_id,
        number=event.number,
        status="pending",
        attempts=0,
        due_at=at,
        give_up_at=at + RETRIED_FOR,
        created_at=at,
    )
    session.add(delivery)
    return delivery


def settle(session: Session, delivery: Delivery, *, status: int | None, retry_after: float, at: datetime) -> None:
    """Note how an attempt went: done, once more later, or given up; `status` is None if no answer came."""
    webhook = delivery.webhook
    delivery.attempts += 1
    delivery.lease = delivery.leased_until = None
    if status is not None and 200 <= status < 300:
        delivery.status, delivery.finished_at, webhook.failing_since = "delivered", at, None
        return
    webhook.failing_since = webhook.failing_since or at
    wait = pause(delivery.attempts) + timedelta(seconds=retry_after)
    delivery.due_at = at + min(wait, LONGEST_PAUSE)
    if status == 410:
        delivery.status, delivery.finished_at = "failed", at
        _disable(session, webhook, "gone")
    elif delivery.due_at >= delivery.give_up_at:
        delivery.status, delivery.finished_at = "failed", at
    if webhook.is_active and at - webhook.failing_since >= RETRIED_FOR:
        _disable(session, webhook, "failing")


def _disable(session: Session, webhook: Webhook, reason: str) -> None:
    webhook.is_active, webhook.disabled_for = False, reason
    record(session, WORKER, "disable", "webhook", webhook.id, after={"reason": reason})
    structlog.get_logger("onrecord.webhooks").warning("webhook_disabled", webhook=str(webhook.id), reason=reason)


def prune(session: Session, *, at: datetime) -> None:
    """Forget deliveries that ended a month ago."""
    session.execute(delete(Delivery).where(Delivery.finished_at < at - KEPT_FOR))


def check_url(url: str, *, may_name: bool) -> None:
    """Raises `Invalid` for an address that would never be called."""
    if not may_name or "@" in url.split("/")[2]:
        raise Invalid(
            "This address cannot be called.",
            errors=[
                {"pointer": "/url", "detail": "must be public, or allowed by the operator, and without a password"}
            ],
        )


def _state(webhook: Webhook) -> dict[str, Any]:
    return {
        "url": webhook.url,
        "events": webhook.events,
        "description": webhook.description,
        "active": webhook.is_active,
    }
