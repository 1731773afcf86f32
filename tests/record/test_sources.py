"""`/v1/sources`: anyone and anything that public articles rely on."""

import re
from collections.abc import Sized
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event

from app.articles import actions, permitting
from app.articles.schemas import ArticleIn
from app.context import Site
from app.db import now
from app.events.actions import COMMAND_LINE
from app.permissions.schemas import PermissionIn
from tests.conftest import Api, draft, published
from tests.record.world import (
    DAY,
    MINUTE,
    NOON,
    Json,
    Writing,
    frozen,
    permit,
    publish,
    quote,
    rename,
    source,
    unpublish,
    z,
)

NAMES = [
    "Ida Holm",
    "Łukasz Żak",
    "李克强",
    "יעקב כהן",
    "محمد بن سلمان",
    "Ναδία",
    "Ирина Ж.",
    "山田 太郎",
    "Ḥasan ‘Alī",
    "👩‍🚀",
]


def said_by(staff: Api, *names: str) -> Json:
    """A public article in which each of these sources, which are made for it, is quoted."""
    for name in names:
        source(staff, name)
    article = draft(staff, markdown=" ".join(f"“Words {n}”." for n in range(len(names))))
    for n, name in enumerate(names):
        known = staff.get("/v1/admin/sources", params={"name": name}).json()["items"]
        quote(staff, article, f"Words {n}", speaker=known[-1]["id"])
    return publish(staff, article)


def listed(api: Api, query: str = "") -> list[str]:
    found = api.get(f"/v1/sources?limit=100&count=exact{query}").json()
    names = [row["name"] for row in found["items"]]
    assert found["total"] == len(names)
    return names


def test_sources_of_every_script_are_listed_by_name_and_found_by_slug_and_id(api: Api, staff: Api) -> None:
    article = said_by(staff, *NAMES)
    found = api.get("/v1/sources?limit=100").json()["items"]
    assert [row["name"] for row in found] == sorted([*NAMES, "Onrecord demo"])  # by code point, on both engines
    assert len({row["slug"] for row in found}) == len(found)
    for row in found:
        assert list(row) == ["id", "slug", "kind", "name", "url"]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["slug"])
        by_slug, by_id = (api.get(f"/v1/sources/{row[key]}") for key in ("slug", "id"))
        assert by_slug.content == by_id.content
        assert {key: by_slug.json()[key] for key in row} == row
    quotes = api.get(f"/v1/articles/{article['slug']}").json()["quotes"]
    assert [q["speaker"]["name"] for q in quotes] == NAMES


def test_a_source_is_found_by_how_any_of_its_names_begins(api: Api, staff: Api) -> None:
    known = source(staff, "Vladimir Putin", aliases=["Владимир Путин", "普京", "Straße", "ＡＢＣ"])
    article = draft(staff)
    quote(staff, article, "will double", speaker=known["id"])
    publish(staff, article)
    for words in ("Vlad", "vladimir putin", "ВЛАД", "владимир", "普", "STRASSE", "stras", "abc", "  vladimir   p"):
        assert listed(api, f"&q={words}") == ["Vladimir Putin"], words
    for words in ("Putin", "%", "_ladimir", "V%", "ladimir", "\\", "*"):
        assert listed(api, f"&q={words.replace('%', '%25')}") == [], words
    assert listed(api, "&kind=person") == ["Vladimir Putin"]
    assert listed(api, "&kind=publication") == ["Onrecord demo"]
    assert listed(api, "&kind=person&q=on") == []
    for query in ("kind=nope", "q=", f"q={'a' * 201}", "nope=1", "name=x"):
        assert api.get(f"/v1/sources?{query}").status_code == 400, query


def test_only_sources_of_public_articles_are_there(api: Api, staff: Api) -> None:
    for name in ("Unused", "Of A Draft", "Rejected", "Of One Taken Down"):
        source(staff, name)
    source(staff, "Of A Public One")
    quote(staff, draft(staff, title="A draft"), "will double", speaker="of-a-draft")
    article = draft(staff)
    quote(staff, article, "will double", speaker="of-a-public-one")
    quote(staff, article, "fare", speaker="rejected", review="rejected")
    publish(staff, article)
    down = draft(staff, title="Down")
    quote(staff, down, "will double", speaker="of-one-taken-down")
    publish(staff, down)
    assert listed(api) == ["Of A Public One", "Of One Taken Down", "Onrecord demo"]
    unpublish(staff, down)
    assert listed(api) == ["Of A Public One", "Onrecord demo"]
    for slug in (
        "unused",
        "of-a-draft",
        "rejected",
        "of-one-taken-down",
        "nope",
        "00000000-0000-7000-8000-000000000000",
    ):
        for part in ("", "/quotes", "/articles"):
            assert api.get(f"/v1/sources/{slug}{part}").status_code == 404, slug + part


