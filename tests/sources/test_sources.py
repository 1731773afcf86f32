"""Staff describe those whom articles rely on."""

from typing import Any

import httpx
import pytest

from app.settings import Settings
from app.sources.schemas import SourceIn, SourcePatch
from tests.conftest import Api, published
from tests.events.racing import at_once

SOURCES = "/v1/admin/sources"
BACKWARDS = {"title": "Pilot", "valid_from": "2020-01-02", "valid_through": "2020-01-01"}
NOWHERE = "0193a5b0-c0de-7000-8000-00000000000a"


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def create(staff: Api, **fields: Any) -> dict[str, Any]:
    answer = staff.post(SOURCES, json={"kind": "person", "name": "Ida Holm"} | fields)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body | {"etag": answer.headers["ETag"]}


def change(staff: Api, made: dict[str, Any], **fields: Any) -> httpx.Response:
    return staff.patch(f"{SOURCES}/{made['id']}", json=fields, headers={"If-Match": made["etag"]})


def taken(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body | {"etag": answer.headers["ETag"]}


def pointers(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


def test_a_source_is_created_with_all_that_is_known_of_it(staff: Api) -> None:
    office = create(staff, kind="organization", name="Harbour Office")
    answer = staff.post(
        SOURCES,
        json={
            "kind": "person",
            "name": " Ida Holm ",
            "url": "https://example.org/holm",
            "aliases": ["I. Holm", "Ida  HOLM", "I. Holm", "Holm, Ida"],
            "roles": [
                {"title": "Pilot", "valid_from": "2001-01-01", "valid_through": "2001-01-01"},
                {"title": "Harbour master", "organization": office["slug"], "valid_from": "2010-04-01"},
            ],
            "same_as": ["https://www.wikidata.org/wiki/Q42", "https://www.wikidata.org/wiki/Q42"],
        },
    )
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{SOURCES}/{made['id']}"
    assert (made["slug"], made["name"], made["url"]) == ("ida-holm", "Ida Holm", "https://example.org/holm")
    assert made["aliases"] == ["I. Holm", "Holm, Ida"], "one spelling of each name"
    assert [role["title"] for role in made["roles"]] == ["Pilot", "Harbour master"]
    assert made["roles"][0]["valid_through"] == "2001-01-01"
    assert made["roles"][1]["organization"]["id"] == office["id"]
    assert made["same_as"] == ["https://www.wikidata.org/wiki/Q42"]
    for reference in (made["id"], made["slug"]):
        read = staff.get(f"{SOURCES}/{reference}")
        assert (read.content, read.headers["ETag"]) == (answer.content, answer.headers["ETag"])


def test_a_change_needs_the_etag_of_the_present_state(staff: Api) -> None:
    made = create(staff)
    url = f"{SOURCES}/{made['id']}"
    assert staff.patch(url, json={"name": "Other"}).status_code == 428
    newer = taken(change(staff, made, name="Ida Holm-Berg"))
    stale = change(staff, made, name="Lost")
    assert (stale.status_code, stale.headers["ETag"]) == (412, newer["etag"])
    assert staff.patch(url, json={"url": None}, headers={"If-Match": "*"}).status_code == 200
    assert staff.get(url).json()["name"] == "Ida Holm-Berg"


def test_of_two_changes_of_one_version_one_wins(staff: Api) -> None:
    made = create(staff)
    answers = at_once(lambda n: change(staff, made, aliases=[f"Alias {n}"]), range(5))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


def test_what_a_patch_does_not_name_stays(staff: Api) -> None:
    made = create(staff, aliases=["I. Holm"], roles=[{"title": "Pilot"}], same_as=["https://example.org/1"])
    renamed = taken(change(staff, made, name="Ida Berg"))
    assert renamed | {"name": "Ida Holm", "etag": ""} == made | {"etag": ""}, "the slug stays too"
    cleared = taken(change(staff, renamed, aliases=[], roles=[], same_as=[], url=None))
    assert (cleared["aliases"], cleared["roles"], cleared["same_as"]) == ([], [], [])
    assert taken(change(staff, cleared))["etag"] == cleared["etag"]


@one_engine
def test_a_source_that_cannot_be_is_refused(staff: Api) -> None:
    made = create(staff)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "  "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": None}, "/name"),
        ({"kind": "robot"}, "/kind"),
        ({"kind": None}, "/kind"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"aliases": [""]}, "/aliases/0"),
        ({"aliases": None}, "/aliases"),
        ({"roles": None}, "/roles"),
        ({"same_as": None}, "/same_as"),
        ({"same_as": ["ftp://example.org"]}, "/same_as/0"),
        ({"roles": [{"title": "a"}, {"valid_from": "2020-01-01"}]}, "/roles/1/title"),
        (
            {"roles": [{"title": "a", "valid_from": "2020-01-02", "valid_through": "2020-01-01"}]},
            "/roles/0/valid_through",
        ),
        ({"roles": [{"title": "a", "valid_from": "2020-02-30"}]}, "/roles/0/valid_from"),
        ({"roles": [{"title": "a", "valid_from": 0}]}, "/roles/0/valid_from"),
        ({"roles": [{"title": "a", "valid_from": "2020-01-01T00:00:00Z"}]}, "/roles/0/valid_from"),
        ({"roles": [{"title": "a", "organization": "nobody"}]}, "/roles/0/organization"),
        ({"roles": [{"title": "a", "organization": NOWHERE}]}, "/roles/0/organization"),
        ({"is_site": True}, "/is_site"),
    ]
    for wrong, pointer in cases:
        assert pointers(staff.post(SOURCES, json={"kind": "person", "name": "Bo Lind"} | wrong)) == {pointer}, wrong
        assert pointers(change(staff, made, **wrong)) == {pointer}, wrong
    assert staff.get(f"{SOURCES}/{made['id']}").headers["ETag"] == made["etag"]
    assert staff.get(SOURCES, params={"name": "Bo Lind"}).json()["items"] == []


