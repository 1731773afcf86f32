"""Files handed in over HTTP: queued, imported by a worker, told of, cancelled, and gone on with after a crash."""

import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import func, select, update

from app.articles.models import Article
from app.context import Site
from app.db import now
from app.events.models import AuditEntry, Event
from app.imports import actions, running
from app.imports.actions import LEASE, MOST_ATTEMPTS
from app.imports.files import sweep
from app.imports.models import ImportItem, ImportJob
from app.imports.running import Importer
from app.ingest import actions as ingest
from app.ingest import importing
from app.ingest.archives import open_entries
from app.settings import Settings
from bench.importing import HEAD, TAIL, posts
from tests.conftest import Api

IMPORTS = "/v1/admin/imports"
POSTS = 68
XML = {"Content-Type": "application/xml"}
BROKEN = "<item><title>No words</title><wp:post_id>900</wp:post_id><wp:post_type>post</wp:post_type></item>"

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a small limit, and without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0, "max_import_bytes": 3_000_000})


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.data_dir / "imports"


@pytest.fixture
def importer(site: Site, folder: Path) -> Importer:
    return Importer(site.database, folder, threading.Event())


def wxr(number: int, *, more: str = "") -> bytes:
    return (HEAD + "".join(posts(number)) + more + TAIL).encode()


def hand_in(staff: Api, content: bytes, **options: Any) -> dict[str, Any]:
    answer = staff.post(IMPORTS, content=content, headers=XML, params=options)
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"{IMPORTS}/{answer.json()['id']}"
    job: dict[str, Any] = answer.json()
    return job


def read(staff: Api, job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = staff.get(f"{IMPORTS}/{job['id']}").json()
    return found


def items(staff: Api, job: dict[str, Any], **filters: Any) -> list[dict[str, Any]]:
    """All items of an import, page by page."""
    url, found = f"{IMPORTS}/{job['id']}/items", []
    page = staff.get(url, params={"limit": 100, **filters}).json()
    found += page["items"]
    while page["next"]:
        page = staff.get(page["next"]).json()
        found += page["items"]
    return found


def count(site: Site, kind: Any) -> int:
    with site.database.reader() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_a_file_is_imported_in_the_background_and_every_entry_reported(
    staff: Api, api: Api, site: Site, importer: Importer
) -> None:
    queued = hand_in(staff, wxr(POSTS, more=BROKEN), publish="true", name="export.xml")
    assert (queued["status"], queued["format"], queued["name"]) == ("queued", "wordpress", "export.xml")
    assert (queued["progress"], queued["rate"], queued["remaining_seconds"]) == (0, None, None)
    assert count(site, Article) == 0
    assert importer.work()
    assert not importer.work()
    done = read(staff, queued)
    assert (done["status"], done["progress"], done["reason"]) == ("finished", 1, None)
    assert done["counts"] == {"created": POSTS, "updated": 0, "unchanged": 0, "failed": 1}
    assert done["entries"] == POSTS + 1
    assert done["rate"] > 0
    assert done["remaining_seconds"] is None

    found = items(staff, queued)
    assert [item["number"] for item in found] == [*range(1, POSTS + 2)]
    assert found[-1]["outcome"] == "failed"
    assert found[-1]["reason"]
    assert api.get(f"/v1/articles/{found[0]['slug']}").json()["id"] == found[0]["article_id"]
    assert found[0]["quotes"] == len(api.get(f"/v1/articles/{found[0]['slug']}").json()["quotes"])
    assert [item["number"] for item in items(staff, queued, outcome="failed")] == [POSTS + 1]
    look = {item["number"] for item in items(staff, queued, needs_look="true")}
    assert look == {item["number"] for item in found if item["warnings"] or item["outcome"] == "failed"}
    assert staff.get(IMPORTS, params={"status": "finished", "count": "exact"}).json()["total"] == 1
    assert staff.get(IMPORTS, params={"status": "queued"}).json()["items"] == []

    with site.database.reader() as session:
        told = session.scalars(select(Event).where(Event.kind == "import.finished")).one()
        entry = session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "import")).one()
        made = session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "article")).first()
    assert (told.is_public, told.body["id"], told.body["created"]) == (False, queued["id"], POSTS)
    assert made is not None
    assert (entry.action, entry.actor) == ("import", made.actor), "whoever handed it in did it"


