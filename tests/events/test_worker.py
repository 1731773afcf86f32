"""What dates change is told once, at its time, however many look; every event is released once and in order."""

import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from app.articles.models import Article, Rendition, Revision
from app.context import Site
from app.db import Database, now
from app.events.models import Announcement, Event
from app.permissions.models import Permission
from app.permissions.noticing import notice
from app.worker import Chore, Worker, attend
from tests.conftest import Api, draft, published
from tests.record.world import DAY, HOUR, MINUTE, NOON, change, edit, frozen, permit, publish, schedule, source, z

Writing = Callable[[], Any]
NOBODY = "0193a5b0-c0de-7000-8000-00000000000a"


def told(site: Site, kinds: str = "article.") -> list[tuple[str, str]]:
    with site.database.reader() as session:
        rows = session.scalars(select(Event).where(Event.kind.startswith(kinds)).order_by(Event.number))
        return [(event.kind, str(event.subject_id)) for event in rows]


def test_a_scheduled_article_is_told_of_at_its_second_and_once(site: Site, staff: Api) -> None:
    due = NOON + HOUR
    with frozen(NOON):
        made = draft(staff)
        schedule(staff, made, due)
        edit(staff, made, title="Reworded")
        edit(staff, made, slug="other")
        attend(site.database, now())
    assert told(site) == []
    attend(site.database, due - timedelta(seconds=1))
    assert told(site) == []
    for moment in (due, due, due - MINUTE, due + MINUTE, due - HOUR, due + DAY):  # the clock jumps too
        attend(site.database, moment)
        assert told(site) == [("article.published", made["id"])]


def test_what_is_taken_back_before_its_time_is_never_told_of(site: Site, staff: Api) -> None:
    with frozen(NOON):
        made = draft(staff)
        schedule(staff, made, NOON + HOUR)
        change(staff, "DELETE", made, "/schedule")
    attend(site.database, NOON + DAY)
    assert told(site) == []


def test_an_end_of_permission_takes_the_article_from_subscribers_and_a_new_one_gives_it_back(
    site: Site, staff: Api
) -> None:
    with frozen(NOON):
        source(staff, "Harbour Review", "publication")
        made = draft(staff)
        permit(staff, made, "harbour-review", valid_from=z(NOON + HOUR), valid_through=z(NOON + 2 * HOUR))
        permit(staff, made, "harbour-review", valid_from=z(NOON + DAY))
        publish(staff, made)
    kinds = []
    for moment in (NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + DAY):
        attend(site.database, moment)
        kinds.append([kind for kind, _ in told(site)])
    up, down = "article.published", "article.unpublished"
    assert kinds == [[], [up], [up, down], [up, down, up]]


def test_three_hundred_due_articles_under_four_workers_are_each_told_once(
    site: Site, writing: Writing, database_url: str
) -> None:
    with writing() as session:
        at = now()
        rows = []
        for number in range(300):
            article = Article(
                slug=f"a-{number}", status="scheduled", language="en", canonical_url=None, published_at=at,
                updated_at=at, modified_at=None, comments_state="open", comment_count=0, created_at=at,
            )  # fmt: skip
            session.add(article)
            rows.append(article)
        session.flush()
        for article in rows:
            session.add(Revision(article_id=article.id, number=1, is_current=True, public_number=1, public_at=at,
                title="T", summary=None, markdown="m", html="h", text="t", details={}, note=None, author_id=None,
                created_at=at))  # fmt: skip
            session.add(Rendition(article_id=article.id, visible_from=at + HOUR, visible_until=None, published_at=at,
                updated_at=at, title="T", changed_at=at, etag='"x"', document=b"{}", card=b"{}"))  # fmt: skip
            session.add(Announcement(article_id=article.id, is_public=False, recheck_at=at + HOUR))
    gate = threading.Barrier(4)
    failures: list[BaseException] = []

    def work() -> None:
        database = Database(database_url)
        try:
            gate.wait(timeout=10)
            for _ in range(3):
                attend(database, at + HOUR)
        except BaseException as error:  # noqa: BLE001, RUF100
            failures.append(error)
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    found = told(site)
    assert len(found) == 300
    assert {identifier for _, identifier in found} == {str(article.id) for article in rows}
    with site.database.reader() as session:
        positions = list(session.scalars(select(Event.position).order_by(Event.position)))
    assert positions == list(range(1, 301))


