"""Workers that are killed at any moment lose no event. `make crash` kills 200 of them on each engine."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.events.models import Event
from app.settings import Settings
from app.webhooks.models import Delivery
from tests.conftest import SECRET, Api, published
from tests.record.world import edit
from tests.webhooks.receiver import receiving

KILLS = int(os.environ.get("KILLS", "6"))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"outbound_allow": ("127.0.0.1",)})


def test_a_worker_that_is_killed_loses_no_event(
    settings: Settings, staff: Api, reading: Callable[[], Any], tmp_path: Path
) -> None:
    env = {**os.environ, "ONRECORD_DATA_DIR": str(tmp_path), "ONRECORD_DATABASE_URL": settings.database_url}
    env |= {"ONRECORD_SECRET_KEY": SECRET, "ONRECORD_WEBHOOK_TIMEOUT": "1", "ONRECORD_OUTBOUND_ALLOW": "127.0.0.1"}
    command = [str(Path(sys.executable).with_name("onrecord")), "worker"]
    chance = random.Random(1)  # noqa: S311
    with receiving() as receiver:
        receiver.pause = 0.001
        assert staff.post("/v1/admin/webhooks", json={"url": receiver.url, "events": ["*"]}).status_code == 201
        for kill in range(KILLS):
            article = published(staff, title=f"Piece {kill}")
            edit(staff, article, title=f"Piece {kill}, again")
            with subprocess.Popen(command, env=env) as worker:
                seen, until = len(receiver.got), time.monotonic() + 5
                while len(receiver.got) == seen and time.monotonic() < until:
                    time.sleep(0.01)
                time.sleep(chance.uniform(0, 0.15))
                worker.kill()
        with subprocess.Popen(command, env=env) as worker:
            until = time.monotonic() + 30
            while pending(reading) and time.monotonic() < until:
                time.sleep(0.1)
            worker.terminate()
            assert worker.wait(timeout=10) == 0
    with reading() as session:
        events = [str(event.id) for event in session.scalars(select(Event).order_by(Event.number))]
    assert len(events) == 2 * KILLS
    assert set(receiver.ids()) == set(events)
    order = list(dict.fromkeys(receiver.ids()))
    for first, second in zip(events[::2], events[1::2], strict=True):
        assert order.index(first) < order.index(second), "those of one article in their order"


def pending(reading: Callable[[], Any]) -> bool:
    with reading() as session:
        unreleased = session.scalar(select(func.count()).select_from(Event).where(Event.released_at.is_(None)))
        waiting = session.scalar(select(func.count()).select_from(Delivery).where(Delivery.status == "pending"))
    return bool(unreleased or waiting)
