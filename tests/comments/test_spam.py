"""The spam score: what decisions teach, what it holds back, and how it explains itself."""

from itertools import count
from time import process_time
from typing import Any

import pytest
from sqlalchemy import text as sql

from app.comments import spam
from app.comments.folding import contains, skeleton
from app.comments.rules import to_html
from bench.spam import comments, precision_recall, taught
from tests.comments.world import Json, decide, edited, kind, one_engine, pointers, post, posted, queue, rule, thread
from tests.conftest import Api, published

PILLS = "Buy cheap pills online at https://pills.example/{} today"
TALK = "My neighbour worked at the harbour for {} years, ask the council"
NUMBERS = count()


def known(reading: Any) -> dict[int, tuple[int, int]]:
    with reading() as session:
        found = session.execute(sql("SELECT token, spam, other FROM comment_spam_tokens WHERE spam + other > 0"))
        return {token: (is_spam, other) for token, is_spam, other in found}


def teach(api: Api, staff: Api, article: Json, each: int = spam.ENOUGH) -> None:
    """So many decisions of each kind."""
    rule(staff, mode="held", spam_hold=None, spam_queue=None)
    for words, action in ((PILLS, "spam"), (TALK, "approve")):
        said = [posted(api, article, body=words.format(next(NUMBERS))) for _ in range(each)]
        assert decide(staff, action, *said).status_code == 200
    rule(staff, mode="open")


def file(staff: Api, comment: Json) -> Json:
    found: Json = staff.get(f"/v1/admin/comments/{comment['id']}").json()
    return found


@one_engine
def test_nothing_is_scored_until_there_are_enough_decisions(api: Api, staff: Api) -> None:
    made = published(staff)
    teach(api, staff, made, spam.ENOUGH - 1)
    said = post(api, made, body="Cheap pills online")
    assert (said.status_code, file(staff, said.json())["spam_score"]) == (201, None)
    assert file(staff, said.json())["spam_signs"] == []
    for word, action in (("casino", "spam"), ("ferry", "approve")):
        decide(staff, action, posted(api, made, body=word))
    assert post(api, made, body="Cheap pills online today").status_code == 202


def test_what_reads_like_spam_waits_and_the_rest_is_seen(api: Api, staff: Api) -> None:
    made = published(staff)
    teach(api, staff, made)
    good = post(api, made, body="The council and the harbour: my aunt worked there")
    bad = post(api, made, body="СHЕАР p1lls 0nline, buy at https://pills.example/x")
    assert (good.status_code, bad.status_code) == (201, 202)
    assert (bad.json()["status"], bad.json()["held"]) == ("pending", "review")  # its author is not told of the queue
    assert bad.json()["id"] not in [c["id"] for c in thread(api, made, sort="newest")]
    assert file(staff, good.json())["spam_score"] < 40
    shown = file(staff, bad.json())
    assert (shown["status"], shown["findings"]) == ("spam", ["spam"])
    assert shown["spam_score"] >= 95
    signs = {sign["token"]: sign for sign in shown["spam_signs"]}
    assert signs["link:pills.example"] == {
        "token": "link:pills.example",
        "log_odds": pytest.approx(4.49, abs=0.02),
        "spam": spam.ENOUGH,
        "approved": 0,
    }
    assert signs["СHЕАР"]["log_odds"] > 0
    words = "Buy cheap pills online at https://pills.example"
    doubt = posted(api, made, body=words, kind="challenge", evidence="https://pills.example")
    assert doubt["id"] in queue(staff, "challenges")
    own = staff.post(f"/v1/articles/{made['id']}/comments", json={"body": words})
    assert (own.status_code, file(staff, own.json())["spam_score"]) == (201, None)
    rule(staff, mode="open", spam_queue=None)
    held = posted(api, made, body="Buy pills online today")
    assert file(staff, held)["status"] == "pending"
    rule(staff, mode="open", spam_queue=None, spam_hold=None)
    assert post(api, made, body="Buy cheap pills online").status_code == 201


def test_other_decisions_take_back_what_was_taught(api: Api, staff: Api, reading: Any) -> None:
    made = published(staff)
    said = posted(api, made, body="Cheap pills")
    decide(staff, "spam", said)
    as_spam = known(reading)
    assert as_spam[spam.ALL] == (1, 0)
    assert len(as_spam) == 5  # the comment, its two words, its author's name, and that it has no links
    decide(staff, "spam", said)
    assert known(reading) == as_spam
    decide(staff, "approve", said)
    assert known(reading) == dict.fromkeys(as_spam, (0, 1))
    decide(staff, "reject", said)
    assert known(reading) == {}
    decide(staff, "spam", said)
    decide(staff, "undo", said)
    assert known(reading) == {}


def test_an_edit_takes_back_what_the_earlier_words_taught(api: Api, staff: Api, reading: Any) -> None:
    made = published(staff)
    rule(staff, mode="open")
    said = posted(api, made, body="The harbour")
    decide(staff, "approve", said)
    assert known(reading)[spam.ALL] == (0, 1)
    assert edited(api, said, "Cheap pills").status_code == 200
    assert known(reading) == {}


