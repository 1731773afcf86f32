"""`/v1/articles`: the article's whole shape, its lists with every filter and sort, its former slugs."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from tests.conftest import Api, draft, published
from tests.record.world import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Builder,
    Json,
    Stage,
    Writing,
    building,
    comment,
    correct,
    edit,
    frozen,
    permit,
    publish,
    quote,
    schedule,
    source,
    unpublish,
    z,
)

ARTICLE = [
    "id", "slug", "url", "title", "summary", "language", "published_at", "updated_at", "revision", "aliases",
    "canonical_url", "authors", "tags", "image", "images", "body", "quotes", "sources", "permission", "corrections",
    "warnings", "comments",
]  # fmt: skip
CARD = [
    "id", "slug", "url", "title", "summary", "language", "published_at", "updated_at", "authors", "tags", "image",
    "permission", "quote_count", "comment_count",
]  # fmt: skip
QUOTE = [
    "id", "kind", "exact", "prefix", "suffix", "start", "end", "speaker", "speaker_mention", "cue", "attribution",
    "review", "anchor", "confidence", "verification",
]  # fmt: skip

FAMILY = "👩‍👩‍👧‍👦"  # seven code points, one glyph
BODY = f"""# Résumé

“Nous irons”, she said; {FAMILY} “e\u0301te\u0301 🇫🇷 *here*”, he added.

他说：“我们会坚持。”

