"""Sources that turn out to be one, and one that turns out to be two."""

from typing import Any
from uuid import uuid4

from app.db import now
from app.worker import attend
from tests.conftest import Api, draft
from tests.record.test_sources import merge, said_by
from tests.record.world import Json, edit, permit, publish, quote, source

PLAIN = {"kind": "person", "name": "Ida Holm (the younger)"}


def split(staff: Api, of: Json, quotes: list[str], **made: Any) -> Any:
    url = f"/v1/admin/sources/{of['id']}/split"
    return staff.post(url, json={"source": PLAIN | made, "quotes": quotes}, headers={"If-Match": "*"})


def counts(api: Api, slug: str) -> tuple[int, int]:
    found = api.get(f"/v1/sources/{slug}").json()
    return found["quote_count"], found["article_count"]


def test_what_two_sources_said_passed_on_and_granted_is_then_that_of_one(api: Api, staff: Api) -> None:
    first = said_by(staff, "Ida Holm")
    second = said_by(staff, "I. Holm")
    ida, i = (staff.get(f"/v1/admin/sources/{slug}").json() for slug in ("ida-holm", "i-holm"))
    third = draft(staff, markdown="“Words 0”.")
    speaker = source(staff, "Bo")
    quote(staff, third, "Words 0", speaker=speaker["id"], attribution=[{"source": i["id"], "role": "via"}])
    permit(staff, third, i["id"])
    publish(staff, third)
    before = {slug: api.get(f"/v1/articles/{slug}") for slug in (first["slug"], second["slug"])}

    stays = merge(staff, i, ida)

    assert stays["id"] == ida["id"]
    assert stays["aliases"] == ["I. Holm"]
    assert counts(api, "ida-holm") == (2, 3)
    after = {slug: api.get(f"/v1/articles/{slug}") for slug in before}
    assert [page.json()["quotes"][0]["speaker"]["slug"] for page in after.values()] == ["ida-holm"] * 2
    assert after[second["slug"]].headers["ETag"] != before[second["slug"]].headers["ETag"]
    assert after[first["slug"]].json() == before[first["slug"]].json()
    shown = api.get(f"/v1/articles/{third['id']}").json()
    assert [station["source"]["slug"] for station in shown["quotes"][0]["attribution"]][:2] == ["bo", "ida-holm"]
    assert shown["permission"]["assigner"]["slug"] == "ida-holm"
    assert [card["id"] for card in api.get("/v1/articles?source=ida-holm").json()["items"]] == [
        made["id"] for made in (third, second, first)
    ]
    attend(api.app.state.site.database, now())
    told = [item for item in api.get("/v1/changes?limit=100").json()["items"] if item["kind"] == "source.merged"]
    assert [item["subject_id"] for item in told] == [i["id"]]


def test_what_both_said_of_the_same_words_stands_once(api: Api, staff: Api) -> None:
    a, b = source(staff, "The Post"), source(staff, "Post, The")
    article = draft(staff, markdown="“One”, “two”, “three”.")
    through = [{"source": made["id"], "role": "via"} for made in (a, b)]
    quote(staff, article, "One", speaker=source(staff, "Bo")["id"], attribution=through)
    quote(staff, article, "two", speaker=a["id"], attribution=through[1:])
    quote(staff, article, "three", speaker=b["id"])
    publish(staff, article)
    merge(staff, a, b)
    shown = api.get(f"/v1/articles/{article['id']}").json()
    ways = [[s["source"]["slug"] for s in q["attribution"]][:-1] for q in shown["quotes"]]
    assert ways == [["bo", "post-the"], ["post-the"], ["post-the"]]
    cited = [(row["source"]["slug"], row["role"]) for row in shown["sources"]]
    assert cited == [("bo", "speaker"), ("post-the", "speaker"), ("post-the", "via")]
    assert edit(staff, article, summary="As before.")["sources"] == shown["sources"]


def test_a_source_that_only_drafts_rely_on_is_merged_without_a_word_to_readers(api: Api, staff: Api) -> None:
    a, b = source(staff, "Known to few"), source(staff, "Known to fewer")
    before = api.get("/v1/changes").json()["items"]
    merge(staff, a, b)
    attend(api.app.state.site.database, now())
    assert api.get("/v1/changes").json()["items"] == before


