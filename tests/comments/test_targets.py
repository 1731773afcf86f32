"""Comments on passages and quotes, and challenges that become corrections."""

from typing import Any

from sqlalchemy import text as sql

from tests.comments.world import Json, decide, kind, one_engine, pointers, post, posted, queue, thread
from tests.conftest import Api

EVIDENCE = "https://example.org/minutes"


def revise(staff: Api, article: Json, markdown: str) -> None:
    url = f"/v1/admin/articles/{article['id']}"
    assert staff.patch(url, json={"markdown": markdown}, headers={"If-Match": "*"}).status_code == 200


def accept(staff: Api, comment: Json, **fields: Any) -> Any:
    said = {"text": "The fare will not double."} | fields
    return staff.post(f"/v1/admin/comments/{comment['id']}/accept", json=said, headers={"If-Match": "*"})


def test_a_comment_on_a_passage_follows_it_through_edits(api: Api, staff: Api, piece: Json) -> None:
    text = piece["body"]["text"]
    said = posted(api, piece, target={"exact": "Ida Holm said"})
    start = text.index("Ida Holm said")
    assert said["target"] | {"prefix": "", "suffix": ""} == {
        "quote": None, "exact": "Ida Holm said", "prefix": "", "suffix": "", "start": start, "end": start + 13,
    }  # fmt: skip
    revise(staff, piece, "On Monday it was new. The fare “will double”, Ida Holm said on Monday.")
    moved = thread(api, piece)[0]["target"]
    assert (moved["start"], moved["end"]) == (start + 22, start + 35)
    revise(staff, piece, "Ida Holm said so. The fare “will double”, Ida Holm said on Monday.")
    assert thread(api, piece)[0]["target"]["start"] == 42, "its surroundings tell which one it is"
    revise(staff, piece, "The fare “will double”, she said.")
    lost = thread(api, piece)[0]["target"]
    assert (lost["exact"], lost["start"], lost["end"]) == ("Ida Holm said", None, None)


def test_a_comment_on_a_quote_stays_on_it_when_it_moves(api: Api, staff: Api, piece: Json) -> None:
    start = piece["body"]["text"].index("will double")
    answer = staff.post(
        f"/v1/admin/articles/{piece['id']}/quotes",
        json={"exact": "will double", "start": start, "end": start + 11},
        headers={"If-Match": "*"},
    )
    quote = answer.json()["quotes"][0]["id"]
    posted(api, piece, target={"quote": quote})
    revise(staff, piece, "As of today: the fare “will double”, Ida Holm said on Monday.")
    assert thread(api, piece)[0]["target"]["quote"] == quote
    placed = api.get(f"/v1/articles/{piece['id']}").json()["quotes"][0]
    assert (placed["id"], placed["start"] > start) == (quote, True)


@one_engine
def test_a_target_that_is_not_there_is_refused(api: Api, piece: Json) -> None:
    cases: list[tuple[Json, str]] = [
        ({"target": {"exact": "Nobody said"}}, "/target/exact"),
        ({"target": {"exact": "n"}}, "/target/exact"),
        ({"target": {"exact": "Ida", "start": 0}}, "/target/exact"),
        ({"target": {"exact": "Ida", "start": 10**9}}, "/target/exact"),
        ({"target": {"quote": "0193a5b0-c0de-7000-8000-00000000000a"}}, "/target/quote"),
        ({"target": {}}, "/target"),
        ({"target": {"start": 4}}, "/target"),
        ({"kind": "challenge"}, "/evidence"),
        ({"evidence": EVIDENCE}, "/evidence"),
        ({"kind": "challenge", "evidence": "javascript:alert(1)"}, "/evidence"),
    ]
    for wrong, pointer in cases:
        assert pointers(post(api, piece, **wrong)) == {pointer}, wrong


def test_a_challenge_that_is_right_becomes_a_correction_with_credit(api: Api, staff: Api, piece: Json) -> None:
    said = posted(api, piece, kind="challenge", evidence=EVIDENCE, body="He did not say that.")
    assert (said["status"], said["held"]) == ("pending", "challenge"), "even where comments are seen at once"
    assert queue(staff, "challenges") == [said["id"]]
    answer = accept(staff, said, target={"exact": "double", "start": 15, "end": 21})
    assert answer.status_code == 201, answer.text
    assert answer.json()["article_etag"] == staff.get(f"/v1/admin/articles/{piece['id']}").headers["ETag"]
    [correction] = api.get(f"/v1/articles/{piece['id']}").json()["corrections"]
    assert (correction["text"], correction["credit"]) == ("The fare will not double.", "Ada")
    [shown] = thread(api, piece)
    assert shown["outcome"]["correction"] == correction["id"]
    assert (shown["evidence"], shown["kind"]) == (EVIDENCE, "challenge")
    assert queue(staff, "challenges") == []
    assert kind(accept(staff, said)) == (409, "already-decided")
    assert len(api.get(f"/v1/articles/{piece['id']}").json()["corrections"]) == 1
    verdict = staff.get("/v1/admin/audit/verify").json()
    assert verdict["intact"] is True


def test_only_a_challenge_is_accepted_and_by_who_may_publish(api: Api, staff: Api, piece: Json, key_of: Any) -> None:
    said = posted(api, piece)
    assert kind(accept(staff, said)) == (409, "no-challenge")
    doubt = posted(api, piece, kind="challenge", evidence=EVIDENCE)
    moderator = api.acting_as(key_of("moderator"))
    publisher = api.acting_as(key_of("editor", scopes=["articles:publish"]))
    assert [accept(by, doubt).status_code for by in (moderator, publisher)] == [403, 403]
    late = staff.post(f"/v1/admin/comments/{doubt['id']}/accept", json={"text": "x"}, headers={"If-Match": '"old"'})
    assert late.status_code == 412
    assert pointers(accept(staff, doubt, target={"exact": "elsewhere", "start": 0, "end": 9})) == {"/target/exact"}
    assert api.get(f"/v1/articles/{piece['id']}").json()["corrections"] == []
    decide(staff, "reject", doubt, reason_code="unfounded")
    assert len(thread(api, piece)) == 1


def test_who_follows_a_thread_hears_what_came_of_a_challenge_that_is_seen_already(
    api: Api, staff: Api, piece: Json, reading: Any
) -> None:
    doubt = posted(api, piece, kind="challenge", evidence=EVIDENCE)
    decide(staff, "approve", doubt)
    assert accept(staff, doubt).status_code == 201
    with reading() as session:
        told = session.execute(sql("SELECT kind FROM events WHERE kind LIKE 'comment.%' ORDER BY id")).scalars().all()
    assert told == ["comment.created", "comment.approved", "comment.approved"]
