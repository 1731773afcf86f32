"""Readers write under an article; what they write waits for staff, and only what staff approve is seen."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import anyio.from_thread
import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import text as sql

from app.comments.rules import MAX_DEPTH, clean_text
from app.comments.schemas import CommentIn
from app.errors import Invalid
from app.ingest.exporting import export
from app.main import create_app
from app.settings import Settings
from tests.articles.test_body import ATTACKS, assert_harmless
from tests.conftest import Api, draft, published
from tests.events.racing import at_once

MODERATE = "/v1/admin/comments/moderate"
OWN = ("article_id", "status", "held", "edit_token")
NOWHERE = "0193a5b0-c0de-7000-8000-00000000000a"
MAIL = "canary@reader.example"


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def post(api: Api, article: dict[str, Any], **fields: Any) -> httpx.Response:
    return api.post(
        f"/v1/articles/{article['slug']}/comments", json={"author_name": "Ada", "body": "Well put."} | fields
    )


def posted(api: Api, article: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = post(api, article, **fields)
    assert answer.status_code == 202, answer.text
    body: dict[str, Any] = answer.json()
    return body


def decide(staff: Api, decision: str, *comments: dict[str, Any], **fields: Any) -> httpx.Response:
    return staff.post(MODERATE, json={"ids": [comment["id"] for comment in comments], "action": decision} | fields)


def approved(api: Api, staff: Api, article: dict[str, Any], **fields: Any) -> dict[str, Any]:
    comment = posted(api, article, **fields)
    assert decide(staff, "approve", comment).status_code == 200
    return comment


def thread(api: Api, article: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(f"/v1/articles/{article['slug']}/comments").json()["items"]
    return items


def pointers(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"] for error in answer.json()["errors"]}


@pytest.fixture
def article(staff: Api) -> dict[str, Any]:
    return published(staff)


def test_a_comment_is_held_and_nobody_sees_it(api: Api, staff: Api, article: dict[str, Any]) -> None:
    before = api.get(f"/v1/articles/{article['slug']}")
    answer = post(api, article, body="Well *put*.\r\n\r\nIndeed.")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (202, "no-store")
    comment = answer.json()
    assert comment["text"] == "Well *put*.\n\nIndeed."
    assert comment["html"] == "<p>Well <em>put</em>.</p>\n<p>Indeed.</p>"
    assert comment["author"] == {"name": "Ada", "badge": None}
    assert (comment["parent_id"], comment["target"], comment["kind"]) == (None, None, "comment")
    assert (comment["reply_count"], comment["score"], comment["edited_at"]) == (0, 0, None)
    assert len(comment["edit_token"]) >= 32
    assert thread(api, article) == []
    assert api.get(f"/v1/articles/{article['slug']}").content == before.content
    [held] = staff.get("/v1/admin/comments", params={"status": "pending"}).json()["items"]
    assert (held["id"], held["status"], held["article_id"]) == (comment["id"], "pending", article["id"])
    assert "edit_token" not in held


def test_approval_shows_it_in_the_thread_and_counts_it_everywhere(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    comment = posted(api, article)
    urls = [f"/v1/articles/{article['slug']}", "/v1/articles", f"/v1/articles/{article['slug']}/comments"]
    before = [api.get(url) for url in urls]
    answer = decide(staff, "approve", comment)
    assert answer.status_code == 200
    assert [shown["status"] for shown in answer.json()["items"]] == ["approved"]
    after = [api.get(url) for url in urls]
    assert after[0].json()["comments"]["count"] == 1
    assert after[1].json()["items"][0]["comment_count"] == 1
    assert after[2].json()["items"] == [{name: value for name, value in comment.items() if name not in OWN}]
    for old, new in zip(before, after, strict=True):
        assert old.headers["ETag"] != new.headers["ETag"]
        again = api.get(str(new.request.url), headers={"If-None-Match": old.headers["ETag"]})
        assert again.status_code == 200
    assert after[0].json()["comments"]["url"] == urls[2]


def test_each_decision_shows_or_hides_it(api: Api, staff: Api, article: dict[str, Any]) -> None:
    comment = posted(api, article)
    for action, status, count in [
        ("approve", "approved", 1),
        ("undo", "pending", 0),
        ("approve", "approved", 1),
        ("reject", "rejected", 0),
        ("approve", "approved", 1),
        ("approve", "approved", 1),
        ("spam", "spam", 0),
        ("undo", "pending", 0),
        ("reject", "rejected", 0),
    ]:
        answer = decide(staff, action, comment, reason="Because.")
        assert answer.json()["items"][0]["status"] == status
        assert len(thread(api, article)) == count
        assert api.get(f"/v1/articles/{article['slug']}").json()["comments"]["count"] == count
        queue = staff.get("/v1/admin/comments", params={"status": status}).json()["items"]
        assert [held["id"] for held in queue] == [comment["id"]]
        assert "Because." not in json.dumps(thread(api, article))


def test_a_decision_is_about_all_of_the_comments_or_none(api: Api, staff: Api, article: dict[str, Any]) -> None:
    one, two = posted(api, article), posted(api, article)
    assert decide(staff, "approve", one, {"id": NOWHERE}).status_code == 404
    assert decide(staff, "approve", one, two, current_status="rejected").status_code == 409
    decide(staff, "reject", two)
    late = decide(staff, "approve", one, two, current_status="pending")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/already-decided")
    assert thread(api, article) == []
    assert decide(staff, "approve", one, two, one).status_code == 200
    assert len(thread(api, article)) == 2


@one_engine
def test_a_decision_that_is_none_is_refused(api: Api, staff: Api, article: dict[str, Any]) -> None:
    comment = posted(api, article)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"ids": []}, "/ids"),
        ({"ids": ["1abc"]}, "/ids/0"),
        ({"ids": [NOWHERE] * 101}, "/ids"),
        ({"action": "delete"}, "/action"),
        ({"reason": "x" * 501}, "/reason"),
        ({"current_status": "odd"}, "/current_status"),
        ({"status": "approved"}, "/status"),
    ]
    for wrong, pointer in cases:
        assert pointers(decide(staff, "approve", comment, **wrong)) == {pointer}
    assert thread(api, article) == []


def test_of_moderators_at_the_same_moment_one_decides(api: Api, staff: Api, article: dict[str, Any]) -> None:
    comment = posted(api, article)
    decisions = ["approve", "reject", "spam", "approve"]
    answers = at_once(lambda decision: decide(staff, decision, comment, current_status="pending"), decisions)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


def test_comments_edits_and_decisions_at_the_same_moment_all_go_through(api: Api, staff: Api) -> None:
    articles = [published(staff, title=f"Article {n}") for n in range(2)]
    for turn in range(2):
        waiting = [(article, posted(api, article)) for article in articles for _ in range(2)]
        calls: list[Callable[[], httpx.Response]] = []
        for article, comment in waiting:
            url = f"/v1/admin/articles/{article['id']}"
            calls.append(partial(decide, staff, "approve", comment))
            calls.append(partial(post, api, article))
            calls.append(partial(staff.patch, url, json={"summary": f"{turn}"}, headers={"If-Match": "*"}))
        assert {answer.status_code for answer in at_once(lambda call: call(), calls)} == {200, 202}
    for article in articles:
        assert api.get(f"/v1/articles/{article['slug']}").json()["comments"]["count"] == 4
        assert staff.get(f"/v1/admin/articles/{article['id']}").json()["revision"] == 5


def test_replies_name_their_parent_and_are_counted_once_approved(api: Api, staff: Api, article: dict[str, Any]) -> None:
    parent = approved(api, staff, article)
    reply = posted(api, article, parent_id=parent["id"], body="I agree.")
    assert [comment["reply_count"] for comment in thread(api, article)] == [0]
    decide(staff, "approve", reply)
    assert [(c["parent_id"], c["reply_count"]) for c in thread(api, article)] == [(None, 1), (parent["id"], 0)]
    decide(staff, "reject", reply)
    assert [(c["id"], c["reply_count"]) for c in thread(api, article)] == [(parent["id"], 0)]


def test_a_reply_needs_a_parent_that_readers_see_under_this_article(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    other = published(staff, title="Another")
    elsewhere, waiting = approved(api, staff, other), posted(api, article)
    refused = [post(api, article, parent_id=parent) for parent in (elsewhere["id"], waiting["id"], NOWHERE, "1abc", "")]
    assert {frozenset(pointers(answer)) for answer in refused} == {frozenset({"/parent_id"})}
    assert len({answer.json()["errors"][0]["detail"] for answer in refused[:3]}) == 1, "a held one is not given away"


def test_replies_go_so_deep_and_no_deeper(api: Api, staff: Api, article: dict[str, Any]) -> None:
    parent = None
    for _ in range(MAX_DEPTH):
        parent = approved(api, staff, article, parent_id=parent)["id"]
    assert pointers(post(api, article, parent_id=parent)) == {"/parent_id"}
    assert len(thread(api, article)) == MAX_DEPTH


def test_a_comment_may_be_on_a_quote_of_the_article_and_of_no_other(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    other = published(staff, title="Another")
    ids = {}
    for of in (article, other):
        text = of["body"]["text"]
        start = text.index("will double")
        answer = staff.post(
            f"/v1/admin/articles/{of['id']}/quotes",
            json={"exact": "will double", "start": start, "end": start + 11},
            headers={"If-Match": of["etag"]},
        )
        ids[of["slug"]] = answer.json()["quotes"][0]["id"]
    comment = approved(api, staff, article, target={"quote": ids[article["slug"]]})
    assert comment["target"]["quote"] == ids[article["slug"]]
    assert thread(api, article)[0]["target"] == comment["target"]
    for wrong in (ids[other["slug"]], NOWHERE):
        assert pointers(post(api, article, target={"quote": wrong})) == {"/target/quote"}
    assert pointers(post(api, article, target={"quote": ids[article["slug"]], "exact": "will double"})) == {"/target"}


def test_an_article_that_takes_no_comments_says_so_and_keeps_what_it_has(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    kept = approved(api, staff, article)
    staff.patch(f"/v1/admin/articles/{article['id']}", json={"comments_state": "closed"}, headers={"If-Match": "*"})
    answer = post(api, article)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/comments-closed")
    assert [comment["id"] for comment in thread(api, article)] == [kept["id"]]
    assert api.get(f"/v1/articles/{article['slug']}").json()["comments"]["state"] == "closed"


def test_what_readers_do_not_see_they_cannot_comment_on(api: Api, staff: Api) -> None:
    hidden = draft(staff, title="Draft"), published(staff, title="Unpublished"), published(staff, title="Trashed")
    staff.post(f"/v1/admin/articles/{hidden[1]['id']}/unpublish", headers={"If-Match": "*"})
    staff.delete(f"/v1/admin/articles/{hidden[2]['id']}", headers={"If-Match": "*"})
    with time_machine.travel(datetime(2026, 3, 2, tzinfo=UTC), tick=False) as clock:
        expired = published(staff, title="Expired")
        staff.post(
            f"/v1/admin/articles/{expired['id']}/permissions",
            json={"assigner": "onrecord-demo", "credit": "c", "valid_through": "2026-03-03T00:00:00Z"},
            headers={"If-Match": expired["etag"]},
        )
        assert post(api, expired).status_code == 202
        clock.shift(timedelta(days=1))
        answers = [post(api, article) for article in (*hidden, expired, {"slug": "never-was"}, {"slug": NOWHERE})]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert len({answer.json()["detail"] for answer in answers}) == 1
    held = staff.get("/v1/admin/comments").json()["items"]
    assert [comment["article_id"] for comment in held] == [expired["id"]]


def test_a_comment_may_be_posted_by_the_articles_id_or_former_slug(api: Api, staff: Api) -> None:
    made = published(staff, slug="first")
    staff.patch(f"/v1/admin/articles/{made['id']}", json={"slug": "second"}, headers={"If-Match": "*"})
    for reference in (made["id"], "second"):
        assert post(api, {"slug": reference}).status_code == 202
    assert post(api, {"slug": "first"}).status_code in (202, 308)


@one_engine
def test_a_comment_that_cannot_be_is_refused(api: Api, staff: Api, article: dict[str, Any]) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"author_name": ""}, "/author_name"),
        ({"author_name": "   "}, "/author_name"),
        ({"author_name": "\u202e\u200b"}, "/author_name"),
        ({"author_name": "x" * 201}, "/author_name"),
        ({"author_name": None}, "/author_name"),
        ({"author_name": "A" + "\u0301" * 30}, "/author_name"),
        ({"author_email": "no address"}, "/author_email"),
        ({"author_email": "x" * 250 + "@b.org"}, "/author_email"),
        ({"body": ""}, "/body"),
        ({"body": " \n\t "}, "/body"),
        ({"body": "\u200b\u202e\u2060\ufeff"}, "/body"),
        ({"body": "...!?"}, "/body"),
        ({"body": "x" * 10_001}, "/body"),
        ({"body": None}, "/body"),
        ({"body": ["a"]}, "/body"),
        *(
            ({name: True}, f"/{name}")
            for name in ("id", "html", "status", "badge", "score", "article_id", "created_at")
        ),
    ]
    for wrong, pointer in cases:
        assert pointers(post(api, article, **wrong)) == {pointer}, wrong
    url = f"/v1/articles/{article['slug']}/comments"
    for body in ("{}", "[]", "null", '"x"', "1", ""):
        answer = api.post(url, content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, body
    assert staff.get("/v1/admin/comments").json()["items"] == []


@one_engine
def test_no_field_of_an_answer_can_be_set_by_sending_it_back(api: Api, article: dict[str, Any]) -> None:
    shown = posted(api, article)
    foreign = set(shown) - set(CommentIn.model_fields)
    assert foreign > {"id", "html", "score", "status", "reply_count", "created_at", "edit_token", "author"}
    for name in foreign:
        assert pointers(post(api, article, **{name: shown[name]})) == {f"/{name}"}


@one_engine
def test_nothing_in_a_comment_becomes_a_script_a_handler_or_an_odd_scheme(
    api: Api, staff: Api, article: dict[str, Any]
) -> None:
    posts = [posted(api, article, body=f"x {attack}") for attack in ATTACKS if "\x00" not in attack]
    decide(staff, "approve", *posts)
    shown = api.get(f"/v1/articles/{article['slug']}/comments", params={"limit": 100}).json()["items"]
    assert len(shown) == len(posts)
    for comment in shown:
        assert_harmless(comment["html"])
    assert "<img" not in "".join(comment["html"] for comment in shown), "readers post no pictures"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("safe \u202etxt.exe\u202c", "safe txt.exe"),
        ("a\u2066b\u2069c", "abc"),
        ("zero\u200bwidth", "zerowidth"),
        ("soft\u00adhyphen", "softhyphen"),
        ("bell\x07 and \x1b[31mred", "bell and [31mred"),
        ("line\r\nbreak\ttab", "line\nbreak\ttab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👩\u200d👧 ok", "👩\u200d👩\u200d👧 ok"),
        ("שָׁלוֹם", "שָׁלוֹם"),
        ("tiê\u0301ng Việt", "tiê\u0301ng Việt"),
        ("हिन्दी में", "हिन्दी में"),
        ("👍", "👍"),
        ("1️⃣", "1️⃣"),
    ],
)
def test_what_only_deceives_is_taken_out_and_every_script_stays(written: str, kept: str) -> None:
    assert clean_text(written) == kept


@pytest.mark.parametrize(
    "pile", ["\u0301", "\u0489", "\u20dd", "\u0301\u0316\u034f", "\u0301\u0316\u200d", "\u0489\ufe0f", "\u1ab0\u0357"]
)
def test_a_wall_of_marks_is_refused(pile: str) -> None:
    assert clean_text("a" + pile[0]) == "a" + pile[0]
    with pytest.raises(Invalid):
        clean_text("So h" + pile * 20 + "e comes")


@one_engine
def test_a_readers_name_is_cleaned_like_his_words(api: Api, article: dict[str, Any]) -> None:
    assert posted(api, article, author_name="\u202e Ada\n \u200bBerg ")["author"]["name"] == "Ada Berg"
    assert posted(api, article, author_name="<b>Ada</b>")["author"]["name"] == "<b>Ada</b>"


def test_a_readers_address_is_in_no_answer_no_export_no_log_and_no_row(
    api: Api,
    staff: Api,
    article: dict[str, Any],
    reading: Callable[[], Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    comment = approved(api, staff, article, author_email=MAIL)
    refused = [
        post(api, article, author_email=f"no at {MAIL.replace('@', ' ')}"),
        post(api, article, author_email=MAIL, parent_id=NOWHERE),
        post(api, article, author_email=[MAIL]),
        post(api, article, author_email=MAIL, body="x", extra=MAIL),
        api.get(f"/v1/articles/{article['slug']}/comments", params={"author_email": MAIL}),
    ]
    answers = [
        *refused,
        api.get(f"/v1/articles/{article['slug']}"),
        api.get(f"/v1/articles/{article['slug']}/comments"),
        staff.get("/v1/admin/comments"),
        staff.get(f"/v1/admin/articles/{article['id']}"),
    ]
    assert "canary" not in json.dumps(comment) + "".join(answer.text + str(answer.headers) for answer in answers)
    with reading() as session:
        assert b"canary" not in b"".join(export(session))
        for table in ("comments", "events", "audit_entries", "kept_answers"):
            assert "canary" not in str(session.execute(sql(f"SELECT * FROM {table}")).all())  # noqa: S608
    assert "canary" not in caplog.text + "".join(capfd.readouterr())


@pytest.fixture
def strict(settings: Settings) -> Iterator[FastAPI]:
    made = create_app(settings.model_copy(update={"comment_rate": 2}))
    yield made
    made.state.close()


@one_engine
def test_one_address_posts_so_often_and_no_oftener(
    portal: anyio.from_thread.BlockingPortal, strict: FastAPI, staff: Api, article: dict[str, Any]
) -> None:
    eager = Api(portal, strict, {})
    with time_machine.travel("2027-03-02T12:00:00Z", tick=False) as clock:
        assert [post(eager, article).status_code for _ in range(3)] == [202, 202, 429]
        refused = post(eager, article)
        assert refused.json()["type"] == "/problems/too-many-requests"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert eager.get(f"/v1/articles/{article['slug']}/comments").status_code == 200, "reading is free"
        clock.shift(timedelta(seconds=61))
        assert post(eager, article).status_code == 202
    assert len(staff.get("/v1/admin/comments").json()["items"]) == 3


def test_the_thread_comes_in_pages_in_either_order(api: Api, staff: Api, article: dict[str, Any]) -> None:
    posts = [posted(api, article, body=f"Comment {n}") for n in range(5)]
    decide(staff, "approve", *posts)
    url = f"/v1/articles/{article['slug']}/comments"
    for sort, wanted in (("oldest", posts), ("newest", posts[::-1])):
        seen, following = [], f"{url}?limit=2&sort={sort}"
        while following:
            page = api.get(following).json()
            seen += [comment["id"] for comment in page["items"]]
            following = page["next"]
        assert seen == [comment["id"] for comment in wanted]
    assert api.get(url, params={"count": "exact", "limit": 1}).json()["total"] == 5
    assert api.get(url, params={"sort": "author_email"}).status_code == 400
    assert api.get(url, params={"status": "pending"}).status_code == 400