> “שלום”, they wrote.
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def harbour(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An article with a value for everything that can have one."""
    with building(request, tmp_path_factory.mktemp("whole")) as builder:
        with frozen(NOON):
            article = whole(builder.api, builder.staff, builder.writing)
        yield builder.stage({"harbour": article})


def whole(api: Api, staff: Api, writing: Writing) -> Json:
    review = source(staff, "The Harbour Review", "publication", url="https://review.example")
    source(staff, "Ida Holm", aliases=["Ида Хольм"])
    source(staff, "Agency", "organization")
    source(staff, "The Daily", "publication")
    article = draft(
        staff, title="Harbour ‘will close’", markdown=BODY, summary="Why", slug="harbour", language="fr-CA",
        authors=["Bo Lind", "Ada Ek"], tags=["Ports", "Bridges"], canonical_url="https://review.example/harbour",
        published_at=z(NOON - DAY),
    )  # fmt: skip
    way = [
        {"source": "agency", "role": "via", "url": "https://agency.example/1", "date": "2031-05-01"},
        {"source": "the-daily", "role": "via"},
    ]
    quote(staff, article, "Nous irons", speaker="ida-holm", attribution=way, kind="mixed")
    quote(staff, article, "e\u0301te\u0301 🇫🇷 here", review="suggested")
    quote(staff, article, "我们会坚持。", speaker="agency")
    quote(staff, article, "שלום", review="rejected", speaker="the-daily")
    permit(staff, article, review["id"], credit="With thanks.", valid_from=z(NOON - DAY), valid_through=z(NOON + DAY))
    correct(writing, article, "It was Monday.", at=NOON, exact="Nous")
    publish(staff, article)
    comment(api, staff, article, "Well put")
    return article


class TestWhole:
    """The article of the stage, which no test changes."""

    @pytest.fixture
    def app(self, harbour: Stage) -> FastAPI:
        return harbour.app

    @pytest.fixture(autouse=True)
    def at_noon(self) -> Iterator[None]:
        with frozen(NOON):
            yield

    def test_an_article_has_every_field_of_the_contract(self, api: Api) -> None:
        found = api.get("/v1/articles/harbour").json()
        assert list(found) == ARTICLE
        assert UUID(found["id"]).version == 7
        assert found | {"body": 0, "quotes": 0, "sources": 0, "permission": 0, "corrections": 0} == {
            "id": found["id"],
            "slug": "harbour",
            "url": "http://127.0.0.1:8000/v1/articles/harbour",
            "title": "Harbour ‘will close’",
            "summary": "Why",
            "language": "fr-CA",
            "published_at": "2031-05-04T12:00:00.000000Z",
            "updated_at": "2031-05-04T12:00:00.000000Z",
            "revision": 1,
            "aliases": [],
            "canonical_url": "https://review.example/harbour",
            "authors": [{"slug": "bo-lind", "name": "Bo Lind"}, {"slug": "ada-ek", "name": "Ada Ek"}],
            "tags": [{"slug": "ports", "name": "Ports"}, {"slug": "bridges", "name": "Bridges"}],
            "image": None,
            "images": [],
            "body": 0,
            "quotes": 0,
            "sources": 0,
            "permission": 0,
            "corrections": 0,
            "warnings": [],
            "comments": {"state": "open", "count": 1, "url": "/v1/articles/harbour/comments"},
        }
        assert list(found["body"]) == ["markdown", "html", "text"]
        assert found["body"]["markdown"] == BODY
        assert found["body"]["text"].split("\n") == [
            "Résumé",
            f"“Nous irons”, she said; {FAMILY} “e\u0301te\u0301 🇫🇷 here”, he added.",
            "他说：“我们会坚持。”",
            "“שלום”, they wrote.",
        ]
        assert "<em>here</em>" in found["body"]["html"]
        assert found["permission"] | {"assigner": 0} == {
            "assigner": 0,
            "credit": "With thanks.",
            "valid_from": "2031-05-04T12:00:00.000000Z",
            "valid_through": "2031-05-06T12:00:00.000000Z",
            "on_expire": "stub",
        }
        assert list(found["permission"]["assigner"]) == ["id", "slug", "kind", "name", "url"]
        assert found["permission"]["assigner"]["url"] == "https://review.example"
        (corrected,) = found["corrections"]
        start = found["body"]["text"].index("Nous")
        assert corrected | {"id": 0} == {
            "id": 0,
            "kind": "correction",
            "text": "It was Monday.",
            "target": {"exact": "Nous", "start": start, "end": start + 4},
            "credit": None,
            "published_at": "2031-05-05T12:00:00.000000Z",
        }

    def test_every_quote_stands_in_the_text_code_point_for_code_point(self, api: Api) -> None:
        found = api.get("/v1/articles/harbour").json()
        text = found["body"]["text"]
        assert [q["exact"] for q in found["quotes"]] == ["Nous irons", "e\u0301te\u0301 🇫🇷 here", "我们会坚持。"]
        for shown in found["quotes"]:
            assert list(shown) == QUOTE
            assert text[shown["start"] : shown["end"]] == shown["exact"]
            assert shown["prefix"] == text[max(0, shown["start"] - 32) : shown["start"]]
            assert shown["suffix"] == text[shown["end"] : shown["end"] + 32]
            assert shown["anchor"] == "anchored"
        assert [(q["kind"], q["review"]) for q in found["quotes"]] == [
            ("mixed", "confirmed"),
            ("direct", "suggested"),
            ("direct", "confirmed"),
        ]

    def test_the_way_of_a_quote_begins_with_its_speaker_and_ends_with_this_site(self, api: Api) -> None:
        known, unknown, third = api.get("/v1/articles/harbour").json()["quotes"]
        assert [(hop["role"], hop["source"]["name"], hop["url"], hop["date"]) for hop in known["attribution"]] == [
            ("speaker", "Ida Holm", None, None),
            ("via", "Agency", "https://agency.example/1", "2031-05-01"),
            ("via", "The Daily", None, None),
            ("reprinted_from", "The Harbour Review", None, None),
            ("publisher", "Onrecord demo", None, None),
        ]
        assert known["speaker"] == known["attribution"][0]["source"]
        assert list(known["speaker"]) == ["id", "slug", "kind", "name", "url"]
        assert unknown["speaker"] is None
        assert [hop["role"] for hop in unknown["attribution"]] == ["reprinted_from", "publisher"]
        assert [hop["role"] for hop in third["attribution"]] == ["speaker", "reprinted_from", "publisher"]

    def test_the_sources_of_an_article_are_those_it_shows_and_no_rejected_speaker(self, api: Api) -> None:
        found = api.get("/v1/articles/harbour").json()
        listed = api.get("/v1/articles/harbour/sources").json()
        assert [(c["role"], c["source"]["name"]) for c in found["sources"]] == [
            ("speaker", "Agency"),
            ("speaker", "Ida Holm"),
            ("via", "Agency"),
            ("via", "The Daily"),
            ("reprinted_from", "The Harbour Review"),
        ]
        assert listed == {"items": found["sources"], "next": None, "prev": None}

    def test_the_parts_of_an_article_are_what_the_whole_has(self, api: Api) -> None:
        found = api.get("/v1/articles/harbour").json()
        for part in ("quotes", "sources", "corrections"):
            for reference in ("harbour", found["id"]):
                answer = api.get(f"/v1/articles/{reference}/{part}?count=exact").json()
                assert answer["items"] == found[part], part
                assert answer["total"] == len(found[part]), part
        (said,) = api.get("/v1/articles/harbour/comments").json()["items"]
        assert (said["text"], said["author"]["name"]) == ("Well put", "Ada")

    def test_a_card_has_what_a_list_needs(self, api: Api) -> None:
        (card,) = api.get("/v1/articles").json()["items"]
        found = api.get("/v1/articles/harbour").json()
        assert list(card) == CARD
        shared = set(CARD) - {"quote_count", "comment_count"}
        assert {name: card[name] for name in shared} == {name: found[name] for name in shared}
        assert (card["quote_count"], card["comment_count"]) == (len(found["quotes"]), found["comments"]["count"])

    def test_an_article_says_the_same_by_slug_by_id_and_in_a_full_list(self, api: Api, harbour: Stage) -> None:
        by_slug, by_id = (api.get(f"/v1/articles/{r}") for r in ("harbour", harbour.articles["harbour"]["id"]))
        (listed,) = api.get("/v1/articles?view=full").json()["items"]
        assert by_slug.content == by_id.content
        assert by_slug.headers["ETag"] == by_id.headers["ETag"]
        assert listed == by_slug.json()

    def test_fields_keeps_only_what_it_names(self, api: Api) -> None:
        found = api.get("/v1/articles/harbour").json()
        (card,) = api.get("/v1/articles").json()["items"]
        assert api.get("/v1/articles/harbour?fields=title,id").json() == {k: found[k] for k in ("id", "title")}
        assert api.get("/v1/articles/harbour?fields=quotes").json() == {"quotes": found["quotes"]}
        assert api.get("/v1/articles/harbour?fields=id,id").json() == {"id": found["id"]}
        assert api.get("/v1/articles?fields=slug").json()["items"] == [{"slug": card["slug"]}]
        assert api.get("/v1/articles?view=full&fields=body").json()["items"] == [{"body": found["body"]}]


def test_the_revisions_of_an_article_are_those_that_readers_could_see(api: Api, staff: Api) -> None:
    with frozen(NOON):
        article = draft(staff, title="Never seen", slug="fares")
        edit(staff, article, title="First")
        publish(staff, article)
    with frozen(NOON + HOUR):
        edit(staff, article, title="Second")
    with frozen(NOON + 2 * HOUR):
        unpublish(staff, article)
        edit(staff, article, title="Hidden")
        edit(staff, article, title="Third")
    with frozen(NOON + 3 * HOUR):
        publish(staff, article)
        versions = api.get("/v1/articles/fares/revisions").json()["items"]
        assert api.get("/v1/articles/fares").json()["revision"] == 3
    assert versions == [
        {"revision": 3, "title": "Third", "published_at": "2031-05-05T15:00:00.000000Z"},
        {"revision": 2, "title": "Second", "published_at": "2031-05-05T13:00:00.000000Z"},
        {"revision": 1, "title": "First", "published_at": "2031-05-05T12:00:00.000000Z"},
    ]


def test_what_is_rewritten_before_its_date_was_never_public(api: Api, staff: Api) -> None:
    with frozen(NOON):
        article = schedule(staff, draft(staff, title="Embargoed", slug="fares"), NOON + HOUR)
        edit(staff, article, title="Reworded")
    with frozen(NOON + HOUR):
        found = api.get("/v1/articles/fares").json()
        versions = api.get("/v1/articles/fares/revisions").json()["items"]
    assert (found["title"], found["revision"]) == ("Reworded", 1)
    assert found["updated_at"] == found["published_at"] == "2031-05-05T13:00:00.000000Z"
    assert versions == [{"revision": 1, "title": "Reworded", "published_at": "2031-05-05T13:00:00.000000Z"}]


REFUSED = [
    ("nope=1", "nope"),
    ("limit=1&limit=2", "limit"),
    ("q=a&q=a", "q"),
    ("limit=101", "limit"),
    ("limit=0", "limit"),
    ("limit=-1", "limit"),
    ("limit=many", "limit"),
    ("limit=1e1", "limit"),
    ("limit=", "limit"),
    ("limit=9223372036854775808", "limit"),
    ("sort=nope", "sort"),
    ("sort=", "sort"),
    ("sort=status", "sort"),
    ("view=nope", "view"),
    ("fields=nope", "fields"),
    ("fields=", "fields"),
    ("fields=title,", "fields"),
    ("fields=body", "fields"),
    ("fields=title,status", "fields"),
    ("fields=title.length", "fields"),
    ("count=all", "count"),
    ("cursor=", "cursor"),
    ("language=english language", "language"),
    ("published_after=yesterday", "published_after"),
    ("published_after=2031-05-05T12:00:00", "published_after"),
    ("updated_after=2031-05-05T12:00:00", "updated_after"),
    ("reprint=maybe", "reprint"),
    ("corrected=2", "corrected"),
    ("q=" + "a" * 301, "q"),
    ("tag=" + "a" * 121, "tag"),
    ("status=draft", "status"),
    ("Limit=1", "Limit"),
    ("limit[]=1", "limit[]"),
    ("edited_by=x", "edited_by"),
]
"""Query strings that cannot be served, each with the parameter that is at fault."""


def test_a_parameter_that_is_not_acceptable_is_named(api: Api) -> None:
    for query, named in REFUSED:
        answer = api.get(f"/v1/articles?{query}")
        problem = answer.json()
        assert answer.status_code == 400, query
        assert answer.headers["Content-Type"] == "application/problem+json", query
        assert problem["instance"] == "/v1/articles", query
        if named != "cursor":  # a cursor is refused as a whole
            assert named in {error["parameter"] for error in problem["errors"]}, query


def test_other_routes_refuse_unknown_parameters_too(api: Api, staff: Api) -> None:
    published(staff, slug="fares")
    for path in ("fares", "fares/quotes", "fares/sources", "fares/corrections", "fares/revisions", "fares/comments"):
        answer = api.get(f"/v1/articles/{path}?nope=1&fields=id&fields=id")
        assert answer.status_code == 400, path
        assert "nope" in {error["parameter"] for error in answer.json()["errors"]}, path
    assert api.get("/v1/articles/fares?fields=nope").status_code == 400
    assert api.get("/v1/articles/fares?view=full").status_code == 400


# Six articles that differ in everything that a list can be filtered and sorted by.
GRID: dict[str, Json] = {
    "a": {"tags": ["Ports"], "authors": ["Bo Lind"], "language": "en", "speaker": "ida-holm"},
    "b": {"tags": ["Ports", "Boats"], "authors": ["Ada Ek"], "language": "en-GB", "speaker": "jo-berg"},
    "c": {"tags": ["Boats"], "authors": ["Bo Lind", "Ada Ek"], "language": "sv", "via": "ida-holm"},
    "d": {"tags": [], "authors": [], "language": "zh-Hant", "speaker": "ida-holm", "reprint": True},
    "e": {"tags": ["Ports"], "authors": ["Ada Ek"], "language": "EN-gb", "corrected": True},
    "f": {"tags": ["Boats"], "authors": ["Bo Lind"], "language": "eng", "reprint": True, "corrected": True},
}
TITLES = {"a": "Zebra", "b": "apple", "c": "Äpple", "d": "苹果", "e": "Apple", "f": "Zebra"}
EDITED = {"b": 10, "d": 5}
"""Which were edited, and how many minutes after noon."""


def on_grid(b: Builder) -> dict[str, Json]:
    made = {}
    with frozen(NOON):
        for name in ("Ida Holm", "Jo Berg"):
            source(b.staff, name)
        for n, (name, values) in enumerate(GRID.items()):
            given = {key: values[key] for key in ("tags", "authors", "language")}
            at = z(NOON - (n // 2) * HOUR)  # two of them at each moment
            body = f"“Words of {name}”, and common ones."
            article = draft(b.staff, title=TITLES[name], slug=name, markdown=body, published_at=at, **given)
            if "speaker" in values:
                quote(b.staff, article, f"Words of {name}", speaker=values["speaker"])
            if "via" in values:
                way = [{"source": values["via"], "role": "via"}]
                quote(b.staff, article, f"Words of {name}", attribution=way)
            if values.get("reprint"):
                permit(b.staff, article, "jo-berg")
            if values.get("corrected"):
                correct(b.writing, article, "It was so.", at=NOON)
            made[name] = publish(b.staff, article)
        edited = [(EDITED[name], name) for name in EDITED]
    for minutes, name in sorted(edited):
        with frozen(NOON + minutes * MINUTE):
            edit(b.staff, made[name], markdown=f"“Words of {name}”, and common ones, edited.")
    return made


def published_at(name: str) -> Any:
    return NOON - (list(GRID).index(name) // 2) * HOUR


FILTERS: dict[str, set[str]] = {
    "": set("abcdef"),
    "tag=ports": set("abe"),
    "tag=boats": set("bcf"),
    "tag=nope": set(),
    "author=bo-lind": set("acf"),
    "author=ada-ek": set("bce"),
    "source=ida-holm": set("acd"),
    "source=jo-berg": set("bdf"),
    "speaker=ida-holm": set("ad"),
    "speaker=nobody": set(),
    "language=en": set("abe"),  # RFC 4647, 3.3.1: `en-GB` too, whatever the case, and not `eng`
    "language=en-GB": set("be"),
    "language=ZH": set("d"),
    f"published_after={z(NOON - HOUR)}": set("ab"),
    f"published_before={z(NOON - HOUR)}": set("ef"),
    f"updated_after={z(NOON)}": set("bd"),
    "reprint=true": set("df"),
    "reprint=false": set("abce"),
    "corrected=true": set("ef"),
    "corrected=false": set("abcd"),
    "q=common": set("abcdef"),
    "q=edited": set("bd"),
    'q="words of c"': set("c"),
}
SORTS: dict[str, Callable[[Json], Any]] = {
    "-published_at": lambda row: (published_at(row["slug"]), row["id"]),
    "published_at": lambda row: (published_at(row["slug"]), row["id"]),
    "-updated_at": lambda row: (row["updated_at"], row["id"]),
    "title": lambda row: (TITLES[row["slug"]], row["id"]),  # by code point
}


class TestGrid:
    """Lists of six articles, which no test changes."""

    @pytest.fixture
    def app(self, grid: Stage) -> FastAPI:
        return grid.app

    @pytest.fixture(autouse=True)
    def later(self) -> Iterator[None]:
        with frozen(NOON + HOUR):
            yield

    def test_each_filter_finds_what_it_says_in_each_order(self, api: Api) -> None:
        rows = {row["slug"]: row for row in api.get("/v1/articles").json()["items"]}
        for condition, wanted in FILTERS.items():
            for sort, key in SORTS.items():
                url = f"/v1/articles?count=exact&sort={sort}&{condition}".rstrip("&")
                found = api.get(url).json()
                order = sorted((rows[name] for name in wanted), key=key, reverse=sort.startswith("-"))
                assert found["items"] == order, url
                assert found["total"] == len(wanted), url

    def test_filters_narrow_each_other(self, api: Api) -> None:
        conditions = [c for c in FILTERS if c]
        for one, other in itertools.combinations(conditions, 2):
            if one.split("=")[0] == other.split("=")[0]:
                continue
            found = api.get(f"/v1/articles?{one}&{other}").json()["items"]
            assert {row["slug"] for row in found} == FILTERS[one] & FILTERS[other], (one, other)

    def test_all_filters_at_once_still_find_the_one(self, api: Api) -> None:
        for sort in SORTS:
            query = (
                f"tag=ports&author=ada-ek&source=jo-berg&speaker=jo-berg&language=en&reprint=false&corrected=false&q=words"
                f"&published_after={z(NOON - HOUR)}&published_before={z(NOON + HOUR)}&updated_after={z(NOON)}"
            )
            found = api.get(f"/v1/articles?{query}&sort={sort}&view=full&fields=slug&count=exact&limit=1").json()
            assert found == {"items": [{"slug": "b"}], "next": None, "prev": None, "total": 1}

    def test_a_source_is_named_by_slug_or_id(self, api: Api) -> None:
        ida = api.get("/v1/sources/ida-holm").json()["id"]
        for parameter in ("source", "speaker"):
            by_slug, by_id = (api.get(f"/v1/articles?{parameter}={name}").json() for name in ("ida-holm", ida))
            assert by_slug["items"] == by_id["items"]
            assert by_id["items"]

    def test_a_name_that_nothing_can_have_finds_nothing(self, api: Api) -> None:
        odd = ["日本", "a,b", "a b", "article:1", "É", "%", "_", "'", '"', "../x", "\u202e", "a" * 120, "-"]
        for name, parameter in itertools.product(odd, ("tag", "author", "source", "speaker")):
            answer = api.get("/v1/articles", params={parameter: name})
            assert (answer.status_code, answer.json()["items"]) == (200, []), (parameter, name)
            assert name == "-" or name not in answer.headers["Cache-Tag"], (parameter, name)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def grid(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with building(request, tmp_path_factory.mktemp("grid")) as builder:
        yield builder.stage(on_grid(builder))


PARTS = ("", "/quotes", "/sources", "/corrections", "/revisions", "/comments")


def test_a_former_slug_leads_to_the_present_one(api: Api, staff: Api) -> None:
    article = published(staff, slug="one")
    for slug in ("two", "three"):
        edit(staff, article, slug=slug)
    found = api.get("/v1/articles/three")
    assert found.status_code == 200
    assert found.json()["aliases"] == ["one", "two"]
    assert api.get(f"/v1/articles/{article['id']}").content == found.content
    for former in ("one", "two"):
        for part in PARTS:
            for query in ("", "?limit=5" if part else "?fields=id,title"):
                answer = api.get(f"/v1/articles/{former}{part}{query}")
                assert answer.status_code == 308, (former, part, query)
                assert answer.headers["Location"] == f"/v1/articles/three{part}{query}"
                assert api.head(f"/v1/articles/{former}{part}").status_code == 308
                assert api.get(answer.headers["Location"]).status_code == 200


def test_a_slug_taken_up_again_is_the_present_one(api: Api, staff: Api) -> None:
    article = published(staff, slug="one")
    edit(staff, article, slug="two")
    edit(staff, article, slug="one")
    assert api.get("/v1/articles/one").json()["aliases"] == ["two"]
    assert api.get("/v1/articles/two").headers["Location"] == "/v1/articles/one"


def test_a_redirect_never_leaves_the_site(api: Api, staff: Api) -> None:
    article = published(staff, slug="one")
    edit(staff, article, slug="two")
    for query in (
        "fields=id%0d%0aX-Evil:1",
        "fields=//evil.example",
        "fields=%E2%80%AE",
        "fields=https://evil.example",
    ):
        answer = api.get(f"/v1/articles/one?{query}")
        assert answer.status_code in (308, 400)
        if answer.status_code == 308:
            assert answer.headers["Location"].startswith("/v1/articles/two?")
        assert "X-Evil" not in answer.headers
    for path in ("//evil.example", "/%2f%2fevil.example", "/..%2f..%2fevil.example", "/one%2f%2fevil.example"):
        assert api.get(f"/v1/articles{path}").status_code in (400, 404)


def test_the_former_slug_of_a_hidden_article_leads_nowhere(api: Api, staff: Api) -> None:
    article = draft(staff, slug="one")
    edit(staff, article, slug="two")
    for part in PARTS:
        assert api.get(f"/v1/articles/one{part}").status_code == 404


UNKNOWN = [
    "nope", "0", "00000000-0000-0000-0000-000000000000", "1abc", "%00", "%27%20or%201=1", "a" * 120, "日本", "-1",
    "%E2%80%AE", "null", "None", "undefined", "*", "9223372036854775808", "%252e", "a" * 121, "%ff", "a%0ab",
]  # fmt: skip


def test_an_unknown_reference_is_a_problem(api: Api) -> None:
    for reference, part in itertools.product(UNKNOWN, PARTS):
        answer = api.get(f"/v1/articles/{reference}{part}")
        assert answer.status_code in (400, 404), (reference, part)
        assert answer.headers["Content-Type"] == "application/problem+json", (reference, part)
        assert answer.headers["Cache-Control"] == "no-store", (reference, part)


def test_a_slug_that_looks_like_an_id_still_names_its_article(api: Api, staff: Api) -> None:
    for slug in ("0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"):
        answer = staff.post("/v1/admin/articles", json={"title": "Ids", "markdown": "Words.", "slug": slug})
        if answer.status_code == 422:  # refused is as good: no article then has a slug under which it cannot be found
            continue
        publish(staff, answer.json())
        assert api.get(f"/v1/articles/{slug}").status_code == 200, slug