def test_a_dry_run_reports_the_same_and_makes_nothing(staff: Api, site: Site, importer: Importer) -> None:
    dry = hand_in(staff, wxr(20), dry_run="true")
    importer.work()
    assert (read(staff, dry)["status"], read(staff, dry)["counts"]["created"]) == ("finished", 20)
    assert count(site, Article) == 0
    real = hand_in(staff, wxr(20))
    importer.work()
    kept = ("slug", "article_id")
    foreseen = [{k: v for k, v in item.items() if k not in kept} for item in items(staff, dry)]
    assert foreseen == [{k: v for k, v in item.items() if k not in kept} for item in items(staff, real)]
    again = hand_in(staff, wxr(20))
    importer.work()
    assert read(staff, again)["counts"] == {"created": 0, "updated": 0, "unchanged": 20, "failed": 0}


@one_engine
def test_publishing_needs_the_right_to_publish(api: Api, key_of: Callable[..., str], folder: Path) -> None:
    may_import = api.acting_as(key_of("owner", scopes=["imports:write"]))
    refused = may_import.post(IMPORTS, content=wxr(1), headers=XML, params={"publish": "true"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    assert not folder.exists()
    assert hand_in(may_import, wxr(1))["status"] == "queued"


@one_engine
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(staff: Api, site: Site, folder: Path) -> None:
    async def pieces() -> Any:
        for _ in range(50):
            yield b"x" * 100_000

    cases = [
        (b"", XML, {}, 422, "invalid"),
        (b"x" * 3_000_001, XML, {}, 413, "body-too-large"),
        (pieces(), XML, {}, 413, "body-too-large"),
        (b"x", {"Content-Type": "multipart/form-data; boundary=x"}, {}, 415, "unsupported-media-type"),
        (b"x", XML, {"format": "docx"}, 400, "invalid-parameter"),
        (b"x", XML, {"publsh": "true"}, 400, "invalid-parameter"),
    ]
    for content, headers, options, status, problem in cases:
        answer = staff.post(IMPORTS, content=content, headers=headers, params=options)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}"), answer.text
        assert answer.headers["Cache-Control"] == "no-store"
    assert list(folder.iterdir()) == []
    assert count(site, ImportJob) == 0


@one_engine
@pytest.mark.parametrize(
    ("content", "options", "kept", "reason"),
    [
        (wxr(70)[:-2000], {}, 64, "end"),
        (b"Only a title", {}, 0, "title"),
        (b"\x00\x01", {}, 0, "binary"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><rss version="2.0"><channel/></rss>', {}, 0, ""),
        (b"no XML", {"format": "wordpress"}, 0, ""),
    ],
    ids=["truncated", "no article", "binary", "entities", "another format"],
)
def test_a_file_that_breaks_off_fails_and_what_came_before_is_kept(
    staff: Api, site: Site, importer: Importer, content: bytes, options: dict[str, str], kept: int, reason: str
) -> None:
    job = hand_in(staff, content, **options)
    importer.work()
    done = read(staff, job)
    assert done["status"] == "failed"
    assert reason in done["reason"]
    assert done["counts"]["created"] >= kept
    assert count(site, Article) == done["counts"]["created"]
    with site.database.reader() as session:
        assert session.scalars(select(Event.body).where(Event.kind == "import.finished")).one()["status"] == "failed"


@one_engine
def test_a_retry_makes_no_second_import(staff: Api, site: Site, folder: Path) -> None:
    def post(content: bytes, **options: str) -> Any:
        headers = {**XML, "Idempotency-Key": "k1"}
        return staff.post(IMPORTS, content=content, headers=headers, params=options)

    first, second = post(wxr(1)), post(wxr(1))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert [path.name for path in folder.iterdir()] == [first.json()["id"]]
    for other in (post(wxr(2)), post(wxr(1), dry_run="true")):
        assert other.json()["type"] == "/problems/idempotency-mismatch"
    assert count(site, ImportJob) == 1


def test_a_cancelled_import_stops_and_what_it_made_stays(
    staff: Api, site: Site, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = hand_in(staff, wxr(1))
    assert staff.post(f"{IMPORTS}/{waiting['id']}/cancel").json()["status"] == "cancelled"
    assert not importer.work()

    job = hand_in(staff, wxr(4 * POSTS))  # several batches are to come when the first is written
    answers = []

    def cancel_after_it(*args: Any) -> None:
        actions.note(*args)
        if threads:
            return
        thread = threading.Thread(target=lambda: answers.append(staff.post(f"{IMPORTS}/{job['id']}/cancel")))
        thread.start()
        threads.append(thread)

    threads: list[threading.Thread] = []
    monkeypatch.setattr(running, "note", cancel_after_it)
    importer.work()
    for thread in threads:
        thread.join()
    ended = read(staff, job)
    assert ended["status"] == "cancelled"
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert count(site, Article) == ended["counts"]["created"] == len(items(staff, job)) < 4 * POSTS
    assert staff.post(f"{IMPORTS}/{job['id']}/cancel").json()["type"] == "/problems/import-ended"
    assert not importer.work()


def leave(site: Site) -> dict[str, Any]:
    """What imports have left in the database, less ids and times."""
    with site.database.reader() as session:
        slugs = sorted(session.scalars(select(Article.slug)))
        reports = session.execute(
            select(ImportItem.number, ImportItem.key, ImportItem.outcome, ImportItem.quotes).order_by(ImportItem.number)
        )
        return {"slugs": slugs, "items": [tuple(row) for row in reports]}


def test_a_worker_that_dies_in_the_middle_is_succeeded_by_another(
    staff: Api, site: Site, importer: Importer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """The worker is no more."""

    job = hand_in(staff, wxr(POSTS))
    batches = []

    def die(*args: Any, **kwargs: Any) -> Any:
        batches.append(1)
        done = ingest.apply(*args, **kwargs)
        if len(batches) == 2:
            raise Died
        return done

    monkeypatch.setattr(importing, "apply", die)
    with pytest.raises(Died):
        importer.work()
    assert count(site, Article) == len(items(staff, job)) == 64, "the batch that was under way is not there"
    assert read(staff, job)["status"] == "running"
    assert read(staff, job)["remaining_seconds"] is not None
    other = Importer(site.database, folder, threading.Event())
    assert not other.work(), "the first may still live"
    with site.database.writer.session() as session:
        session.execute(update(ImportJob).values(leased_until=now() - LEASE))
    assert other.work()
    assert read(staff, job)["counts"] == {"created": POSTS, "updated": 0, "unchanged": 0, "failed": 0}
    assert [item["number"] for item in items(staff, job)] == [*range(1, POSTS + 1)]
    assert len({item["key"] for item in items(staff, job)}) == POSTS


def test_a_worker_that_was_thought_dead_writes_nothing_more(
    staff: Api, site: Site, importer: Importer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = hand_in(staff, wxr(POSTS))
    calls = []

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:  # it slept for long: its lease has ended, and another has done all
            with site.database.writer.session() as session:
                session.execute(update(ImportJob).values(leased_until=now() - LEASE))
            assert Importer(site.database, folder, threading.Event()).work()
        return ingest.prepare(*args, **kwargs)

    monkeypatch.setattr(importing, "prepare", overtaken)
    assert importer.work()
    assert read(staff, job)["status"] == "finished"
    assert [item["number"] for item in items(staff, job)] == [*range(1, POSTS + 1)]
    with site.database.reader() as session:
        assert len(session.scalars(select(Event).where(Event.kind == "import.finished")).all()) == 1


@one_engine
def test_a_worker_that_is_told_to_stop_hands_the_import_on(
    staff: Api, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    job = hand_in(staff, wxr(POSTS))

    def noted(*args: Any) -> None:
        actions.note(*args)
        stop.set()

    monkeypatch.setattr(running, "note", noted)
    assert Importer(site.database, folder, stop).work()
    assert (read(staff, job)["status"], read(staff, job)["entries"]) == ("queued", 64)
    monkeypatch.undo()
    assert Importer(site.database, folder, threading.Event()).work()
    assert read(staff, job)["counts"]["created"] == POSTS == len(items(staff, job))


@one_engine
def test_an_import_is_stopped_or_cancelled_before_its_first_entry_too(
    staff: Api, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    importer = Importer(site.database, folder, stop)
    job = hand_in(staff, wxr(POSTS))

    def stopped(stream: BinaryIO, kind: str | None) -> Any:
        stop.set()
        return open_entries(stream, kind)

    def cancelled(stream: BinaryIO, kind: str | None) -> Any:
        staff.post(f"{IMPORTS}/{job['id']}/cancel")
        importer.renew()
        with pytest.raises(actions.Lost):
            stream.read(1)
        return open_entries(stream, kind)

    monkeypatch.setattr(running, "RENEWED_EVERY", 0.0)
    for opened, status in ((stopped, "queued"), (cancelled, "cancelled")):
        monkeypatch.setattr(importing, "open_entries", opened)
        assert importer.work()
        assert (read(staff, job)["status"], read(staff, job)["entries"]) == (status, 0)
        stop.clear()


@one_engine
def test_a_lease_is_renewed_while_its_worker_lives(
    staff: Api, site: Site, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(staff, wxr(POSTS))
    monkeypatch.setattr(running, "RENEWED_EVERY", 0.0)
    seen = []

    def noted(*args: Any) -> None:
        actions.note(*args)
        with site.database.reader() as session:
            seen.append(session.scalars(select(ImportJob.leased_until)).one() or now())
        thread = threading.Thread(target=importer.renew)
        thread.start()
        threads.append(thread)

    threads: list[threading.Thread] = []
    monkeypatch.setattr(running, "note", noted)
    importer.work()
    for thread in threads:
        thread.join()
    assert seen == sorted(seen)
    assert seen[-1] > seen[0]


@one_engine
def test_a_job_over_which_workers_die_is_given_up(staff: Api, site: Site, importer: Importer) -> None:
    job = hand_in(staff, wxr(3))
    with site.database.writer.session() as session:
        session.execute(update(ImportJob).values(attempts=MOST_ATTEMPTS))
    assert not importer.work()
    assert read(staff, job)["status"] == "failed"
    assert "several times" in read(staff, job)["reason"]


@one_engine
def test_a_defect_ends_the_job_and_the_log_has_it(
    staff: Api, site: Site, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise ZeroDivisionError

    job = hand_in(staff, wxr(3))
    monkeypatch.setattr(importing, "apply", fail)
    assert importer.work()
    assert (read(staff, job)["status"], count(site, Article)) == ("failed", 0)
    assert "ZeroDivision" not in str(read(staff, job))


@one_engine
def test_a_worker_leaves_a_file_that_another_machine_has(staff: Api, importer: Importer, folder: Path) -> None:
    job = hand_in(staff, wxr(1))
    (folder / job["id"]).rename(folder / "elsewhere")
    assert not importer.work()
    assert read(staff, job)["status"] == "queued"


@one_engine
def test_files_go_some_days_after_their_imports(staff: Api, site: Site, importer: Importer, folder: Path) -> None:
    done, waiting, recent = hand_in(staff, wxr(1)), hand_in(staff, wxr(2)), hand_in(staff, wxr(3))
    with site.database.writer.session() as session:
        session.execute(update(ImportJob).where(ImportJob.format == "wordpress").values(created_at=now()))
    importer.work()
    orphan = folder / "0193a5b0-c0de-7000-8000-00000000000a"
    orphan.write_text("of an upload that a crash cut off")
    (folder / "README").write_text("somebody's own")
    old = time.time() - timedelta(days=8).total_seconds()
    for path in (folder / done["id"], folder / waiting["id"], orphan, folder / "README"):
        os.utime(path, (old, old))
    sweep(site.database, folder, days=7)
    assert {path.name for path in folder.iterdir()} == {waiting["id"], recent["id"], "README"}


@one_engine
def test_an_import_that_is_not_there_is_not_found(staff: Api) -> None:
    nothing = "0193a5b0-c0de-7000-8000-00000000000a"
    for method, path in (("GET", ""), ("GET", "/items"), ("POST", "/cancel")):
        answer = staff.request(method, f"{IMPORTS}/{nothing}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
