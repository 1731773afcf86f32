"""What the graph adds up to, on both engines and at a bounded cost."""

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import networkx as nx
import pytest

from app.context import Site
from app.db import now
from app.graph import actions, queries
from tests.conftest import Api, draft, published
from tests.graph.test_references import cite, linking
from tests.plans import noted, plan
from tests.record.world import NOON, quote, schedule, source, unpublish, z

ROUTES = [
    "/v1/articles/fares/references?count=exact",
    "/v1/articles/fares/citations?kind=cites",
    "/v1/articles/fares/primary-source",
    "/v1/sources/ida-holm/references",
    "/v1/sources/ida-holm/citations?count=exact",
    "/v1/citations?url=https://harbour.example/",
    "/v1/most-cited",
    "/v1/most-cited?tag=ferries&kind=quotes&type=source&published_after=2020-01-01T00:00:00Z",
    "/v1/circular-reporting",
    "/v1/single-source-stories?tag=ferries",
    *(f"/v1/admin/sourcing?by={by}" for by in ("article", "author", "tag", "month")),
]
REPORTS = [
    *(f"/v1/most-cited{query}" for query in ("", "?kind=cites", "?type=source", "?kind=quotes&type=source&limit=1")),
    "/v1/circular-reporting",
    "/v1/single-source-stories",
    *(f"/v1/admin/sourcing?by={by}" for by in ("article", "author", "tag", "month")),
]
MakeAhead = Callable[[], str]
LARGE = "articles|edges|renditions|feed_rows|revisions|placements|citations|labels|bylines|sources"


