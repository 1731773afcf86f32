"""The cache in front: exact, bounded, and out of a credential's reach."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.articles.models import FeedRow, Rendition
from app.cache.coding import PREFERENCE, chosen
from app.cache.store import Store
from app.context import Site
from tests.conftest import SECRET, Api, draft, published

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def store_of(api: Api) -> Store:
    found: Store = api.app.state.store
    return found


def warm(api: Api, url: str) -> None:
    """Ask until the answer comes from the cache."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        hits = store_of(api).hits
        assert api.get(url).status_code == 200
        if store_of(api).hits > hits:
            return
        time.sleep(0.01)
    pytest.fail(f"{url} is never answered from the cache")


def test_the_second_reader_costs_no_statement(api: Api, staff: Api, statements: list[str]) -> None:
    made = published(staff)
    for url in (f"/v1/articles/{made['slug']}", "/v1/articles", "/v1/sources", f"/v1/articles/{made['slug']}/comments"):
        warm(api, url)
        statements.clear()
        first, second = api.get(url), api.get(url)
        assert statements == []
        assert first.content == second.content
        assert first.headers["ETag"] == second.headers["ETag"]


def test_a_change_is_seen_by_the_next_request(api: Api, staff: Api, site: Site) -> None:
    made = published(staff)
    url = f"/v1/articles/{made['slug']}"
    for number in range(5):
        warm(api, url)
        warm(api, "/v1/articles")
        etag = staff.get(f"/v1/admin/articles/{made['id']}").headers["ETag"]
        title = f"Ferry fares rise again, {number}"
        changed = staff.patch(f"/v1/admin/articles/{made['id']}", json={"title": title}, headers={"If-Match": etag})
        assert changed.status_code == 200
        if not site.database.is_sqlite:
            time.sleep(0.1)  # what is promised for PostgreSQL
        assert api.get(url).json()["title"] == title
        assert api.get("/v1/articles").json()["items"][0]["title"] == title


WRITE_FROM_ANOTHER_PROCESS = """
import sys
from app.articles.actions import edit, find
from app.articles.schemas import ArticlePatch
from app.db import Database, now
from app.events.actions import COMMAND_LINE
import app.models
database = Database(sys.argv[1])
with database.writer.session() as session:
    edit(session, find(session, sys.argv[2]), ArticlePatch(title=sys.argv[3]), by=COMMAND_LINE, at=now())
database.close()
"""


def test_a_change_by_another_process_is_seen_too(api: Api, staff: Api, site: Site, database_url: str) -> None:
    made = published(staff)
    url = f"/v1/articles/{made['slug']}"
    for number in range(3):
        warm(api, url)
        title = f"Changed elsewhere, {number}"
        command = [sys.executable, "-c", WRITE_FROM_ANOTHER_PROCESS, database_url, made["id"], title]
        subprocess.run(command, check=True, env={"ONRECORD_SECRET_KEY": SECRET})
        if not site.database.is_sqlite:
            time.sleep(0.1)
        assert api.get(url).json()["title"] == title


def test_a_write_lets_go_of_what_it_touches_and_of_nothing_else(api: Api, staff: Api, site: Site) -> None:
    one = published(staff, title="One", tags=["Ferries"])
    other = published(staff, title="Other", tags=["Roofs"])
    untouched = [f"/v1/articles/{other['slug']}", "/v1/articles?tag=roofs"]
    touched = [f"/v1/articles/{one['slug']}", "/v1/articles?tag=ferries", "/v1/articles", "/v1/tags"]
    for url in untouched + touched:
        warm(api, url)
    entries = len(store_of(api))
    staff.post(f"/v1/admin/articles/{one['id']}/unpublish", headers={"If-Match": one["etag"]})
    if not site.database.is_sqlite:
        time.sleep(0.1)
    hits = store_of(api).hits
    for url in untouched:
        assert api.get(url).status_code == 200
    assert store_of(api).hits == hits + len(untouched)
    assert len(store_of(api)) == entries - len(touched)
    assert api.get(touched[0]).status_code == 404
    assert api.get("/v1/articles?tag=ferries").json()["items"] == []


def test_work_on_drafts_empties_nothing(api: Api, staff: Api, site: Site) -> None:
    made = published(staff)
    warm(api, f"/v1/articles/{made['slug']}")
    evictions = store_of(api).evictions
    private = draft(staff, title="Not yet")
    staff.patch(
        f"/v1/admin/articles/{private['id']}", json={"title": "Not yet at all"}, headers={"If-Match": private["etag"]}
    )
    staff.post(f"/v1/articles/{made['slug']}/comments", json={"author_name": "Ada", "body": "Hm."})
    if not site.database.is_sqlite:
        time.sleep(0.1)
    hits = store_of(api).hits
    api.get(f"/v1/articles/{made['slug']}")
    assert (store_of(api).hits, store_of(api).evictions) == (hits + 1, evictions)


