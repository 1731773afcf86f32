"""Staff say what vouches for a quote, readers see its verification, and matches are really looked up."""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.db import now
from app.evidence.actions import MOST
from app.models import AuditEntry, Event, Evidence
from app.settings import Settings
from app.webhooks.actions import release
from tests.conftest import Api, draft, published
from tests.record.world import change, edit, quote

Json = dict[str, Any]

TEXT = "At the meeting of the harbour board, the fare “won’t double,” Ida Holm said. “Never,” Bo Lind said."
SPEECH = "Madam chair, the fare won't\ndouble. PRIVATE-CANARY."
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


@pytest.fixture
def article(staff: Api) -> Json:
    return published(staff, markdown=TEXT)


@pytest.fixture
def said(staff: Api, article: Json) -> Json:
    return quote(staff, article, "won’t double,")


def path(said: Json, evidence_id: str = "") -> str:
    return f"/v1/admin/quotes/{said['id']}/evidence" + (f"/{evidence_id}" if evidence_id else "")


def vouch(staff: Api, said: Json, verification: str, **fields: Any) -> httpx.Response:
    body = {"verification": verification} | fields
    return staff.post(path(said), json=body, headers={"If-Match": "*"})


def shown(api: Api, article: Json, said: Json) -> set[str]:
    """The quote's verification wherever readers get it."""
    whole = api.get(f"/v1/articles/{article['slug']}").json()["quotes"]
    part = api.get(f"/v1/articles/{article['slug']}/quotes").json()["items"]
    listed = api.get("/v1/quotes?review=any").json()["items"]
    one = api.get(f"/v1/quotes/{said['id']}").json()
    return {each["verification"] for each in [*whole, *part, *listed, one] if each["id"] == said["id"]}


def test_a_quote_whose_words_stand_in_the_source_is_verified(
    api: Api, staff: Api, article: Json, said: Json, reading: Callable[[], Any]
) -> None:
    assert shown(api, article, said) == {"unverified"}
    assert staff.get(path(said)).json()["items"] == []
    tag = staff.get(path(said)).headers["ETag"]
    body = {"verification": "matched_in_source", "source_text": SPEECH, "url": "https://board.example/minutes"}
    answer = staff.post(path(said), json=body, headers={"If-Match": tag})
    assert answer.status_code == 201, answer.text
    [item] = answer.json()["items"]
    assert item["match"] == {"similarity": 1.0, "passage": "won't\ndouble", "diff": []}
    assert item["source_sha256"] == hashlib.sha256(SPEECH.encode()).hexdigest()
    assert shown(api, article, said) == {"matched_in_source"}
    found = api.get("/v1/quotes?review=any&verification=matched_in_source&count=exact").json()
    assert (found["total"], [each["id"] for each in found["items"]]) == (1, [said["id"]])
    others = api.get("/v1/quotes?review=any&verification=heard_on_record&count=exact").json()
    assert (others["total"], others["items"]) == (0, []), "each verification is a list of its own"
    coverage = staff.get(f"/v1/admin/articles/{article['id']}").json()["coverage"]
    assert coverage == {"quotes": 1, "verified": 1, "share": 1.0}
    assert staff.get(path(said, item["id"])).json()["source_text"] == SPEECH
    stale = staff.post(path(said), json=body, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["differs"]) == (412, ["quotes"])
    with reading() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
        assert (entry.action, entry.after["verification"]) == ("verify", "matched_in_source")
        assert (entry.after["quote"], entry.after["source_sha256"]) == (said["id"], item["source_sha256"])


@one_engine
def test_words_that_are_not_in_the_source_are_refused_with_what_is_nearest(
    api: Api, staff: Api, article: Json, said: Json
) -> None:
    answer = vouch(staff, said, "matched_in_source", source_text="She said it won't ever double again.")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/not-in-source")
    problem = answer.json()
    assert (problem["passage"], problem["similarity"]) == ("won't ever double", 0.889)
    assert {"op": "insert", "before": "", "after": "ever "} in problem["diff"]
    nothing = vouch(staff, said, "matched_in_source", source_text="Quite another matter").json()
    assert (nothing["passage"], nothing["similarity"], nothing["diff"]) == (None, 0.0, [])
    assert staff.get(path(said)).json()["items"] == []
    assert shown(api, article, said) == {"unverified"}


