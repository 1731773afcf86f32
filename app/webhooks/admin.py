"""`/v1/admin/webhooks`: who hears of what, and what became of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from app.accounts.access import needs
from app.context import Paging, Router, Site, SiteDep
from app.db import now
from app.events.actions import Actor
from app.events.retries import RetriesDep
from app.http import NO_STORE, check_match, etag, private
from app.openapi import refusals
from app.outbound import Outbound
from app.paging import Sort, fetch
from app.schemas import Page
from app.webhooks import actions, queries
from app.webhooks.models import Delivery, Webhook
from app.webhooks.schemas import DeliveryOut, WebhookIn, WebhookOut, WebhookPatch, WebhookWithSecretOut
from app.webhooks.signing import secret_of

router = Router(prefix="/v1/admin/webhooks", tags=["admin"])

Subscriber = Annotated[Actor, Depends(needs("webhooks:write"))]
WebhookId = Annotated[UUID, Path(description="Id of the webhook.")]
DeliveryId = Annotated[UUID, Path(description="Id of the delivery.")]


class DeliveryPaging(Paging):
    status: Literal["pending", "delivered", "failed"] | None = Field(default=None, description="Only in this state.")


@router.get("", response_model=Page[WebhookOut])
def list_webhooks(request: Request, site: SiteDep, _by: Subscriber, page: Annotated[Paging, Query()]) -> Response:
    """List the webhooks, the latest first. Their secrets are not shown."""
    with site.database.reader() as session:
        listing = fetch(
            session,
            queries.webhooks(),
            Sort(Webhook.created_at.expression, Webhook.id.expression, descending=True, parse=datetime.fromisoformat),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_content(webhook) for webhook in listing.rows]), headers=listing.links())


@router.post("", status_code=201, response_model=WebhookWithSecretOut, responses=refusals(422))
def create_webhook(site: SiteDep, by: Subscriber, data: WebhookIn, retries: RetriesDep) -> Response:
    """Subscribe an address to events. The answer has the secret that checks their signatures; keep it."""
    _check_url(site, data.url)
    with site.database.writer.session() as session:

        def act() -> Response:
            webhook = actions.create(session, data, by=by, at=now())
            location = {"Location": f"/v1/admin/webhooks/{webhook.id}"}
            return private(_with_secret(site, webhook), tag=etag(_content(webhook)), status_code=201, headers=location)

        return retries.once(session, act)


@router.get("/{webhook_id}", response_model=WebhookOut, responses=refusals(404))
def read_webhook(site: SiteDep, _by: Subscriber, webhook_id: WebhookId) -> Response:
    """Read a webhook."""
    with site.database.reader() as session:
        return private(_content(actions.find(session, webhook_id)))


@router.patch("/{webhook_id}", response_model=WebhookOut, responses=refusals(404, 412, 422, 428))
def update_webhook(
    request: Request, site: SiteDep, by: Subscriber, webhook_id: WebhookId, data: WebhookPatch
) -> Response:
    """Change a webhook. `active: true` starts one again that was disabled; what waits is sent then."""
    if data.url is not None:
        _check_url(site, data.url)
    with site.database.writer.session() as session:
        webhook = actions.find(session, webhook_id, lock=True)
        check_match(request, _content(webhook))
        actions.edit(session, webhook, data, by=by)
        return private(_content(webhook))


@router.delete("/{webhook_id}", status_code=204, response_class=Response, responses=refusals(404, 412, 428))
def delete_webhook(request: Request, site: SiteDep, by: Subscriber, webhook_id: WebhookId) -> Response:
    """Remove a webhook with its log; what waits is not sent."""
    with site.database.writer.session() as session:
        webhook = actions.find(session, webhook_id, lock=True)
        check_match(request, _content(webhook))
        actions.remove(session, webhook, by=by)
    return Response(status_code=204, headers=NO_STORE)


@router.post("/{webhook_id}/rotate-secret", response_model=WebhookWithSecretOut, responses=refusals(404, 412, 428))
def rotate_webhook_secret(
    request: Request, site: SiteDep, by: Subscriber, webhook_id: WebhookId, retries: RetriesDep
) -> Response:
    """Make a new secret. For 24 hours deliveries are signed with the former one too."""
    with site.database.writer.session() as session:

        def act() -> Response:
            webhook = actions.find(session, webhook_id, lock=True)
            check_match(request, _content(webhook))
            actions.rotate(session, webhook, by=by, at=now())
            return private(_with_secret(site, webhook), tag=etag(_content(webhook)))

        return retries.once(session, act)


@router.post("/{webhook_id}/ping", status_code=202, response_model=DeliveryOut, responses=refusals(404, 409))
def ping_webhook(site: SiteDep, _by: Subscriber, webhook_id: WebhookId, retries: RetriesDep) -> Response:
    """Send an event `webhook.ping` to this webhook only. What became of it is in its deliveries."""
    with site.database.writer.session() as session:

        def act() -> Response:
            delivery = actions.ping(session, actions.find(session, webhook_id, lock=True), at=now())
            session.flush()
            return private(_delivery(delivery), status_code=202)

        return retries.once(session, act)


@router.get("/{webhook_id}/deliveries", response_model=Page[DeliveryOut], responses=refusals(404))
def list_deliveries(
    request: Request,
    site: SiteDep,
    _by: Subscriber,
    webhook_id: WebhookId,
    page: Annotated[DeliveryPaging, Query()],
) -> Response:
    """List what was sent to a webhook or waits to be, the latest first, each with its last request and answer."""
    query = queries.deliveries(webhook_id)
    if page.status is not None:
        query = query.where(Delivery.status == page.status)
    with site.database.reader() as session:
        actions.find(session, webhook_id)
        listing = fetch(
            session,
            query,
            Sort(Delivery.number.expression, None, descending=True, parse=int),
            request=request,
            cursors=site.cursors,
            limit=page.limit,
            count=page.count == "exact",
        )
    return private(listing.to_json([_delivery(delivery) for delivery in listing.rows]), headers=listing.links())


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    status_code=202,
    response_model=DeliveryOut,
    responses=refusals(404, 409),
)
def redeliver(
    site: SiteDep, by: Subscriber, webhook_id: WebhookId, delivery_id: DeliveryId, retries: RetriesDep
) -> Response:
    """Send an event once more, under the same `webhook-id`, whether or not it arrived before."""
    with site.database.writer.session() as session:

        def act() -> Response:
            webhook = actions.find(session, webhook_id, lock=True)
            delivery = actions.redeliver(session, webhook, delivery_id, by=by, at=now())
            session.flush()
            return private(_delivery(delivery), status_code=202)

        return retries.once(session, act)


def _check_url(site: Site, url: str) -> None:
    outbound = Outbound(allowed=site.settings.outbound_allow, seconds=1)
    actions.check_url(url, may_name=outbound.may_name(url))


def _out(webhook: Webhook) -> WebhookOut:
    members = {name: getattr(webhook, name) for name in WebhookOut.model_fields if name != "active"}
    return WebhookOut(**members, active=webhook.is_active)


def _content(webhook: Webhook) -> bytes:
    return _out(webhook).model_dump_json().encode()


def _with_secret(site: Site, webhook: Webhook) -> bytes:
    secret = secret_of(site.settings.secret, webhook, webhook.secret_number)
    return WebhookWithSecretOut(**_out(webhook).model_dump(), secret=secret).model_dump_json().encode()


def _delivery(delivery: Delivery) -> bytes:
    members = {name: getattr(delivery, name) for name in DeliveryOut.model_fields if name != "kind"}
    return DeliveryOut(**members, kind=delivery.event.kind).model_dump_json().encode()
