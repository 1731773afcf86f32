"""Who may take which step of an article's life, what a schedule does, and what a 412 tells."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from app.articles.states import EDITABLE, STEPS
from tests.conftest import Api, draft, published
from tests.record.world import DAY, HOUR, NOON, change, edit, frozen, permit, publish, schedule, source, unpublish

SECOND = HOUR / 3600


@pytest.mark.parametrize("name", [name for name in STEPS if name != "trash_public"])
def test_a_step_leads_on_from_its_states_only(staff: Api, name: str) -> None:
    step = STEPS[name]
    for state in ("draft", "in_review", "scheduled", "published", "unpublished", "trashed"):
        article = draft(staff)
        ways: dict[str, list[str | None]] = {
            "in_review": ["/submit"], "scheduled": ["/schedule"], "published": ["/publish"],
            "unpublished": ["/publish", "/unpublish"], "trashed": [None], "draft": [],
        }  # fmt: skip
        for path in ways[state]:
            if path == "/schedule":
                change(staff, "POST", article, path, scheduled_at="2090-01-01T00:00:00Z")
            else:
                change(staff, "POST" if path else "DELETE", article, path or "")
        body = {"json": {"scheduled_at": "2091-01-01T00:00:00Z"}} if name == "schedule" else {}
        url = f"/v1/admin/articles/{article['id']}{step.path}"
        answer = staff.request(step.method, url, headers={"If-Match": "*"}, **body)
        sources = {*step.sources, *(STEPS["trash_public"].sources if name == "trash" else ())}
        assert answer.status_code == (200 if state in sources else 409), (name, state, answer.text)
        if state in sources:
            assert answer.json()["status"] == step.target


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("state", [*EDITABLE, "trashed"])
def test_what_readers_see_or_will_see_is_edited_only_by_those_who_may_publish(
    api: Api, staff: Api, key_of: Callable[..., str], state: str
) -> None:
    article = draft(staff)
    ways: dict[str, list[str]] = {"unpublished": ["/publish", "/unpublish"], "published": ["/publish"]}
    for path in ways.get(state, []):
        change(staff, "POST", article, path)
    if state == "in_review":
        change(staff, "POST", article, "/submit")
    if state == "scheduled":
        change(staff, "POST", article, "/schedule", scheduled_at="2090-01-01T00:00:00Z")
    if state == "trashed":
        change(staff, "DELETE", article)
    url = f"/v1/admin/articles/{article['id']}"
    for role, allowed in (("author", EDITABLE.get(state) == "articles:write"), ("editor", state in EDITABLE)):
        writer = api.acting_as(key_of(role))
        refusal = 409 if state == "trashed" else 403
        for method, path, body in (("PATCH", "", {"title": f"By an {role}"}), ("POST", "/revisions/1/restore", None)):
            answer = writer.request(method, url + path, headers={"If-Match": "*"}, json=body)
            assert answer.status_code == (200 if allowed else refusal), (role, method, answer.text)
    titles = {r["title"] for r in staff.get(f"{url}/revisions").json()["items"]}
    assert ("By an author" in titles) == (EDITABLE.get(state) == "articles:write")


def test_the_table_of_steps_in_the_guide_is_the_one_that_the_code_has() -> None:
    page = (Path(__file__).parents[2] / "docs" / "editing.md").read_text()
    rows = [
        [cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\| `[A-Z]+ ….*$", page, re.MULTILINE)
    ]
    steps = [
        (set(re.findall(r"\w+", sources)), target.strip("`"), scope.strip("`")) for _, sources, target, scope in rows
    ]
    for scope in ("articles:write", "articles:publish"):
        assert ({state for state in EDITABLE if EDITABLE[state] == scope}, "the same", scope) in steps
    expected = [(set(step.sources), step.target, step.scope) for step in STEPS.values()]
    assert [step for step in steps if step[1] != "the same"] == expected


def test_an_author_hands_in_and_takes_nothing_from_readers(api: Api, staff: Api, key_of: Callable[..., str]) -> None:
    author = api.acting_as(key_of("author"))
    article = draft(author)
    assert change(author, "POST", article, "/submit")["status"] == "in_review"
    url = f"/v1/admin/articles/{article['id']}"
    assert author.post(f"{url}/publish", headers={"If-Match": "*"}).status_code == 403
    publish(staff, article)
    assert author.delete(url, headers={"If-Match": "*"}).status_code == 403
    assert api.get(f"/v1/articles/{article['id']}").status_code == 200


def test_a_schedule_appears_at_its_second_and_can_be_cancelled_before(api: Api, staff: Api) -> None:
    with frozen(NOON):
        article = published(staff, slug="fares")
        unpublish(staff, article)
        was = change(staff, "POST", article, "/submit")
        schedule(staff, article, NOON + DAY)
        back = change(staff, "DELETE", article, "/schedule")
        assert [back[n] for n in ("status", "published_at", "updated_at")] == [
            "draft", was["published_at"], was["updated_at"]
        ]  # fmt: skip
        schedule(staff, article, NOON + HOUR)
    for at, status, state in (
        (NOON + HOUR - SECOND, 404, "scheduled"),
        (NOON + HOUR, 200, "published"),
        (NOON + HOUR + SECOND, 200, "published"),
    ):
        with frozen(at):
            assert api.get("/v1/articles/fares").status_code == status
            assert staff.get("/v1/admin/articles/fares").json()["status"] == state
            assert [card["slug"] for card in staff.get(f"/v1/admin/articles?status={state}").json()["items"]] == [
                "fares"
            ]


def test_a_slug_that_only_staff_knew_is_no_alias(api: Api, staff: Api) -> None:
    article = draft(staff, slug="secret-plan")
    edit(staff, article, slug="plan")
    publish(staff, article)
    assert api.get("/v1/articles/secret-plan").status_code == 404
    assert api.get("/v1/articles/plan").json()["aliases"] == []
    edit(staff, article, slug="new-plan")
    assert api.get("/v1/articles/new-plan").json()["aliases"] == ["plan"]


def test_a_412_says_who_changed_what(staff: Api) -> None:
    article = draft(staff)
    edit(staff, article, summary="From May on.", tags=["Harbours"])
    answer = staff.patch(
        f"/v1/admin/articles/{article['id']}", json={"title": "New"}, headers={"If-Match": article["etag"]}
    )
    problem = answer.json()
    assert answer.status_code == 412
    assert problem["current_etag"] == answer.headers["ETag"]
    assert problem["differs"] == ["summary", "tags", "revision"]
    assert problem["changed_by"] == "Owner"
    assert problem["changed_at"].endswith("Z")


def test_a_lock_shows_who_is_there_and_keeps_nobody_out(api: Api, staff: Api, key_of: Callable[..., str]) -> None:
    editor = api.acting_as(key_of("editor"))
    with frozen(NOON):
        article = draft(staff)
        url = f"/v1/admin/articles/{article['id']}"
        [lock] = staff.request("PUT", f"{url}/lock").json()["items"]
        assert lock["user"]["name"] == "Owner"
        shown = editor.get(url)
        assert shown.json()["locks"] == [lock]
        assert shown.headers["ETag"] == article["etag"]
        assert editor.patch(url, json={"title": "New"}, headers={"If-Match": article["etag"]}).status_code == 200
        start = article["body"]["text"].index("fare")
        quoted = change(staff, "POST", article, "/quotes", exact="fare", start=start, end=start + 4)
        assert quoted["locks"] == [lock], "201, but not for a new article"
        source(staff, "Harbour Review", "publication")
        assert permit(staff, article, "harbour-review")["locks"] == [lock]
        assert staff.delete(f"{url}/lock").json()["items"] == []
        staff.request("PUT", f"{url}/lock")
    with frozen(NOON + HOUR):
        assert editor.get(url).json()["locks"] == []
