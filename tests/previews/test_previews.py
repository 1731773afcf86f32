"""A link shows one article to whoever has it, as readers would get it, and nothing once it is over."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.articles.schemas import ArticleOut
from app.models import Base
from app.schemas import in_utc
from tests.conftest import Api, draft, published
from tests.media.test_media import picture, uploaded
from tests.record.world import (
    DAY,
    HOUR,
    NOON,
    change,
    edit,
    frozen,
    full_draft,
    permit,
    publish,
    quote,
    schedule,
    source,
    unpublish,
)

Json = dict[str, Any]
SECOND = timedelta(seconds=1)


def links(article: Json, link: Json | None = None) -> str:
    own = f"/{link['id']}" if link else ""
    return f"/v1/admin/articles/{article['id']}/preview-links{own}"


def share(staff: Api, article: Json, **fields: Any) -> Json:
    answer = staff.post(links(article), json=fields)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


@pytest.fixture
def noon() -> Iterator[None]:
    with frozen(NOON):
        yield


@pytest.mark.usefixtures("noon")
def test_a_preview_is_what_readers_would_get_if_it_were_published_now(api: Api, staff: Api) -> None:
    source(staff, "Ida Holm")
    made = draft(staff, tags=["Harbours"], authors=["Ada Berg"])
    quote(staff, made, "will double", speaker="ida-holm", review="confirmed")
    quote(staff, made, "Monday", review="rejected")
    link = share(staff, made)
    shown = api.get(link["url"])
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert shown.headers["X-Robots-Tag"] == "noindex"
    assert "Cache-Tag" not in shown.headers
    preview = shown.json()
    assert preview.keys() == ArticleOut.model_fields.keys()
    assert [q["exact"] for q in preview["quotes"]] == ["will double"]
    assert (preview["published_at"], preview["updated_at"], preview["revision"]) == (in_utc(NOON), in_utc(NOON), 1)
    assert api.get(f"/v1/articles/{made['slug']}").status_code == 404
    publish(staff, made)
    assert api.get(f"/v1/articles/{made['slug']}").json() == preview == api.get(link["url"]).json()


@pytest.mark.usefixtures("noon")
def test_a_link_shows_the_current_revision_whatever_becomes_of_the_article(api: Api, staff: Api) -> None:
    made = draft(staff)
    url = share(staff, made)["url"]
    edit(staff, made, title="A second title", slug="renamed")
    assert (api.get(url).json()["title"], api.get(url).json()["slug"]) == ("A second title", "renamed")
    publish(staff, made)
    unpublish(staff, made)
    edit(staff, made, title="A third title")
    assert (api.get(url).json()["title"], api.get(url).json()["revision"]) == ("A third title", 2)
    schedule(staff, made, NOON + DAY)
    assert api.get(url).json()["published_at"] == in_utc(NOON + DAY)
    change(staff, "DELETE", made)
    assert api.get(url).status_code == 404
    refused = staff.post(links(made), json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/trashed")
    change(staff, "POST", made, "/restore")
    assert api.get(url).json()["title"] == "A third title"


def test_a_link_lasts_to_its_second_and_thirty_days_at_most(api: Api, staff: Api) -> None:
    with frozen(NOON):
        made = draft(staff)
        week, month = share(staff, made), share(staff, made, expires_at=(NOON + 30 * DAY).isoformat())
        assert (week["expires_at"], month["expires_at"]) == (in_utc(NOON + 7 * DAY), in_utc(NOON + 30 * DAY))
        for wrong in (NOON, NOON - SECOND, NOON + 30 * DAY + SECOND):
            answer = staff.post(links(made), json={"expires_at": wrong.isoformat()})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/expires_at")
    for link, end in ((week, NOON + 7 * DAY), (month, NOON + 30 * DAY)):
        for moment, status in ((end - SECOND, 200), (end, 404), (end + SECOND, 404)):
            with frozen(moment):
                assert api.get(link["url"]).status_code == status


@pytest.mark.usefixtures("noon")
def test_a_link_is_listed_and_revoked_and_then_answers_like_one_that_never_was(api: Api, staff: Api) -> None:
    made, other = draft(staff), draft(staff)
    first, second = share(staff, made), share(staff, made)
    listing = staff.get(links(made) + "?count=exact").json()
    public = [{k: link[k] for k in link if k not in ("token", "url")} for link in (second, first)]
    assert (listing["items"], listing["total"]) == (public, 2)
    assert staff.get(links(other)).json()["items"] == []
    assert staff.delete(links(other, first)).status_code == 404
    assert api.get(first["url"]).status_code == 200
    revoked = staff.delete(links(made, first))
    assert (revoked.status_code, revoked.json()["revoked_at"]) == (200, in_utc(NOON))
    assert staff.delete(links(made, first)).json() == revoked.json()
    gone, never = api.get(first["url"]), api.get("/v1/previews/orp_never")
    assert gone.status_code == never.status_code == 404
    assert [gone.json()[k] for k in ("type", "detail")] == [never.json()[k] for k in ("type", "detail")]
    assert gone.headers["Cache-Control"] == "no-store"
    assert gone.headers.keys() == never.headers.keys()
    assert api.get(second["url"]).status_code == 200
    audit = staff.get(f"/v1/admin/audit?object={made['id']}").json()["items"]
    assert [row["action"] for row in audit if row["action"] != "create"].count("share") == 2
    assert [row["action"] for row in audit].count("unshare") == 1


def test_a_preview_does_not_outlive_a_permission(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Harbour Review", "publication")
        made = draft(staff)
        url = share(staff, made)["url"]
        begin, end = NOON + HOUR, NOON + 2 * HOUR
        permit(staff, made, "the-harbour-review", valid_from=begin.isoformat(), valid_through=end.isoformat())
    for moment, status in ((NOON, 200), (begin, 200), (end - SECOND, 200), (end, 404)):
        with frozen(moment):
            assert api.get(url).status_code == status, moment


def addresses(article: Json) -> list[str]:
    """Where the article says that its images are."""
    images = [article["image"], *article["images"]]
    shown = re.findall('<img src="([^"]+)"', article["body"]["html"])
    return [*shown, *(each["url"] for image in images for each in (image, *image["variants"]))]


def test_a_preview_shows_the_images_of_its_article_and_no_others(api: Api, staff: Api) -> None:
    lead, inner, other = (uploaded(staff, picture(colour=(n, n, n))) for n in range(3))
    inside = f"https://news.example{inner['url']}"  # as readers know it; the preview asks no other host
    made = draft(staff, image=lead["id"], markdown=f"Grey.\n\n![Light]({inside})\n\nMore grey.")
    link = share(staff, made)
    preview = api.get(link["url"]).json()
    found = addresses(preview)
    assert all(address.startswith(f"{link['url']}/media/") for address in found)
    assert len(found) == 1 + 2 * 7, "the one in the body; two images, each in three formats and two widths"
    assert preview["body"]["markdown"] == made["body"]["markdown"]
    for address in found:
        answer = api.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), address
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert api.get(address.replace(link["url"], "/v1")).status_code == 404, "readers do not see it yet"
    assert api.get(f"{link['url']}{other['url'].removeprefix('/v1')}").status_code == 404
    assert api.get(f"{found[0]}x").status_code == 404
    edit(staff, made, image=other["id"])
    gone, kept = (f"{link['url']}{image['url'].removeprefix('/v1')}" for image in (lead, inner))
    assert [api.get(address).status_code for address in (gone, kept)] == [404, 200]
    change(staff, "DELETE", made, f"/preview-links/{link['id']}")
    assert {api.get(address).status_code for address in (*found, kept)} == {404}


@pytest.mark.usefixtures("noon")
def test_a_preview_shows_nothing_that_is_for_staff_only(api: Api, staff: Api, writing: Callable[[], Any]) -> None:
    source(staff, "Ida Holm")
    made = full_draft(staff, writing, "shared")
    answer = api.get(share(staff, made)["url"])
    assert answer.status_code == 200, answer.text
    for kind in ("early", "note", "proof", "rejected", "pending"):
        assert f"zqshared{kind}" not in answer.text, kind
    assert made["rejected_id"] not in answer.text
    for kind in ("title", "body", "quote", "credit", "correction"):
        assert f"zqshared{kind}" in answer.text, kind


def test_a_token_is_in_its_first_answer_and_nowhere_else(
    api: Api, staff: Api, app: FastAPI, reading: Callable[[], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    made = published(staff)
    headers = {"Idempotency-Key": "one"}
    link = staff.post(links(made), json={}, headers=headers).json()
    again = staff.post(links(made), json={}, headers=headers)
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (link, "true")
    token = link["token"]
    assert (token[:4], len(token)) == ("orp_", 36)  # 32 characters of 6 bits
    assert share(staff, made)["token"] != token
    for url in (link["url"], link["url"][:-1], link["url"] + "?a=1"):
        api.get(url)
        api.head(url)
    secrets = (token, token[4:])
    with reading() as session:
        rows = [
            str(tuple(row))
            for name in Base.metadata.tables
            for row in session.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
        ]
    assert len(rows) > 10
    places = [*rows, api.get("/metrics").text, staff.get(links(made)).text, staff.get("/v1/admin/audit").text]
    places += [json.dumps(app.state.site.settings.model_dump(), default=str), *capfd.readouterr()]
    assert not [place[:200] for place in places for secret in secrets if secret in place]
    assert 'operation="read_preview"' in places[len(rows)]