@pytest.mark.parametrize("header", ["Authorization", "Cookie"])
def test_an_answer_that_a_credential_touched_is_neither_kept_nor_served(api: Api, staff: Api, header: str) -> None:
    made = published(staff)
    url = f"/v1/articles/{made['slug']}"
    entries, hits = len(store_of(api)), store_of(api).hits
    for _ in range(2):
        assert api.get(url, headers={header: "Bearer nonsense"}).status_code == 200
    assert (len(store_of(api)), store_of(api).hits) == (entries, hits)
    warm(api, url)
    hits = store_of(api).hits
    signed = api.get(url, headers={header: "Bearer nonsense"})
    assert store_of(api).hits == hits
    assert signed.content == api.get(url).content


def test_admin_answers_and_problems_are_never_kept(api: Api, staff: Api) -> None:
    made = draft(staff)
    for url in (f"/v1/admin/articles/{made['id']}", "/v1/articles/nothing-here", "/v1/articles?nonsense=1"):
        staff.get(url)
        api.get(url)
    assert len(store_of(api)) == 0


def test_a_kept_answer_ends_before_the_permission_that_it_shows(api: Api, staff: Api) -> None:
    with time_machine.travel(MOMENT, tick=False) as clock:
        made = draft(staff)
        source = staff.post("/v1/admin/sources", json={"kind": "publication", "name": "The Tide Gazette"}).json()
        ends = MOMENT + timedelta(hours=1)
        granted = staff.post(
            f"/v1/admin/articles/{made['id']}/permissions",
            json={
                "assigner": source["slug"],
                "credit": "By permission.",
                "valid_through": ends.isoformat(),
                "on_expire": "gone",
            },
            headers={"If-Match": made["etag"]},
        )
        staff.post(f"/v1/admin/articles/{made['id']}/publish", headers={"If-Match": granted.headers["ETag"]})
        url = f"/v1/articles/{made['slug']}"
        clock.move_to(MOMENT + timedelta(minutes=1))
        warm(api, url)
        for before in (timedelta(seconds=90), timedelta(seconds=1)):
            clock.move_to(ends - before)
            answer = api.get(url)
            assert answer.status_code == 200
            lifetimes = [int(part.split("=")[1]) for part in answer.headers["Cache-Control"].split(", ") if "=" in part]
            shared, stale = lifetimes[1], lifetimes[2]
            assert timedelta(seconds=shared + stale) <= before
        clock.move_to(ends)
        assert api.get(url).status_code == 410
        assert api.get("/v1/articles").json()["items"] == []


@pytest.mark.parametrize("coding", PREFERENCE)
def test_each_coding_has_the_same_content_and_its_own_entity_tag(api: Api, staff: Api, coding: str) -> None:
    made = published(staff, markdown="The fare “will double”, Ida Holm said on Monday. " * 40)
    url = f"/v1/articles/{made['slug']}"
    plain = api.get(url, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    for _ in range(2):
        coded = api.request("GET", url, headers={"Accept-Encoding": coding})
        assert coded.headers["Content-Encoding"] == coding
        assert coded.headers["ETag"] == plain.headers["ETag"][:-1] + f'-{coding}"'
        assert coded.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding, Accept"
        assert int(coded.headers["Content-Length"]) < len(plain.content)
        assert coded.content == plain.content  # the client has decoded it
    again = api.get(url, headers={"Accept-Encoding": coding, "If-None-Match": coded.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["ETag"] == coded.headers["ETag"]
    other = api.get(url, headers={"Accept-Encoding": "identity", "If-None-Match": coded.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("wish", "coding"),
    [
        ("", "identity"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.1", "gzip"),
        ("*", "br"),
        ("*;q=0", "identity"),
        ("br;q=0, *", "zstd"),
        ("identity", "identity"),
        ("identity;q=1, gzip;q=0.5", "identity"),
        ("gzip;q=nonsense", "identity"),
        ("GZIP", "gzip"),
        (",,;;q=,", "identity"),
        ("compress", "identity"),
    ],
)
def test_the_coding_is_the_one_that_the_client_wants_most(wish: str, coding: str) -> None:
    assert chosen(wish) == coding


def test_memory_is_bounded_whatever_is_asked(api: Api, staff: Api) -> None:
    for number in range(30):
        published(staff, title=f"Number {number}", markdown="words “quoted”, she said. " * 100)
    store = store_of(api)
    store.capacity = 120_000
    for limit in range(1, 31):
        assert api.get(f"/v1/articles?limit={limit}").status_code == 200
        assert store.bytes <= store.capacity
    assert 0 < len(store) < 30
    assert store.evictions > 0


def test_metrics_tell_of_hits_misses_and_size(api: Api, staff: Api) -> None:
    made = published(staff)
    warm(api, f"/v1/articles/{made['slug']}")
    text = api.get("/metrics").text
    for name in ("hits_total", "misses_total", "evictions_total", "bytes", "entries"):
        assert f"onrecord_cache_{name} " in text
    assert 'onrecord_requests_total{method="GET",operation="read_article",status="200"}' in text


def test_no_rendition_and_no_feed_row_is_left_of_what_was_taken_down(api: Api, staff: Api, site: Site) -> None:
    made = published(staff)
    staff.post(f"/v1/admin/articles/{made['id']}/unpublish", headers={"If-Match": made["etag"]})
    assert api.get(f"/v1/articles/{made['slug']}").status_code == 404
    with site.database.reader() as session:
        assert session.query(Rendition).count() == session.query(FeedRow).count() == 0