def test_a_source_is_described_whole(api: Api, staff: Api) -> None:
    ministry = source(staff, "Ministry", "organization", url="https://ministry.example")
    roles = [
        {"title": "Minister", "organization": "ministry", "valid_from": "2020-01-01", "valid_through": "2024-12-31"},
        {"title": "Writer"},
    ]
    known = source(
        staff,
        "Ida Holm",
        url="https://ida.example",
        aliases=["I. Holm"],
        roles=roles,
        same_as=["https://example.org/Q1"],
    )
    article = draft(staff, title="First")
    quote(staff, article, "will double", speaker="ida-holm")
    quote(staff, article, "fare", speaker="ida-holm", review="suggested")
    publish(staff, article)
    other = draft(staff, title="Second")
    permit(staff, other, "ida-holm")
    publish(staff, other)
    assert api.get("/v1/sources/ida-holm").json() == {
        "id": known["id"],
        "slug": "ida-holm",
        "kind": "person",
        "name": "Ida Holm",
        "url": "https://ida.example",
        "aliases": ["I. Holm"],
        "roles": [
            {
                "title": "Minister",
                "organization": {key: ministry[key] for key in ("id", "slug", "kind", "name", "url")},
                "valid_from": "2020-01-01",
                "valid_through": "2024-12-31",
            },
            {"title": "Writer", "organization": None, "valid_from": None, "valid_through": None},
        ],
        "same_as": ["https://example.org/Q1"],
        "quote_count": 2,
        "passed_on_count": 0,
        "article_count": 2,
    }
    cards = api.get("/v1/sources/ida-holm/articles?count=exact").json()
    assert {card["title"] for card in cards["items"]} == {"First", "Second"}
    assert cards["total"] == 2
    assert cards["items"] == api.get("/v1/articles?source=ida-holm").json()["items"]