def test_a_refused_decision_teaches_nothing(api: Api, staff: Api, reading: Any) -> None:
    made = published(staff)
    one, two = posted(api, made), posted(api, made, body="Another")
    decide(staff, "reject", two)
    assert kind(decide(staff, "spam", one, two, current_status="pending")) == (409, "already-decided")
    assert known(reading) == {}


@one_engine
def test_what_waits_as_spam_is_edited_and_decided_about_as_any_other(api: Api, staff: Api, reading: Any) -> None:
    made = published(staff)
    teach(api, staff, made)
    said = posted(api, made, body="Buy cheap pills online")
    before = known(reading)[spam.ALL]
    changed = edited(api, said, "Buy cheap pills online, my neighbour")
    assert (changed.status_code, changed.json()["status"]) == (200, "pending")
    assert decide(staff, "spam", said).status_code == 200  # confirmed
    assert known(reading)[spam.ALL] == (before[0] + 1, before[1])
    assert kind(edited(api, said, "The harbour")) == (409, "editing-over")
    decide(staff, "approve", said)
    assert said["id"] in [c["id"] for c in thread(api, made, sort="newest")]


@one_engine
def test_an_edit_is_scored_as_a_new_comment_is(api: Api, staff: Api) -> None:
    made = published(staff)
    teach(api, staff, made)
    rule(staff, mode="open", spam_hold=None)
    words = "Buy cheap pills online at https://pills.example"
    assert posted(api, made, body=f"{words}/a today")["held"] == "review"
    said = posted(api, made, body="The harbour")
    decide(staff, "approve", said)
    shown = edited(api, said, words).json()
    assert (shown["status"], shown["held"]) == ("pending", "review")
    assert (file(staff, said)["status"], file(staff, said)["findings"]) == ("spam", ["spam", "edited"])
    assert said["id"] not in [c["id"] for c in thread(api, made, sort="newest")]
    assert edited(api, said, "My aunt worked there").json()["status"] == "pending"
    assert file(staff, said)["status"] == "pending"  # it still waits, and no longer among spam
    edited(api, said, words)
    assert file(staff, said)["status"] == "spam"
    assert edited(api, said, "The harbour").status_code == 200


@one_engine
def test_a_decision_that_was_taken_before_teaches_what_it_had_not(api: Api, staff: Api, writing: Any) -> None:
    made = published(staff)
    said = posted(api, made, body="Cheap pills")
    decide(staff, "approve", said)
    with writing() as session:
        session.execute(sql("UPDATE comments SET taught_spam = NULL"))
        session.execute(sql("DELETE FROM comment_spam_tokens"))
    decide(staff, "approve", said)
    with writing() as session:
        assert session.execute(sql("SELECT other FROM comment_spam_tokens WHERE token = 0")).scalar() == 1


@one_engine
def test_limits_are_checked(staff: Api) -> None:
    for wrong in ({"spam_hold": 0}, {"spam_queue": 101}, {"spam_hold": 60.5}, {"spam_queue": "95"}):
        answer = staff.request("PUT", "/v1/admin/moderation/rules", json=wrong, headers={"If-Match": "*"})
        assert pointers(answer) == {f"/{name}" for name in wrong}


def test_the_cost_is_bounded_whatever_is_written() -> None:
    many = " ".join(f"w{n}" for n in range(10_000))
    assert len(spam.tokens(many, "", "Eve")) == spam.MOST
    assert len(spam.tokens("https://a.example/ " * 500, "", "Eve")) < 10
    assert spam.tokens("x" * 10_000, "", "").keys() == spam.tokens("", "", "").keys()


@pytest.mark.parametrize("made", ["@" * 9999, "x" * 10_000, "a@" * 5000, "a@" + "b." * 4999, "&" * 9999])
def test_no_text_keeps_the_writer_waiting(made: str) -> None:
    began = process_time()
    spam.tokens(made, made, made[:100])
    contains(skeleton(f"c{made}"), "& - & a")
    assert process_time() - began < 0.5


@pytest.mark.parametrize(
    "disguised", ["ch\u0336e\u0336a\u0336p", "ＣＨＥＡＰ", "с\u200dhеар", "ch3ap", "**che**ap", "ché\u0301ap"]
)
def test_a_disguise_does_not_help(disguised: str) -> None:
    assert spam.tokens("cheap", "", "").keys() <= spam.tokens(disguised, to_html(disguised), "").keys()


def test_addresses_of_people_are_no_words() -> None:
    assert "eve" not in "".join(spam.tokens("Write to eve@mail.example", "", "eve@mail.example").values())


def test_it_tells_spam_that_it_was_never_taught() -> None:
    judged = list(comments(400, held_out=True, seed=3))
    precision, recall = precision_recall(taught(200), judged, 60)
    assert precision >= 0.95, precision
    assert recall >= 0.9, recall