def test_a_namesake_gets_what_is_his(api: Api, staff: Api) -> None:
    article = draft(staff, markdown="“One”, “two”, “three”.")
    ida, bo = source(staff, "Ida Holm"), source(staff, "Bo")
    ids = [quote(staff, article, words, speaker=ida["id"])["id"] for words in ("One", "two")]
    ids.append(
        quote(staff, article, "three", speaker=bo["id"], attribution=[{"source": ida["id"], "role": "via"}])["id"]
    )
    publish(staff, article)
    assert counts(api, "ida-holm") == (2, 1)

    made = split(staff, ida, ids[1:])

    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/admin/sources/{made.json()['id']}"
    younger = made.json()["slug"]
    assert (counts(api, "ida-holm"), counts(api, younger)) == ((1, 1), (1, 1))
    shown = api.get(f"/v1/articles/{article['id']}").json()
    assert [q["speaker"]["slug"] for q in shown["quotes"]] == ["ida-holm", younger, "bo"]
    cited = [(row["source"]["slug"], row["role"]) for row in shown["sources"]]
    assert cited == [("bo", "speaker"), ("ida-holm", "speaker"), (younger, "speaker"), (younger, "via")]
    # and back again
    merge(staff, made.json(), ida)
    assert counts(api, "ida-holm") == (2, 1)
    again = api.get(f"/v1/articles/{article['id']}").json()
    assert [q["speaker"]["slug"] for q in again["quotes"]] == ["ida-holm", "ida-holm", "bo"]
    assert api.get(f"/v1/sources/{younger}").headers["Location"] == "/v1/sources/ida-holm"


def test_what_cannot_be_merged_or_split_is_refused_and_changes_nothing(api: Api, staff: Api) -> None:
    article = said_by(staff, "Ida Holm", "Bo")
    ida, bo = (staff.get(f"/v1/admin/sources/{slug}").json() for slug in ("ida-holm", "bo"))
    site = staff.get("/v1/admin/sources", params={"name": "Onrecord demo"}).json()["items"][0]
    gone = source(staff, "Gone")
    merge(staff, gone, ida)
    before = api.get(f"/v1/articles/{article['slug']}").content
    quotes = [q["id"] for q in api.get(f"/v1/articles/{article['slug']}").json()["quotes"]]

    def refused(of: Json, to: str, kind: str, status: int) -> None:
        answer = staff.post(f"/v1/admin/sources/{of['id']}/merge", json={"into": to}, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, kind), answer.text

    refused(ida, ida["id"], "invalid", 422)
    refused(ida, gone["id"], "invalid", 422)  # which is itself by now
    refused(ida, "nobody", "invalid", 422)
    refused(site, ida["id"], "invalid", 422)
    refused(gone, bo["id"], "already-merged", 409)
    assert staff.post(f"/v1/admin/sources/{ida['id']}/merge", json={"into": "bo"}).status_code == 428
    old = {"If-Match": '"of-yesterday"'}
    assert staff.post(f"/v1/admin/sources/{ida['id']}/merge", json={"into": "bo"}, headers=old).status_code == 412
    for wrong, status in (([quotes[1]], 422), ([str(uuid4())], 422), ([], 422)):
        assert split(staff, ida, wrong).status_code == status
    assert split(staff, ida, quotes[:1], slug="bo").status_code == 409
    assert split(staff, gone, quotes[:1]).status_code == 409
    assert api.get(f"/v1/articles/{article['slug']}").content == before
    assert staff.get("/v1/admin/sources", params={"name": PLAIN["name"]}).json()["items"] == []


def test_what_either_said_is_then_told_with_the_roles_of_both(api: Api, staff: Api) -> None:
    said_by(staff, "Ida Holm")
    source(staff, "Board", "organization")
    old = source(staff, "I. Holm", roles=[{"title": "Chair", "organization": "board"}])
    merge(staff, old, staff.get("/v1/admin/sources/ida-holm").json())
    [row] = api.get("/v1/quotes").json()["items"]
    assert [role["title"] for role in row["speaker_roles"]] == ["Chair"]