@one_engine
def test_no_field_of_an_answer_can_be_set_by_sending_it_back(staff: Api) -> None:
    made = create(staff)
    shown = {name: value for name, value in made.items() if name != "etag"}
    for name in set(shown) - set(SourceIn.model_fields):
        assert pointers(staff.post(SOURCES, json={"kind": "person", "name": "x", name: shown[name]})) == {f"/{name}"}
    assert set(shown) - set(SourcePatch.model_fields) == {"id", "slug", "merged_into"}
    for name in set(shown) - set(SourcePatch.model_fields):
        assert pointers(change(staff, made, **{name: shown[name]})) == {f"/{name}"}


def test_namesakes_are_two_sources(staff: Api) -> None:
    pilot, painter = create(staff), create(staff)
    assert (pilot["slug"], painter["slug"]) == ("ida-holm", "ida-holm-2")
    found = staff.get(SOURCES, params={"name": "IDA  holm"}).json()["items"]
    assert {source["id"] for source in found} == {pilot["id"], painter["id"]}
    refused = staff.post(SOURCES, json={"kind": "person", "name": "Other", "slug": "ida-holm"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/slug-taken")


def test_namesakes_made_at_the_same_moment_each_get_a_slug(staff: Api) -> None:
    made = at_once(lambda _: create(staff), range(5))
    assert {source["slug"] for source in made} == {"ida-holm", *(f"ida-holm-{n}" for n in range(2, 6))}


def test_a_source_is_found_by_any_of_its_names_in_any_script(staff: Api) -> None:
    made = create(staff, name="محمد بن سلمان", aliases=["穆罕默德", "Мухаммад", "𝓜. Salman", "Straße"])
    for name in ("محمد بن سلمان", "穆罕默德", "МУХАММАД", "M. salman", "STRASSE"):
        [found] = staff.get(SOURCES, params={"name": name}).json()["items"]
        assert found["id"] == made["id"], name
    assert staff.get(SOURCES, params={"name": "محمد"}).json()["items"] == [], "a name in full"
    assert made["name"] == "محمد بن سلمان"


@one_engine
def test_a_name_in_any_script_gets_a_slug_that_leads_to_it(staff: Api) -> None:
    for name in ("乐玉成", "שרה לוי", "علي", "Ὀδυσσεύς", "😀", "!!!", NOWHERE, "Ida\u200dHolm"):
        made = create(staff, name=name)
        assert made["slug"].isascii()
        assert made["slug"]
        assert staff.get(f"{SOURCES}/{made['slug']}").json()["id"] == made["id"], name


def test_sources_are_listed_by_name_with_those_of_drafts(staff: Api) -> None:
    for name, kind in [("Berg", "person"), ("Ålund", "person"), ("Adler", "document"), ("Berg", "unnamed")]:
        create(staff, name=name, kind=kind)
    names = [source["name"] for source in staff.get(SOURCES).json()["items"]]
    assert names == ["Adler", "Berg", "Berg", "Onrecord demo", "Ålund"]
    assert [source["kind"] for source in staff.get(SOURCES, params={"kind": "unnamed"}).json()["items"]] == ["unnamed"]
    first = staff.get(SOURCES, params={"limit": 2}).json()
    second = staff.get(first["next"]).json()
    assert [source["name"] for source in [*first["items"], *second["items"]]] == names[:4]
    assert staff.get(second["prev"]).json()["items"] == first["items"]


def test_readers_see_a_source_under_its_new_name_at_once(api: Api, staff: Api) -> None:
    made = create(staff)
    article = published(staff, markdown="“Never”, she said.")
    staff.post(
        f"/v1/admin/articles/{article['id']}/quotes",
        json={"exact": "Never", "start": 1, "end": 6, "speaker": made["slug"]},
        headers={"If-Match": article["etag"]},
    )
    before = api.get(f"/v1/articles/{article['slug']}")
    assert before.json()["quotes"][0]["speaker"]["name"] == "Ida Holm"
    taken(change(staff, made, name="Ida Berg"))
    after = api.get(f"/v1/articles/{article['slug']}")
    assert after.json()["quotes"][0]["speaker"]["name"] == "Ida Berg"
    assert after.headers["ETag"] != before.headers["ETag"]
    assert api.get(f"/v1/sources/{made['slug']}").json()["name"] == "Ida Berg"


def test_an_unknown_source_is_404(staff: Api) -> None:
    for reference in ("nobody", NOWHERE, "1abc"):
        assert staff.get(f"{SOURCES}/{reference}").status_code == 404
        assert staff.patch(f"{SOURCES}/{reference}", json={"url": None}, headers={"If-Match": "*"}).status_code == 404
