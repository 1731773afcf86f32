"""Staff write articles: rights, versions, states, and what is refused."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import time_machine

from app.accounts.rights import SCOPES
from app.articles.schemas import ArticleIn, ArticlePatch
from app.main import document
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.events.racing import at_once

ARTICLES = "/v1/admin/articles"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ID = "0193a5b0-c0de-7000-8000-00000000000a"
WORDS = {"title": "Tram line opens", "markdown": "The first tram ran at noon."}

SCOPE_OF = {
    "GET /v1/admin/articles": "articles:read",
    "POST /v1/admin/articles": "articles:write",
    "GET /v1/admin/quotes": "articles:read",
    "GET /v1/admin/sourcing": "articles:read",
    "POST /v1/admin/articles/bulk": "articles:write",
    "GET /v1/admin/articles/{reference}": "articles:read",
    "PATCH /v1/admin/articles/{reference}": "articles:write",
    "DELETE /v1/admin/articles/{reference}": "articles:write",
    "POST /v1/admin/articles/{reference}/submit": "articles:write",
    "DELETE /v1/admin/articles/{reference}/submit": "articles:write",
    "POST /v1/admin/articles/{reference}/schedule": "articles:publish",
    "DELETE /v1/admin/articles/{reference}/schedule": "articles:publish",
    "PUT /v1/admin/articles/{reference}/lock": "articles:write",
    "DELETE /v1/admin/articles/{reference}/lock": "articles:write",
    "POST /v1/admin/articles/{reference}/publish": "articles:publish",
    "POST /v1/admin/articles/{reference}/unpublish": "articles:publish",
    "POST /v1/admin/articles/{reference}/restore": "articles:publish",
    "GET /v1/admin/articles/{reference}/revisions": "articles:read",
    "GET /v1/admin/articles/{reference}/revisions/diff": "articles:read",
    "GET /v1/admin/articles/{reference}/revisions/{number}": "articles:read",
    "POST /v1/admin/articles/{reference}/revisions/{number}/restore": "articles:write",
    "GET /v1/admin/articles/{reference}/permissions": "articles:read",
    "POST /v1/admin/articles/{reference}/permissions": "articles:publish",
    "GET /v1/admin/articles/{reference}/permissions/{permission_id}": "articles:read",
    "PATCH /v1/admin/articles/{reference}/permissions/{permission_id}": "articles:publish",
    "DELETE /v1/admin/articles/{reference}/permissions/{permission_id}": "articles:publish",
    "GET /v1/admin/articles/{reference}/corrections": "articles:read",
    "POST /v1/admin/articles/{reference}/corrections": "articles:publish",
    "GET /v1/admin/articles/{reference}/corrections/{correction_id}": "articles:read",
    "PATCH /v1/admin/articles/{reference}/corrections/{correction_id}": "articles:publish",
    "DELETE /v1/admin/articles/{reference}/corrections/{correction_id}": "articles:publish",
    "GET /v1/admin/articles/{reference}/preview-links": "articles:read",
    "POST /v1/admin/articles/{reference}/preview-links": "articles:write",
    "DELETE /v1/admin/articles/{reference}/preview-links/{link_id}": "articles:write",
    "POST /v1/admin/articles/{reference}/quotes": "quotes:write",
    "PATCH /v1/admin/articles/{reference}/quotes/{quote_id}": "quotes:write",
    "DELETE /v1/admin/articles/{reference}/quotes/{quote_id}": "quotes:write",
    "POST /v1/admin/extract": "articles:write",
    "POST /v1/admin/articles/{reference}/extract": "quotes:write",
    "GET /v1/admin/export": "imports:write",
    "GET /v1/admin/imports": "imports:write",
    "POST /v1/admin/imports": "imports:write",
    "GET /v1/admin/imports/{import_id}": "imports:write",
    "GET /v1/admin/imports/{import_id}/items": "imports:write",
    "POST /v1/admin/imports/{import_id}/cancel": "imports:write",
    "GET /v1/admin/quotes/review": "quotes:write",
    "POST /v1/admin/quotes/bulk": "quotes:write",
    "GET /v1/admin/quotes/{quote_id}/evidence": "articles:read",
    "POST /v1/admin/quotes/{quote_id}/evidence": "quotes:write",
    "GET /v1/admin/quotes/{quote_id}/evidence/{evidence_id}": "articles:read",
    "DELETE /v1/admin/quotes/{quote_id}/evidence/{evidence_id}": "quotes:write",
    "GET /v1/admin/misquotes": "quotes:write",
    "POST /v1/admin/misquotes/{misquote_id}/decision": "quotes:write",
    "GET /v1/admin/sources": "sources:write",
    "POST /v1/admin/sources": "sources:write",
    "GET /v1/admin/source-candidates": "sources:write",
    "GET /v1/admin/sources/{reference}": "sources:write",
    "PATCH /v1/admin/sources/{reference}": "sources:write",
    "POST /v1/admin/sources/{reference}/merge": "sources:write",
    "POST /v1/admin/sources/{reference}/split": "sources:write",
    "GET /v1/admin/tags": "articles:write",
    "POST /v1/admin/tags": "articles:write",
    "GET /v1/admin/tags/{group_id}": "articles:write",
    "PATCH /v1/admin/tags/{group_id}": "articles:write",
    "DELETE /v1/admin/tags/{group_id}": "articles:write",
    "POST /v1/admin/tags/{group_id}/merge": "articles:write",
    "GET /v1/admin/authors": "articles:write",
    "POST /v1/admin/authors": "articles:write",
    "GET /v1/admin/authors/{group_id}": "articles:write",
    "PATCH /v1/admin/authors/{group_id}": "articles:write",
    "DELETE /v1/admin/authors/{group_id}": "articles:write",
    "POST /v1/admin/authors/{group_id}/merge": "articles:write",
    "GET /v1/admin/media": "media:write",
    "POST /v1/admin/media": "media:write",
    "GET /v1/admin/media/{image_id}": "media:write",
    "PATCH /v1/admin/media/{image_id}": "media:write",
    "DELETE /v1/admin/media/{image_id}": "media:write",
    "GET /v1/admin/media/{image_id}/{variant}": "media:write",
    "GET /v1/admin/users": "users:write",
    "POST /v1/admin/users": "users:write",
    "GET /v1/admin/users/{user_id}": "users:write",
    "PATCH /v1/admin/users/{user_id}": "users:write",
    "DELETE /v1/admin/users/{user_id}": "users:write",
    "GET /v1/admin/api-keys": "keys:write",
    "POST /v1/admin/api-keys": "keys:write",
    "GET /v1/admin/api-keys/{key_id}": "keys:write",
    "DELETE /v1/admin/api-keys/{key_id}": "keys:write",
    "GET /v1/admin/sessions": "users:write",
    "DELETE /v1/admin/sessions/{session_id}": "users:write",
    "GET /v1/admin/comments": "comments:moderate",
    "GET /v1/admin/comments/queues": "comments:moderate",
    "GET /v1/admin/comments/{comment_id}": "comments:moderate",
    "POST /v1/admin/comments/{comment_id}/notes": "comments:moderate",
    "POST /v1/admin/comments/{comment_id}/accept": "articles:publish",
    "POST /v1/admin/comments/moderate": "comments:moderate",
    "POST /v1/admin/comments/bulk": "comments:moderate",
    "POST /v1/admin/people/export": "users:write",
    "POST /v1/admin/people/erase": "users:write",
    "GET /v1/admin/moderation/rules": "comments:moderate",
    "PUT /v1/admin/moderation/rules": "comments:moderate",
    "GET /v1/admin/moderation/bans": "comments:moderate",
    "POST /v1/admin/moderation/bans": "comments:moderate",
    "DELETE /v1/admin/moderation/bans/{ban_id}": "comments:moderate",
    "GET /v1/admin/articles/{reference}/comment-rules": "comments:moderate",
    "PUT /v1/admin/articles/{reference}/comment-rules": "comments:moderate",
    "GET /v1/admin/webhooks": "webhooks:write",
    "POST /v1/admin/webhooks": "webhooks:write",
    "GET /v1/admin/webhooks/{webhook_id}": "webhooks:write",
    "PATCH /v1/admin/webhooks/{webhook_id}": "webhooks:write",
    "DELETE /v1/admin/webhooks/{webhook_id}": "webhooks:write",
    "POST /v1/admin/webhooks/{webhook_id}/rotate-secret": "webhooks:write",
    "POST /v1/admin/webhooks/{webhook_id}/ping": "webhooks:write",
    "GET /v1/admin/webhooks/{webhook_id}/deliveries": "webhooks:write",
    "POST /v1/admin/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": "webhooks:write",
    "GET /v1/admin/audit": "audit:read",
    "GET /v1/admin/audit/verify": "audit:read",
}
"""The contract's table of scopes, route by route."""


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def staff_routes() -> list[tuple[str, str, str]]:
    """Method, path and the type of the body it takes, if any, of every route under `/v1/admin`."""
    return [
        (method.upper(), path, next(iter(operation.get("requestBody", {}).get("content", ())), ""))
        for path, operations in document()["paths"].items()
        if path.startswith("/v1/admin")
        for method, operation in operations.items()
    ]


