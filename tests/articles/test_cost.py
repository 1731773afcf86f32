"""What the databases do for a list: never a walk over all articles, however many there are, nor for its total."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.articles import staff_queries
from app.context import Site
from app.events.queries import renamed
from app.sources.queries import slug_like
from tests.conftest import Api, draft, published
from tests.plans import noted, plan
from tests.record.world import HOUR, NOON, frozen, permit, publish, schedule, source, z

COUNTED = ["", "tag=ferries", "author=bo-lind", "source=harbour-board", "speaker=harbour-board", "language=en"]
COUNTED += ["reprint=false", "corrected=false", "sort=title", "tag=ferries&sort=-updated_at"]
LISTS = [
    "/v1/articles?tag=ferries&author=bo-lind&language=en&count=exact",
    "/v1/articles?tag=ferries&updated_after=2024-01-01T00:00:00Z",
    "/v1/articles?tag=ferries&published_after=2024-01-01T00:00:00Z&published_before=2034-01-01T00:00:00Z",
    "/v1/articles?view=full&sort=published_at",
    "/v1/articles?sort=-updated_at",
    "/v1/tags",
    "/v1/tags/ferries",
    "/v1/authors",
    "/v1/authors/bo-lind",
    "/v1/quotes",
    "/v1/sources",
    "/v1/sources?q=harbour",
    "/v1/sources/harbour-board",
    "/v1/corrections",
    "/v1/site",
]
LARGE = (
    "articles|renditions|feed_rows|corrections|revisions|placements|citations|labels|bylines|search_documents"
    "|quote_documents"
)
"""Tables that have a row for each article, or many."""


def walks(site: Site, statement: str, parameters: Any, *, in_order: bool) -> list[str]:
    """Where the engine would go over a whole table; `in_order`: unless along an index, which a page soon leaves."""
    found = plan(site, statement, parameters)
    if not site.database.is_sqlite:
        return re.findall(rf"Seq Scan on (?:{LARGE})\b.*", found)
    return re.findall(rf"SCAN (?:{LARGE})\b{'(?! USING)' if in_order else ''}.*", found)


def test_no_list_walks_over_a_whole_table(api: Api, staff: Api, site: Site) -> None:
    source(staff, "Harbour Board", kind="organization")
    made = draft(staff, tags=["Ferries"], authors=["Bo Lind"])
    publish(staff, permit(staff, made, "harbour-board"))
    for url in [*(f"/v1/articles?{filters}" for filters in COUNTED), *LISTS]:
        with noted(site) as asked:
            assert api.get(url).status_code == 200
        assert asked, url
        for statement, parameters in asked:
            assert walks(site, statement, parameters, in_order=True) == [], url


@pytest.mark.parametrize("filters", COUNTED)
def test_a_total_comes_from_a_counter_and_searches_its_indexes_only(
    api: Api, staff: Api, site: Site, filters: str
) -> None:
    published(staff, tags=["Ferries"], authors=["Bo Lind"])
    with noted(site) as asked:
        assert api.get(f"/v1/articles?{filters}&count=exact").status_code == 200
    [(statement, parameters)] = [one for one in asked if "feed_counts" in one[0]]
    assert not any("count(" in other for other, _ in asked if other != statement)
    assert walks(site, statement, parameters, in_order=False) == []
    if site.database.is_sqlite:  # PostgreSQL takes any index of so small a table
        found = plan(site, statement, parameters)
        assert "ix_feed_rows_late (key=? AND visible_from>?)" in found
        assert "ix_feed_rows_ending (key=? AND visible_until<?)" in found
        assert "PRIMARY KEY (key=? AND published_at>?)" in found


def test_a_total_follows_the_clock(api: Api, staff: Api) -> None:
    """What is to come, what waits for its permission and what an end has hidden is in the counter, not in the total."""
    with frozen(NOON):
        source(staff, "The Gazette", kind="publication")
        published(staff, title="Now", tags=["Ferries"])
        schedule(staff, draft(staff, title="Later", tags=["Ferries"]), NOON + 2 * HOUR)
        lent = draft(staff, title="Lent", tags=["Ferries"])
        lasts = {"valid_from": z(NOON + HOUR), "valid_through": z(NOON + 3 * HOUR)}
        publish(staff, permit(staff, lent, "the-gazette", **lasts))
    for hours, total in ((0, 1), (1, 2), (2, 3), (3, 2), (4, 2)):
        with frozen(NOON + hours * HOUR + timedelta(seconds=1)):
            for url in ("/v1/articles", "/v1/articles?tag=ferries"):
                shown = api.get(url, params={"count": "exact"} | ({"tag": "ferries"} if "tag" in url else {})).json()
                assert (shown["total"], len(shown["items"])) == (total, total), (hours, url)
            assert api.get("/v1/tags/ferries").json()["article_count"] == total


def test_what_was_renamed_is_found_without_a_walk_over_the_log(site: Site) -> None:
    with noted(site) as asked, site.database.reader() as session:
        session.execute(renamed("tag", NOON)).all()
    assert "ix_audit_entries_object_kind" in plan(site, *asked[-1])


def test_a_free_slug_is_found_by_the_index_of_slugs(site: Site) -> None:
    asked = [staff_queries.slugs_like, staff_queries.author_slugs, staff_queries.tag_slugs, slug_like]
    with noted(site) as seen, site.database.reader() as session:
        for which in asked:
            assert session.scalars(which("ferry")).all() == []
    plans = [plan(site, statement, parameters) for statement, parameters in seen]
    assert len(plans) == len(asked)
    for steps in plans:
        assert "slug>?" in steps if site.database.is_sqlite else "slug >=" in steps
        assert "SCAN " not in steps.replace("SCAN anon", "")