def get(api: Api, path: str) -> Any:
    answer = api.get(path, headers={"Cookie": "no=cache"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def through(staff: Api, article: dict[str, Any], speaker: str, *stations: str, exact: str = "will double") -> None:
    """A quote of the article that came from the speaker through these."""
    way = [{"source": speaker, "role": "speaker"}, *({"source": station, "role": "via"} for station in stations)]
    quote(staff, article, exact, speaker=speaker, attribution=way)


@pytest.fixture
def make_ahead(site: Site, monkeypatch: pytest.MonkeyPatch) -> MakeAhead:
    """Makes the reports over all articles, as the worker does on a large site; says as of when."""
    monkeypatch.setattr(actions, "FROM", 0)

    def make() -> str:
        at = now()
        actions.report(site.database, at=at)
        return z(at)

    return make


@pytest.fixture
def fares(staff: Api) -> dict[str, Any]:
    """An article by Bo Lind with a quote of Ida Holm by way of the Gazette."""
    source(staff, "Ida Holm")
    source(staff, "Some officials", "unnamed")
    for name in ("The Gazette", "The Tide"):
        source(staff, name, "publication")
    made = published(staff, title="Fares", slug="fares", tags=["Ferries"], authors=["Bo Lind"])
    through(staff, made, "ida-holm", "the-gazette")
    return made


def test_the_way_to_a_primary_source_is_the_shortest(api: Api, staff: Api, fares: dict[str, Any]) -> None:
    linking(staff, "About", fares["url"], slug="about")
    found = get(api, "/v1/articles/about/primary-source")
    names = [(step["citing"]["name"], step["cited"]["name"]) for step in found["path"]]
    assert names == [("About", "Fares"), ("Fares", "The Gazette"), ("The Gazette", "Ida Holm")]
    assert (found["length"], found["complete"]) == (3, True)
    unpublish(staff, fares)
    assert get(api, "/v1/articles/about/primary-source")["path"] == []


def test_what_a_source_told_others_is_no_way(api: Api, staff: Api, fares: dict[str, Any]) -> None:
    """The Gazette had Ida Holm's words for another article; for this one nobody knows where it had them from."""
    made = published(staff, slug="rumour")
    quote(staff, made, "will double", attribution=[{"source": "the-gazette", "role": "via"}])
    assert [item["cited"]["name"] for item in get(api, "/v1/articles/rumour/references")["items"]] == ["The Gazette"]
    assert get(api, "/v1/articles/rumour/primary-source") == {
        "path": [], "length": None, "max_length": 6, "complete": True
    }  # fmt: skip
    assert get(api, f"/v1/articles/{fares['id']}/primary-source")["length"] == 2


def test_a_way_has_an_end(api: Api, staff: Api, fares: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(queries.MAX_LENGTH):
        fares = linking(staff, f"Step {n}", fares["url"], slug=f"step-{n}")
    reached = {n: get(api, f"/v1/articles/step-{n}/primary-source")["length"] for n in range(queries.MAX_LENGTH)}
    assert reached == {0: 3, 1: 4, 2: 5, 3: 6, 4: None, 5: None}
    monkeypatch.setattr(queries, "WALKED", 1)
    found = get(api, "/v1/articles/step-0/primary-source")
    assert (found["length"], found["complete"]) == (None, False)


@pytest.mark.usefixtures("fares")
def test_circles_through_sources_and_articles_are_found(api: Api, staff: Api) -> None:
    assert get(api, "/v1/circular-reporting") == {
        "items": [], "counted": 1, "complete": True, "as_of": None
    }  # fmt: skip
    made = published(staff, title="Tide", slug="tide")
    through(staff, made, "the-gazette", "the-tide")
    other = published(staff, title="Gazette", slug="gazette")
    through(staff, other, "the-tide", "the-gazette")
    (loop,) = get(api, "/v1/circular-reporting")["items"]
    assert {node["name"] for node in loop["nodes"]} == {"The Gazette", "The Tide"}
    assert {reference["article"]["slug"] for reference in loop["references"]} == {"tide", "gazette"}
    # the Tide had it from our own article, which had it from the Tide
    way = [{"source": "the-tide", "role": "via", "url": made["url"]}, {"source": "the-gazette", "role": "via"}]
    quote(staff, made, "on Monday", attribution=way)
    (loop,) = get(api, "/v1/circular-reporting")["items"]
    assert (loop["size"], {node["type"] for node in loop["nodes"]}) == (3, {"article", "source"})
    unpublish(staff, other)
    unpublish(staff, made)
    assert get(api, "/v1/circular-reporting")["items"] == []


def test_random_articles_give_what_networkx_gives(api: Api, staff: Api, make_ahead: MakeAhead) -> None:
    chance = random.Random(7)  # noqa: S311 (no secret)
    hidden = draft(staff, slug="hidden")
    url, many = hidden["url"], 9
    graph = nx.DiGraph()
    for n in range(many):
        targets = chance.sample([m for m in range(many) if m != n], chance.choice([1, 1, 2, 3]))
        pages = [f"https://harbour.example/{m}" for m in chance.sample(range(3), 2)]
        linking(staff, f"A{n}", *(url.replace("hidden", f"a{m}") for m in targets), *pages, url, slug=f"a{n}")
        graph.add_edges_from((f"A{n}", end) for end in [*(f"A{m}" for m in targets), *pages])
    components = [sorted(c) for c in nx.strongly_connected_components(graph) if len(c) > 1]
    assert components
    for ahead in (False, True):
        as_of = make_ahead() if ahead else None
        found = get(api, "/v1/circular-reporting")
        assert sorted(sorted(node["name"] for node in loop["nodes"]) for loop in found["items"]) == sorted(components)
        most = get(api, "/v1/most-cited?limit=100")
        cited = {item["node"]["name"]: item["article_count"] for item in most["items"]}
        assert cited == {name: degree for name, degree in graph.in_degree() if degree}
        assert found["as_of"] == most["as_of"] == as_of
    for n in range(many):
        for way, names in (("references", graph.successors(f"A{n}")), ("citations", graph.predecessors(f"A{n}"))):
            end = "cited" if way == "references" else "citing"
            items = get(api, f"/v1/articles/a{n}/{way}?limit=100")["items"]
            assert Counter(item[end]["name"] for item in items) == Counter(names)


@pytest.mark.usefixtures("fares")
def test_most_cited_is_narrowed_by_time_tag_and_kind(api: Api, staff: Api) -> None:
    old = published(staff, title="Old", slug="old", tags=["Boats"], published_at="2024-05-01T12:00:00Z")
    quote(staff, old, "will double", speaker="ida-holm")
    linking(staff, "Linking", old["url"], "https://harbour.example/")

    def counts(filters: str = "") -> dict[str, int]:
        items = get(api, f"/v1/most-cited?{filters}")["items"]
        return {item["node"]["name"]: item["article_count"] for item in items}

    assert counts() == {"Ida Holm": 2, "The Gazette": 1, "Old": 1, "https://harbour.example/": 1}
    assert next(iter(counts())) == "Ida Holm"
    assert counts("limit=1") == {"Ida Holm": 2}
    assert counts("tag=boats") == {"Ida Holm": 1}
    assert counts("kind=cites") == {"Old": 1, "https://harbour.example/": 1}
    assert counts("type=page") == {"https://harbour.example/": 1}
    assert counts("published_before=2024-05-02T00:00:00Z") == {"Ida Holm": 1}
    assert counts("published_after=2024-05-02T00:00:00Z&type=source") == {"Ida Holm": 1, "The Gazette": 1}


@pytest.mark.usefixtures("fares")
def test_stories_of_one_source_and_unnamed_sources_are_counted(api: Api, staff: Api, writing: Any) -> None:
    other = published(staff, title="Both", slug="both", tags=["Ferries"], authors=["Bo Lind", "Ada Moe"])
    quote(staff, other, "will double", speaker="some-officials")
    cite(writing, other, source(staff, "The charter", "document"))
    published(staff, title="None", slug="none")
    waiting = draft(staff, title="Waiting")
    quote(staff, waiting, "will double", speaker="some-officials")
    schedule(staff, waiting, NOON.replace(year=2099))
    (item,) = get(api, "/v1/single-source-stories")["items"]
    assert (item["article"]["slug"], item["source"]["name"]) == ("fares", "Ida Holm")
    assert get(api, "/v1/single-source-stories")["counted"] == 3

    def shares(by: str) -> dict[str, tuple[int, int, int, float, int]]:
        names = ("article_count", "source_count", "unnamed_count", "unnamed_share", "single_source_count")
        items = get(staff, f"/v1/admin/sourcing?by={by}")["items"]
        return {item["value"]: tuple(item[name] for name in names) for item in items}

    assert shares("article") == {"both": (1, 2, 1, 0.5, 0), "fares": (1, 1, 0, 0.0, 1)}
    assert shares("author") == {"bo-lind": (2, 3, 1, 0.3333, 1), "ada-moe": (1, 2, 1, 0.5, 0)}
    assert shares("tag") == {"ferries": (2, 3, 1, 0.3333, 1)}
    assert list(shares("month").values()) == [(2, 3, 1, 0.3333, 1)]
    stranger = api.get("/v1/admin/sourcing")
    assert stranger.status_code == 401


def test_a_report_says_when_it_has_not_looked_at_all(
    api: Api, staff: Api, fares: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    linking(staff, "Newest", fares["url"], slug="newest")
    linking(staff, "Round", fares["url"], slug="round")
    monkeypatch.setattr(queries, "LOOKED_AT", 2)
    monkeypatch.setattr(queries, "INNER", 2)
    for path in ("/v1/most-cited", "/v1/single-source-stories", "/v1/circular-reporting"):
        found = get(api, path)
        assert found["complete"] is False, path
    assert [item["node"]["name"] for item in get(api, "/v1/most-cited")["items"]] == ["Fares"]


@pytest.fixture
def going_round(staff: Api, fares: dict[str, Any]) -> list[dict[str, Any]]:
    """Two articles in which the Gazette and the Tide quote each other, one that links to a third and to a page, and
    that third."""
    made = [published(staff, title="Tide", slug="tide", tags=["Boats"], authors=["Ada Moe"])]
    through(staff, made[0], "the-gazette", "the-tide")
    made.append(published(staff, title="Gazette", slug="gazette"))
    through(staff, made[1], "the-tide", "the-gazette")
    made.append(linking(staff, "About", fares["url"], "https://harbour.example/", slug="about"))
    return [*made, fares]


@pytest.mark.usefixtures("going_round")
def test_what_is_made_ahead_is_what_each_request_would_make(
    api: Api, staff: Api, site: Site, make_ahead: MakeAhead
) -> None:
    live = {path: get(staff, path) for path in REPORTS}
    assert all(found["items"] and found["as_of"] is None for found in live.values())
    as_of = make_ahead()
    ahead = {path: get(staff, path) for path in REPORTS}
    assert ahead == {path: found | {"as_of": as_of} for path, found in live.items()}
    assert get(api, "/v1/most-cited?kind=reprints") == ahead["/v1/most-cited"] | {"items": []}
    narrow = get(api, "/v1/most-cited?published_after=2020-01-01T00:00:00Z")
    assert narrow == live["/v1/most-cited"]
    make_ahead()  # nothing has changed
    assert get(api, "/v1/most-cited")["as_of"] == as_of
    published(staff, title="More", slug="more")
    assert get(api, "/v1/most-cited")["as_of"] == as_of
    later = make_ahead()
    assert api.get("/v1/most-cited").json()["as_of"] == later  # what the cache held is forgotten
    with noted(site) as asked:
        get(api, "/v1/single-source-stories")
    assert len(asked) <= 6


def test_what_was_made_ahead_shows_nothing_that_readers_no_longer_see(
    api: Api, staff: Api, going_round: list[dict[str, Any]], make_ahead: MakeAhead
) -> None:
    hidden = draft(staff, slug="hidden", title="Hidden")
    quote(staff, hidden, "will double", speaker="some-officials")
    make_ahead()
    assert "Hidden" not in shown(staff)
    assert "Some officials" not in shown(staff)
    tide, gazette, about, fares = going_round
    unpublish(staff, tide)
    assert get(api, "/v1/circular-reporting")["items"] == []
    assert [item["article"]["slug"] for item in get(api, "/v1/single-source-stories")["items"]] == ["gazette", "fares"]
    unpublish(staff, about)
    names = [item["node"]["name"] for item in get(api, "/v1/most-cited")["items"]]
    assert "Fares" not in names
    assert "https://harbour.example/" not in names
    quote(staff, fares, "will double", speaker="the-tide")
    assert {item["source"]["name"] for item in get(api, "/v1/single-source-stories")["items"]} == {"The Tide"}
    unpublish(staff, gazette)
    unpublish(staff, fares)
    assert [found["items"] for found in map(partial(get, api), REPORTS[:6])] == [[]] * 6
    assert get(staff, "/v1/admin/sourcing?by=article")["items"] == []
    assert get(api, "/v1/most-cited")["as_of"] is not None
    make_ahead()
    assert get(api, "/v1/most-cited")["as_of"] is None, "no article is left, and no report"


def shown(api: Api) -> str:
    return "".join(json.dumps(get(api, path)) for path in REPORTS)


@pytest.mark.parametrize("ahead", [False, True])
def test_no_answer_of_the_graph_walks_over_a_whole_table(
    staff: Api, site: Site, fares: dict[str, Any], make_ahead: MakeAhead, ahead: bool
) -> None:
    linking(staff, "About", fares["url"], "https://harbour.example/", slug="about")
    if ahead:
        make_ahead()
    for path in ROUTES:
        with noted(site) as asked:
            get(staff, path)
        assert asked, path
        for statement, parameters in asked:
            found = plan(site, statement, parameters)
            if site.database.is_sqlite:
                assert not re.findall(rf"SCAN (?:{LARGE})\b(?! USING)", found), (path, found)
            else:
                assert not re.findall(rf"Seq Scan on (?:{LARGE})\b", found), (path, found)
