"""Who rests on whom: what an article refers to, who refers to it, and when readers may know."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import select

from app.articles.models import Citation, Revision
from app.articles.references import own_pages
from app.articles.renditions import rebuild, refresh
from app.db import now
from app.edges.actions import lead
from app.edges.models import Edge
from app.migrating import config
from app.serving import prepare
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.record.world import DAY, HOUR, NOON, edit, frozen, permit, publish, quote, schedule, source, unpublish, z

NOBODY = "0193a5b0-c0de-7000-8000-00000000000a"
Told = tuple[str, str, str, bool]


def told(api: Api, path: str) -> list[Told]:
    """What a list of references says: kind, who refers, to whom, and whether it begins there."""
    answer = api.get(path, headers={"Cookie": "no=cache"})
    assert answer.status_code == 200, answer.text
    return sorted((r["kind"], r["citing"]["name"], r["cited"]["name"], r["is_origin"]) for r in answer.json()["items"])


def linking(staff: Api, title: str, *urls: str, **fields: Any) -> dict[str, Any]:
    """A public article with these links and nothing else."""
    links = " ".join(f"[here]({url})" for url in urls)
    return published(staff, title=title, markdown=f"The ferry is late again. {links}", **fields)


def cite(writing: Any, article: dict[str, Any], cited: dict[str, Any]) -> None:
    """Let the article rely on the source by itself, as imports find it."""
    with writing() as session:
        article_id = UUID(article["id"])
        current = select(Revision.id).where(Revision.article_id == article_id, Revision.is_current)
        session.add(Citation(revision_id=session.scalar(current), source_id=UUID(cited["id"]), role="cited"))
        refresh(session, [article_id], at=now())


@pytest.fixture
def people(staff: Api) -> None:
    source(staff, "Ida Holm")
    source(staff, "The Gazette", "publication")
    source(staff, "The Tide", "publication")


@pytest.mark.usefixtures("people")
def test_a_quote_leads_back_station_by_station(api: Api, staff: Api) -> None:
    made = published(staff, title="Fares", slug="fares")
    way = [
        {"source": "ida-holm", "role": "speaker"},
        {"source": "the-gazette", "role": "via", "url": "https://gazette.example/1"},
    ]
    quote(staff, made, "will double", speaker="ida-holm", attribution=way)
    permit(staff, made, "the-tide")
    assert told(api, "/v1/articles/fares/references") == [("reprints", "Fares", "The Tide", False)]
    assert told(api, "/v1/sources/the-tide/references") == [("quotes", "The Tide", "The Gazette", False)]
    assert told(api, "/v1/sources/the-gazette/references") == [("quotes", "The Gazette", "Ida Holm", True)]
    assert told(api, "/v1/sources/ida-holm/citations") == [("quotes", "The Gazette", "Ida Holm", True)]
    (step,) = api.get("/v1/sources/the-gazette/citations").json()["items"]
    assert step["url"] == "https://gazette.example/1"
    assert step["article"]["slug"] == "fares"
    assert step["citing"]["href"] == "/v1/sources/the-tide"


def test_links_lead_to_articles_of_this_site_and_to_pages_elsewhere(api: Api, staff: Api) -> None:
    first = published(staff, title="First")
    linking(staff, "Second", first["url"] + "#part", "HTTPS://Harbour.example/Report#p2", "mailto:a@b.example")
    elsewhere = "https://harbour.example/Report"
    assert told(api, "/v1/articles/second/references") == [
        ("cites", "Second", "First", False),
        ("cites", "Second", elsewhere, False),
    ]
    assert told(api, f"/v1/articles/{first['id']}/citations") == [("cites", "Second", "First", False)]
    assert told(api, f"/v1/citations?url={elsewhere}%23elsewhere") == [("cites", "Second", elsewhere, False)]
    assert told(api, "/v1/citations?url=https://harbour.example/other") == []


def test_a_link_finds_an_article_that_comes_later_and_under_any_slug(api: Api, staff: Api) -> None:
    template = published(staff, title="Any", slug="any")["url"]
    linking(staff, "Early", template.replace("any", "late"))
    assert told(api, "/v1/articles/early/references") == []
    late = published(staff, title="Late", slug="late")
    found = [("cites", "Early", "Late", False)]
    assert told(api, "/v1/articles/early/references") == found
    edit(staff, late, slug="later")
    assert told(api, "/v1/articles/early/references") == found
    linking(staff, "Again", template.replace("any", "late"), template.replace("any", "later"))
    assert told(api, "/v1/articles/later/citations") == [("cites", "Again", "Late", False), *found]
    assert told(api, f"/v1/citations?url={template.replace('any', 'late')}") == told(
        api, "/v1/articles/later/citations"
    )
    moved = api.get("/v1/articles/late/citations?kind=cites")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/v1/articles/later/citations?kind=cites")


def test_two_addresses_of_an_article_that_comes_later_are_one_reference(api: Api, staff: Api, writing: Any) -> None:
    template = published(staff, title="Any", slug="any")["url"]
    linking(staff, "Early", template.replace("any", "late"), template.replace("any", "later"))
    late = draft(staff, title="Late", slug="late")
    edit(staff, late, slug="later")
    publish(staff, late)
    found = [("cites", "Early", "Late", False)]
    assert told(api, "/v1/articles/early/references") == found
    with writing() as session:  # as two addresses in one edition, of which none was known
        [edge] = session.scalars(select(Edge).where(Edge.head == UUID(late["id"])))
        lead(session, {edge.head: edge.tail})
    assert told(api, "/v1/articles/early/references") == []


def test_an_address_in_a_correction_is_taken_as_it_stands(api: Api, staff: Api) -> None:
    made = published(staff, title="Fares", slug="fares")
    staff.post(
        f"/v1/admin/articles/{made['id']}/corrections",
        json={"kind": "correction", "text": "See https://harbour.example/färe?a=1&copy=2"},
        headers={"If-Match": "*"},
    )
    page = "https://harbour.example/f%C3%A4re?a=1&copy=2"
    assert told(api, "/v1/articles/fares/citations") == [("corrects", page, "Fares", False)]


def test_what_only_a_fragment_tells_apart_is_no_page_of_its_own() -> None:
    assert own_pages("https://example.org/#/{slug}")("https://example.org/") is None
    by_id = own_pages("https://example.org/{id}")
    assert by_id("https://example.org/about") is None
    assert by_id(f"https://example.org/{NOBODY}") == NOBODY


def test_a_page_that_a_correction_names_corrects_the_article(api: Api, staff: Api) -> None:
    made = published(staff, title="Fares", slug="fares")
    other = published(staff, title="Right", slug="right")
    for kind, words in (
        ("correction", f"Fares stay, as {other['url']} says (see https://harbour.example/fares)."),
        ("update", "More at https://harbour.example/more."),
    ):
        answer = staff.post(
            f"/v1/admin/articles/{made['id']}/corrections",
            json={"kind": kind, "text": words},
            headers={"If-Match": "*"},
        )
        assert answer.status_code == 201, answer.text
    found = [("corrects", "Right", "Fares", False), ("corrects", "https://harbour.example/fares", "Fares", False)]
    assert told(api, "/v1/articles/fares/citations") == found
    assert told(api, "/v1/articles/fares/citations?kind=quotes") == []
    assert told(api, "/v1/articles/right/references") == found[:1]


@pytest.mark.usefixtures("people")
def test_only_what_readers_see_is_in_the_graph(api: Api, staff: Api) -> None:
    with frozen(NOON - DAY):
        target = draft(staff, title="Target", slug="target")
        url = target["url"]
        schedule(staff, target, NOON)
        early = linking(staff, "Early", url)
        waiting = draft(staff, title="Waiting", markdown=f"See [it]({url}).")
        schedule(staff, waiting, NOON + HOUR)
        ending = draft(staff, title="Ending", markdown=f"See [it]({url}).")
        publish(staff, permit(staff, ending, "the-tide", valid_through=z(NOON + 2 * HOUR), on_expire="stub"))
    second = timedelta(seconds=1)

    def seen(at: datetime) -> list[str]:
        with frozen(at):
            answer = api.get("/v1/articles/target/citations")
            names = (item["citing"]["name"] for item in answer.json().get("items", []))
            return [*sorted(names), str(answer.status_code)]

    assert seen(NOON - second) == ["404"]
    assert seen(NOON) == ["Early", "Ending", "200"]
    assert seen(NOON + HOUR - second) == ["Early", "Ending", "200"]
    assert seen(NOON + HOUR) == ["Early", "Ending", "Waiting", "200"]
    assert seen(NOON + 2 * HOUR - second) == ["Early", "Ending", "Waiting", "200"]
    assert seen(NOON + 2 * HOUR) == ["Early", "Waiting", "200"]
    with frozen(NOON + 2 * HOUR):
        assert api.get("/v1/articles/ending/references").status_code == 410
        unpublish(staff, early)
        assert seen(NOON + 2 * HOUR + second) == ["Waiting", "200"]


def test_a_reference_to_an_article_that_nobody_sees_is_none(api: Api, staff: Api) -> None:
    hidden = draft(staff, title="Hidden", slug="hidden")
    linking(staff, "Open", hidden["url"], hidden["url"].replace("hidden", "never-was"))
    assert told(api, "/v1/articles/open/references") == []
    publish(staff, hidden)
    assert told(api, "/v1/articles/open/references") == [("cites", "Open", "Hidden", False)]


@pytest.mark.usefixtures("people")
def test_rejected_quotes_and_those_of_nobody_lead_nowhere(api: Api, staff: Api) -> None:
    made = published(staff, title="Fares", slug="fares")
    quote(staff, made, "will double", speaker="ida-holm", review="rejected")
    quote(staff, made, "Monday")
    assert told(api, "/v1/articles/fares/references") == []


@pytest.mark.usefixtures("people")
def test_merged_sources_are_one_node(api: Api, staff: Api) -> None:
    made = published(staff, title="Fares", slug="fares")
    source(staff, "I. Holm")
    quote(staff, made, "will double", speaker="i-holm")
    answer = staff.post("/v1/admin/sources/i-holm/merge", json={"into": "ida-holm"}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    assert told(api, "/v1/sources/ida-holm/citations") == [("quotes", "Fares", "Ida Holm", True)]
    moved = api.get("/v1/sources/i-holm/citations")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/v1/sources/ida-holm/citations")


def test_pages_of_references_follow_one_another(api: Api, staff: Api) -> None:
    linking(staff, "Many", *(f"https://harbour.example/{n}" for n in range(5)), slug="many")
    url, seen = "/v1/articles/many/references?limit=2&count=exact", []
    while url:
        page = api.get(url).json()
        assert page["total"] == 5
        seen += [item["cited"]["name"] for item in page["items"]]
        url = page["next"]
    assert sorted(seen) == [f"https://harbour.example/{n}" for n in range(5)]


@pytest.mark.parametrize(
    ("path", "status", "parameter"),
    [
        ("/v1/articles/many/references?kind=likes", 400, "kind"),
        ("/v1/articles/many/references?direction=in", 400, "direction"),
        ("/v1/articles/many/references?limit=101", 400, "limit"),
        ("/v1/citations", 400, "url"),
        ("/v1/citations?url=ferry", 400, "url"),
        ("/v1/citations?url=http://[", 400, "url"),
        ("/v1/articles/none/references", 404, None),
        ("/v1/articles/none/primary-source", 404, None),
        ("/v1/sources/none/citations", 404, None),
    ],
)
def test_a_wrong_question_gets_a_clear_problem(api: Api, path: str, status: int, parameter: str | None) -> None:
    answer = api.get(path)
    assert answer.status_code == status, answer.text
    assert [error["parameter"] for error in answer.json().get("errors", [])] == ([parameter] if parameter else [])


@pytest.mark.usefixtures("people")
def test_edges_written_anew_are_the_same(api: Api, staff: Api, writing: Any, reading: Any) -> None:
    made = published(staff, title="Fares", slug="fares")
    quote(staff, made, "will double", speaker="ida-holm")
    linking(staff, "Second", made["url"], "https://harbour.example/")
    before = _edges(reading)
    assert len(before) == 3
    with writing() as session:
        rebuild(session, at=now())
    assert _edges(reading) == before
    assert told(api, "/v1/articles/second/references")


def test_an_upgrade_draws_the_graph_of_what_is_there(
    api: Api, staff: Api, reading: Any, settings: Settings, database_url: str
) -> None:
    linking(staff, "Second", published(staff)["url"], "https://harbour.example/")
    before, ready = _edges(reading), api.get("/v1/articles/second").headers["ETag"]
    assert len(before) == 2
    steps = ScriptDirectory.from_config(config(database_url)).walk_revisions()
    step = next(step for step in steps if step.doc.startswith("the citation graph"))
    command.downgrade(config(database_url), f"{step.revision}@-1")
    prepare(settings)
    assert _edges(reading) == before
    assert api.get("/v1/articles/second", headers={"Cookie": "no=cache"}).headers["ETag"] == ready


def _edges(reading: Any) -> list[tuple[Any, ...]]:
    with reading() as session:
        return sorted(tuple(row) for row in session.execute(select(*Edge.__table__.c).order_by(Edge.id)))
