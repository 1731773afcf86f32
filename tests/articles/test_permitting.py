"""Staff list, change and take back the permissions of an article, and readers get the new terms at once."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from app.context import Site
from app.events.models import Event
from app.permissions.noticing import notice
from app.schemas import in_utc
from app.settings import Settings
from tests.conftest import Api, draft
from tests.record.world import (
    DAY,
    HOUR,
    NOON,
    Json,
    Writing,
    attended,
    change,
    edit,
    frozen,
    permit,
    publish,
    source,
    told,
    unpublish,
    z,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def reprint(staff: Api, *, is_public: bool = True, **terms: Any) -> Json:
    """An article under one permission of The Review, which is there once."""
    if staff.get("/v1/admin/sources/the-review").status_code == 404:
        source(staff, "The Review", "publication")
    article = draft(staff)
    permit(staff, article, "the-review", **terms)
    return publish(staff, article) if is_public else article


def url_of(article: Json, permission: Json | None = None) -> str:
    return f"/v1/admin/articles/{article['id']}/permissions" + (f"/{permission['id']}" if permission else "")


def granted(staff: Api, article: Json) -> list[Json]:
    found: list[Json] = staff.get(url_of(article)).json()["items"]
    return found


def send(staff: Api, method: str, article: Json, permission: Json, **fields: Any) -> httpx.Response:
    options: Json = {"json": fields} if fields else {}
    return staff.request(method, url_of(article, permission), headers={"If-Match": "*"}, **options)


def refused(answer: httpx.Response) -> tuple[int, str, list[str]]:
    problem = answer.json()
    pointers = [error["pointer"] for error in problem.get("errors", ())]
    return answer.status_code, problem["type"].removeprefix("/problems/"), pointers


def test_staff_see_each_permission_with_what_readers_do_not_get(staff: Api) -> None:
    with frozen(NOON):
        article = reprint(staff, valid_through=z(NOON + HOUR), proof="letter in drawer seven")
        (first,) = granted(staff, article)
        permit(
            staff,
            article,
            "the-review",
            valid_from=z(NOON + HOUR / 2),
            valid_through=z(NOON + HOUR),
            parent=first["id"],
        )
        shown = granted(staff, article)
        assert [(p["proof"], p["parent"], p["holds"]) for p in shown] == [
            ("letter in drawer seven", None, True),
            (None, first["id"], False),
        ]
        assert shown[0] == first
        one = staff.get(url_of(article, first))
        assert one.json() == first
        assert one.headers["ETag"] == staff.get(f"/v1/admin/articles/{article['id']}").headers["ETag"]
        page = staff.get(url_of(article), params={"limit": 1, "count": "exact"}).json()
        assert (page["items"], page["total"]) == ([first], 2)
        assert staff.get(page["next"]).json()["items"] == shown[1:]
        assert staff.get(url_of(draft(staff), first)).status_code == 404
    holds = []
    for moment in (NOON + HOUR / 2, NOON + HOUR - SECOND, NOON + HOUR):
        with frozen(moment):
            holds.append([p["holds"] for p in granted(staff, article)])
    assert holds == [[True, True], [True, True], [False, False]]


def test_a_new_end_binds_at_its_second_and_the_old_end_no_more(api: Api, app: FastAPI, staff: Api) -> None:
    with frozen(NOON):
        article = reprint(staff, valid_through=z(NOON + DAY), on_expire="gone")
        (permission,) = granted(staff, article)
        answer = send(staff, "PATCH", article, permission, valid_through=z(NOON + HOUR))
        assert answer.json() == permission | {"valid_through": in_utc(NOON + HOUR)}
    url = f"/v1/articles/{article['slug']}"
    for moment, status in ((NOON + HOUR - SECOND, 200), (NOON + HOUR, 410), (NOON + HOUR + SECOND, 410)):
        with attended(app, moment):
            assert api.get(url).status_code == status, moment
            assert len(api.get("/v1/articles").json()["items"]) == (status == 200), moment
            assert api.get("/v1/articles?q=ferry&count=exact").json()["total"] == (status == 200), moment
    assert told(api)[article["id"]][0] == "article.unpublished"
    with frozen(NOON + 2 * HOUR):
        send(staff, "PATCH", article, permission, valid_through=None).raise_for_status()
    for moment in (NOON + 2 * HOUR, NOON + DAY, NOON + DAY + SECOND):
        with attended(app, moment):
            assert api.get(url).json()["permission"]["valid_through"] is None, moment
            assert told(api)[article["id"]][0] == "article.published", moment
            assert len(api.get("/v1/articles").json()["items"]) == 1, moment


def test_a_new_begin_hides_at_once_and_shows_at_its_second(api: Api, app: FastAPI, staff: Api) -> None:
    begin = NOON + HOUR
    with frozen(NOON):
        article = reprint(staff)
        (permission,) = granted(staff, article)
    with frozen(NOON + SECOND):
        before = api.get("/v1/articles").headers["Last-Modified"]
        send(staff, "PATCH", article, permission, valid_from=z(begin)).raise_for_status()
    with frozen(NOON + 2 * SECOND):  # the second of a change is named once it is over
        gone = api.get("/v1/articles")
        assert (gone.json()["items"], gone.headers["Last-Modified"] > before) == ([], True)
    seen = []
    for moment in (begin - SECOND, begin, begin + SECOND):
        with attended(app, moment):
            listed = api.get("/v1/articles").json()["items"]
            seen.append((api.get(f"/v1/articles/{article['slug']}").status_code, len(listed)))
    assert seen[1:] == [(200, 1), (200, 1)]
    assert seen[0][0] != 200
    assert seen[0][1] == 0


def test_what_readers_are_told_changes_with_the_terms(api: Api, staff: Api) -> None:
    with frozen(NOON):
        article = reprint(staff, credit="Thanks", proof="drawer seven")
        source(staff, "The Herald", "publication")
        (permission,) = granted(staff, article)
    with frozen(NOON + SECOND):
        changed = send(staff, "PATCH", article, permission, assigner="the-herald", credit="More thanks", proof=None)
        assert (changed.json()["assigner"]["slug"], changed.json()["proof"]) == ("the-herald", None)
        public = api.get(f"/v1/articles/{article['slug']}").json()
        assert (public["permission"]["assigner"]["slug"], public["permission"]["credit"]) == (
            "the-herald",
            "More thanks",
        )
        assert [cited["source"]["slug"] for cited in public["sources"]] == ["the-herald"]
        shown = staff.get(f"/v1/admin/articles/{article['id']}").json()
        assert [cited["source"]["slug"] for cited in shown["sources"]] == ["the-herald"]
        for way in ("source=the-{}", "q={}"):
            found = [len(api.get(f"/v1/articles?{way.format(name)}").json()["items"]) for name in ("review", "herald")]
            assert found == [0, 1], way


def test_a_permission_taken_back_counts_no_more(api: Api, staff: Api, site: Site) -> None:
    with frozen(NOON):
        article = reprint(staff, valid_through=z(NOON + HOUR), credit="First")
        permit(staff, article, "the-review", credit="Second")
        first, second = granted(staff, article)
        url = f"/v1/articles/{article['slug']}"
        assert api.get(url).json()["permission"]["credit"] == "Second"
        answer = send(staff, "DELETE", article, second)
        assert (answer.status_code, answer.json()["permission"]["credit"]) == (200, "First")
        assert granted(staff, article) == [first]
        assert api.get(url).json()["permission"]["credit"] == "First"
        assert send(staff, "DELETE", article, second).status_code == 404
    with frozen(NOON + HOUR):
        assert api.get("/v1/articles").json()["items"] == []
    with site.database.reader() as session:
        assert session.scalars(select(Event.kind).order_by(Event.number)).all()[-1] == "article.published"


def test_the_only_permission_of_what_is_public_cannot_be_taken_back(api: Api, staff: Api) -> None:
    """Else what may no longer be shown would be public again, and without end."""
    with frozen(NOON):
        article = reprint(staff, valid_through=z(NOON - DAY), on_expire="gone")
        (permission,) = granted(staff, article)
        assert refused(send(staff, "DELETE", article, permission)) == (409, "last-permission", [])
        assert api.get(f"/v1/articles/{article['slug']}").status_code == 410
        unpublish(staff, article)
        assert send(staff, "DELETE", article, permission).json()["permission"] is None
        publish(staff, article)
        assert api.get(f"/v1/articles/{article['slug']}").json()["sources"] == []


def test_no_permission_outlives_or_precedes_the_one_that_it_rests_on(staff: Api) -> None:
    with frozen(NOON):
        span: Json = {"valid_from": z(NOON), "valid_through": z(NOON + DAY)}
        article = reprint(staff, **span)
        (parent,) = granted(staff, article)
        other = reprint(staff, **span, parent=parent["id"])
        (child,) = granted(staff, other)
        named = [{"id": child["id"], "article_id": other["id"]}]
        terms: Json
        for terms in ({"valid_through": z(NOON + DAY - SECOND)}, {"valid_from": z(NOON + SECOND)}):
            answer = send(staff, "PATCH", article, parent, **terms)
            assert (refused(answer), answer.json()["children"]) == ((409, "permission-in-use", []), named), terms
        unpublish(staff, article)  # or it would be refused as the only one
        answer = send(staff, "DELETE", article, parent)
        assert (refused(answer), answer.json()["children"]) == ((409, "permission-in-use", []), named)
        for terms, pointer in (
            ({"valid_through": z(NOON + DAY + SECOND)}, "/valid_through"),
            ({"valid_through": None}, "/valid_through"),
            ({"valid_from": z(NOON - SECOND)}, "/valid_from"),
            ({"valid_from": None}, "/valid_from"),
            ({"valid_through": z(NOON)}, "/valid_through"),
            ({"valid_from": z(NOON + DAY)}, "/valid_from"),
            ({"parent": child["id"]}, "/parent"),
            ({"parent": article["id"]}, "/parent"),
            ({"assigner": "nobody"}, "/assigner"),
            ({"assigner": None}, "/assigner"),
            ({"article_id": article["id"]}, "/article_id"),
        ):
            assert refused(send(staff, "PATCH", other, child, **terms)) == (422, "invalid", [pointer]), terms
        assert refused(send(staff, "PATCH", article, parent, parent=child["id"])) == (422, "invalid", ["/parent"])
        assert (granted(staff, article), granted(staff, other)) == ([parent], [child])

        send(staff, "PATCH", other, child, valid_through=z(NOON + HOUR)).raise_for_status()
        send(staff, "PATCH", article, parent, valid_through=z(NOON + HOUR)).raise_for_status()
        send(staff, "PATCH", other, child, parent=None, valid_through=None).raise_for_status()
        assert send(staff, "DELETE", article, parent).status_code == 200


def test_a_change_of_a_permission_is_under_the_articles_version_and_in_the_audit_log(staff: Api) -> None:
    article = reprint(staff, credit="Thanks")
    (permission,) = granted(staff, article)
    url = url_of(article, permission)
    held = staff.get(url).headers["ETag"]
    for name, value in (("proof", "drawer seven"), ("credit", "More thanks")):
        current = staff.get(url).headers["ETag"]
        assert staff.patch(url, json={name: value}, headers={"If-Match": current}).headers["ETag"] != current
    stale = staff.patch(url, json={"credit": "No"}, headers={"If-Match": held})
    assert (stale.status_code, stale.json()["differs"]) == (412, ["permission"])
    edit(staff, article, title="Ferry fares fall")
    assert staff.delete(url).status_code == 428
    permit(staff, article, "the-review")
    change(staff, "DELETE", article, f"/permissions/{permission['id']}")
    log = staff.get("/v1/admin/audit", params={"object": article["id"], "limit": 3}).json()["items"]
    assert [entry["action"] for entry in log] == ["unpermit", "permit", "edit"]
    assert (log[0]["before"]["credit"], log[0]["before"]["proof"], log[0]["after"]) == (
        "More thanks",
        "drawer seven",
        None,
    )
    change(staff, "DELETE", article)
    (left,) = granted(staff, article)
    for method, fields in (("PATCH", {"credit": "No"}), ("DELETE", {})):
        assert refused(send(staff, method, article, left, **fields))[:2] == (409, "trashed")


def test_the_notices_of_an_end_follow_its_date(site: Site, staff: Api, writing: Writing) -> None:
    def noticed(at: Any) -> list[tuple[str, int | None]]:
        with writing() as session:
            notice(session, at=at)
        with site.database.reader() as session:
            events = session.scalars(select(Event).where(Event.kind.startswith("permission.")).order_by(Event.number))
            return [(event.kind, event.body.get("days")) for event in events]

    end, later = NOON + 3 * DAY, NOON + 20 * DAY
    with frozen(NOON):
        article = reprint(staff, valid_through=z(end))
        (permission,) = granted(staff, article)
        assert noticed(NOON) == [("permission.expiring", 7)]
        send(staff, "PATCH", article, permission, valid_through=z(later)).raise_for_status()
        known = [("permission.expiring", 7), ("permission.expiring", 30)]
        assert noticed(NOON) == known
    assert noticed(later - DAY - SECOND)[2:] == [("permission.expiring", 7)]
    assert noticed(later - DAY)[3:] == [("permission.expiring", 1)]
    with frozen(later - HOUR):
        permit(staff, article, "the-review")
        send(staff, "DELETE", article, permission).raise_for_status()
    assert len(noticed(later + SECOND)) == 4