@one_engine
def test_the_newest_evidence_decides_and_can_be_taken_back(api: Api, staff: Api, article: Json, said: Json) -> None:
    vouch(staff, said, "heard_on_record", time_code="0:14:05", url="https://radio.example/1")
    disputed = vouch(staff, said, "disputed", source_text="I said it would double.", note="Her letter.").json()
    assert shown(api, article, said) == {"disputed"}
    assert 0 < disputed["items"][1]["match"]["similarity"] < 1
    assert disputed["items"][1]["match"]["diff"]
    url = path(said, disputed["items"][1]["id"])
    assert staff.delete(url).status_code == 428
    left = staff.delete(url, headers={"If-Match": "*"})
    assert (left.status_code, left.json()["verification"], len(left.json()["items"])) == (200, "heard_on_record", 1)
    assert shown(api, article, said) == {"heard_on_record"}
    assert staff.delete(url, headers={"If-Match": "*"}).status_code == 404
    assert staff.delete(path(said, left.json()["items"][0]["id"]), headers={"If-Match": "*"}).is_success
    assert shown(api, article, said) == {"unverified"}


def test_a_verification_lapses_with_the_words_and_not_with_the_place(
    api: Api, staff: Api, article: Json, said: Json
) -> None:
    vouch(staff, said, "matched_in_source", source_text=SPEECH)
    edit(staff, article, markdown=f"At noon.\n\n{TEXT.replace('“', chr(34)).replace('’', chr(39))}")
    assert shown(api, article, said) == {"matched_in_source"}
    edit(staff, article, markdown=TEXT.replace("won’t double,", "won’t soon double,"))
    assert shown(api, article, said) == {"unverified"}
    present = staff.get(path(said)).json()
    assert (present["exact"], present["items"][0]["exact"]) == ("won’t soon double,", "won’t double,")
    note = vouch(staff, said, "unverified", note="Asked the board.").json()
    kept = staff.delete(path(said, note["items"][1]["id"]), headers={"If-Match": "*"}).json()
    assert kept["verification"] == "unverified"  # what is left is about other words


@one_engine
def test_other_words_chosen_by_an_editor_are_unverified(api: Api, staff: Api, article: Json, said: Json) -> None:
    vouch(staff, said, "heard_on_record", note="I was there.")
    change(staff, "PATCH", article, f"/quotes/{said['id']}", kind="mixed")
    assert shown(api, article, said) == {"heard_on_record"}
    start = TEXT.index("double")
    change(staff, "PATCH", article, f"/quotes/{said['id']}", exact="double", start=start, end=start + 6)
    assert shown(api, article, said) == {"unverified"}


def test_each_change_of_a_verification_that_readers_see_is_told_once(
    api: Api, staff: Api, article: Json, said: Json, writing: Callable[[], Any]
) -> None:
    def told() -> list[str]:
        with writing() as session:
            release(session, at=now())
            kind = Event.kind == "quote.verification_changed"
            bodies = session.scalars(select(Event.body).where(kind).order_by(Event.number)).all()
        assert {body["quote_id"] for body in bodies} <= {said["id"]}
        changes = api.get("/v1/changes?kind=quote.verification_changed").json()["items"]
        assert [each["subject_id"] for each in changes] == [said["id"]] * len(bodies)
        return [body["verification"] for body in bodies]

    vouch(staff, said, "unverified", note="Asked the board.")
    assert told() == []
    vouch(staff, said, "matched_in_source", source_text=SPEECH)
    disputed = vouch(staff, said, "disputed", note="Her letter.").json()["items"][-1]
    assert told() == ["matched_in_source", "disputed"]
    staff.delete(path(said, disputed["id"]), headers={"If-Match": "*"})
    edit(staff, article, title="Fares")
    assert told()[2:] == ["matched_in_source"]
    edit(staff, article, markdown=TEXT.replace("won’t double,", "won’t soon double,"))
    edit(staff, article, markdown=TEXT.replace("won’t double,", "won’t ever double,"))
    assert told()[3:] == ["unverified"]
    change(staff, "PATCH", article, f"/quotes/{said['id']}", review="rejected")
    vouch(staff, said, "heard_on_record", note="I was there.")
    waiting = quote(staff, draft(staff, markdown=TEXT), "Never,")
    vouch(staff, waiting, "heard_on_record", note="I was there.")
    assert len(told()) == 4


