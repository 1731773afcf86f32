"""Quotes found by their words, their days and whoever passed them on; counted, and with the roles of the time."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.articles.quoted import shares
from app.articles.renditions import rebuild
from app.context import Site
from app.db import now
from app.record.finding import covering
from app.search import actions as search_actions
from app.search import queries
from tests.conftest import Api, draft
from tests.plans import noted, plan
from tests.record.world import (
    HOUR,
    NOON,
    Builder,
    Json,
    Stage,
    Writing,
    building,
    frozen,
    permit,
    publish,
    quote,
    source,
    z,
)

# words: what is given; the newest article first
SAID: dict[str, dict[str, dict[str, Any]]] = {
    "third": {
        "The night ferry will sail, whatever it costs": {"speaker": "ida-holm", "day": "2031-05-02", "via": "agency"},
        "夜間フェリーは続ける": {"speaker": "tanaka", "review": "suggested"},
    },
    "second": {
        "No ferry sails at night": {"speaker": "jo-berg", "day": "2022-05-17", "via": "agency"},
        "Ça coûte cher": {"speaker": "ida-holm", "day": "2022-05-17"},
    },
    "first": {
        "We sail": {"speaker": "ida-holm", "day": "1998-12-31", "via": "gazette"},
        "Nobody asked us": {},
    },
}
ALL = [words for said in SAID.values() for words in reversed(said)]
NIGHT, JAPANESE, NO_FERRY, DEAR, WE_SAIL, NOBODY = (
    "The night ferry will sail, whatever it costs",
    "夜間フェリーは続ける",
    "No ferry sails at night",
    "Ça coûte cher",
    "We sail",
    "Nobody asked us",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with building(request, tmp_path_factory.mktemp("found")) as builder:
        with frozen(NOON):
            ids = three_articles(builder)
        yield builder.stage(ids)


def three_articles(b: Builder) -> dict[str, Json]:
    staff, quotes = b.staff, {}
    source(staff, "Harbour Board", "organization")
    roles = [
        {"title": "Deputy", "organization": "harbour-board", "valid_from": "2021-01-01", "valid_through": "2022-12-31"},
        {"title": "Chair", "organization": "harbour-board", "valid_from": "2023-01-01"},
    ]
    source(staff, "Ida Holm", roles=roles, aliases=["אידה הולם"])
    source(staff, "田中", slug="tanaka", aliases=["Tanaka", "たなか"])
    source(staff, "田中", slug="tanaka-2", aliases=["تاناكا"])
    for name, kind in (("Jo Berg", "person"), ("Agency", "organization"), ("Gazette", "publication")):
        source(staff, name, kind)
    for hours, (slug, given_words) in enumerate(SAID.items()):
        markdown = "\n\n".join(f"“{words}”" for words in given_words)
        article = draft(
            staff, slug=slug, title=slug, markdown=markdown, published_at=z(NOON - hours * 24 * HOUR), tags=[slug]
        )
        for words, values in given_words.items():
            fields: Json = {name: values[name] for name in ("speaker", "review") if name in values}
            if "day" in values:
                station = {"source": values.get("via", "gazette"), "role": "via", "date": values["day"]}
                fields["attribution"] = [station]
            quotes[words] = quote(staff, article, words, **fields)
        publish(staff, article)
    return quotes


FOUND: dict[str, list[str]] = {
    "q=ferry": [NIGHT, NO_FERRY],
    'q="night ferry"': [NIGHT],
    'q="ferry night"': [],
    "q=FERRY -whatever": [NO_FERRY],
    "q=cout*": [DEAR],
    "q=coute": [DEAR],
    "q=フェリー&review=any": [JAPANESE],
    "q=フェリー": [],
    "q=ferry&speaker=jo-berg": [NO_FERRY],
    "q=ferry&via=agency&tag=third": [NIGHT],
    "q=ferry&article=second&kind=direct": [NO_FERRY],
    "q=ferry&said_after=2022-05-17": [NIGHT],
    "q=ferry&said_before=2031-05-02": [NO_FERRY],
    "q=holm": [],  # a name is none of the words
    "said_before=1999-01-01": [WE_SAIL],
    "said_after=1998-12-31&said_before=2022-05-18": [DEAR, NO_FERRY],
    "said_after=2022-05-17&said_before=2022-05-17": [],
    "said_after=9999-12-31": [],
    "said_before=0001-01-01": [],
    "said_after=0001-01-01&said_before=9999-12-31": [NIGHT, DEAR, NO_FERRY, WE_SAIL],
    "sort=said_on&speaker=ida-holm": [WE_SAIL, DEAR, NIGHT],
    "sort=-said_on&speaker=ida-holm": [NIGHT, DEAR, WE_SAIL],
    "sort=said_on&via=agency": [NO_FERRY, NIGHT],
    "sort=said_on&q=ferry&said_after=2000-01-01": [NO_FERRY, NIGHT],
    # without a date it was said when the article was published, two days after the newest quote was
    "sort=-said_on&review=any": [JAPANESE, NOBODY, NIGHT, DEAR, NO_FERRY, WE_SAIL],
    "sort=said_on&speaker=nobody": [],
    f"month={NOON - 24 * HOUR:%Y-%m}&tag=second": [DEAR, NO_FERRY],
    "month=1999-01": [],
    f"sort=said_on&published_after={z(NOON - 2 * HOUR)}": [NIGHT],
    f"q=ferry&published_before={z(NOON)}": [NO_FERRY],
}


QUESTIONS = (
    "", "q=ferry", "q=ferry&via=agency", "speaker=ida-holm", "speaker=ida-holm&sort=said_on", "sort=-said_on",
    "said_before=1999-01-01", "sort=said_on&via=agency", "sort=said_on&review=suggested",
    *(f"{narrow}&facets=speaker,via,month&count=exact" for narrow in (
        "", "tag=third", "kind=direct", "verification=unverified", "speaker=ida-holm", "via=agency", "month=2031-05",
        "kind=direct&tag=third", "q=ferry",
    )),
    "article=first",
    "count=exact&review=any",
)  # fmt: skip
BY_INDEX = {
    "sort=said_on&review=suggested": "ix_quote_documents_review",
    "sort=-said_on": "ix_quote_documents_review",
    "sort=said_on&review=any": "ix_quote_documents_day",
    "sort=said_on&speaker=ida-holm": "ix_quote_documents_speaker_id",
    "kind=direct&facets=speaker": "ix_quote_counts_total",
    "tag=third&facets=month&review=any": "ix_quote_counts_total",
}
LARGE = {"quote_documents", "quote_counts", "articles", "placements", "sources"}


class TestFinding:
    @pytest.fixture
    def app(self, said: Stage) -> FastAPI:
        return said.app

    @pytest.fixture(autouse=True)
    def at_noon(self) -> Iterator[None]:
        with frozen(NOON):
            yield

    def test_each_question_has_its_quotes_in_order(self, api: Api) -> None:
        for query, wanted in FOUND.items():
            found = api.get(f"/v1/quotes?count=exact&{query}").json()
            assert [row["exact"] for row in found["items"]] == wanted, query
            assert found["total"] == len(wanted), query

    def test_hits_say_where_the_words_are_and_others_do_not(self, api: Api) -> None:
        [found] = api.get('/v1/quotes?q="night ferry" costs').json()["items"]
        assert [found["exact"][place["start"] : place["end"]] for place in found["highlights"]] == [
            "night ferry",
            "costs",
        ]
        assert all("highlights" not in row for row in api.get("/v1/quotes").json()["items"])

    def test_pages_walk_both_orders_to_the_end_and_back(self, api: Api) -> None:
        for sort in ("-published_at", "published_at", "-said_on", "said_on"):
            whole = [row["id"] for row in api.get(f"/v1/quotes?review=any&sort={sort}").json()["items"]]
            page = api.get(f"/v1/quotes?review=any&sort={sort}&limit=2").json()
            seen = [row["id"] for row in page["items"]]
            while page["next"]:
                last, page = page, api.get(page["next"]).json()
                seen += [row["id"] for row in page["items"]]
                assert api.get(page["prev"]).json()["items"] == last["items"]
            assert seen == whole, sort
            assert len(seen) == len(ALL)

    def test_facets_add_up_with_the_filters(self, api: Api) -> None:
        for query in (
            "review=any", "review=confirmed", "q=ferry", "via=agency", "sort=said_on&said_after=2000-01-01",
            "kind=direct", "verification=unverified&review=any", "tag=third&review=any", "month=2031-05&review=any",
            "speaker=ida-holm", "speaker=ida-holm&sort=said_on", "kind=direct&tag=first", "article=second",
        ):  # fmt: skip
            facets = api.get(f"/v1/quotes?facets=speaker,via,month&{query}").json()["facets"]
            total = api.get(f"/v1/quotes?count=exact&limit=1&{query}").json()["total"]
            assert facets["counted"] == total == sum(month["count"] for month in facets["month"])
            for name in ("speaker", "via"):
                for facet in facets[name]:
                    if name not in query:
                        narrowed = api.get(f"/v1/quotes?count=exact&{query}&{name}={facet['value']}").json()
                        assert narrowed["total"] == facet["count"], (query, facet)
        assert api.get("/v1/quotes?facets=month").json()["facets"]["speaker"] is None

    def test_what_was_said_and_what_was_passed_on_are_apart(self, api: Api) -> None:
        for slug, spoken, passed in (("agency", 0, 2), ("ida-holm", 3, 0), ("gazette", 0, 2)):
            whole = api.get(f"/v1/sources/{slug}").json()
            assert (whole["quote_count"], whole["passed_on_count"]) == (spoken, passed), slug
            for role, number in (("speaker", spoken), ("via", passed)):
                listed = api.get(f"/v1/sources/{slug}/quotes?review=any&count=exact&role={role}").json()
                assert listed["total"] == len(listed["items"]) == number, (slug, role)
        timeline = api.get("/v1/sources/agency/quotes?role=via&sort=said_on").json()["items"]
        assert [row["exact"] for row in timeline] == [NO_FERRY, NIGHT]

    def test_a_speaker_has_the_roles_of_the_day(self, api: Api) -> None:
        titles = {
            row["exact"]: [(role["title"], role["organization"]["slug"]) for role in row["speaker_roles"]]
            for row in api.get("/v1/quotes?speaker=ida-holm").json()["items"]
        }
        assert titles == {NIGHT: [("Chair", "harbour-board")], DEAR: [("Deputy", "harbour-board")], WE_SAIL: []}
        for day, wanted in (("2022-12-31", ["Deputy"]), ("2023-01-01", ["Chair"]), ("2020-12-31", [])):
            found = api.get(f"/v1/sources/ida-holm?on={day}").json()["roles"]
            assert [role["title"] for role in found] == wanted, day
        assert len(api.get("/v1/sources/ida-holm").json()["roles"]) == 2
        assert api.get("/v1/sources/ida-holm?on=yesterday").status_code == 400

    def test_names_of_every_script_are_found_and_homonyms_apart(self, api: Api) -> None:
        for name in ("אידה", "田中", "たなか", "TANAKA"):
            assert len(api.get("/v1/sources", params={"q": name}).json()["items"]) == 1, name
        assert [row["exact"] for row in api.get("/v1/quotes?speaker=tanaka&review=any").json()["items"]] == [JAPANESE]
        assert api.get("/v1/quotes?speaker=tanaka-2&review=any").json()["items"] == []

    def test_what_cannot_be_asked_is_refused(self, api: Api) -> None:
        for query in (
            "q=",
            "q=-ferry",
            'q="" * -',
            f"q={'a' * 10_000}",
            f"q={'+'.join(f'w{n}' for n in range(21))}",
            "q=a*",
            "facets=nobody",
            "facets=speaker,speaker,speaker,speaker,speaker,speaker,speaker,speaker",
            "sort=relevance",
            "said_after=2022-13-01",
            "&".join(f"tag=t{n}" for n in range(500)),
        ):
            answer = api.get(f"/v1/quotes?{query}")
            assert answer.status_code in (400, 414), query[:40]
            assert answer.headers["Content-Type"] == "application/problem+json"
        for query in ("q=ferry OR sail", "q=AND NEAR(ferry)", "q=keys:ferry", "speaker=%25", "tag=a:b"):
            assert api.get(f"/v1/quotes?{query}").json()["items"] == [], query
        assert api.get("/v1/sources/ida-holm/quotes?role=publisher").status_code == 400

    def test_no_question_walks_over_a_table_or_asks_more_for_more(self, api: Api, app: FastAPI) -> None:
        site: Site = app.state.site
        for query in QUESTIONS:
            numbers = []
            for limit in (1, 6):
                with noted(site) as asked:
                    answer = api.get(f"/v1/quotes?{query}&limit={limit}", headers={"Authorization": "Bearer none"})
                assert answer.status_code == 200
                numbers.append(len(asked))
                for statement, parameters in asked:
                    found = plan(site, statement, parameters)
                    walks = r"SCAN (\w+)(?! VIRTUAL| USING)" if site.database.is_sqlite else r"Seq Scan on (\w+)"
                    assert not set(re.findall(walks, found)) & LARGE, (query, found, statement)
            assert numbers[0] == numbers[1] <= 8, query

    def test_timelines_and_facets_are_read_off_their_index(self, api: Api, app: FastAPI) -> None:
        site: Site = app.state.site
        for query, index in BY_INDEX.items():
            with noted(site) as asked:
                api.get(f"/v1/quotes?{query}&limit=1", headers={"Authorization": "Bearer none"})
            plans = [plan(site, *each) for each in asked]
            assert any(index in each for each in plans), (query, plans)


def test_a_quote_is_found_only_while_and_as_readers_see_it(api: Api, staff: Api, writing: Writing) -> None:
    source(staff, "Review", "publication")
    with frozen(NOON):
        article = draft(staff, markdown="“The bridge is shut”")
        quote(staff, article, "The bridge is shut")
        permit(staff, article, "review", valid_from=z(NOON + HOUR), valid_through=z(NOON + 2 * HOUR))
        publish(staff, article)

    def found() -> list[Json]:
        answer = api.get("/v1/quotes?q=bridge&via=review&count=exact&facets=via", headers={"Authorization": "Bearer x"})
        body = answer.json()
        assert body["total"] == body["facets"]["counted"] == len(body["items"])
        items: list[Json] = body["items"]
        return items

    for hours, wanted in ((0, 0), (1, 1), (2, 0), (3, 0)):
        with frozen(NOON + hours * HOUR):
            assert len(found()) == wanted, hours
    with writing() as session:
        session.execute(text("DELETE FROM quote_documents"))
    with frozen(NOON + HOUR):
        assert found() == []
        with writing() as session:
            rebuild(session, at=now())
        [row] = found()
        assert [hop["role"] for hop in row["attribution"]] == ["reprinted_from", "publisher"]


def test_counts_add_up_after_a_merge_and_a_split(api: Api, staff: Api) -> None:
    old, new = source(staff, "I. Holm"), source(staff, "Ida Holm")
    article = draft(staff, markdown="“One”\n\n“Two”\n\n“Three”")
    one = quote(staff, article, "One", speaker="i-holm")
    quote(staff, article, "Two", speaker="ida-holm")
    quote(staff, article, "Three", attribution=[{"source": "i-holm", "role": "via"}])
    publish(staff, article)

    def counts(slug: str) -> tuple[int, int]:
        whole = api.get(f"/v1/sources/{slug}").json()
        assert api.get(f"/v1/quotes?count=exact&speaker={slug}").json()["total"] == whole["quote_count"]
        assert api.get(f"/v1/quotes?count=exact&via={slug}").json()["total"] == whole["passed_on_count"]
        return whole["quote_count"], whole["passed_on_count"]

    assert (counts("i-holm"), counts("ida-holm")) == ((1, 1), (1, 0))
    tag = staff.get(f"/v1/admin/sources/{old['id']}").headers["ETag"]
    answer = staff.post(f"/v1/admin/sources/{old['id']}/merge", json={"into": new["slug"]}, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    assert counts("ida-holm") == (2, 1)
    assert api.get("/v1/quotes?count=exact&speaker=i-holm").json()["total"] == 2  # the old name leads on
    assert api.get("/v1/sources/i-holm/quotes?role=via").headers["Location"] == "/v1/sources/ida-holm/quotes?role=via"
    tag = staff.get(f"/v1/admin/sources/{new['id']}").headers["ETag"]
    data = {"source": {"kind": "person", "name": "Isa Holm"}, "quotes": [one["id"]]}
    answer = staff.post(f"/v1/admin/sources/{new['id']}/split", json=data, headers={"If-Match": tag})
    assert answer.status_code in (200, 201), answer.text
    assert (counts("ida-holm"), counts("isa-holm")) == ((1, 1), (1, 0))


def test_a_new_name_of_an_employer_is_in_the_quotes(api: Api, staff: Api) -> None:
    place = source(staff, "Board", "organization")
    source(staff, "Ida Holm", roles=[{"title": "Chair", "organization": "board"}])
    article = draft(staff, markdown="“One”")
    quote(staff, article, "One", speaker="ida-holm")
    publish(staff, article)
    tag = staff.get(f"/v1/admin/sources/{place['id']}").headers["ETag"]
    changed = staff.patch(f"/v1/admin/sources/{place['id']}", json={"name": "The Board"}, headers={"If-Match": tag})
    assert changed.status_code == 200, changed.text
    [row] = api.get("/v1/quotes").json()["items"]
    assert row["speaker_roles"][0]["organization"]["name"] == "The Board"


def test_facets_look_at_the_newest_only(api: Api, staff: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "QUOTES_LOOKED_AT", 2)
    article = draft(staff, markdown="“One”\n\n“Two”\n\n“Three”")
    for words in ("One", "Two", "Three"):
        quote(staff, article, words)
    publish(staff, article)
    for query, counted in (("kind=direct", 3), ("kind=direct&verification=unverified", 2)):
        found = api.get(f"/v1/quotes?{query}&facets=month&count=exact").json()
        assert (found["facets"]["counted"], found["total"]) == (counted, 3), query


DAYS = st.dates()


@given(DAYS, DAYS, DAYS)
def test_the_shares_of_days_are_exactly_these_days(first: date, last: date, day: date) -> None:
    found = list(covering(first, last))
    assert len(found) <= 250
    near = {day, first, last}
    near |= {each + timedelta(n) for each in (first, last) for n in (-1, 1) if date.min < each < date.max}
    for each in near:
        assert len(set(shares(each)) & set(found)) == (first <= each <= last), (each, found)


def test_more_quotes_than_a_second_has_places_leave_the_next_second_alone(
    api: Api, staff: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in queries, search_actions:
        monkeypatch.setattr(module, "PLACES", 2)
    earlier = now().replace(microsecond=0) - timedelta(days=1)
    for many, moment in (1, earlier + timedelta(seconds=1)), (3, earlier):
        words = [f"Words {many}{number}" for number in range(many)]
        article = draft(staff, markdown="\n\n".join(f"“{each}”" for each in words), published_at=z(moment))
        for each in words:
            quote(staff, article, each)
        publish(staff, article)
    assert [row["exact"] for row in api.get("/v1/quotes").json()["items"]] == ["Words 10", "Words 31", "Words 30"]
