"""How comments are taken, found in their threads, edited and deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import text as sql

from app.comments.delivery import AT_ONCE
from app.comments.screening import STRICTNESS
from tests.articles.test_body import ATTACKS, assert_harmless
from tests.comments.world import (
    At,
    Json,
    decide,
    deleted,
    edited,
    kind,
    one_engine,
    open_article,
    pointers,
    post,
    posted,
    rule,
    thread,
)
from tests.conftest import Api, published


def test_where_a_site_is_open_a_comment_is_seen_and_counted_at_once(api: Api, piece: Json) -> None:
    answer = post(api, piece)
    said = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/v1/comments/{said['id']}")
    assert (said["status"], said["held"]) == ("approved", None)
    assert [comment["id"] for comment in thread(api, piece)] == [said["id"]]
    assert api.get(f"/v1/comments/{said['id']}").json() == thread(api, piece)[0]
    assert api.get(f"/v1/articles/{piece['slug']}").json()["comments"]["count"] == 1
    assert api.get("/v1/articles").json()["items"][0]["comment_count"] == 1


def test_the_strictest_of_editor_article_and_site_holds(api: Api, staff: Api) -> None:
    made = published(staff)
    url = f"/v1/admin/articles/{made['id']}/comment-rules"
    for site_mode, own, state, wanted in [
        ("held", None, "open", "held"),
        ("open", None, "open", "open"),
        ("held", "open", "open", "open"),
        ("open", "first_time", "open", "first_time"),
        ("open", "open", "held", "held"),
        ("open", "closed", "open", "closed"),
        ("closed", "held", "open", "held"),
        ("open", None, "closed", "closed"),
    ]:
        rule(staff, mode=site_mode)
        staff.patch(f"/v1/admin/articles/{made['id']}", json={"comments_state": state}, headers={"If-Match": "*"})
        answer = staff.request("PUT", url, json={"mode": own}, headers={"If-Match": "*"})
        assert answer.json() == {"mode": own, "close_after_days": None, "effective": wanted}
        counted = api.post("/v1/comments/counts", json={"articles": [made["id"]]}).json()["items"]
        assert [row["mode"] for row in counted] == [wanted]
        assert post(api, made).status_code == {"open": 201, "closed": 403}.get(wanted, 202)
    assert set(STRICTNESS) == {"open", "first_time", "held", "closed"}
    assert staff.request("PUT", url, json={}, headers={"If-Match": '"old"'}).status_code == 412


def test_an_article_closes_after_so_many_days(api: Api, staff: Api) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        rule(staff, mode="open", close_after_days=2)
        made = published(staff)
        clock.shift(timedelta(days=2) - timedelta(seconds=1))
        assert post(api, made).status_code == 201
        clock.shift(timedelta(seconds=1))
        assert kind(post(api, made)) == (403, "comments-closed")
        assert len(thread(api, made)) == 1


def test_ones_first_comment_waits_and_the_next_does_not(api: Api, staff: Api, at: At) -> None:
    rule(staff, mode="first_time")
    made = published(staff)
    first = post(api, made, author_email="ada@reader.example")
    assert (first.status_code, first.json()["held"]) == (202, "first")
    assert post(api, made, author_email="ada@reader.example").status_code == 202
    decide(staff, "approve", first.json())
    assert post(api, made, author_email="Ada@Reader.example").status_code == 201
    assert post(api, made).status_code == 202, "without an e-mail address nobody is known"
    assert post(at("198.51.100.1"), made, author_email="ada@reader.example").status_code == 202, "anybody may name it"


def test_staff_write_at_once_under_their_name_with_a_badge(api: Api, staff: Api, key_of: Any) -> None:
    made = published(staff, authors=["Author"])
    by_author = api.acting_as(key_of("author"))
    said = post(by_author, made, author_name=None)
    assert said.status_code == 201, said.text
    assert said.json()["author"] == {"name": "Author", "badge": "author"}
    assert post(staff, made, author_name="Owner").json()["author"] == {"name": "Owner", "badge": "staff"}
    assert pointers(post(staff, made, author_name="Ada")) == {"/author_name"}
    assert pointers(post(api, made, author_name=None)) == {"/author_name"}
    assert kind(post(api.acting_as("ork_wrong"), made)) == (401, "unauthorized")
    by_account = by_author.patch(f"/v1/comments/{said.json()['id']}", json={"body": "By my account."})
    assert by_account.json()["text"] == "By my account."


def test_a_thread_is_read_flat_or_as_a_tree(api: Api, piece: Json) -> None:
    one, two = posted(api, piece, body="One"), posted(api, piece, body="Two")
    below = posted(api, piece, body="Below one", parent_id=one["id"])
    deep = posted(api, piece, body="Deep", parent_id=below["id"])
    later = posted(api, piece, body="Also below one", parent_id=one["id"])
    assert [c["id"] for c in thread(api, piece)] == [c["id"] for c in (one, two, below, deep, later)]
    assert [(c["depth"], c["reply_count"]) for c in thread(api, piece)] == [(1, 2), (1, 0), (2, 1), (3, 0), (2, 0)]
    tree = thread(api, piece, view="tree", sort="newest")
    assert [c["id"] for c in tree] == [two["id"], one["id"]]
    assert [c["id"] for c in tree[1]["replies"]] == [below["id"], later["id"]]
    assert [c["id"] for c in tree[1]["replies"][0]["replies"]] == [deep["id"]]
    assert [c["more"] for c in tree] == [None, None]
    replies = api.get(f"/v1/comments/{one['id']}/replies", params={"limit": 2}).json()
    rest = api.get(replies["next"]).json()
    assert [c["id"] for c in replies["items"] + rest["items"]] == [below["id"], deep["id"], later["id"]]


@one_engine
def test_a_tree_says_where_the_rest_of_a_long_thread_is(api: Api, piece: Json, statements: list[str]) -> None:
    root = posted(api, piece)
    statements.clear()
    thread(api, piece, view="tree")
    cost = len(statements)
    replies = [posted(api, piece, body=f"Reply {n}", parent_id=root["id"])["id"] for n in range(AT_ONCE + 3)]
    posted(api, piece)
    statements.clear()
    found = thread(api, piece, view="tree")[0]
    assert len(statements) == cost > 0
    assert [c["id"] for c in found["replies"]] == replies[:AT_ONCE]
    assert [c["id"] for c in api.get(found["more"]).json()["items"]] == replies[AT_ONCE:]


def test_an_author_edits_for_a_while_and_moderators_keep_the_old_words(api: Api, staff: Api, piece: Json) -> None:
    with time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False) as clock:
        said = posted(api, piece, body="Frist")
        before = api.get(f"/v1/comments/{said['id']}")
        assert said["editable_until"] == "2027-03-01T12:15:00.000000Z"
        clock.shift(timedelta(minutes=14))
        since = {"If-Modified-Since": api.get(f"/v1/comments/{said['id']}").headers["Last-Modified"]}
        assert edited(api, said, "First").json()["edited_at"] == "2027-03-01T12:14:00.000000Z"
        after = api.get(f"/v1/comments/{said['id']}", headers={"If-None-Match": before.headers["ETag"]})
        assert (after.status_code, after.json()["text"]) == (200, "First")
        assert api.get(f"/v1/articles/{piece['id']}/comments", headers=since).status_code == 200
        clock.shift(timedelta(minutes=1))
        assert kind(edited(api, said, "Too late")) == (409, "editing-over")
    known = staff.get(f"/v1/admin/comments/{said['id']}").json()
    assert [wording["text"] for wording in known["wordings"]] == ["Frist"]
    assert thread(api, piece)[0]["text"] == "First"


def test_only_its_author_edits_or_deletes_a_comment(api: Api, staff: Api, piece: Json) -> None:
    mine, other = posted(api, piece), posted(api, piece)
    for token in ("", "x", other["edit_token"]):
        assert kind(edited(api, mine, "Not mine", token)) == (403, "not-your-comment")
    assert api.delete(f"/v1/comments/{mine['id']}").status_code == 403
    assert kind(staff.patch(f"/v1/comments/{mine['id']}", json={"body": "x"})) == (403, "not-your-comment")
    decide(staff, "reject", mine)
    assert edited(api, mine, "Not mine", "x").status_code == 404, "who has no token does not learn that it is there"
    assert kind(edited(api, mine, "Mine, but rejected")) == (409, "editing-over")
    assert thread(api, piece)[0]["text"] == "Well put."


def test_an_edit_is_held_where_a_new_comment_would_be(api: Api, staff: Api) -> None:
    made = published(staff)
    said = posted(api, made)
    decide(staff, "approve", said)
    answer = edited(api, said, "Something else")
    assert (answer.json()["status"], answer.json()["held"]) == ("pending", "all")
    assert thread(api, made) == []
    assert api.get(f"/v1/articles/{made['slug']}").json()["comments"]["count"] == 0
    assert "edited" in staff.get(f"/v1/admin/comments/{said['id']}").json()["findings"]


def test_a_deleted_comment_leaves_its_place_to_the_replies(api: Api, staff: Api, piece: Json) -> None:
    parent = posted(api, piece, author_email="canary@reader.example", body="I regret this")
    reply = posted(api, piece, parent_id=parent["id"])
    assert deleted(api, parent).status_code == 204
    shown, below = thread(api, piece)
    assert (shown["author"]["name"], shown["text"], shown["html"], shown["removed"]) == ("", "", "", "author")
    assert (below["id"], below["parent_id"]) == (reply["id"], parent["id"])
    assert api.get(f"/v1/articles/{piece['slug']}").json()["comments"]["count"] == 1
    assert "regret" not in staff.get(f"/v1/admin/comments/{parent['id']}").text
    assert pointers(post(api, piece, parent_id=parent["id"])) == {"/parent_id"}
    assert kind(decide(staff, "approve", parent)) == (409, "already-decided")
    assert deleted(api, parent).status_code == 204
    decide(staff, "reject", reply)
    assert thread(api, piece) == []


def test_a_place_is_kept_up_the_whole_thread_and_no_longer(api: Api, staff: Api, piece: Json) -> None:
    chain = [posted(api, piece)]
    for _ in range(3):
        chain.append(posted(api, piece, parent_id=chain[-1]["id"]))
    decide(staff, "reject", *chain[:3])
    assert [(c["id"], c["removed"]) for c in thread(api, piece)] == [
        *((c["id"], "staff") for c in chain[:3]),
        (chain[3]["id"], None),
    ]
    decide(staff, "reject", chain[3])
    assert thread(api, piece) == []
    decide(staff, "approve", chain[3])
    assert len(thread(api, piece)) == 4


def test_the_author_of_a_held_comment_sees_how_it_stands(api: Api, staff: Api) -> None:
    made = published(staff)
    said = posted(api, made)
    url = f"/v1/comments/{said['id']}"
    assert api.get(url).status_code == 404
    own = api.get(url, headers={"X-Edit-Token": said["edit_token"]})
    assert (own.status_code, own.json()["status"], own.headers["Cache-Control"]) == (200, "pending", "no-store")
    assert api.get(url, headers={"X-Edit-Token": "x"}).status_code == 404


def test_comments_follow_the_article(api: Api, staff: Api, piece: Json) -> None:
    said = posted(api, piece)
    staff.patch(f"/v1/admin/articles/{piece['id']}", json={"slug": "elsewhere"}, headers={"If-Match": "*"})
    assert api.get(f"/v1/articles/{piece['slug']}/comments").status_code == 308
    assert [c["id"] for c in thread(api, piece)] == [said["id"]]
    staff.post(f"/v1/admin/articles/{piece['id']}/unpublish", headers={"If-Match": "*"})
    hidden = [
        api.get(f"/v1/articles/{piece['id']}/comments"),
        api.get(f"/v1/comments/{said['id']}"),
        api.get(f"/v1/comments/{said['id']}/replies"),
        edited(api, said, "x"),
        deleted(api, said),
        api.post(f"/v1/comments/{said['id']}/votes", json={"value": 1}),
    ]
    assert {answer.status_code for answer in hidden} == {404}
    assert api.post("/v1/comments/counts", json={"articles": [piece["id"]]}).json() == {"items": []}
    staff.post(f"/v1/admin/articles/{piece['id']}/publish", headers={"If-Match": "*"})
    assert [c["id"] for c in thread(api, piece)] == [said["id"]]


@one_engine
def test_counts_come_for_500_articles_in_one_request(api: Api, staff: Api, piece: Json, statements: list[str]) -> None:
    posted(api, piece)
    other = open_article(staff, title="Other")
    nobody = [f"0193a5b0-c0de-7000-8000-{n:012x}" for n in range(498)]
    statements.clear()
    answer = api.post("/v1/comments/counts", json={"articles": [other["id"], piece["id"], *nobody]})
    assert len(statements) == 2
    assert [(row["article_id"], row["count"]) for row in answer.json()["items"]] == [(other["id"], 0), (piece["id"], 1)]
    assert pointers(api.post("/v1/comments/counts", json={"articles": [piece["id"]] * 501})) == {"/articles"}


@one_engine
def test_a_visible_comment_purges_its_thread_and_its_article_and_nothing_else(
    api: Api, piece: Json, reading: Any
) -> None:
    with reading() as session:
        last = session.scalar(sql("SELECT max(rowid) FROM touches"))
    posted(api, piece)
    with reading() as session:
        tags = session.scalars(sql("SELECT tag FROM touches WHERE rowid > :last"), {"last": last}).all()
    assert set(tags) == {f"thread:{piece['id']}", f"article:{piece['id']}", "feed:comments"}


@one_engine
@pytest.mark.parametrize("view", ["flat", "tree"])
def test_what_a_thread_does_not_have_is_refused(api: Api, piece: Json, view: str) -> None:
    url = f"/v1/articles/{piece['id']}/comments"
    for wrong in ({"view": "nested"}, {"sort": "best"}, {"depth": "2"}, {"limit": "0"}):
        assert api.get(url, params={"view": view} | wrong).status_code == 400


@one_engine
def test_an_edit_becomes_no_script_either_and_piles_up_no_marks(api: Api, piece: Json) -> None:
    said = posted(api, piece)
    for attack in ATTACKS:
        if "\x00" in attack:
            continue
        answer = edited(api, said, f"x {attack}")
        assert answer.status_code == 200, attack
        assert_harmless(answer.json()["html"])
    for wrong in ("x" + "\u0301" * 9_000, "\u202e\u200b", " ", "x" * 10_001):
        assert pointers(edited(api, said, wrong)) == {"/body"}
    assert edited(api, said, "safe \u202etxt.exe").json()["text"] == "safe txt.exe"