@one_engine
def test_no_stored_text_note_or_time_code_reaches_readers(api: Api, staff: Api, article: Json, said: Json) -> None:
    vouch(staff, said, "matched_in_source", source_text=SPEECH, note="NOTE-CANARY", time_code="123:45:06.789")
    for url in (
        f"/v1/articles/{article['slug']}",
        f"/v1/articles/{article['slug']}/quotes",
        f"/v1/articles/{article['slug']}/provenance",
        f"/v1/quotes/{said['id']}",
        "/v1/quotes?review=any",
        "/v1/articles?view=full",
    ):
        answer = api.get(url)
        assert answer.status_code == 200
        assert not [word for word in ("CANARY", "123:45", "evidence") if word in answer.text], url
    assert api.get(path(said)).status_code == 401


@one_engine
def test_what_is_no_evidence_is_refused_and_changes_nothing(staff: Api, said: Json, article: Json) -> None:
    refused: list[tuple[Json, str]] = [
        ({}, ""),
        ({"url": None, "note": None}, ""),
        ({"note": ""}, "/note"),
        ({"url": "javascript:alert(1)"}, "/url"),
        ({"time_code": "14:05"}, "/time_code"),
        ({"time_code": "0:99:00"}, "/time_code"),
        ({"source_text": ""}, "/source_text"),
        ({"source_text": "x" * 500_001}, "/source_text"),
        ({"note": "x", "checked_by": "me"}, "/checked_by"),
    ]
    before = staff.get(path(said)).text
    for fields, pointer in refused:
        answer = vouch(staff, said, "heard_on_record", **fields)
        assert answer.status_code == 422, answer.text
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    without_text = vouch(staff, said, "matched_in_source", url="https://board.example/")
    assert [error["pointer"] for error in without_text.json()["errors"]] == ["/source_text"]
    assert vouch(staff, said, "true", note="x").status_code == 422
    assert vouch(staff, {"id": article["id"]}, "disputed", note="x").status_code == 404
    assert staff.get(path(said)).text == before
    change(staff, "DELETE", article, f"/quotes/{said['id']}")
    assert vouch(staff, said, "disputed", note="x").status_code == 404  # the article has it no longer


@one_engine
def test_a_quote_has_so_much_evidence_and_no_more(staff: Api, said: Json, writing: Callable[[], Any]) -> None:
    letter = {"quote_id": UUID(said["id"]), "verification": "disputed", "exact": said["exact"], "checked_at": now()}
    with writing() as session:
        session.add_all(Evidence(note=f"Letter {number}", **letter) for number in range(MOST - 1))
    assert vouch(staff, said, "disputed", note="The last").status_code == 201
    assert vouch(staff, said, "disputed", note="One more").status_code == 422
    assert len(staff.get(path(said)).json()["items"]) == MOST


@one_engine
def test_a_retried_post_keeps_one_item(staff: Api, said: Json) -> None:
    how: Json = {
        "json": {"verification": "disputed", "note": "x"},
        "headers": {"If-Match": "*", "Idempotency-Key": "1"},
    }
    first, second = staff.post(path(said), **how), staff.post(path(said), **how)
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert len(staff.get(path(said)).json()["items"]) == 1


@one_engine
def test_a_draft_is_verified_before_anybody_reads_it(api: Api, staff: Api) -> None:
    made = draft(staff, markdown=TEXT)
    said = quote(staff, made, "Never,")
    assert vouch(staff, said, "heard_on_record", note="I was there.").status_code == 201
    assert staff.get(f"/v1/admin/articles/{made['id']}").json()["coverage"]["verified"] == 1
    assert api.get(f"/v1/quotes/{said['id']}").status_code == 404
    change(staff, "DELETE", made)
    assert vouch(staff, said, "disputed", note="x").status_code == 409
