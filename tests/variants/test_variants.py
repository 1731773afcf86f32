"""Quotes of one statement in several articles: found, labelled, and seen by those who may see them."""

from datetime import timedelta
from typing import Any

import pytest

from app.context import Site
from app.db import now
from app.variants import pairing
from app.variants.actions import compare, rebuild
from app.variants.delivery import differences
from tests.conftest import Api, draft, published
from tests.plans import noted, plan

Json = dict[str, Any]

BOAT = "We will not leave eleven hundred people without a boat after dark"


def compared(site: Site) -> None:
    """Everything that a worker would do about quotes now."""
    while compare(site.database, at=now()):
        pass


def quoted(staff: Api, made: Json, exact: str, **fields: Any) -> str:
    """A quote of an article by HTTP; its id."""
    current = staff.get(f"/v1/admin/articles/{made['id']}")
    start = current.json()["body"]["text"].index(exact)
    answer = staff.post(
        f"/v1/admin/articles/{made['id']}/quotes",
        json={"exact": exact, "start": start, "end": start + len(exact), **fields},
        headers={"If-Match": current.headers["ETag"]},
    )
    assert answer.status_code == 201, answer.text
    return next(str(q["id"]) for q in answer.json()["quotes"] if q["start"] == start)


def saying(staff: Api, exact: str, *, public: bool = True, **fields: Any) -> tuple[Json, str]:
    """An article with one quote; and the quote's id."""
    made = (published if public else draft)(staff, title="What was said", markdown=f"“{exact}”, somebody said.")
    return made, quoted(staff, made, exact, **fields)


