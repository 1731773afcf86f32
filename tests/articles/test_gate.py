"""With a publish gate no quote goes to readers that lacks what the site asks, by whichever way it would go."""

from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from app.context import Site
from app.db import now
from app.events.actions import COMMAND_LINE
from app.ingest.importing import import_text
from app.serving import introduce
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.record.world import change, quote

Json = dict[str, Any]

TEXT = "The fare “will double”, Ida Holm said. “Never,” Bo Lind said."
FILE = b'Ferry fares rise\nMarch 2, 2026\n\n"We will not leave anybody ashore," said Ida Holm on Monday.\n'
ANY = {"If-Match": "*"}


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cache_mb": 0})


def gate(site: Site, settings: Settings, *asked: str) -> None:
    """What the start of a server does with the setting."""
    introduce(settings.model_copy(update={"publish_requires": asked}), site.database)


@pytest.fixture
def asks_all(site: Site, settings: Settings) -> None:
    gate(site, settings, "confirmed", "verified")


def step(staff: Api, article: Json, name: str, **body: Any) -> httpx.Response:
    return staff.post(f"/v1/admin/articles/{article['id']}/{name}", json=body or None, headers=ANY)


def verify(staff: Api, said: Json, verification: str = "heard_on_record") -> httpx.Response:
    body = {"verification": verification, "note": "I was there."}
    return staff.post(f"/v1/admin/quotes/{said['id']}/evidence", json=body, headers=ANY)


def refused(answer: httpx.Response) -> list[tuple[str, list[str]]]:
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/quotes-not-ready"), answer.text
    return [(each["exact"], each["missing"]) for each in answer.json()["quotes"]]


def soon() -> str:
    return (now() + timedelta(hours=1)).isoformat()


@pytest.mark.usefixtures("asks_all")
def test_publishing_is_refused_with_the_quotes_that_fail(api: Api, staff: Api) -> None:
    article = draft(staff, markdown=TEXT)
    ready = quote(staff, article, "will double", review="confirmed")
    waiting = quote(staff, article, "Never,", review="suggested")
    verify(staff, ready)
    for name, body in (("publish", {}), ("schedule", {"scheduled_at": soon()})):
        answer = step(staff, article, name, **body)
        assert refused(answer) == [("Never,", ["confirmed", "verified"])]
        [failing] = answer.json()["quotes"]
        assert (failing["id"], failing["pointer"], answer.json()["failing"]) == (waiting["id"], "/quotes/1", 1)
    items = [{"id": article["id"]}]
    for action in ({"action": "publish"}, {"action": "schedule", "scheduled_at": soon()}):
        [result] = staff.post("/v1/admin/articles/bulk", json=action | {"items": items}).json()["items"]
        assert (result["status"], result["problem"]["type"]) == (422, "/problems/quotes-not-ready")
    assert staff.get(f"/v1/admin/articles/{article['id']}").json()["status"] == "draft"
    change(staff, "PATCH", article, f"/quotes/{waiting['id']}", review="confirmed")
    assert refused(step(staff, article, "publish")) == [("Never,", ["verified"])]
    verify(staff, waiting)
    assert step(staff, article, "publish").status_code == 200
    assert api.get(f"/v1/articles/{article['slug']}").status_code == 200


@one_engine
def test_without_a_gate_everything_is_published(staff: Api) -> None:
    article = draft(staff, markdown=TEXT)
    quote(staff, article, "Never,", review="suggested")
    assert step(staff, article, "publish").status_code == 200


@one_engine
def test_rejected_quotes_do_not_count_and_one_demand_is_not_the_other(
    staff: Api, site: Site, settings: Settings
) -> None:
    gate(site, settings, "verified")
    article = draft(staff, markdown=TEXT)
    said = quote(staff, article, "will double", review="suggested")
    other = quote(staff, article, "Never,", review="rejected")
    verify(staff, said, "disputed")
    assert refused(step(staff, article, "publish")) == [("will double", ["verified"])]
    verify(staff, said)
    assert step(staff, article, "publish").status_code == 200
    answer = staff.patch(
        f"/v1/admin/articles/{article['id']}/quotes/{other['id']}", json={"review": "confirmed"}, headers=ANY
    )
    assert refused(answer) == [("Never,", ["verified"])]


