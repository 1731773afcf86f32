"""`/v1/quotes` and `/v1/sources/{s}/quotes`: who said what, in all public articles."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from tests.conftest import Api, draft, published
from tests.record.world import (
    HOUR,
    NOON,
    Builder,
    Json,
    Stage,
    building,
    change,
    edit,
    frozen,
    permit,
    publish,
    quote,
    source,
    unpublish,
    z,
)

QUOTE = [
    "id", "kind", "exact", "prefix", "suffix", "start", "end", "speaker", "speaker_mention", "cue", "attribution",
    "review", "anchor", "confidence", "verification", "speaker_roles", "url", "article",
]  # fmt: skip

# article: {exact: what is given}; the older article comes second
SAID: dict[str, dict[str, Json]] = {
    "new": {
        "One": {"speaker": "ida-holm"},
        "Two": {"speaker": "ida-holm", "kind": "mixed", "review": "suggested"},
        "Three": {"speaker": "jo-berg", "attribution": [{"source": "agency", "role": "via", "date": "2031-05-02"}]},
        "Four": {"speaker": "ida-holm", "review": "rejected"},
    },
    "old": {
        "Five": {"speaker": "jo-berg", "kind": "block"},
        "Six": {"kind": "indirect"},
        "Seven": {"speaker": "agency", "review": "suggested"},
    },
}
REPRINT = "old"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with building(request, tmp_path_factory.mktemp("said")) as builder:
        with frozen(NOON):
            ids = two_articles(builder)
        yield builder.stage(ids)


def two_articles(b: Builder) -> dict[str, Json]:
    for name, kind in (
        ("Ida Holm", "person"),
        ("Jo Berg", "person"),
        ("Agency", "organization"),
        ("Review", "publication"),
    ):
        source(b.staff, name, kind)
    quotes: dict[str, Json] = {}
    for hours, (slug, given) in enumerate(SAID.items()):
        words = ". ".join(f"“{exact}”" for exact in given)
        tags = [] if slug == REPRINT else ["Harbours"]
        article = draft(b.staff, slug=slug, title=slug, markdown=words, published_at=z(NOON - hours * HOUR), tags=tags)
        quotes |= {exact: quote(b.staff, article, exact, **values) for exact, values in given.items()}
        if slug == REPRINT:
            permit(b.staff, article, "review")
        publish(b.staff, article)
    hidden = draft(b.staff, slug="hidden", markdown="“Eight”")
    quotes["Eight"] = quote(b.staff, hidden, "Eight", speaker="ida-holm")
    return quotes


FOUND: dict[str, list[str]] = {
    "": ["Three", "One", "Six", "Five"],
    "review=confirmed": ["Three", "One", "Six", "Five"],
    "review=suggested": ["Two", "Seven"],
    "review=any": ["Three", "Two", "One", "Seven", "Six", "Five"],
    "sort=published_at": ["Five", "Six", "One", "Three"],
    "kind=direct": ["Three", "One"],
    "kind=mixed": [],
    "kind=mixed&review=any": ["Two"],
    "kind=block": ["Five"],
    "speaker=ida-holm": ["One"],
    "speaker=ida-holm&review=any": ["Two", "One"],
    "speaker=jo-berg": ["Three", "Five"],
    "speaker=nobody": [],
    "via=agency": ["Three"],
    "via=review": ["Six", "Five"],
    "via=review&review=any": ["Seven", "Six", "Five"],
    "via=ida-holm": [],
    "tag=harbours": ["Three", "One"],
    "tag=nope": [],
    "said_after=2031-05-01": ["Three"],
    "said_after=2031-05-02": [],
    "said_before=2031-05-03&said_after=2031-05-01": ["Three"],
    "said_before=2031-05-02": [],
    f"published_after={z(NOON - HOUR)}": ["Three", "One"],
    f"published_before={z(NOON)}": ["Six", "Five"],
    "article=new": ["Three", "One"],
    "article=hidden": [],
    "article=nope": [],
    "speaker=jo-berg&via=agency&article=new&kind=direct&review=confirmed&sort=published_at": ["Three"],
    "speaker=jo-berg&via=agency&article=old": [],
}


class TestLists:
    @pytest.fixture
    def app(self, said: Stage) -> FastAPI:
        return said.app

    @pytest.fixture(autouse=True)
    def at_noon(self) -> Iterator[None]:
        with frozen(NOON):
            yield

    def test_each_filter_finds_what_it_says(self, api: Api) -> None:
        for query, wanted in FOUND.items():
            found = api.get(f"/v1/quotes?count=exact&{query}".rstrip("&")).json()
            assert [row["exact"] for row in found["items"]] == wanted, query
            assert found["total"] == len(wanted), query

    def test_what_a_source_said_is_what_the_filter_finds(self, api: Api, said: Stage) -> None:
        for slug in ("ida-holm", "jo-berg", "agency", "review"):
            for more in ("", "&review=any", "&review=any&kind=mixed", "&sort=published_at"):
                wanted = api.get(f"/v1/quotes?speaker={slug}{more}").json()["items"]
                assert api.get(f"/v1/sources/{slug}/quotes?limit=20{more}").json()["items"] == wanted, (slug, more)
        ida = said.articles["One"]["speaker"]["id"]
        by_id = api.get(f"/v1/quotes?speaker={ida}").json()["items"]
        assert [row["exact"] for row in by_id] == ["One"]

    def test_a_quote_is_whole_wherever_it_is_shown(self, api: Api) -> None:
        for row in api.get("/v1/quotes?review=any").json()["items"]:
            assert list(row) == QUOTE
            assert list(row["article"]) == ["id", "slug", "title", "published_at", "href"]
            assert api.get(f"/v1/quotes/{row['id']}").json() == row
            article = api.get(row["article"]["href"]).json()
            assert article["id"] == row["article"]["id"]
            assert {k: v for k, v in row.items() if k in article["quotes"][0]} in article["quotes"]
            assert article["body"]["text"][row["start"] : row["end"]] == row["exact"]
            assert row["url"].startswith(f"{article['url']}#:~:text=")
            assert row["attribution"][-1]["role"] == "publisher"
            roles = [hop["role"] for hop in row["attribution"]]
            assert ("reprinted_from" in roles) == (article["slug"] == REPRINT)

    def test_a_rejected_quote_and_one_of_a_draft_are_nowhere(self, api: Api, said: Stage) -> None:
        for exact in ("Four", "Eight"):
            answer = api.get(f"/v1/quotes/{said.articles[exact]['id']}")
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        assert [q["exact"] for q in api.get("/v1/articles/new").json()["quotes"]] == ["One", "Two", "Three"]
        assert api.get("/v1/articles/new/quotes?count=exact").json()["total"] == 3
        assert {card["slug"]: card["quote_count"] for card in api.get("/v1/articles").json()["items"]} == {
            "new": 3,
            "old": 3,
        }
        assert api.get("/v1/sources/ida-holm").json()["quote_count"] == 2

    def test_an_unknown_quote_or_parameter_is_a_problem(self, api: Api) -> None:
        for name in ("nope", "0", "00000000-0000-7000-8000-000000000000", "%00", "a" * 120):
            assert api.get(f"/v1/quotes/{name}").status_code in (400, 404), name
        for query in (
            "review=rejected",
            "review=",
            "kind=nope",
            "sort=exact",
            "nope=1",
            "kind=direct&kind=mixed",
            "limit=101",
        ):
            answer = api.get(f"/v1/quotes?{query}")
            assert answer.status_code == 400, query
            assert query.split("=")[0] in {error["parameter"] for error in answer.json()["errors"]}, query
        assert api.get("/v1/sources/ida-holm/quotes?speaker=jo-berg").status_code == 400


def of(api: Api, identifier: str) -> Any:
    return api.get(f"/v1/quotes/{identifier}").json()


def test_a_quote_keeps_its_id_through_every_edit_of_its_article(api: Api, staff: Api) -> None:
    article = published(staff, markdown="The fare “will double”, Ida Holm said.")
    made = quote(staff, article, "will double")
    edit(staff, article, markdown="On Monday the fare “will double”, Ida Holm said.")
    moved = of(api, made["id"])
    assert (moved["start"], moved["anchor"]) == (made["start"] + 10, "moved")
    edit(staff, article, markdown="The fare “will halve”, Ida Holm said.")
    lost = of(api, made["id"])
    assert (lost["exact"], lost["start"], lost["end"], lost["anchor"]) == ("will double", None, None, "orphaned")
    assert [q["id"] for q in api.get("/v1/quotes").json()["items"]] == [made["id"]]
    change(staff, "DELETE", article, f"/quotes/{made['id']}")
    assert api.get(f"/v1/quotes/{made['id']}").status_code == 404


def test_a_review_decides_at_once_what_readers_find(api: Api, staff: Api) -> None:
    article = published(staff)
    made = quote(staff, article, "will double", review="suggested")
    path = f"/quotes/{made['id']}"
    for review, listed, by_id in (
        ("confirmed", 1, 200),
        ("rejected", 0, 404),
        ("suggested", 0, 200),
        ("confirmed", 1, 200),
    ):
        change(staff, "PATCH", article, path, review=review)
        assert api.get("/v1/quotes?count=exact").json()["total"] == listed, review
        assert api.get(f"/v1{path}").status_code == by_id, review
    unpublish(staff, article)
    assert api.get("/v1/quotes?review=any&count=exact").json()["total"] == 0
    assert api.get(f"/v1{path}").status_code == 404
