"""How a delivery is written and signed (Standard Webhooks 1.0, https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
from datetime import datetime

from app.events.models import Event
from app.outbound import signed
from app.webhooks.models import Webhook

PREFIX = "whsec_"


def secret_of(site_secret: bytes, webhook: Webhook, number: int) -> str:
    """The webhook's secret of this number, `whsec_…`. It is kept nowhere, so a copy of the database signs nothing."""
    return PREFIX + base64.b64encode(_key(site_secret, webhook, number)).decode()


def _key(site_secret: bytes, webhook: Webhook, number: int) -> bytes:
    return hmac.new(site_secret, f"webhook:{webhook.id}:{number}".encode(), hashlib.sha256).digest()


def live_numbers(webhook: Webhook, at: datetime) -> list[int]:
    """The numbers of the secrets that are good now: after a rotation the one before too, for a while."""
    old = webhook.old_secret_until is not None and webhook.old_secret_until > at
    return [webhook.secret_number] + [webhook.secret_number - 1] * old


def payload(event: Event) -> bytes:
    """The body of every delivery of the event, the same each time."""
    content = {
        "type": event.kind,
        "timestamp": event.made_at.isoformat().replace("+00:00", "Z"),
        "data": {"id": str(event.subject_id), **event.body},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def headers(site_secret: bytes, webhook: Webhook, event: Event, content: bytes, at: datetime) -> dict[str, str]:
    """The headers of a delivery, signed with each live secret."""
    keys = [_key(site_secret, webhook, number) for number in live_numbers(webhook, at)]
    return signed(keys, str(event.id), content, at)