def test_what_is_public_may_be_edited_but_gets_no_worse(api: Api, staff: Api, site: Site, settings: Settings) -> None:
    article = published(staff, markdown=TEXT)
    old = quote(staff, article, "will double", review="suggested")
    gate(site, settings, "confirmed")
    url = f"/v1/admin/articles/{article['id']}"
    patch = partial(staff.patch, headers=ANY)
    before = api.get(f"/v1/articles/{article['slug']}").json()
    place = {"start": before["body"]["text"].index("Never,"), "exact": "Never,"}
    place["end"] = place["start"] + 6
    new = {"review": "suggested", "kind": "direct", "speaker": None, "attribution": [], **place}
    assert refused(staff.post(f"{url}/quotes", json=new, headers=ANY)) == [("Never,", ["confirmed"])]
    assert api.get(f"/v1/articles/{article['slug']}").json() == before
    assert patch(url, json={"title": "Ferry fares will rise"}).status_code == 200  # the old quote is no news
    assert patch(f"{url}/quotes/{old['id']}", json={"review": "confirmed"}).status_code == 200
    assert refused(patch(f"{url}/quotes/{old['id']}", json={"review": "suggested"})) == [("will double", ["confirmed"])]
    decision = {"id": old["id"], "change": {"review": "suggested"}, "version": "*"}
    [decided] = staff.post("/v1/admin/quotes/bulk", json={"items": [decision]}).json()["items"]
    assert (decided["status"], decided["problem"]["type"]) == (422, "/problems/quotes-not-ready")
    back = staff.post(f"{url}/revisions/2/restore", headers=ANY)  # where it was suggested
    assert refused(back) == [("will double", ["confirmed"])]
    assert step(staff, article, "unpublish").status_code == 200
    assert staff.post(f"{url}/revisions/2/restore", headers=ANY).status_code == 200
    assert refused(step(staff, article, "publish")) == [("will double", ["confirmed"])]


@pytest.mark.usefixtures("asks_all")
def test_evidence_fails_no_article_that_is_to_come_and_is_never_refused_for_one_that_is_out(staff: Api) -> None:
    article = draft(staff, markdown=TEXT)
    said = quote(staff, article, "will double", review="confirmed")
    kept = verify(staff, said).json()["items"][0]
    assert step(staff, article, "schedule", scheduled_at=soon()).status_code == 200
    assert refused(verify(staff, said, "disputed")) == [("will double", ["verified"])]
    path = f"/v1/admin/quotes/{said['id']}/evidence"
    assert refused(staff.delete(f"{path}/{kept['id']}", headers=ANY)) == [("will double", ["verified"])]
    assert [each["id"] for each in staff.get(path).json()["items"]] == [kept["id"]]
    words = {"markdown": TEXT.replace("double", "soon double")}
    edited = staff.patch(f"/v1/admin/articles/{article['id']}", json=words, headers=ANY)
    assert refused(edited) == [("will soon double", ["verified"])]
    assert step(staff, article, "publish").status_code == 200
    assert verify(staff, said, "disputed").status_code == 201


@one_engine
def test_an_import_keeps_as_a_draft_what_it_may_not_publish(site: Site, settings: Settings, writing: Any) -> None:
    gate(site, settings, "confirmed")
    with writing() as session:
        made = import_text(session, FILE, by=COMMAND_LINE, at=now(), public=True)
        assert made.article is not None
        assert (made.outcome, made.article.status) == ("created", "draft")
        assert made.look[-1].code == "quotes_not_ready"
    gate(site, settings)
    with writing() as session:
        made = import_text(session, FILE.replace(b"2026", b"2025"), by=COMMAND_LINE, at=now(), public=True)
        assert made.article is not None
        assert (made.article.status, [each.code for each in made.look if each.code == "quotes_not_ready"]) == (
            "published",
            [],
        )
