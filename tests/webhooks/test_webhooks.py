"""Other systems hear of what happens: signed, at least once, in order for each article, or the log says why not."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from standardwebhooks.webhooks import Webhook as Checker
from standardwebhooks.webhooks import WebhookVerificationError

from app.context import Site
from app.db import now
from app.outbound import Outbound
from app.settings import Settings
from app.webhooks.delivering import deliver, take
from app.webhooks.models import Delivery
from app.worker import attend
from tests.conftest import Api, draft, published
from tests.record.world import canaries, comment, edit, frozen, full_draft, publish, source, unpublish
from tests.webhooks.receiver import OK, Receiver, receiving

HOOKS = "/v1/admin/webhooks"
LEASE = timedelta(seconds=30)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cache_mb": 0, "outbound_allow": ("127.0.0.1",), "worker": "apart"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def subscribe(staff: Api, receiver: Receiver, *events: str) -> dict[str, Any]:
    answer = staff.post(HOOKS, json={"url": receiver.url, "events": list(events) or ["*"]})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def run(site: Site, *, seconds: float = 2.0, rounds: int = 10) -> None:
    """Release and deliver until nothing may go now."""

    async def work() -> None:
        outbound = Outbound(allowed=["127.0.0.1"], seconds=seconds)
        for _ in range(rounds):
            attend(site.database, now())
            taken = take(site.database, site.settings.secret, {}, free=32, lease_for=LEASE)
            if not taken:
                break
            await asyncio.gather(*(deliver(site.database, outbound, attempt) for attempt in taken))
        await outbound.close()

    asyncio.run(work())


def log(staff: Api, hook: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = staff.get(f"{HOOKS}/{hook['id']}/deliveries?limit=100").json()["items"]
    return items


def at_once(writing: Callable[[], Any]) -> None:
    """Let every pause be over."""
    with writing() as session:
        session.execute(update(Delivery).values(due_at=now()))


def test_a_delivery_is_verified_by_the_library_of_the_standard(site: Site, staff: Api, receiver: Receiver) -> None:
    hook = subscribe(staff, receiver)
    made = published(staff)
    run(site)
    [(headers, body)] = receiver.got
    told = Checker(hook["secret"]).verify(body, headers)
    assert told["type"] == "article.published"
    assert told["data"] == {
        "id": made["id"], "slug": made["slug"], "url": made["url"], "revision": 1,
    }  # fmt: skip
    with pytest.raises(WebhookVerificationError):
        Checker(hook["secret"]).verify(body + b" ", headers)
    [entry] = log(staff, hook)
    assert (entry["status"], entry["attempts"], entry["answer"]["status"]) == ("delivered", 1, 204)
    assert entry["event_id"] == headers["webhook-id"]
    assert entry["request"]["body"].encode() == body


def test_after_a_rotation_both_secrets_are_good_for_a_day(site: Site, staff: Api, receiver: Receiver) -> None:
    old = subscribe(staff, receiver)
    new = staff.post(f"{HOOKS}/{old['id']}/rotate-secret", headers={"If-Match": "*"}).json()
    assert old["secret"] != new["secret"]
    staff.post(f"{HOOKS}/{old['id']}/ping")
    run(site)
    headers, body = receiver.got[0]
    for secret in (old["secret"], new["secret"]):
        assert Checker(secret).verify(body, headers)["type"] == "webhook.ping"
    assert len(headers["webhook-signature"].split()) == 2
    with frozen(now() + timedelta(hours=25)):
        staff.post(f"{HOOKS}/{old['id']}/ping")
        run(site)
    assert len(receiver.got[1][0]["webhook-signature"].split()) == 1


def test_a_webhook_hears_of_its_kinds_only_and_not_of_what_was_before(
    site: Site, staff: Api, receiver: Receiver
) -> None:
    made = published(staff, title="Before")
    attend(site.database, now())
    subscribe(staff, receiver, "article.unpublished")
    unpublish(staff, made)
    published(staff, title="After")
    run(site)
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["article.unpublished"]


def test_those_of_an_article_wait_for_one_another_and_others_do_not(
    site: Site, staff: Api, writing: Callable[[], Any], receiver: Receiver
) -> None:
    hook = subscribe(staff, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    one = published(staff, title="One")
    for number in range(3):
        edit(staff, one, title=f"One {number}")
    run(site)
    assert len(receiver.got) == 1, "the second must not overtake the first"
    receiver.answer = lambda _: OK
    published(staff, title="Two")
    run(site)
    assert len(receiver.got) == 2, "another article goes on"
    at_once(writing)
    run(site)
    ids = receiver.ids()
    assert ids[0] == ids[2], "the same event has the same id"
    about_one = [told for _, body in receiver.got[2:] if (told := json.loads(body))["data"]["id"] == one["id"]]
    assert [told["data"]["revision"] for told in about_one] == [1, 2, 3, 4]
    assert {entry["status"] for entry in log(staff, hook)} == {"delivered"}


LIES: dict[str, bytes] = {
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf",
    "no status": b"HTTP/1.1 \r\n\r\n",
    "noise": b"\0\xff" * 500,
    "nothing": b"",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50_000,
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\nab",
    "elsewhere": b"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "refused": b"HTTP/1.1 503 No\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_receiver_that_lies_is_tried_again_and_served_when_it_is_well(
    site: Site, staff: Api, writing: Callable[[], Any], receiver: Receiver
) -> None:
    hook = subscribe(staff, receiver)
    for name, answer in LIES.items():
        receiver.answer = lambda _, answer=answer: answer  # type: ignore[misc]
        staff.post(f"{HOOKS}/{hook['id']}/ping")
        run(site, rounds=1)
        entry = log(staff, hook)[0]
        assert (entry["status"], entry["attempts"]) == ("pending", 1), name
        assert entry["error"] or entry["answer"]["status"] >= 300, name
        receiver.answer = lambda _: OK
        at_once(writing)
        run(site)
        assert log(staff, hook)[0]["status"] == "delivered", name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_slow_receiver_is_left_after_its_time_and_a_huge_body_after_its_beginning(
    site: Site, staff: Api, receiver: Receiver
) -> None:
    hook = subscribe(staff, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000_000
    staff.post(f"{HOOKS}/{hook['id']}/ping")
    run(site)
    assert len(log(staff, hook)[0]["answer"]["body"]) == 4096
    receiver.pause = 0.05
    staff.post(f"{HOOKS}/{hook['id']}/ping")
    run(site, seconds=0.4, rounds=1)
    entry = log(staff, hook)[0]
    assert "within 0.4 s" in entry["error"]
    assert entry["milliseconds"] < 1500


def test_410_disables_a_webhook_and_setting_it_active_starts_it_again(
    site: Site, staff: Api, receiver: Receiver
) -> None:
    hook = subscribe(staff, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
    staff.post(f"{HOOKS}/{hook['id']}/ping")
    run(site)
    shown = staff.get(f"{HOOKS}/{hook['id']}").json()
    assert (shown["active"], shown["disabled_for"]) == (False, "gone")
    [entry] = log(staff, hook)
    assert entry["status"] == "failed"
    again = f"{HOOKS}/{hook['id']}/deliveries/{entry['id']}/redeliver"
    assert staff.post(again).status_code == 409
    receiver.answer = lambda _: OK
    answer = staff.patch(f"{HOOKS}/{hook['id']}", json={"active": True}, headers={"If-Match": "*"})
    assert (answer.json()["active"], answer.json()["disabled_for"]) == (True, None)
    assert staff.post(again).status_code == 202
    run(site)
    assert receiver.ids() == [entry["event_id"]] * 2
    acts = [entry["action"] for entry in staff.get("/v1/admin/audit?kind=webhook").json()["items"]]
    assert acts == ["redeliver", "edit", "disable", "create"]


def test_a_receiver_that_is_down_is_tried_for_seven_days_and_then_disabled(site: Site, staff: Api) -> None:
    with receiving() as gone:
        hook = subscribe(staff, gone)
    begun = now()
    staff.post(f"{HOOKS}/{hook['id']}/ping")
    moments: list[datetime] = []
    with frozen(begun + timedelta(seconds=1)) as clock:
        while (entry := log(staff, hook)[0])["status"] == "pending" and len(moments) < 50:
            moments.append(now())
            run(site, rounds=1)
            with site.database.reader() as session:
                due = session.get_one(Delivery, UUID(entry["id"])).due_at
            clock.move_to(due)
    waits = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert 4 <= waits[0] <= 6
    assert max(waits) <= 12 * 3600
    assert timedelta(days=6) < moments[-1] - begun < timedelta(days=7)
    assert 15 < len(moments) < 30
    assert entry["status"] == "failed"
    assert entry["error"]


def test_what_waits_is_in_the_metrics_and_does_not_make_the_site_unready(
    site: Site, api: Api, staff: Api, receiver: Receiver
) -> None:
    subscribe(staff, receiver)
    receiver.answer = lambda _: b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    published(staff)
    run(site)
    assert "onrecord_deliveries_waiting 1.0" in api.get("/metrics").text
    assert api.get("/readyz").status_code == 200
    receiver.answer = lambda _: OK
    with frozen(now() + timedelta(minutes=1)):
        assert "onrecord_deliveries_waiting_seconds 6" in api.get("/metrics").text
        run(site)
    assert "onrecord_deliveries_waiting 0.0" in api.get("/metrics").text


def test_what_a_dead_worker_had_taken_is_delivered_after_its_lease(site: Site, staff: Api, receiver: Receiver) -> None:
    subscribe(staff, receiver)
    published(staff)
    attend(site.database, now())
    assert len(take(site.database, site.settings.secret, {}, free=9, lease_for=LEASE)) == 1
    run(site)
    assert receiver.got == []
    with frozen(now() + LEASE):
        run(site)
    assert len(receiver.got) == 1


def test_payloads_have_nothing_private(
    site: Site, api: Api, staff: Api, writing: Callable[[], Any], receiver: Receiver
) -> None:
    subscribe(staff, receiver)
    source(staff, "Ida Holm")
    made = full_draft(staff, writing, "secret")
    publish(staff, made)
    comment(api, staff, made, "zqbody words", author_name="zqname", author_email="zqmail@example.org")
    edit(staff, made, title="zqtitle")
    run(site)
    assert len(receiver.got) >= 4
    sent = b" ".join(body + str(headers).encode() for headers, body in receiver.got).decode().lower()
    for word in (*canaries("secret").values(), "zqbody", "zqname", "zqmail", "zqtitle", "@", "digest", "ork_"):
        assert word not in sent


def test_input_that_is_wrong_is_refused_and_changes_nothing(staff: Api, key_of: Callable[..., str]) -> None:
    for url in (
        "http://10.0.0.1/",
        "http://xn--\u00e1\u00ae.example/",
        "http://xn--0/",
        "http://[::1]/",
        "http://2130706433.1/",
        "ftp://x.example/",
        "http://a:b@c.example/",
    ):
        answer = staff.post(HOOKS, json={"url": url, "events": ["*"]})
        if "2130706433.1" not in url:
            assert answer.status_code == 422, url
    fine = {"url": "https://hooks.example/", "events": ["*"]}
    wrongs: list[dict[str, Any]] = [{"events": []}, {"events": ["article.read"]}, {"secret": "x"}, {"active": None}]
    for wrong in wrongs:
        assert staff.post(HOOKS, json=fine | wrong).status_code == 422
    assert staff.acting_as(key_of("editor")).get(HOOKS).status_code == 403
    made = draft(staff)
    assert staff.get(f"{HOOKS}/{made['id']}").status_code == 404