def call(api: Api, method: str, path: str, *, kind: str) -> httpx.Response:
    """The request with ids that lead nowhere, and an empty object as its body, if it takes one of this type."""
    url = re.sub(r"\{\w+\}", ID, path.replace("{number}", "1"))
    return api.request(method, url, content=b"{}", headers={"Content-Type": kind}) if kind else api.request(method, url)


def change(staff: Api, made: dict[str, Any], **fields: Any) -> httpx.Response:
    """PATCH under the ETag that the article was read with."""
    return staff.patch(f"{ARTICLES}/{made['id']}", json=fields, headers={"If-Match": made["etag"]})


def act(staff: Api, made: dict[str, Any], verb: str, **headers: str) -> httpx.Response:
    return staff.post(f"{ARTICLES}/{made['id']}/{verb}", headers={"If-Match": made["etag"], **headers})


def taken(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer that went well, with its ETag for the next change."""
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body | {"etag": answer.headers["ETag"]}


def pointers(answer: httpx.Response) -> set[str]:
    """What a 422 points at."""
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


@one_engine
def test_every_staff_route_answers_401_to_strangers_and_403_to_too_few_scopes(
    api: Api, key_of: Callable[..., str]
) -> None:
    assert {f"{method} {path}" for method, path, _ in staff_routes()} == set(SCOPE_OF)
    also = {"imports:write": ["articles:read", "comments:moderate"]}  # an export has what these show
    holding = {
        scope: api.acting_as(key_of("owner", scopes=[scope, *also.get(scope, [])])) for scope in set(SCOPE_OF.values())
    }
    lacking = {
        scope: api.acting_as(key_of("owner", scopes=[other for other in SCOPES if other != scope])) for scope in holding
    }
    for method, path, kind in staff_routes():
        scope = SCOPE_OF[f"{method} {path}"]
        stranger = call(api, method, path, kind=kind)
        assert (stranger.status_code, stranger.json()["type"]) == (401, "/problems/unauthorized"), path
        assert stranger.headers["WWW-Authenticate"].startswith("Bearer")
        too_few = call(lacking[scope], method, path, kind=kind)
        assert (too_few.status_code, too_few.json()["type"]) == (403, "/problems/forbidden"), path
        enough = call(holding[scope], method, path, kind=kind)
        assert enough.status_code in (200, 202, 400, 404, 422, 428), f"{path}: {enough.text}"
        for answer in (stranger, too_few, enough):
            assert answer.headers["Cache-Control"] == "no-store", path


@one_engine
def test_a_role_may_do_what_the_contract_gives_it(api: Api, key_of: Callable[..., str]) -> None:
    everything = {"write", "publish", "quote", "source", "moderate"}
    for role, may in {
        "owner": everything,
        "editor": everything,
        "author": {"write", "quote", "source"},
        "moderator": {"moderate"},
    }.items():
        by = api.acting_as(key_of(role))
        nowhere = f"{ARTICLES}/nowhere"
        tried = {
            "write": by.post(ARTICLES, json=WORDS),
            "publish": by.post(f"{nowhere}/publish"),
            "quote": by.post(f"{nowhere}/quotes", json={"exact": "a", "start": 0, "end": 1}),
            "source": by.post("/v1/admin/sources", json={"kind": "person", "name": "Ida Holm"}),
            "moderate": by.get("/v1/admin/comments"),
        }
        assert {what for what, answer in tried.items() if answer.status_code != 403} == may, role


def test_a_draft_is_created_with_its_address_its_version_and_nothing_public(api: Api, staff: Api) -> None:
    sent = {
        "title": " Harbour fees rise ",
        "markdown": "Fees “will rise”, *Ida* said.",
        "summary": "A summary",
        "slug": "fees-rise",
        "language": "en-GB",
        "authors": ["Ada Berg", "Bo Lind", "Ada Berg"],
        "tags": ["Harbour", "Money"],
        "canonical_url": "https://example.org/fees",
        "published_at": "2020-01-02T03:04:05+02:00",
        "comments_state": "held",
    }
    answer = staff.post(ARTICLES, json=sent)
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{ARTICLES}/{made['id']}"
    assert made["status"] == "draft"
    assert made["title"] == "Harbour fees rise"
    assert made["body"]["markdown"] == sent["markdown"]
    assert made["body"]["html"] == "<p>Fees “will rise”, <em>Ida</em> said.</p>"
    assert made["body"]["text"] == "Fees “will rise”, Ida said."
    assert (made["slug"], made["summary"], made["language"]) == ("fees-rise", "A summary", "en-GB")
    assert [author["name"] for author in made["authors"]] == ["Ada Berg", "Bo Lind"]
    assert made["tags"] == [{"slug": "harbour", "name": "Harbour"}, {"slug": "money", "name": "Money"}]
    assert made["canonical_url"] == sent["canonical_url"]
    assert made["published_at"] == "2020-01-02T01:04:05.000000Z"
    assert made["comments"]["state"] == "held"
    assert (made["revision"], made["quotes"], made["updated_at"]) == (1, [], None)
    read = staff.get(answer.headers["Location"])
    assert read.content == answer.content
    assert read.headers["ETag"] == answer.headers["ETag"]
    assert api.get("/v1/articles/fees-rise").status_code == 404
    assert api.get("/v1/articles").json()["items"] == []


def test_slugs_come_from_the_title_and_never_twice(staff: Api) -> None:
    slugs = [draft(staff, title="Fares: up, again!")["slug"] for _ in range(3)]
    assert slugs == ["fares-up-again", "fares-up-again-2", "fares-up-again-3"]
    assert draft(staff, title="!!!")["slug"] == "article"
    assert draft(staff, title="渡輪 Ferry")["slug"].endswith("ferry")


def test_an_article_whose_title_looks_like_an_id_is_found_by_its_slug(api: Api, staff: Api) -> None:
    for title in (ID, ID.upper().replace("-", ""), ID.replace("-", " ")):
        made = published(staff, title=title)
        assert api.get(f"/v1/articles/{made['slug']}").json()["id"] == made["id"]


@one_engine
def test_a_slug_that_is_no_slug_or_could_be_taken_for_an_id_is_refused(staff: Api) -> None:
    made = draft(staff)
    source = {"kind": "person", "name": "Ida Holm"}
    for slug in (ID, "Upper", "a--b", "-a", "a/b", "a\n", "a.b", "ä", "", "x" * 121):
        assert pointers(staff.post(ARTICLES, json={**WORDS, "slug": slug})) == {"/slug"}
        assert pointers(change(staff, made, slug=slug)) == {"/slug"}
        assert pointers(staff.post("/v1/admin/sources", json={**source, "slug": slug})) == {"/slug"}


def test_a_slug_that_another_article_has_or_had_is_taken(staff: Api) -> None:
    first = taken(change(staff, published(staff, slug="first"), slug="moved"))
    second = draft(staff)
    for slug in ("first", "moved"):
        created = staff.post(ARTICLES, json={**WORDS, "slug": slug})
        assert (created.status_code, created.json()["type"]) == (409, "/problems/slug-taken")
        assert change(staff, second, slug=slug).status_code == 409
    assert first["aliases"] == ["first"]
    back = taken(change(staff, first, slug="first"))
    assert (back["slug"], back["aliases"]) == ("first", ["moved"])


def test_a_change_needs_the_etag_of_the_present_state(staff: Api) -> None:
    made = draft(staff)
    url = f"{ARTICLES}/{made['id']}"
    without = staff.patch(url, json={"title": "New"})
    assert (without.status_code, without.json()["type"]) == (428, "/problems/precondition-required")
    newer = taken(change(staff, made, title="New"))
    stale = change(staff, made, title="Newer")
    assert (stale.status_code, stale.json()["current_etag"]) == (412, newer["etag"])
    assert stale.headers["ETag"] == newer["etag"]
    assert staff.get(url).json()["title"] == "New"
    for condition in ("{}", '"other", {}', "{},", "*"):
        answer = staff.patch(url, json={"note": "again"}, headers={"If-Match": condition.format(newer["etag"])})
        assert answer.status_code == 200, condition
        newer = taken(answer)
    for condition in (f"W/{newer['etag']}", newer["etag"].strip('"'), "", '"', "garbage"):
        answer = staff.patch(url, json={"title": "No"}, headers={"If-Match": condition})
        assert (answer.status_code, answer.headers["ETag"]) == (412, newer["etag"]), condition


@one_engine
def test_every_route_that_changes_an_article_is_conditional(staff: Api) -> None:
    made = draft(staff)
    for method, path, kind in staff_routes():
        if "{reference}" not in path or method == "GET" or "sources" in path or "lock" in path:
            continue
        if "preview-links" in path:  # they change nothing of the article
            continue
        url = path.replace("{reference}", made["id"]).replace("{quote_id}", made["id"]).replace("{number}", "1")
        url = url.replace("{correction_id}", made["id"]).replace("{permission_id}", made["id"])
        body = {"json": BODIES.get(path, {})} if kind else {}
        assert staff.request(method, url, **body).status_code == 428, path
        assert staff.request(method, url, headers={"If-Match": '"stale"'}, **body).status_code == 412, path
    assert staff.get(f"{ARTICLES}/{made['id']}").headers["ETag"] == made["etag"]


BODIES = {
    f"{ARTICLES}/{{reference}}/corrections": {"text": "Not at noon."},
    "/v1/admin/articles/{reference}/schedule": {"scheduled_at": "2090-01-01T00:00:00Z"},
    f"{ARTICLES}/{{reference}}/permissions": {"assigner": "nobody", "credit": "With permission."},
    f"{ARTICLES}/{{reference}}/quotes": {"exact": "fare", "start": 4, "end": 8},
}


def test_of_two_editors_with_the_same_version_one_wins_and_nothing_is_lost(staff: Api) -> None:
    made = draft(staff)
    answers = at_once(lambda n: change(staff, made, title=f"Version {n}"), range(6))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    won = next(answer for answer in answers if answer.status_code == 200).json()
    kept = staff.get(f"{ARTICLES}/{made['id']}").json()
    assert (kept["title"], kept["revision"]) == (won["title"], 2)


def test_articles_created_at_the_same_moment_each_get_a_slug_and_share_authors_and_tags(staff: Api) -> None:
    sent = {**WORDS, "authors": ["Ada Berg"], "tags": ["Trams"]}
    answers = at_once(lambda _: staff.post(ARTICLES, json=sent), range(6))
    assert [answer.status_code for answer in answers] == [201] * 6, [answer.text for answer in answers]
    made = [answer.json() for answer in answers]
    assert {article["slug"] for article in made} == {"tram-line-opens", *(f"tram-line-opens-{n}" for n in range(2, 7))}
    assert {article["authors"][0]["slug"] for article in made} == {"ada-berg"}


def test_of_two_who_claim_one_slug_at_the_same_moment_one_gets_it(staff: Api) -> None:
    answers = at_once(lambda _: staff.post(ARTICLES, json={**WORDS, "slug": "wanted"}), range(4))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


def test_a_readers_comment_does_not_make_an_editors_version_stale(api: Api, staff: Api) -> None:
    made = published(staff)
    posted = api.post(f"/v1/articles/{made['slug']}/comments", json={"author_name": "Ada", "body": "Indeed."}).json()
    staff.post("/v1/admin/comments/moderate", json={"ids": [posted["id"]], "action": "approve"})
    assert staff.get(f"{ARTICLES}/{made['id']}").json()["comments"]["count"] == 1
    assert change(staff, made, title="Still mine").status_code == 200


def test_what_a_patch_does_not_name_stays(staff: Api) -> None:
    made = draft(staff, summary="S", authors=["Ada"], tags=["One"], canonical_url="https://example.org/a")
    after = taken(change(staff, made, title="Other"))
    changing = {"title", "revision", "etag"}
    assert {name: value for name, value in after.items() if name not in changing} == {
        name: value for name, value in made.items() if name not in changing
    }
    assert (after["title"], after["revision"]) == ("Other", 2)
    cleared = taken(change(staff, after, summary=None, canonical_url=None, authors=[], tags=[], published_at=None))
    assert (cleared["summary"], cleared["canonical_url"], cleared["authors"], cleared["tags"]) == (None, None, [], [])


def test_every_save_counts_a_revision_and_readers_count_only_what_was_published(api: Api, staff: Api) -> None:
    made = draft(staff)
    made = taken(change(staff, made, title="Draft two"))
    made = taken(change(staff, made, title="Draft three"))
    assert made["revision"] == 3
    made = taken(act(staff, made, "publish"))
    seen = [api.get(f"/v1/articles/{made['slug']}").json()["revision"]]
    made = taken(change(staff, made, title="Public two"))
    seen.append(api.get(f"/v1/articles/{made['slug']}").json()["revision"])
    made = taken(act(staff, made, "unpublish"))
    for n in range(3):
        made = taken(change(staff, made, title=f"Hidden {n}"))
    made = taken(act(staff, made, "publish"))
    seen.append(api.get(f"/v1/articles/{made['slug']}").json()["revision"])
    assert (seen, made["revision"]) == ([1, 2, 3], 7)
    listed = api.get(f"/v1/articles/{made['slug']}/revisions").json()["items"]
    assert [(row["revision"], row["title"]) for row in listed] == [
        (3, "Hidden 2"),
        (2, "Public two"),
        (1, "Draft three"),
    ]
    made = taken(act(staff, made, "unpublish"))
    made = taken(act(staff, made, "publish"))
    assert api.get(f"/v1/articles/{made['slug']}").json()["revision"] == 3


def test_an_article_goes_through_its_states_and_each_is_seen_at_once(api: Api, staff: Api) -> None:
    made = draft(staff)
    public = f"/v1/articles/{made['slug']}"
    for verb, status, code in [
        ("publish", "published", 200),
        ("unpublish", "unpublished", 404),
        ("publish", "published", 200),
        ("trash", "trashed", 404),
        ("restore", "draft", 404),
        ("publish", "published", 200),
    ]:
        if verb == "trash":
            answer = staff.delete(f"{ARTICLES}/{made['id']}", headers={"If-Match": made["etag"]})
        else:
            answer = act(staff, made, verb)
        made = taken(answer)
        assert made["status"] == status
        assert api.get(public).status_code == code, verb
        assert len(api.get("/v1/articles").json()["items"]) == (code == 200)


def test_a_state_that_does_not_fit_is_a_conflict_and_changes_nothing(staff: Api) -> None:
    made = draft(staff)
    assert act(staff, made, "unpublish").json()["type"] == "/problems/not-published"
    assert act(staff, made, "restore").status_code == 409
    made = taken(act(staff, made, "publish"))
    assert act(staff, made, "publish").json()["type"] == "/problems/already-published"
    made = taken(staff.delete(f"{ARTICLES}/{made['id']}", headers={"If-Match": made["etag"]}))
    quote = {"exact": "fare", "start": 4, "end": 8}
    permission = {"assigner": "onrecord-demo", "credit": "With permission."}
    refused = [
        act(staff, made, "publish"),
        act(staff, made, "unpublish"),
        change(staff, made, title="No"),
        staff.delete(f"{ARTICLES}/{made['id']}", headers={"If-Match": made["etag"]}),
        staff.post(f"{ARTICLES}/{made['id']}/quotes", json=quote, headers={"If-Match": made["etag"]}),
        staff.post(f"{ARTICLES}/{made['id']}/permissions", json=permission, headers={"If-Match": made["etag"]}),
    ]
    assert [answer.status_code for answer in refused] == [409] * 6, [answer.text for answer in refused]
    assert staff.get(f"{ARTICLES}/{made['id']}").headers["ETag"] == made["etag"]


def test_the_dates_say_when_it_was_published_and_when_readers_last_got_new_words(api: Api, staff: Api) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        made = draft(staff)
        clock.shift(timedelta(hours=1))
        made = taken(act(staff, made, "publish"))
        one = "2026-03-02T13:00:00.000000Z"
        assert (made["published_at"], made["updated_at"]) == (one, one)
        clock.shift(timedelta(hours=1))
        made = taken(change(staff, made, tags=["Ferries"], comments_state="held"))
        public = api.get(f"/v1/articles/{made['slug']}")
        assert public.json()["updated_at"] == one, "a tag is no new word"
        assert public.headers["Last-Modified"].startswith("Mon, 02 Mar 2026 13:59:59")
        clock.shift(timedelta(hours=1))
        made = taken(change(staff, made, markdown="The fare “will treble”, Ida Holm said."))
        assert (made["published_at"], made["updated_at"]) == (one, "2026-03-02T15:00:00.000000Z")
        made = taken(act(staff, made, "unpublish"))
        clock.shift(timedelta(hours=1))
        made = taken(act(staff, made, "publish"))
        assert made["updated_at"] == "2026-03-02T15:00:00.000000Z", "the same words again"
        made = taken(act(staff, made, "unpublish"))
        made = taken(change(staff, made, title="Ferry fares treble"))
        clock.shift(timedelta(hours=1))
        made = taken(act(staff, made, "publish"))
        assert (made["published_at"], made["updated_at"]) == (one, "2026-03-02T17:00:00.000000Z")


def test_an_older_piece_keeps_its_date_and_is_never_updated_before_it(api: Api, staff: Api) -> None:
    made = published(staff, published_at="2020-05-01T00:00:00Z")
    assert made["published_at"] == made["updated_at"] == "2020-05-01T00:00:00.000000Z"
    made = taken(change(staff, made, published_at="2021-05-01T00:00:00Z"))
    public = api.get(f"/v1/articles/{made['slug']}").json()
    assert public["published_at"] == "2021-05-01T00:00:00.000000Z"
    assert public["updated_at"] >= public["published_at"]


@one_engine
def test_nothing_is_published_in_the_future_or_without_a_date(staff: Api) -> None:
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert pointers(staff.post(ARTICLES, json={**WORDS, "published_at": ahead})) == {"/published_at"}
    made = published(staff)
    assert pointers(change(staff, made, published_at=ahead)) == {"/published_at"}
    assert pointers(change(staff, made, published_at=None)) == {"/published_at"}
    assert change(staff, made, published_at="2021-01-01T00:00:00Z").status_code == 200


@one_engine
def test_a_moment_is_rfc_3339_with_an_offset(staff: Api) -> None:
    wrongs: list[Any] = ["2026-03-02", "2026-03-02T10:00:00", "2026-03-02 10:00Z", "today", "1583000000", 1583000000, 0]
    for wrong in [*wrongs, "", []]:
        answer = staff.post(ARTICLES, json={**WORDS, "published_at": wrong})
        assert pointers(answer) == {"/published_at"}, wrong
    for right in ("2026-03-02T10:00:00Z", "2026-03-02t10:00:00.5z", "2026-03-02T00:00:00-10:00"):
        assert staff.post(ARTICLES, json={**WORDS, "published_at": right}).status_code == 201, right


@one_engine
def test_what_an_article_must_have_cannot_be_null(staff: Api) -> None:
    made = draft(staff)
    for name in ("title", "markdown", "slug", "language", "authors", "tags", "comments_state"):
        assert pointers(change(staff, made, **{name: None})) == {f"/{name}"}
        if name != "slug":
            assert pointers(staff.post(ARTICLES, json={**WORDS, name: None})) == {f"/{name}"}


@one_engine
def test_a_body_without_text_is_refused(staff: Api) -> None:
    made = draft(staff)
    for markdown in ("", " \n ", "\t", "---", "![](https://example.org/a.png)", "[a]: /x", "#", ">", "* *", "\u200b"):
        assert pointers(staff.post(ARTICLES, json={**WORDS, "markdown": markdown})) == {"/markdown"}, markdown
        assert pointers(change(staff, made, markdown=markdown)) == {"/markdown"}
    assert staff.get(f"{ARTICLES}/{made['id']}").headers["ETag"] == made["etag"]


@one_engine
def test_no_field_of_an_answer_can_be_set_by_sending_it_back(staff: Api) -> None:
    made = draft(staff, slug="mine", authors=["Ada"], tags=["One"])
    shown = {name: value for name, value in made.items() if name != "etag"}
    for name in set(shown) - set(ArticleIn.model_fields):
        assert pointers(staff.post(ARTICLES, json={**WORDS, name: shown[name]})) == {f"/{name}"}
    foreign = set(shown) - set(ArticlePatch.model_fields)
    assert foreign > {"id", "status", "revision", "quotes", "permission", "edited_by", "comments", "aliases"}
    for name in foreign:
        assert pointers(change(staff, made, **{name: shown[name]})) == {f"/{name}"}
    for name in ("author_id", "is_current", "public_number", "modified_at", "comment_count", "html", "__class__", "ID"):
        assert pointers(staff.post(ARTICLES, json={**WORDS, name: 1})) == {f"/{name}"}
    assert staff.get(f"{ARTICLES}/mine").headers["ETag"] == made["etag"]


@one_engine
def test_a_value_outside_its_bounds_is_pointed_at(staff: Api) -> None:
    for field, value in (
        ("title", "x" * 501),
        ("title", "   "),
        ("title", 7),
        ("markdown", ["a"]),
        ("summary", "x" * 2001),
        ("language", "not a language"),
        ("authors", ["x"] * 51),
        ("authors/0", [" "]),
        ("authors/0", ["x" * 201]),
        ("tags/1", ["fine", None]),
        ("canonical_url", "javascript:alert(1)"),
        ("canonical_url", "//evil.example"),
        ("canonical_url", "https://example.org/\r\nSet-Cookie: a=b"),
        ("comments_state", "ajar"),
    ):
        answer = staff.post(ARTICLES, json={**WORDS, field.split("/")[0]: value})
        assert pointers(answer) == {f"/{field}"}
        assert "alert" not in answer.text


@one_engine
def test_a_body_that_is_no_object_is_refused_by_every_route(staff: Api) -> None:
    made = draft(staff)
    for method, path, kind in staff_routes():
        if kind != "application/json":
            continue
        url = re.sub(r"\{\w+\}", ID, path.replace("{reference}", made["id"]))
        for body in ("[]", "null", "1", '"title"', "", '[{"title": "x"}]'):
            headers = {"Content-Type": "application/json", "If-Match": "*"}
            answer = staff.request(method, url, content=body, headers=headers)
            assert answer.status_code in (404, 422), f"{path} {body}: {answer.text}"
            assert answer.headers["Cache-Control"] == "no-store"
    assert staff.get(f"{ARTICLES}/{made['id']}").headers["ETag"] == made["etag"]


@one_engine
def test_what_editors_write_is_sanitised_on_every_way_in(api: Api, staff: Api) -> None:
    attack = "x <img src=x onerror=alert(1)> [y](javascript:alert(1))\n\n<script>alert(1)</script>"
    made = published(staff, title=attack[:60], markdown=attack)
    seen = [api.get(f"/v1/articles/{made['slug']}").json()]
    taken(change(staff, made, markdown=f"Again: {attack}"))
    seen.append(api.get(f"/v1/articles/{made['slug']}").json())
    for article in seen:
        assert "x <img src=x onerror=alert(1)>" in article["body"]["text"], "it stays as text"
        assert "<img" not in article["body"]["html"]
        assert "<script" not in article["body"]["html"]
        assert "href" not in article["body"]["html"]
    assert seen[1]["body"]["markdown"] == f"Again: {attack}"


def test_an_unknown_article_is_404_to_staff(staff: Api) -> None:
    for reference in ("nope", ID, "1abc", "9" * 100):
        assert staff.get(f"{ARTICLES}/{reference}").status_code == 404
        assert staff.patch(f"{ARTICLES}/{reference}", json={"title": "x"}).status_code == 404


def test_staff_list_articles_of_every_state(staff: Api) -> None:
    made = [draft(staff, title=f"Draft {n}") for n in range(3)] + [published(staff, title="Public")]
    newest_first = [article["id"] for article in reversed(made)]
    whole = staff.get(ARTICLES, params={"count": "exact"}).json()
    assert [card["id"] for card in whole["items"]] == newest_first
    assert whole["total"] == 4
    page = staff.get(ARTICLES, params={"limit": 3})
    assert page.headers["Link"] == f'<{page.json()["next"]}>; rel="next"'
    rest = staff.get(page.json()["next"]).json()
    assert [card["id"] for card in [*page.json()["items"], *rest["items"]]] == newest_first
    assert [card["title"] for card in staff.get(ARTICLES, params={"status": "published"}).json()["items"]] == ["Public"]
    assert staff.get(ARTICLES, params={"status": "secret"}).status_code == 400
    assert staff.get(ARTICLES, params={"password": "x"}).status_code == 400


def test_a_permission_puts_a_reprint_under_its_terms(api: Api, staff: Api) -> None:
    assigner = staff.post("/v1/admin/sources", json={"kind": "publication", "name": "Harbour Review"}).json()
    terms = {
        "assigner": assigner["slug"],
        "credit": "Reprinted with permission from Harbour Review.",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_through": "2026-06-01T00:00:00Z",
        "on_expire": "gone",
        "proof": "mail of 3 January",
    }
    with time_machine.travel(NOON, tick=False) as clock:
        made = published(staff, canonical_url="https://example.org/original")
        url = f"{ARTICLES}/{made['id']}/permissions"
        answer = staff.post(url, json=terms, headers={"If-Match": made["etag"]})
        assert answer.status_code == 201
        public = api.get(f"/v1/articles/{made['slug']}").json()
        assert public["permission"]["assigner"] == {k: assigner[k] for k in ("id", "slug", "kind", "name", "url")}
        assert public["permission"]["credit"] == terms["credit"]
        assert {"source": public["permission"]["assigner"], "role": "reprinted_from"} in public["sources"]
        assert "mail of 3 January" not in str(public)
        clock.move_to(datetime(2026, 6, 1, tzinfo=UTC))
        assert api.get(f"/v1/articles/{made['slug']}").status_code == 410
        assert api.get("/v1/articles").json()["items"] == []
        assert staff.get(f"{ARTICLES}/{made['id']}").status_code == 200


@one_engine
def test_a_permission_that_cannot_stand_is_refused(staff: Api) -> None:
    made = draft(staff)
    for wrong, pointer in (
        ({"assigner": "nobody"}, "/assigner"),
        ({"credit": ""}, "/credit"),
        ({"valid_from": "2026-06-01T00:00:00Z", "valid_through": "2026-06-01T00:00:00Z"}, ""),
        ({"valid_through": "2026-06-01T00:00:00"}, "/valid_through"),
        ({"on_expire": "explode"}, "/on_expire"),
        ({"parent": ID}, "/parent"),
        ({"parent": "not an id"}, "/parent"),
        ({"article_id": "x"}, "/article_id"),
    ):
        terms = {"assigner": "onrecord-demo", "credit": "With permission.", **wrong}
        answer = staff.post(f"{ARTICLES}/{made['id']}/permissions", json=terms, headers={"If-Match": made["etag"]})
        assert pointers(answer) == {pointer}
    assert staff.get(f"{ARTICLES}/{made['id']}").json()["permission"] is None


@one_engine
def test_what_staff_do_to_an_unpublished_article_does_not_show_in_public_validators(api: Api, staff: Api) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        made = taken(act(staff, published(staff), "unpublish"))
        clock.shift(timedelta(hours=1))
        before = api.get("/v1/articles").headers["Last-Modified"]
        terms = {"assigner": "onrecord-demo", "credit": "With permission."}
        answer = staff.post(f"{ARTICLES}/{made['id']}/permissions", json=terms, headers={"If-Match": made["etag"]})
        assert answer.status_code == 201
        clock.shift(timedelta(hours=1))
        assert api.get("/v1/articles").headers["Last-Modified"] == before


def test_a_revision_says_who_saved_it(staff: Api, key_of: Callable[..., str]) -> None:
    mine = draft(staff)
    theirs = taken(change(staff.acting_as(key_of("editor")), mine, title="By another"))
    assert mine["edited_by"] is not None
    assert theirs["edited_by"] not in (None, mine["edited_by"])
