"""What the databases do for a search: never a walk over all articles, however common the words."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.context import Site
from app.search import queries
from tests.conftest import Api, published
from tests.plans import noted, plan
from tests.search.world import DAY, Doc, Writing, entered

SEARCHES: list[dict[str, Any]] = [
    {"q": "rare"},
    {"q": "the of"},
    {"q": '"of the" rar* -common'},
    {"q": "the", "sort": "published_at"},
    {"q": "the", "sort": "relevance"},
    {"q": "the", "facets": "tag,author,source,month"},
    {"q": "the", "tag": "a", "author": "b", "language": "en", "reprint": False},
    {"q": "the", "published_after": "2024-01-01T00:00:00Z", "published_before": "2025-01-01T00:00:00Z"},
    {"q": "the", "count": "exact"},
    {"q": "東"},
]
LISTS: list[dict[str, Any]] = [{"q": "the", "sort": sort} for sort in ("-published_at", "title", "-updated_at")]
TABLES = "articles|renditions|feed_rows|search_documents|revisions"


@pytest.fixture
def asked(site: Site) -> Iterator[list[tuple[str, Any]]]:
    with noted(site) as seen:
        yield seen


def test_no_search_walks_over_a_whole_table(api: Api, staff: Api, site: Site, asked: list[tuple[str, Any]]) -> None:
    published(staff, title="The rare")
    for path, parameters in [*(("/v1/search", p) for p in SEARCHES), *(("/v1/articles", p) for p in LISTS)]:
        asked.clear()
        assert api.get(path, params=parameters).status_code == 200
        statements = list(asked)
        assert len(statements) >= 2
        for statement, values in statements:
            found = plan(site, statement, values)
            walks = rf"SCAN ({TABLES})\b(?! USING)" if site.database.is_sqlite else rf"Seq Scan on ({TABLES})\b"
            assert not re.search(walks, found), (path, parameters, found)


def test_the_newest_hits_come_from_sqlite_in_order_without_sorting(
    api: Api, staff: Api, site: Site, asked: list[tuple[str, Any]]
) -> None:
    if not site.database.is_sqlite:
        pytest.skip("PostgreSQL sorts what its index finds, or walks from the newest on, as its statistics advise")
    published(staff, title="The rare")
    for sort in ("-published_at", "published_at"):
        asked.clear()
        assert api.get("/v1/search", params={"q": "the", "sort": sort}).status_code == 200
        [found] = [plan(site, *statement) for statement in asked if "MATCH" in statement[0]]
        assert "VIRTUAL TABLE INDEX" in found
        assert "TEMP B-TREE" not in found


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_finds_rare_words_by_its_index(
    api: Api, staff: Api, site: Site, writing: Writing, asked: list[tuple[str, Any]]
) -> None:
    with writing() as session:
        for n in range(300):
            entered(session, Doc("common", text=f"the word{n}", published_at=DAY - timedelta(n)))
        session.execute(text("ANALYZE search_documents"))
    published(staff, title="The rare")
    assert api.get("/v1/search", params={"q": "word7 the"}).status_code == 200
    [found] = [plan(site, *statement) for statement in asked if "@@" in statement[0]]
    assert "ix_search_documents_words" in found


def test_relevance_and_facets_look_at_the_newest_hits_only(
    api: Api, staff: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LOOKED_AT", 3)
    for n in range(5):
        published(staff, title="Bridge" if n == 0 else f"Ferry {n}", markdown="A bridge.")
    found = api.get("/v1/search", params={"q": "bridge", "sort": "relevance", "facets": "month", "limit": 2}).json()
    rest = api.get(found["next"]).json()
    assert [item["slug"] for item in found["items"] + rest["items"]] == ["ferry-4", "ferry-3", "ferry-2"]
    assert rest["next"] is None
    assert found["facets"]["counted"] == 3