def merge(staff: Api, old: Json, new: Json) -> Json:
    url = f"/v1/admin/sources/{old['id']}/merge"
    answer = staff.post(url, json={"into": new["id"]}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def test_a_merged_source_leads_to_the_one_that_took_it_in(api: Api, staff: Api) -> None:
    said_by(staff, "Ida Holm")
    ida = staff.get("/v1/admin/sources/ida-holm").json()
    old, older = source(staff, "I. Holm"), source(staff, "Holm, Ida")
    merge(staff, old, ida)
    merge(staff, older, old)
    for reference in ("i-holm", old["id"], "holm-ida", older["id"]):
        for path, query in (("", ""), ("/quotes", "?review=any&limit=5"), ("/articles", "?limit=5")):
            answer = api.get(f"/v1/sources/{reference}{path}{query}")
            assert answer.status_code == 308, (reference, path)
            assert answer.headers["Location"] == f"/v1/sources/ida-holm{path}{query}"
            assert api.get(answer.headers["Location"]).status_code == 200
    assert listed(api) == ["Ida Holm", "Onrecord demo"]


def test_a_source_merged_into_one_that_is_not_public_tells_nothing_of_it(api: Api, staff: Api) -> None:
    known, secret = source(staff, "Known"), source(staff, "Secret Name")
    merge(staff, known, secret)
    for reference in ("known", known["id"]):
        for path in ("", "/quotes", "/articles"):
            answer = api.get(f"/v1/sources/{reference}{path}")
            assert (answer.status_code, "secret" in answer.text.lower()) == (404, False), path


def test_a_page_of_sources_confirms_no_copy_after_one_of_them_moved_away(api: Api, staff: Api) -> None:
    with frozen(NOON):
        said_by(staff, "Ada", "Zoe")
        ada = staff.get("/v1/admin/sources/ada").json()
    held: dict[str, httpx.Response] = {}
    urls = ("/v1/sources?limit=1", "/v1/sources?kind=person", "/v1/sources?q=ada", "/v1/sources/ada/quotes")
    for n, fields in enumerate(({"name": "Ada B"}, {"name": "Yda"}, {"kind": "organization"}, {"name": "Ada"})):
        with frozen(NOON + timedelta(minutes=n + 1)):
            rename(staff, ada, **fields)
        with frozen(NOON + timedelta(minutes=n + 1, seconds=30)):
            for url in urls:
                answer = api.get(url)
                if url in held and held[url].content != answer.content:
                    condition = {"If-Modified-Since": held[url].headers["Last-Modified"]}
                    assert api.get(url, headers=condition).status_code == 200, (n, url)
                held[url] = answer


def test_a_source_of_any_number_of_articles_is_renamed_in_statements_that_engines_take(
    site: Site, api: Api, staff: Api, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite takes 32,766 parameters, PostgreSQL 65,535; here no statement may have as many as there are articles."""
    articles, at = 20, now()
    monkeypatch.setattr("app.record.actions.BATCH", 2)
    gazette = source(staff, "The Gazette", kind="publication")
    data = ArticleIn(title="Ferry fares rise", markdown="So it is.")
    granted = PermissionIn(assigner=gazette["id"], credit="By permission.")
    with writing() as session:
        for _ in range(articles):
            article = actions.create(session, data, by=COMMAND_LINE, at=at)
            permitting.permit(session, article, granted, by=COMMAND_LINE, at=at)
            actions.publish(session, article, by=COMMAND_LINE, at=at)
    most = 0

    def note(_conn: object, _cursor: object, _statement: str, values: Sized, _context: object, is_many: bool) -> None:
        nonlocal most
        most = max(most, 0 if is_many else len(values))

    event.listen(site.database.engine, "before_cursor_execute", note)
    rename(staff, gazette, name="The Tide")
    event.remove(site.database.engine, "before_cursor_execute", note)
    assert 0 < most < articles
    shown = api.get("/v1/articles", params={"source": gazette["id"], "limit": 100, "view": "full", "count": "exact"})
    assert shown.json()["total"] == articles
    assert {a["permission"]["assigner"]["name"] for a in shown.json()["items"]} == {"The Tide"}


def test_the_site_is_a_source_of_its_own(api: Api, staff: Api) -> None:
    published(staff)
    assert listed(api) == ["Onrecord demo"]
    site = api.get("/v1/sources/onrecord-demo").json()
    assert (site["kind"], site["url"], site["quote_count"]) == ("publication", "http://127.0.0.1:8000", 0)


def test_a_name_finds_whom_it_may_mean_the_likeliest_first(staff: Api) -> None:
    for name in ("Ida Holm", "Bo Holm", "Ida Berg", "Żak Łukasz", "Ministry of Ferries"):
        source(staff, name)
    source(staff, "Holm Ida", "organization")

    def found(name: str, **more: str) -> list[tuple[str, float]]:
        items = staff.get("/v1/admin/source-candidates", params={"name": name, **more}).json()["items"]
        return [(item["source"]["name"], item["score"]) for item in items]

    assert found("IDA  holm") == [("Ida Holm", 1.0), ("Holm Ida", 0.95)]
    assert found("ida holm", kind="organization") == [("Holm Ida", 0.95)]
    assert found("I. Holm")[0] == ("Ida Holm", 0.85)
    assert found("Holm") == [("Bo Holm", 0.7), ("Holm Ida", 0.7), ("Ida Holm", 0.7)]
    assert found("łukasz żak") == [("Żak Łukasz", 0.95)]
    assert found("the ministry of ferries") == [("Ministry of Ferries", 0.85)]
    name, score = found("Idah Berg")[0]
    assert (name, 0.7 < score < 0.8) == ("Ida Berg", True)
    assert found("Nobody") == found("%") == found("...") == []
    merge(staff, staff.get("/v1/admin/sources/bo-holm").json(), staff.get("/v1/admin/sources/ida-holm").json())
    assert found("bo holm")[0] == ("Ida Holm", 1.0)


def test_who_gives_a_permission_that_is_still_to_begin_is_nowhere(api: Api, staff: Api) -> None:
    late = "The Late Review"
    with frozen(NOON):
        for name in ("The Early Review", late):
            source(staff, name, "publication")
        article = published(staff)
        quote(staff, article, "will double", speaker="the-early-review")
        permit(staff, article, "the-early-review")
        permit(staff, article, "the-late-review", valid_from=z(NOON + DAY))

    def shown_at() -> list[bool]:
        return [
            late in api.get(f"/v1/articles/{article['id']}").text,
            late in api.get(f"/v1/articles/{article['id']}/sources").text,
            late in api.get("/v1/sources?limit=100").text,
            api.get("/v1/sources/the-late-review").status_code == 200,
            bool(api.get("/v1/articles?source=the-late-review").json()["items"]),
            bool(api.get("/v1/quotes?via=the-late-review").json()["items"]),
        ]

    with frozen(NOON + DAY - MINUTE):
        assert shown_at() == [False] * 6
        assert api.get("/v1/articles?q=early+review").json()["items"]
        assert not api.get("/v1/articles?q=late+review").json()["items"]
    with frozen(NOON + DAY):
        assert shown_at() == [True] * 6
