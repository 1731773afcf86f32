from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from app.webhooks.models import Delivery, Webhook


def webhooks() -> Select[Webhook]:
    return select(Webhook)


def by_id(webhook_id: UUID, *, lock: bool = False) -> Select[Webhook]:
    found = select(Webhook).where(Webhook.id == webhook_id)
    return found.with_for_update() if lock else found


def deliveries(webhook_id: UUID) -> Select[Delivery]:
    """What went to the webhook, or is to go there, with the events."""
    return (
        select(Delivery)
        .join(Delivery.event)
        .options(contains_eager(Delivery.event))
        .where(Delivery.webhook_id == webhook_id)
    )


def _may_go(at: datetime) -> ColumnElement[bool]:
    """Whether a delivery may be tried: its time has come, nobody tries it, and none of its lane stands before it."""
    before = aliased(Delivery)
    return (
        (Delivery.status == "pending")
        & (Delivery.due_at <= at)
        & or_(Delivery.leased_until.is_(None), Delivery.leased_until <= at)
        & ~exists().where(
            before.webhook_id == Delivery.webhook_id,
            before.lane == Delivery.lane,
            before.status == "pending",
            before.number < Delivery.number,
        )
    )


def with_work(at: datetime) -> Select[UUID]:
    """The active webhooks to which something may be delivered."""
    waiting = exists().where(Delivery.webhook_id == Webhook.id, _may_go(at))
    return select(Webhook.id).where(Webhook.is_active, waiting)


def next_for(webhook_id: UUID, at: datetime, limit: int) -> Select[Delivery]:
    """The next deliveries to the webhook, with it and the events, less those that another worker takes."""
    return (
        select(Delivery)
        .join(Delivery.event)
        .join(Delivery.webhook)
        .options(contains_eager(Delivery.event), contains_eager(Delivery.webhook))
        .where(Delivery.webhook_id == webhook_id, _may_go(at))
        .order_by(Delivery.number)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )


def leased(delivery_id: UUID, lease: UUID) -> Select[Delivery]:
    """The delivery with its webhook, if it is still held under this lease."""
    return (
        select(Delivery)
        .join(Delivery.webhook)
        .options(contains_eager(Delivery.webhook))
        .where(Delivery.id == delivery_id, Delivery.lease == lease)
        .with_for_update()
    )


def backlog() -> Select[int, datetime | None]:
    """How many deliveries wait, and since when the oldest does."""
    return select(func.count(), func.min(Delivery.created_at)).where(Delivery.status == "pending")
