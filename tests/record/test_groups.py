"""Tags and authors: listed, made, renamed, merged and removed, with every article that is under them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.events.actions import verify
from app.events.models import AuditEntry
from app.record import actions
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.record.world import quote

BOTH = pytest.mark.parametrize("plural", ["tags", "authors"])
ANY = {"If-Match": "*"}
NOBODY = "0193a5b0-c0de-7000-8000-00000000000a"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def known(staff: Api, plural: str) -> dict[str, Any]:
    """All of them by name."""
    return {row["name"]: row for row in staff.get(f"/v1/admin/{plural}?limit=100").json()["items"]}


def patch(staff: Api, plural: str, row: Any, headers: dict[str, str] = ANY, **fields: Any) -> httpx.Response:
    return staff.patch(f"/v1/admin/{plural}/{row['id']}", json=fields, headers=headers)


def listed(api: Api, plural: str, slug: str) -> set[str]:
    """The slugs of the articles that readers find under it."""
    answer = api.get(f"/v1/articles?{plural[:-1]}={slug}&limit=100")
    return {item["slug"] for item in answer.json()["items"]}


@BOTH
def test_merging_moves_every_article_and_leaves_a_trail(
    api: Api, staff: Api, plural: str, writing: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    one, two, three = (published(staff, title=f"A{n}", **{plural: ["Ferrys", "Boats"]}) for n in range(3))
    both = published(staff, title="Both", **{plural: ["Ferries", "Ferrys"]})
    hidden = draft(staff, title="Hidden", **{plural: ["Ferrys"]})
    rows = known(staff, plural)
    assert (rows["Ferrys"]["article_count"], rows["Ferries"]["article_count"]) == (5, 1)
    url = f"/v1/admin/{plural}/{rows['Ferrys']['id']}"
    version = staff.get(url).headers["ETag"]
    assert staff.post(f"{url}/merge", json={"into": rows["Ferrys"]["id"]}, headers=ANY).status_code == 422
    assert staff.post(f"{url}/merge", json={"into": NOBODY}, headers=ANY).status_code == 422
    assert staff.post(f"{url}/merge", json={"into": rows["Ferries"]["id"]}).status_code == 428
    merged = staff.post(f"{url}/merge", json={"into": rows["Ferries"]["id"]}, headers={"If-Match": version})
    assert (merged.status_code, merged.json()) == (200, rows["Ferries"] | {"article_count": 5})
    assert "Ferrys" not in known(staff, plural)
    assert listed(api, plural, "ferries") == {one["slug"], two["slug"], three["slug"], both["slug"]}
    assert listed(api, plural, "ferrys") == listed(api, plural, "ferries"), "a former slug will do"
    shown = [api.get(f"/v1/articles/{made['slug']}").json()[plural] for made in (one, both)]
    assert [[row["name"] for row in rows] for rows in shown] == [["Ferries", "Boats"], ["Ferries"]]
    assert [row["slug"] for row in staff.get(f"/v1/admin/articles/{hidden['id']}").json()[plural]] == ["ferries"]
    moved = api.get(f"/v1/{plural}/ferrys")
    assert (moved.status_code, moved.headers["Location"]) == (308, f"/v1/{plural}/ferries")
    assert api.get(f"/v1/{plural}/ferries").json()["article_count"] == 4
    again = draft(staff, **{plural: ["Ferrys"]})
    assert again[plural][0]["slug"] == "ferrys-2", "the trail is nobody else's"
    with writing() as session:
        last = session.scalars(select(AuditEntry).where(AuditEntry.action == "merge")).one()
        assert (last.before, last.after) == (
            {"slug": "ferrys", "name": "Ferrys"}, {"slug": "ferries", "name": "Ferries"},
        )  # fmt: skip
        assert verify(session).first_broken is None


@BOTH
def test_renaming_is_seen_in_every_article_and_the_old_slug_leads_on(api: Api, staff: Api, plural: str) -> None:
    article = published(staff, **{plural: ["Ferries", "Boats"]})
    row = known(staff, plural)["Ferries"]
    version = staff.get(f"/v1/admin/{plural}/{row['id']}").headers["ETag"]
    assert patch(staff, plural, row, name="Boats").json()["type"] == "/problems/name-taken"
    assert patch(staff, plural, row, slug="boats").json()["type"] == "/problems/slug-taken"
    assert patch(staff, plural, row, {"If-Match": '"old"'}, slug="new").status_code == 412
    changed = patch(staff, plural, row, {"If-Match": version}, name="Island ferries", slug="island-ferries")
    assert changed.json() == row | {"name": "Island ferries", "slug": "island-ferries"}
    assert api.get(f"/v1/articles/{article['slug']}").json()[plural][0] == {
        "slug": "island-ferries", "name": "Island ferries",
    }  # fmt: skip
    assert [listed(api, plural, slug) for slug in ("island-ferries", "ferries")] == [{article["slug"]}] * 2
    feed = api.get(f"/feeds/{plural}/ferries/rss.xml")
    assert (feed.status_code, feed.headers["Location"]) == (308, f"/feeds/{plural}/island-ferries/rss.xml")
    assert api.get(f"/v1/{plural}/ferries").headers["Location"] == f"/v1/{plural}/island-ferries"
    assert api.get("/v1/search?q=island").json()["items"], "found by its new name"
    assert patch(staff, plural, row, slug="ferries").status_code == 200, "its own former slug is its to take"
    assert api.get(f"/v1/{plural}/ferries").status_code == 200
    assert api.get(f"/v1/{plural}/island-ferries").headers["Location"] == f"/v1/{plural}/ferries"


@BOTH
def test_what_only_staff_have_seen_shows_readers_nothing(api: Api, staff: Api, plural: str) -> None:
    draft(staff, **{plural: ["Secret"]})
    row = known(staff, plural)["Secret"]
    patch(staff, plural, row, slug="plain")
    assert {api.get(f"/v1/{plural}/{slug}").status_code for slug in ("secret", "plain")} == {404}
    made = staff.post(f"/v1/admin/{plural}", json={"name": "Another", "slug": "secret"})
    assert made.status_code == 201, "the old slug is free again"
    assert made.headers["Location"] == f"/v1/admin/{plural}/{made.json()['id']}"
    public = published(staff, **{plural: ["Open"]})
    patch(staff, plural, known(staff, plural)["Open"], slug="opened")
    assert api.get(f"/v1/{plural}/open").status_code == 308
    staff.post(f"/v1/admin/articles/{public['id']}/unpublish", headers=ANY)
    assert {api.get(f"/v1/{plural}/{slug}").status_code for slug in ("open", "opened")} == {404}
    assert {api.get(f"/feeds/{plural}/{slug}/rss.xml").status_code for slug in ("open", "opened")} == {404}
    assert listed(api, plural, "open") == set()


def test_quotes_are_found_under_a_former_slug_of_their_tag(api: Api, staff: Api) -> None:
    made = published(staff, tags=["Ferries"])
    quote(staff, made, "will double", review="confirmed")
    patch(staff, "tags", known(staff, "tags")["Ferries"], slug="boats")
    counts = [len(api.get(f"/v1/quotes?tag={slug}").json()["items"]) for slug in ("ferries", "boats", "ships")]
    assert counts == [1, 1, 0]


@BOTH
def test_a_restored_revision_is_under_what_has_taken_the_place_of_what_it_was_under(staff: Api, plural: str) -> None:
    made = draft(staff, **{plural: ["Ferrys", "Boats", "Ferries"]})
    staff.patch(f"/v1/admin/articles/{made['id']}", json={plural: []}, headers=ANY)
    rows = known(staff, plural)
    into = {"into": rows["Ferries"]["id"]}
    staff.post(f"/v1/admin/{plural}/{rows['Ferrys']['id']}/merge", json=into, headers=ANY)
    patch(staff, plural, rows["Ferries"], name="Lines")
    patch(staff, plural, rows["Boats"], name="Ships")
    staff.post(f"/v1/admin/{plural}", json={"name": "Boats"})  # a namesake that came later
    there = known(staff, plural)
    answer = staff.post(f"/v1/admin/articles/{made['id']}/revisions/1/restore", headers=ANY)
    assert [row["name"] for row in answer.json()[plural]] == ["Lines", "Ships"]
    assert known(staff, plural).keys() == there.keys() == {"Lines", "Ships", "Boats"}


@BOTH
def test_one_without_articles_is_made_and_removed(staff: Api, plural: str) -> None:
    made = staff.post(f"/v1/admin/{plural}", json={"name": "Tides"})
    assert (made.status_code, made.json()["slug"], made.json()["article_count"]) == (201, "tides", 0)
    for wrong, problem in (
        ({"name": "Tides"}, "name-taken"), ({"name": "T", "slug": "tides"}, "slug-taken"), ({"slug": "x"}, "invalid"),
        ({"name": "T", "id": NOBODY}, "invalid"),
    ):  # fmt: skip
        assert staff.post(f"/v1/admin/{plural}", json=wrong).json()["type"] == f"/problems/{problem}"
    article = draft(staff, **{plural: ["Tides"]})
    url = f"/v1/admin/{plural}/{made.json()['id']}"
    assert staff.delete(url, headers=ANY).json()["type"] == "/problems/group-in-use"
    staff.patch(f"/v1/admin/articles/{article['id']}", json={plural: []}, headers=ANY)
    assert staff.delete(url, headers={"If-Match": made.headers["ETag"]}).status_code == 204
    assert staff.get(url).status_code == 404
