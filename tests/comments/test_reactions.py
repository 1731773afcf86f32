"""Votes and complaints of readers."""

from app.comments.reactions import lower_bound
from tests.comments.world import At, Json, decide, kind, one_engine, pointers, post, posted, queue, rule, thread
from tests.conftest import Api

NOWHERE = "0193a5b0-c0de-7000-8000-00000000000a"


def vote(api: Api, comment: Json, value: int) -> int:
    answer = api.post(f"/v1/comments/{comment['id']}/votes", json={"value": value})
    assert answer.status_code == 200, answer.text
    score: int = answer.json()["score"]
    return score


def complain(api: Api, comment: Json, reason: str = "abusive") -> int:
    return api.post(f"/v1/comments/{comment['id']}/flags", json={"reason": reason}).status_code


def test_each_reader_has_one_vote_and_the_last_one_counts(api: Api, piece: Json, at: At) -> None:
    said = posted(api, piece)
    one, two = at("198.51.100.1"), at("198.51.100.2")
    assert [vote(one, said, 1), vote(one, said, 1), vote(two, said, 1), vote(two, said, -1)] == [1, 1, 2, 0]
    assert vote(one, said, 0) == -1
    assert thread(api, piece)[0]["score"] == -1
    assert kind(api.post(f"/v1/comments/{said['id']}/votes", json={"value": 1})) == (409, "own-comment")
    assert pointers(one.post(f"/v1/comments/{said['id']}/votes", json={"value": 2})) == {"/value"}
    assert one.post(f"/v1/comments/{NOWHERE}/votes", json={"value": 1}).status_code == 404


def test_top_is_in_the_order_of_what_votes_prove(api: Api, piece: Json, at: At) -> None:
    few, many, none = (posted(api, piece, body=body) for body in ("Few", "Many", "None"))
    readers = [at(f"198.51.100.{n}") for n in range(8)]
    vote(readers[0], few, 1)
    for n, reader in enumerate(readers):
        vote(reader, many, -1 if n == 0 else 1)
    top = thread(api, piece, sort="top")
    assert [c["id"] for c in top] == [many["id"], few["id"], none["id"]], "7 of 8 prove more than 1 of 1"
    page = api.get(f"/v1/articles/{piece['id']}/comments", params={"sort": "top", "limit": 1, "view": "tree"}).json()
    assert [c["id"] for c in api.get(page["next"]).json()["items"]] == [few["id"]]


def test_wilsons_bound_is_that_of_the_textbooks() -> None:
    assert [round(lower_bound(*counts), 4) for counts in ((0, 1), (1, 1), (9, 10), (600, 1000))] == [
        0.0,
        0.2065,
        0.5958,
        0.5693,
    ]


def test_so_many_complaints_take_a_comment_away_until_a_moderator_decides(
    api: Api, staff: Api, piece: Json, at: At
) -> None:
    rule(staff, mode="open", flags_to_hold=2)
    said = posted(api, piece)
    one, two, three = at("198.51.100.1"), at("198.51.100.2"), at("198.51.100.3")
    assert [complain(one, said), complain(one, said, "hate")] == [204, 204]
    assert len(thread(api, piece)) == 1, "one reader's complaint counts once"
    assert complain(two, said) == 204
    assert thread(api, piece) == []
    assert complain(three, said) == 404, "what nobody sees"
    known = staff.get(f"/v1/admin/comments/{said['id']}").json()
    assert (known["status"], known["flag_count"], known["findings"]) == ("pending", 2, ["flagged"])
    assert [flag["reason"] for flag in known["flags"]] == ["hate", "abusive"]
    assert queue(staff, "reported") == [said["id"]]
    decide(staff, "approve", said)
    assert [complain(one, said), complain(two, said)] == [204, 204]
    assert len(thread(api, piece)) == 1, "the same readers were heard"
    assert kind(api.post(f"/v1/comments/{said['id']}/flags", json={"reason": "false"})) == (409, "own-comment")


@one_engine
def test_a_wrong_complaint_is_refused(piece: Json, api: Api, at: At) -> None:
    url = f"/v1/comments/{posted(api, piece)['id']}/flags"
    reader = at("198.51.100.1")
    for wrong, pointer in [
        ({}, "/reason"),
        ({"reason": "dull"}, "/reason"),
        ({"reason": "hate", "note": "x" * 501}, "/note"),
    ]:
        assert pointers(reader.post(url, json=wrong)) == {pointer}


@one_engine
def test_a_household_counts_as_one_whatever_address_it_takes(piece: Json, api: Api, at: At) -> None:
    said = posted(api, piece)
    assert [vote(at(f"2001:db8:1:2::{n}"), said, 1) for n in range(1, 4)] == [1, 1, 1]
    assert vote(at("2001:db8:1:3::1"), said, 1) == 2
    assert post(at("2001:db8:1:2::9"), piece).status_code == 201
