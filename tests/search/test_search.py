"""`GET /v1/search` and `q=` of `GET /v1/articles`, as readers get them."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text, update

from app.articles.renditions import rebuild
from app.context import Site
from app.search.models import SearchDocument
from tests.conftest import Api, draft, published
from tests.record.world import permit, rename, schedule, source, unpublish, z

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)

Json = dict[str, Any]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as travelling:
        yield travelling


def slugs(api: Api, path: str = "/v1/search", **parameters: Any) -> list[str]:
    """What is found, by no answer that was kept: on PostgreSQL one may live on for a tenth of a second."""
    answer = api.get(path, params=parameters, headers={"Authorization": "Bearer none"})
    assert answer.status_code == 200, answer.text
    return [item["slug"] for item in answer.json()["items"]]


def walked(api: Api, **parameters: Any) -> list[list[str]]:
    """The slugs of each page, by following `next`; and the same pages by following `prev` back."""
    answer = api.get("/v1/search", params=parameters).json()
    there = [answer]
    while answer["next"]:
        answer = api.get(answer["next"]).json()
        there.append(answer)
    back = [answer]
    while answer["prev"]:
        answer = api.get(answer["prev"]).json()
        back.insert(0, answer)
    pages = [[item["slug"] for item in page["items"]] for page in there]
    assert [[item["slug"] for item in page["items"]] for page in back] == pages
    return pages


def refused(api: Api, parameter: str, path: str = "/v1/search", **parameters: Any) -> None:
    """The request is refused for this parameter, in words that do not repeat what was sent."""
    answer = api.get(path, params=parameters)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert parameter in {error["parameter"] for error in answer.json()["errors"]}
    assert "zebra" not in answer.text


def test_a_hit_is_a_card_with_the_places_of_the_words(staff: Api, api: Api) -> None:
    made = published(
        staff,
        title="“Café bridge” closes",
        summary="A bridge too far",
        markdown="**The** bridge “will *close* for a year”, Ida Holm said 🚢.\n\nNo bridges after.",
    )
    [item] = api.get("/v1/search", params={"q": "cafe bridge* holm"}).json()["items"]
    card = api.get("/v1/articles").json()["items"][0]
    assert {name: value for name, value in item.items() if name != "highlights"} == card
    texts = {"title": made["title"], "summary": made["summary"], "text": made["body"]["text"]}
    places = [(place["field"], texts[place["field"]][place["start"] : place["end"]]) for place in item["highlights"]]
    assert places == [
        ("title", "Café"),
        ("title", "bridge"),
        ("summary", "bridge"),
        ("text", "bridge"),
        ("text", "Holm"),
        ("text", "bridges"),
    ]


def test_a_name_is_found_though_no_field_has_it(staff: Api, api: Api) -> None:
    gazette = source(staff, "Quayside Gazette", "publication")
    made = published(staff, authors=["Ida Holm"], tags=["Sea Transport"])
    permit(staff, made, gazette["id"])
    for name in ("gazette", '"sea transport"', '"ida holm"'):
        assert slugs(api, q=name) == ["ferry-fares-rise"], name
    [item] = api.get("/v1/search", params={"q": "gazette"}).json()["items"]
    assert item["highlights"] == []
    rename(staff, gazette, name="Harbour Herald")
    assert slugs(api, q="gazette") == []
    assert slugs(api, q="herald") == ["ferry-fares-rise"]


def test_only_what_readers_see_now_is_found(staff: Api, api: Api, clock: time_machine.Traveller) -> None:
    draft(staff, title="Ferry draft")
    schedule(staff, draft(staff, title="Ferry later"), NOON + DAY)
    gazette = source(staff, "Gazette", "publication")
    permit(staff, published(staff, title="Ferry reprint"), gazette["id"], valid_through=z(NOON + 2 * DAY))
    unpublish(staff, published(staff, title="Ferry gone"))
    stages = {0.0: ["ferry-reprint"], 1.5: ["ferry-later", "ferry-reprint"], 3.0: ["ferry-later"]}
    for days, seen in stages.items():
        clock.move_to(NOON + days * DAY)
        for path in ("/v1/search", "/v1/articles"):
            for sort in ("-published_at", "relevance"):
                assert slugs(api, path, q="ferry", sort=sort) == seen, (days, path, sort)
            assert slugs(api, path, q="ferry", sort="published_at") == seen[::-1]
        counted = api.get("/v1/search", params={"q": "ferry", "facets": "source", "count": "exact"}).json()
        assert (counted["total"], counted["facets"]["counted"]) == (len(seen), len(seen))
        assert [facet["value"] for facet in counted["facets"]["source"]] == ["gazette"] * ("ferry-reprint" in seen)


def test_a_draft_s_new_words_are_found_only_when_readers_get_them(staff: Api, api: Api) -> None:
    made = published(staff, title="Ferry fares rise", markdown="Old words.")
    etag = staff.get(f"/v1/admin/articles/{made['id']}").headers["ETag"]
    edited = staff.patch(
        f"/v1/admin/articles/{made['id']}", json={"markdown": "New words."}, headers={"If-Match": etag}
    )
    assert edited.status_code == 200
    assert slugs(api, q="new words") == ["ferry-fares-rise"]
    assert slugs(api, q="old words") == []


@pytest.fixture
def dated(staff: Api) -> list[str]:
    """Twelve articles a day apart, the newest first; every third mentions the bridge in its title, all in the text."""
    made: list[str] = []
    for n in range(12):
        title = f"{'Bridge' if n % 3 == 0 else 'Ferry'} day {n}"
        day = (datetime(2024, 1, 1, tzinfo=UTC) + n * DAY).isoformat()
        article = published(staff, title=title, markdown="Of a bridge.", published_at=day, tags=[f"Tag {n % 2}"])
        made.insert(0, article["slug"])
    return made


def test_pages_go_from_the_newest_to_the_oldest_and_back(api: Api, dated: list[str]) -> None:
    pages = walked(api, q="bridge", limit=5)
    assert pages == [dated[:5], dated[5:10], dated[10:]]
    dated.reverse()
    assert walked(api, q="bridge", sort="published_at", limit=5) == [dated[:5], dated[5:10], dated[10:]]


def test_by_relevance_the_title_comes_first_then_the_newest(api: Api, dated: list[str]) -> None:
    first = [slug for slug in dated if slug.startswith("bridge")]
    expected = first + [slug for slug in dated if slug not in first]
    pages = walked(api, q="bridge", sort="relevance", limit=5)
    assert [slug for page in pages for slug in page] == expected
    assert slugs(api, "/v1/articles", q="bridge", sort="relevance", limit=5) == expected[:5]


def test_relevance_weighs_title_summary_name_frequency_and_mention_in_this_order(staff: Api, api: Api) -> None:
    weights: dict[str, Json] = {
        "title": {"title": "Zinc"},
        "summary": {"summary": "Zinc."},
        "name": {"authors": ["Zinc Holm"]},
        "often": {"markdown": "Zinc, zinc and zinc."},
        "once": {"markdown": "Zinc."},
    }
    for slug, fields in weights.items():
        published(staff, **({"title": "Metal", "markdown": "Ore.", "slug": f"z-{slug}"} | fields))
    assert slugs(api, q="zinc", sort="relevance") == [f"z-{slug}" for slug in weights]
    assert slugs(api, q="zin*", sort="relevance") == [f"z-{slug}" for slug in weights]


def test_a_walk_by_relevance_repeats_and_skips_nothing_while_others_publish(
    staff: Api, api: Api, dated: list[str]
) -> None:
    page = api.get("/v1/search", params={"q": "bridge", "sort": "relevance", "limit": 3}).json()
    seen = [item["slug"] for item in page["items"]]
    while page["next"]:
        published(staff, title=f"Bridge news {len(seen)}", markdown="A bridge, a bridge and a bridge.")
        page = api.get(page["next"]).json()
        seen += [item["slug"] for item in page["items"]]
    assert [slug for slug in seen if "news" not in slug] == sorted(
        dated, key=lambda slug: (not slug.startswith("bridge"), dated.index(slug))
    )
    assert len(seen) == len(set(seen))


@pytest.mark.usefixtures("dated")
def test_filters_narrow_a_search_as_they_narrow_a_list(api: Api, staff: Api) -> None:
    published(staff, title="Other", markdown="A tunnel.", tags=["Tag 0"], language="fr-CA", authors=["Ida Holm"])
    third, tenth = "2024-01-03T00:00:00Z", "2024-01-10T00:00:00Z"
    for filters in (
        {"tag": "tag-0"},
        {"tag": "unknown"},
        {"tag": 'tag"0'},
        {"language": "en"},
        {"language": "fr"},
        {"author": "ida-holm"},
        {"source": "nobody"},
        {"speaker": "nobody"},
        {"reprint": False},
        {"corrected": True},
        {"published_after": third},
        {"published_before": tenth, "tag": "tag-1"},
        {"published_after": third, "published_before": tenth, "tag": "tag-1"},
        {"updated_after": third},
        {"updated_after": "2030-01-01T00:00:00Z"},
    ):
        listed = [slug for slug in slugs(api, "/v1/articles", limit=100, **filters) if slug != "other"]
        for path in ("/v1/search", "/v1/articles"):
            assert slugs(api, path, q="bridge", limit=100, **filters) == listed, (path, filters)
            total = api.get(path, params={"q": "bridge", "count": "exact", "limit": 1, **filters}).json()["total"]
            assert total == len(listed)


def test_a_list_of_hits_can_be_sorted_by_title_and_by_change(api: Api, dated: list[str]) -> None:
    assert slugs(api, "/v1/articles", q="bridge", sort="title", limit=100) == sorted(
        dated, key=lambda slug: slug.replace("-", " ").capitalize()
    )
    assert slugs(api, "/v1/articles", q="bridge", sort="-updated_at", limit=100) == dated
    [whole] = api.get("/v1/articles", params={"q": '"day 3"', "view": "full"}).json()["items"]
    assert whole["body"]["text"] == "Of a bridge."


@pytest.mark.usefixtures("dated")
def test_facets_count_what_the_hits_have_in_common(api: Api, staff: Api) -> None:
    published(staff, title="Bridge", published_at="2023-12-31T23:59:59Z", authors=["Ida Holm"], tags=["Tag 0"])
    published(staff, title="Tunnel", tags=["Tag 9"])
    asked = {"q": "bridge", "facets": "tag,author,source,month", "limit": 1}
    facets = api.get("/v1/search", params=asked).json()["facets"]
    assert facets == {
        "counted": 13,
        "tag": [{"value": "tag-0", "name": "Tag 0", "count": 7}, {"value": "tag-1", "name": "Tag 1", "count": 6}],
        "author": [{"value": "ida-holm", "name": "Ida Holm", "count": 1}],
        "source": [],
        "month": [
            {"value": "2024-01", "name": "2024-01", "count": 12},
            {"value": "2023-12", "name": "2023-12", "count": 1},
        ],
    }
    some = api.get("/v1/search", params=asked | {"facets": "month", "tag": "tag-1"}).json()["facets"]
    assert (some["tag"], some["counted"], some["month"][0]["count"]) == (None, 6, 6)
    assert "facets" not in api.get("/v1/search", params={"q": "bridge"}).json()


@pytest.mark.usefixtures("dated")
def test_fields_keep_only_what_is_named(api: Api) -> None:
    answer = api.get("/v1/search", params={"q": "bridge", "fields": "slug,highlights", "limit": 1}).json()
    assert set(answer["items"][0]) == {"slug", "highlights"}


@pytest.mark.usefixtures("dated")
def test_a_search_is_cacheable_and_revalidated(api: Api) -> None:
    answer = api.get("/v1/search", params={"q": "bridge"})
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert answer.headers["Cache-Tag"].split(",")[0] == "feed:all"
    assert answer.headers["Last-Modified"]
    again = api.get("/v1/search", params={"q": "bridge"}, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert api.head("/v1/search", params={"q": "bridge"}).headers["ETag"] == answer.headers["ETag"]


@pytest.mark.usefixtures("dated")
def test_a_new_hit_soon_shows_in_an_answer_that_was_kept(api: Api, staff: Api, site: Site) -> None:
    def count() -> int:
        return len(api.get("/v1/search", params={"q": "bridge"}).json()["items"])

    assert count() == count() == 12
    published(staff, title="Bridge again")
    until = time.monotonic() + (0 if site.database.is_sqlite else 5)
    while (found := count()) == 12 and time.monotonic() < until:
        time.sleep(0.05)
    assert found == 13


def test_a_rebuild_mends_whatever_became_of_the_index(
    api: Api, staff: Api, writing: Callable[[], Any], site: Site
) -> None:
    ferry, bridge = published(staff), published(staff, title="Bridge closes", markdown="For a year.")
    hidden = draft(staff, title="Draft")
    with writing() as session:
        if site.database.is_sqlite:  # words that the documents do not have, and documents without their words
            session.execute(text("INSERT INTO search_index (rowid, keys, text) VALUES (7, '', ' ghost ')"))
            session.execute(text("INSERT INTO search_index (search_index) VALUES ('delete-all')"))
        words = {"text": " wrong "} | ({} if site.database.is_sqlite else {"words": None})
        session.execute(update(SearchDocument).where(SearchDocument.article_id == UUID(ferry["id"])).values(words))
        move = update(SearchDocument).where(SearchDocument.article_id == UUID(bridge["id"]))
        session.execute(move.values(article_id=UUID(hidden["id"])))
    with writing() as session:
        assert rebuild(session, at=datetime.now(UTC)) == 2
    assert slugs(api, q="ferry") == [ferry["slug"]]
    assert slugs(api, q="closes year") == [bridge["slug"]]
    assert slugs(api, q="ghost") == slugs(api, q="wrong") == []
    with writing() as session:
        assert session.scalar(text("SELECT count(*) FROM search_documents")) == 2


REFUSED = [
    "",
    " ",
    "-",
    '""',
    "!!!",
    "-zebra",
    '-"zebra crossing"',
    "ze*",
    "\x01",
    "zebra " + "x-" * 90,
    "zebra " * 51,
]


@pytest.mark.parametrize("path", ["/v1/search", "/v1/articles"])
def test_a_query_that_cannot_be_run_is_refused_without_an_echo(api: Api, path: str) -> None:
    for query in REFUSED:
        refused(api, "q", path, q=query)
    refused(api, "sort", path, q="zebra", sort="zebra")
    refused(api, "limit", path, q="zebra", limit=101)


def test_a_query_of_10_kb_is_refused_before_it_is_read(api: Api) -> None:
    answer = api.get("/v1/search", params={"q": "zebra " * 1700})
    assert (answer.status_code, answer.json()["type"]) == (414, "/problems/uri-too-long")


def test_a_search_needs_a_query_and_relevance_too(api: Api) -> None:
    refused(api, "q")
    refused(api, "sort", "/v1/articles", sort="relevance")
    refused(api, "facets", q="zebra", facets="tag,zebra")
    refused(api, "fields", q="zebra", fields="zebra")
    refused(api, "sort", q="zebra", sort="title")


def test_an_answer_without_hits_does_not_repeat_the_query(api: Api) -> None:
    answer = api.get("/v1/search", params={"q": "zebra", "facets": "tag"})
    assert answer.status_code == 200
    assert "zebra" not in answer.text + str(answer.headers)


OPERATORS = [
    *("the of and", "AND OR NOT NEAR", "NEAR(a b, 2)", "'; DROP TABLE articles; --", "a' | 'b:*", "ferry & !bridge"),
    *("a:b", "^x", 'ferry "', "{title}: ferry", "(((", "\\", "a\\'b", "%_%", "\x01a\x1f", "\ufeffa", "\u202ea"),
    *("🚢" * 20, "東" * 50, "ferry'", 'ferry" OR "fares', "ferry*)"),
]


def test_operators_of_the_engines_mean_nothing(api: Api, staff: Api) -> None:
    published(staff, title="Ferry fares")
    for query in OPERATORS:
        for path in ("/v1/search", "/v1/articles"):
            for sort in ("-published_at", "relevance"):
                answer = api.get(path, params={"q": query, "sort": sort})
                assert answer.status_code in (200, 400), (query, answer.text)
                assert answer.status_code == 400 or answer.json()["items"] == [] or "ferry" in query


@pytest.mark.usefixtures("dated")
def test_a_cursor_holds_for_its_own_query_only(api: Api) -> None:
    page = api.get("/v1/search", params={"q": "bridge", "limit": 2}).json()["next"]
    assert api.get(page).status_code == 200
    for other in (
        page.replace("q=bridge", "q=ferry"),
        page + "&sort=relevance",
        page.replace("search", "articles"),
        page + "x",
    ):
        answer = api.get(other)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-cursor"), other


@pytest.mark.usefixtures("dated")
def test_the_number_of_statements_does_not_depend_on_what_is_found(api: Api, statements: list[str]) -> None:
    def count(**parameters: Any) -> int:
        statements.clear()
        assert api.get("/v1/search", params=parameters).status_code == 200
        return len(statements)

    few, many = ({"q": "bridge", "limit": limit} for limit in (1, 12))
    assert count(**few) == count(**many) == 3
    assert count(**few, sort="relevance") == count(**many, sort="relevance") == 3
    assert count(**few, facets="tag,author,source,month") == count(**many, facets="tag,author,source,month") == 7
