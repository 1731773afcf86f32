"""Workers that are killed at any moment lose no event. `make crash` kills 200 of them on each engine."""

import os
import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.context import Site
from app.db import now
from app.events.models import Event
from app.settings import Settings
from app.webhooks.models import Delivery
from tests.conftest import SECRET, Api, draft, published
from tests.record.world import edit, schedule
from tests.webhooks.receiver import OK, Receiver, receiving
from tests.webhooks.working import worker

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n"
KILLS = int(os.environ.get("KILLS", "4"))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"outbound_allow": ("127.0.0.1",)})


def test_workers_that_are_killed_lose_no_event(
    settings: Settings,
    staff: Api,
    site: Site,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    env = {"ONRECORD_DATA_DIR": str(tmp_path), "ONRECORD_DATABASE_URL": settings.database_url}
    env |= {"ONRECORD_SECRET_KEY": SECRET, "ONRECORD_WEBHOOK_TIMEOUT": "1", "ONRECORD_OUTBOUND_ALLOW": "127.0.0.1"}
    chance = random.Random(1)  # noqa: S311
    done: list[tuple[str, str]] = []
    taken = Taken()
    with receiving(answer=taken.answer) as receiver:
        receiver.pause = 0.002
        assert staff.post("/v1/admin/webhooks", json={"url": receiver.url, "events": ["*"]}).status_code == 201
        for _ in range(0, KILLS, 2):
            done += _change(staff, due_in=chance.uniform(1, 2))
            workers = [worker(env) for _ in range(2)]
            time.sleep(chance.uniform(0, 0.5))
            workers[0].kill()  # wherever it was
            _await(receiver, len(receiver.got) + 1)
            time.sleep(chance.uniform(0, 0.5))
            workers[1].kill()  # while it delivers, or notes what came of it
            for running in workers:
                running.join()
                assert running.exitcode == -9, "it was at work"
        left = len(done) - _delivered(site)
        last = worker(env)
        until = time.monotonic() + 60
        while _delivered(site) < len(done) and time.monotonic() < until:
            time.sleep(0.1)
        last.terminate()
        last.join(10)
        assert last.exitcode == 0
    with site.database.reader() as session:
        events = list(session.scalars(select(Event).order_by(Event.number)))
    assert Counter((event.kind, str(event.article_id)) for event in events) == Counter(done)
    _check(list(taken), events)
    if "KILLS" in os.environ:
        again = sum(taken.values()) - len(events)
        engine = "SQLite" if site.database.is_sqlite else "PostgreSQL"
        with capsys.disabled():
            print(
                f"\n{engine}: {KILLS} workers killed; {len(events)} events, each written once and "
                f"delivered; {left} had not been when the last one was killed, {again} came once more"
            )


def _change(staff: Api, *, due_in: float) -> list[tuple[str, str]]:
    """What happens meanwhile, as events: an article is published and edited, and another's time comes."""
    began = time.monotonic()
    waiting = draft(staff)
    slack = 10 * (time.monotonic() - began)  # or the moment had passed before a busy machine came to it
    schedule(staff, waiting, now() + timedelta(seconds=due_in + slack))
    article = published(staff)
    edit(staff, article, title="Ferry fares rise, after all")
    identifier = article["id"]
    return [("article.published", identifier), ("article.updated", identifier), ("article.published", waiting["id"])]


def _await(receiver: Receiver, count: int) -> None:
    """Until so many requests came, or five seconds are over: what is due may be leased to a worker that is dead."""
    until = time.monotonic() + 5
    while len(receiver.got) < count and time.monotonic() < until:
        time.sleep(0.005)


class Taken(dict[str, int]):
    """What a receiver has taken, and how often; it turns away the first call of every second event."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[str] = set()

    def answer(self, headers: dict[str, str]) -> bytes:
        event = headers["webhook-id"]
        is_new = event not in self._known
        self._known.add(event)
        if is_new and len(self._known) % 2:
            return BUSY
        self[event] = self.get(event, 0) + 1
        return OK


def _check(taken: list[str], events: list[Event]) -> None:
    """Every event came, and those of one article in their order."""
    order = {identifier: place for place, identifier in enumerate(taken)}
    assert set(order) == {str(event.id) for event in events}
    places: dict[Any, int] = {}
    for event in events:
        place = order[str(event.id)]
        assert places.get(event.article_id, -1) < place
        places[event.article_id] = place


def _delivered(site: Site) -> int:
    with site.database.reader() as session:
        return session.scalar(select(func.count()).select_from(Delivery).where(Delivery.status == "delivered")) or 0
