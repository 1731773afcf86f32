"""The queue of what cannot all be right, and what editors decide about it."""

from pathlib import Path

import pytest

from app.context import Site
from app.db import new_id, now
from app.demo import load_samples
from app.events.actions import COMMAND_LINE
from app.ingest.importing import import_text
from tests.conftest import Api, draft
from tests.variants.test_variants import BOAT, compared, misquotes, person, quoted, saying

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def decide(staff: Api, misquote_id: str, state: str) -> str:
    answer = staff.post(f"/v1/admin/misquotes/{misquote_id}/decision", json={"state": state})
    assert answer.status_code == 200, answer.text
    decided: str = answer.json()["state"]
    return decided


def test_a_dismissed_pair_does_not_come_back_until_its_words_change(staff: Api, site: Site) -> None:
    saying(staff, BOAT)
    made, quote_id = saying(staff, BOAT.replace("not", "never"))
    compared(site)
    (found,) = misquotes(staff, "?count=exact&label=changed_words")
    assert [change["after"] for change in found["diff"] if change["op"] == "replace"] in (["not"], ["never"])
    assert decide(staff, found["id"], "dismissed") == "dismissed"
    saying(staff, BOAT)
    saying(staff, BOAT.replace("not", "never"))
    compared(site)
    assert misquotes(staff) == []
    (kept,) = misquotes(staff, "?state=dismissed")
    assert [side["count"] for side in kept["quotes"]] == [2, 2]
    address = f"/v1/admin/articles/{made['id']}"
    changed = {"markdown": f"“{BOAT.replace('not', 'hardly')}”, somebody said."}
    assert staff.patch(address, json=changed, headers={"If-Match": staff.get(address).headers["ETag"]}).is_success
    compared(site)
    assert {row["label"] for row in misquotes(staff)} == {"changed_words"}
    assert quote_id in {side["quote"]["id"] for row in misquotes(staff) for side in row["quotes"]}


def test_a_decision_is_on_the_record_and_can_be_undone(staff: Api, site: Site) -> None:
    saying(staff, BOAT)
    saying(staff, BOAT.replace("not", "never"))
    compared(site)
    (found,) = misquotes(staff)
    decide(staff, found["id"], "accepted")
    decide(staff, found["id"], "accepted")
    assert decide(staff, found["id"], "open") == "open"
    compared(site)
    assert [row["id"] for row in misquotes(staff)] == [found["id"]]
    entries = [e for e in staff.get("/v1/admin/audit").json()["items"] if e["object_kind"] == "misquote"]
    assert [entry["after"]["state"] for entry in entries] == ["open", "accepted"]


def test_bad_decisions_change_nothing(staff: Api, api: Api, site: Site) -> None:
    draft(staff, title="Ferry “will sink”")
    compared(site)
    (found,) = misquotes(staff)
    address = f"/v1/admin/misquotes/{found['id']}/decision"
    for body, status in (({"state": "gone"}, 422), ({}, 422), ({"state": "open", "why": "x"}, 422)):
        assert staff.post(address, json=body).status_code == status
    assert staff.post(f"/v1/admin/misquotes/{new_id()}/decision", json={"state": "open"}).status_code == 404
    assert api.post(address, json={"state": "dismissed"}).status_code == 401
    assert staff.get("/v1/admin/misquotes?label=same").status_code == 400
    assert misquotes(staff) == [found]


def test_a_headline_is_flagged_until_the_text_has_its_words(staff: Api, site: Site) -> None:
    made = draft(staff, title="Fares “will double”", summary="A “historic” rise.")
    compared(site)
    (found,) = misquotes(staff)
    assert (found["label"], found["words"], found["article"]["id"]) == ("headline", "historic", made["id"])
    assert [warning["code"] for warning in made["warnings"]] == ["summary_quote_not_in_body"]
    address = f"/v1/admin/articles/{made['id']}"
    staff.patch(address, json={"summary": "A rise."}, headers={"If-Match": made["etag"]})
    compared(site)
    assert misquotes(staff) == []


def test_staff_is_told_once_and_the_public_never(staff: Api, site: Site) -> None:
    draft(staff, title="Ferry “will sink”")
    compared(site)
    compared(site)
    with site.database.reader() as session:
        told = session.connection().exec_driver_sql("SELECT is_public FROM events WHERE kind = 'misquote.found'")
        assert [bool(row[0]) for row in told] == [False]


def test_equal_words_come_a_page_at_a_time(staff: Api, api: Api, site: Site) -> None:
    speaker = person(staff, "Maren Oduya")
    ids = [saying(staff, words, speaker=speaker)[1] for words in ("Yes", "yes!", "YES …")]
    saying(staff, "Yes.", speaker=person(staff, "Joss Wendell"))
    compared(site)
    first = api.get(f"/v1/quotes/{ids[0]}/variants?limit=1&count=exact").json()
    second = api.get(first["next"]).json()
    assert (first["total"], second["next"]) == (2, None)
    assert [item["quote"]["id"] for page in (first, second) for item in page["items"]] == ids[1:]


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not here")
def test_the_headline_of_the_sample_article_quotes_what_nobody_said(staff: Api, site: Site) -> None:
    (sample,) = DATA.glob("*.txt")
    with site.database.writer.session() as session:
        import_text(session, sample.read_bytes(), by=COMMAND_LINE, at=now(), public=True)
    compared(site)
    assert [(row["label"], row["words"]) for row in misquotes(staff)] == [("headline", "No Matter What")]


def test_of_the_samples_one_headline_is_flagged_and_no_scare_quote(staff: Api, site: Site) -> None:
    load_samples(site.database)
    compared(site)
    assert [(row["label"], row["words"]) for row in misquotes(staff)] == [("headline", "Whatever It Costs")]


def test_an_article_that_has_both_knows_of_both(staff: Api, site: Site) -> None:
    farr, father = person(staff, "Tobin Farr"), person(staff, "Old Farr")
    both = f"My father used to say, ‘{BOAT}’, and he was right."
    made, _ = saying(staff, both, speaker=farr)
    quoted(staff, made, BOAT, speaker=father)
    compared(site)
    assert misquotes(staff) == []
    saying(staff, f"{BOAT}, and he was right.", speaker=person(staff, "Joss Wendell"))
    compared(site)
    assert {row["label"] for row in misquotes(staff)} == {"attributed"}