def test_the_end_of_a_permission_is_told_30_7_and_1_days_before_and_when_it_comes(site: Site, staff: Api) -> None:
    end = NOON + 40 * DAY
    with frozen(NOON):
        source(staff, "Harbour Review", "publication")
        permit(staff, draft(staff), "harbour-review", valid_through=z(end))
    seen: list[tuple[datetime, str, int | None]] = []
    count = 0
    moments = [end - timedelta(days=days, seconds=late) for days in (31, 30, 8, 7, 2, 1, 0) for late in (1, 0)]
    for moment in [*moments, *moments[-3:], end + DAY]:
        with site.database.writer.session() as session:
            notice(session, at=moment)
        with site.database.reader() as session:
            events = list(session.scalars(select(Event).where(Event.kind.startswith("permission.")).order_by("number")))
        seen += [(moment, event.kind, event.body.get("days")) for event in events[count:]]
        count = len(events)
    soon = "permission.expiring"
    assert seen == [
        (end - 30 * DAY, soon, 30),
        (end - 7 * DAY, soon, 7),
        (end - DAY, soon, 1),
        (end, "permission.expired", None),
    ]


def test_notices_that_were_missed_are_not_made_up_and_a_new_end_is_told_of(
    site: Site, staff: Api, writing: Writing
) -> None:
    end = NOON + 40 * DAY
    with frozen(NOON):
        source(staff, "Harbour Review", "publication")
        permit(staff, draft(staff), "harbour-review", valid_through=z(end))
    for moment, known in ((end - 3 * DAY, 1), (end - 2 * DAY, 1)):
        with writing() as session:
            notice(session, at=moment)
        assert len(told(site, "permission.")) == known
    with writing() as session:
        session.execute(update(Permission).values(valid_through=end + 10 * DAY))
        notice(session, at=end - 2 * DAY)
    assert len(told(site, "permission.")) == 2


def test_an_event_of_a_process_that_died_is_released_by_the_next(site: Site, staff: Api) -> None:
    made = published(staff)
    with site.database.reader() as session:
        assert session.scalars(select(Event.position)).all() == [None]
    attend(site.database, now())
    attend(site.database, now())
    with site.database.reader() as session:
        assert session.scalars(select(Event.position)).all() == [1]
        assert session.scalars(select(Event.article_id)).all() == [UUID(made["id"])]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_chore_that_fails_keeps_no_other_from_being_done(site: Site, writing: Writing) -> None:
    worker = Worker(site.settings, site.database)
    old = site.settings.data_dir / "imports" / NOBODY
    old.parent.mkdir()
    old.touch()
    os.utime(old, (0, 0))
    with writing() as session:
        session.execute(text("ALTER TABLE uncompared RENAME TO away"))
    with capture_logs() as logs:
        assert worker.tick(MINUTE) == []
        worker.spare()
        worker.spare()
    assert [(line["event"], line["chore"]) for line in logs] == [("chore_failed", "compare")], "not at once again"
    assert not old.exists(), "sweeping comes last"


def test_a_chore_goes_on_at_the_next_look_and_rests_when_nothing_is_left() -> None:
    stop, left = threading.Event(), [False, True, True, True]
    chore = Chore("count", left.pop)
    stop.set()  # one stretch at most, so that the worker can end
    chore.work(stop)
    assert len(left) == 3
    stop.clear()
    chore.work(stop)
    chore.work(stop)
    assert left == []