def person(staff: Api, name: str) -> str:
    answer = staff.post("/v1/admin/sources", json={"name": name, "kind": "person"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["slug"])


def variants(api: Api, quote_id: str, query: str = "") -> dict[str, list[str]]:
    answer = api.get(f"/v1/quotes/{quote_id}/variants{query}")
    assert answer.status_code == 200, answer.text
    return {item["quote"]["id"]: item["labels"] for item in answer.json()["items"]}


def misquotes(staff: Api, query: str = "") -> list[Json]:
    answer = staff.get(f"/v1/admin/misquotes{query}")
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def test_each_way_in_which_a_quote_differs_has_its_label(api: Api, staff: Api, site: Site) -> None:
    oduya, wendell = person(staff, "Maren Oduya"), person(staff, "Joss Wendell")
    _, own = saying(staff, f"{BOAT}, and that is final.", speaker=oduya)
    expected = {
        saying(staff, exact, speaker=speaker)[1]: labels
        for exact, speaker, labels in [
            (f"{BOAT.upper()} – and that is final", oduya, ["same"]),
            (BOAT, oduya, ["trimmed"]),
            ("We will not leave … people without a boat after dark, and that is final.", oduya, ["joined"]),
            ("We will not leave [the islanders] without a boat after dark, and that is final.", oduya, ["bracketed"]),
            (
                f"{BOAT.replace('not ', '')}, and that is final.",
                oduya,
                ["changed_words"],
            ),
            (f"{BOAT}, and that is final.", wendell, ["attributed", "same"]),
            (
                BOAT.replace("not", "never"),
                wendell,
                ["attributed", "changed_words", "trimmed"],
            ),
        ]
    }
    saying(staff, "The fare for a crossing will go up by half in the spring", speaker=oduya)
    compared(site)
    assert variants(api, own) == expected
    for other, labels in expected.items():
        assert variants(api, other)[own] == labels


def test_a_variant_shows_the_words_that_differ(api: Api, staff: Api, site: Site) -> None:
    _, own = saying(staff, BOAT)
    saying(staff, BOAT.replace("not", "never"))
    compared(site)
    (item,) = api.get(f"/v1/quotes/{own}/variants").json()["items"]
    assert [change for change in item["diff"] if change["op"] != "equal"] == [
        {"op": "replace", "before": "not", "after": "never"}
    ]
    assert item["quote"]["article"]["title"] == "What was said"


def test_a_few_words_are_compared_for_one_speaker_only(api: Api, staff: Api, site: Site) -> None:
    oduya, wendell = person(staff, "Maren Oduya"), person(staff, "Joss Wendell")
    _, own = saying(staff, "Never again", speaker=oduya)
    _, again = saying(staff, "never again!", speaker=oduya)
    _, others = saying(staff, "Never again", speaker=wendell)
    _, nobodys = saying(staff, "Never again")
    compared(site)
    assert variants(api, own) == {again: ["same"]}
    assert variants(api, others) == variants(api, nobodys) == {}
    assert misquotes(staff) == []


def test_only_confirmed_quotes_are_variants_unless_asked_and_rejected_ones_never(
    api: Api, staff: Api, site: Site
) -> None:
    _, own = saying(staff, BOAT)
    _, suggested = saying(staff, BOAT, review="suggested")
    _, rejected = saying(staff, BOAT, review="rejected")
    compared(site)
    assert variants(api, own) == {}
    assert variants(api, own, "?review=any") == variants(api, own, "?review=suggested") == {suggested: ["same"]}
    assert api.get(f"/v1/quotes/{rejected}/variants").status_code == 404
    assert api.get(f"/v1/quotes/{own}/variants?review=rejected").status_code == 400


def test_what_readers_do_not_see_is_no_variant(api: Api, staff: Api, site: Site) -> None:
    _, own = saying(staff, BOAT)
    _, seen = saying(staff, BOAT)
    hidden, other = saying(staff, BOAT, public=False)
    assert variants(api, own) == {}  # kept in memory, until something comes of comparing
    compared(site)
    assert variants(api, own) == {seen: ["same"]}
    assert api.get(f"/v1/quotes/{other}/variants").status_code == 404
    etag = staff.get(f"/v1/admin/articles/{hidden['id']}").headers["ETag"]
    staff.post(f"/v1/admin/articles/{hidden['id']}/publish", headers={"If-Match": etag})
    assert set(variants(api, own)) == {seen, other}  # at once: nothing has to be compared for it


def test_a_permission_ends_at_its_very_moment(
    api: Api, staff: Api, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assigner = person(staff, "The Harbour Review")
    _, own = saying(staff, BOAT)
    lent, other = saying(staff, BOAT)
    ends = now() + timedelta(days=1)
    current = staff.get(f"/v1/admin/articles/{lent['id']}")
    answer = staff.post(
        f"/v1/admin/articles/{lent['id']}/permissions",
        json={"assigner": assigner, "credit": "By permission.", "valid_through": ends.isoformat()},
        headers={"If-Match": current.headers["ETag"]},
    )
    assert answer.status_code == 201, answer.text
    compared(site)
    for moment, seen in ((ends - timedelta(milliseconds=1), {other}), (ends, set())):
        monkeypatch.setattr("app.variants.delivery.now", lambda moment=moment: moment)
        assert set(variants(api, own, "?limit=50" if seen else "?limit=51")) == seen


def test_an_edit_of_the_words_a_deletion_and_the_trash_undo_it(api: Api, staff: Api, site: Site) -> None:
    _, own = saying(staff, BOAT)
    made, other = saying(staff, BOAT.replace("not", "never"))
    compared(site)
    assert variants(api, own) == {other: ["changed_words"]}
    assert len(misquotes(staff)) == 1
    address = f"/v1/admin/articles/{made['id']}"

    def headers() -> dict[str, str]:
        return {"If-Match": staff.get(address).headers["ETag"]}

    staff.delete(address, headers=headers())
    compared(site)
    assert (variants(api, own), misquotes(staff)) == ({}, [])
    staff.post(f"{address}/restore", headers=headers())
    staff.post(f"{address}/publish", headers=headers())
    compared(site)
    assert variants(api, own) == {other: ["changed_words"]}
    staff.delete(f"{address}/quotes/{other}", headers=headers())
    compared(site)
    assert (variants(api, own), misquotes(staff)) == ({}, [])
    assert staff.post(f"{address}/revisions/2/restore", headers=headers()).status_code == 200
    compared(site)
    assert variants(api, own) == {other: ["changed_words"]}
    assert len(misquotes(staff)) == 1


def test_two_speakers_of_the_same_words_are_looked_at_until_they_are_one(api: Api, staff: Api, site: Site) -> None:
    oduya, double = person(staff, "Maren Oduya"), person(staff, "M. Oduya")
    _, own = saying(staff, BOAT, speaker=oduya)
    _, other = saying(staff, BOAT, speaker=double)
    compared(site)
    assert variants(api, own) == {other: ["attributed", "same"]}
    (found,) = misquotes(staff)
    assert found["label"] == "attributed"
    assert {side["quote"]["speaker"]["slug"] for side in found["quotes"]} == {oduya, double}
    assert [side["count"] for side in found["quotes"]] == [2, 2]
    etag = staff.get(f"/v1/admin/sources/{double}").headers["ETag"]
    answer = staff.post(f"/v1/admin/sources/{double}/merge", json={"into": oduya}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    compared(site)
    assert variants(api, own) == {other: ["same"]}
    assert misquotes(staff) == []


def test_a_page_takes_a_fixed_number_of_statements_and_no_walk_over_a_table(
    api: Api, staff: Api, site: Site, statements: list[str]
) -> None:
    _, own = saying(staff, BOAT)
    counts = []
    for number in range(3):
        saying(staff, f"{BOAT}, number {number}")
        saying(staff, BOAT.replace("boat", f"ship {number}"))
        compared(site)
        statements.clear()
        assert len(variants(api, own, f"?limit={90 + number}")) == 2 * number + 2
        counts.append(len(statements))
        statements.clear()
        assert len(misquotes(staff, f"?limit={90 + number}")) >= number + 1
        counts.append(len(statements))
    assert len(set(counts[::2])) == 1
    assert len(set(counts[1::2])) == 1
    with noted(site) as seen:
        variants(api, own, "?limit=99")
    plans = "\n".join(plan(site, statement, parameters) for statement, parameters in seen)
    for table in ("utterances", "likenesses", "phrasings", "placements"):
        assert f"SCAN {table}" not in plans
        assert f"Seq Scan on {table}" not in plans


@pytest.mark.parametrize("word_pairs", [pairing.WORD_PAIRS, 0])  # and one phrasing at a time
def test_comparing_anew_finds_the_same_again(
    staff: Api, site: Site, api: Api, word_pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairing, "WORD_PAIRS", word_pairs)
    oduya = person(staff, "Maren Oduya")
    _, own = saying(staff, BOAT, speaker=oduya)
    saying(staff, BOAT.replace("not", "never"), speaker=oduya)
    compared(site)
    before = variants(api, own), misquotes(staff)
    with site.database.writer.session() as session:
        assert rebuild(session, at=now()) == 2
    assert (variants(api, own, "?limit=99"), misquotes(staff)) == before


def test_very_long_quotes_are_the_same_or_are_not_compared(api: Api, staff: Api, site: Site) -> None:
    words = " ".join(f"w{n}" for n in range(3000))
    _, own = saying(staff, words)
    _, same = saying(staff, words.upper())
    saying(staff, words.replace("w7 ", "w8 ", 1))
    compared(site)
    (item,) = api.get(f"/v1/quotes/{own}/variants").json()["items"]
    assert (item["quote"]["id"], item["labels"], item["diff"]) == (same, ["same"], None)


def test_the_difference_of_long_quotes_is_not_told_word_by_word() -> None:
    assert differences("ship " * 300, "boat")
    assert differences("ship " * 301, "boat") is None


def test_the_oldest_words_come_first_whenever_they_were_entered(api: Api, staff: Api, site: Site) -> None:
    bo = person(staff, "Bo")
    days = ["2020-05-01", "2026-01-01", "2019-05-01"]
    said = [saying(staff, BOAT, attribution=[{"source": bo, "role": "via", "date": day}])[1] for day in days]
    _, own = saying(staff, BOAT)
    compared(site)
    assert list(variants(api, own)) == [said[2], said[0], said[1]]
    first = api.get(f"/v1/quotes/{own}/variants?limit=1").json()
    assert [row["quote"]["id"] for row in api.get(first["next"]).json()["items"]] == [said[0]]
