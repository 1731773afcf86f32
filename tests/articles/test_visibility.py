"""What readers see of an article in each state, on each public route; and at which second that changes."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import Api
from tests.record.surfaces import (
    BY_SECRET,
    ENDED,
    OF_FILES,
    OF_MAIL,
    OPERATIONAL,
    SHARED,
    STREAMS,
    SURFACES,
    WITHDRAWN,
    addresses,
    body_of,
    documented_routes,
    is_of_others,
    left,
    same,
    seen,
    undocumented_routes,
)
from tests.record.world import (
    DAY,
    HOUR,
    IDS,
    MINUTE,
    NOON,
    WORDS,
    Builder,
    Json,
    Stage,
    attended,
    building,
    change,
    frozen,
    full_draft,
    publish,
    schedule,
    source,
    told,
    unpublish,
)

SHOWN = ("published", "unlimited", "due")
"""The states in which readers see all of an article."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """An article in every state there is at noon, written by an author and published by the owner."""
    with building(request, tmp_path_factory.mktemp("states")) as builder:
        yield builder.stage(in_every_state(builder))


@pytest.fixture
def app(stage: Stage) -> FastAPI:
    return stage.app


@pytest.fixture
def states(stage: Stage) -> dict[str, Json]:
    return stage.articles


def in_every_state(b: Builder) -> dict[str, Json]:
    soon, tomorrow, yesterday = NOON - MINUTE, NOON + DAY, NOON - DAY
    permissions: dict[str, Json] = {
        **{kind: {"valid_through": soon.isoformat(), "on_expire": kind} for kind in ENDED},
        "notbegun": {"valid_from": tomorrow.isoformat()},
        "published": {"valid_from": yesterday.isoformat(), "valid_through": tomorrow.isoformat()},
    }
    with frozen(NOON - HOUR):
        source(b.staff, "Ida Holm")
        names = ("draft", "inreview", "future", "due", "unlimited", "unpublished", "trashed", "trasheddraft")
        made = {
            n: full_draft(b.staff, b.writing, n, writer=b.author, **permissions.get(n, {}))
            for n in (*names, *permissions)
        }
        change(b.author, "POST", made["inreview"], "/submit")
        schedule(b.staff, made["future"], tomorrow)
        schedule(b.staff, made["due"], soon)
        for name in ("published", "unlimited", "unpublished", "trashed", "notbegun", *ENDED):
            publish(b.staff, made[name])
        unpublish(b.staff, made["unpublished"])
        for name in ("trashed", "trasheddraft"):
            change(b.staff, "DELETE", made[name])
    return made


def test_every_route_that_anybody_may_read_has_a_row_in_the_table(app: FastAPI) -> None:
    assert documented_routes(app.openapi()) == {*SURFACES, *BY_SECRET, *OF_FILES, *OF_MAIL, *STREAMS}
    assert undocumented_routes() == set(OPERATIONAL)


def asked(api: Api, stage: Stage) -> dict[str, httpx.Response]:
    """What an anonymous reader gets at every address; the first test that wants it asks."""
    if not stage.pages:
        with attended(stage.app, NOON):
            urls = [url for article in stage.articles.values() for url in addresses(article)]
            stage.pages.update({url: api.get(url) for url in (*dict.fromkeys(urls), *OPERATIONAL.values())})
    return stage.pages


def test_no_word_of_an_article_that_is_not_public_is_in_any_public_answer(
    api: Api, stage: Stage, states: dict[str, Json]
) -> None:
    leaks = []
    for url, answer in asked(api, stage).items():
        for name, article in states.items():
            allowed = {*WORDS, *IDS} if name in SHOWN else left(url, article)
            if leak := seen(answer, article) - allowed:
                leaks.append((url, answer.status_code, name, leak))
    assert leaks == []


def test_an_article_that_is_not_public_answers_as_if_it_had_never_been(api: Api, states: dict[str, Json]) -> None:
    with frozen(NOON):
        for name, article in states.items():
            own = 200 if name in SHOWN else ENDED.get(name, 404)
            part = 410 if name in ENDED else own
            for reference in (article["slug"], article["id"]):
                assert api.get(f"/v1/articles/{reference}").status_code == own, name
                for path in ("quotes", "sources", "corrections", "revisions", "comments"):
                    assert api.get(f"/v1/articles/{reference}/{path}").status_code == part, (name, path)
            for url in (
                f"/v1/quotes/{article['quote_id']}",
                f"/v1/sources/zq{name}via",
                f"/v1/tags/zq{name}tag",
                f"/v1/authors/zq{name}author",
            ):
                assert api.get(url).status_code == (200 if name in SHOWN else 404), url
            for guess in (article["id"], article["slug"], "orp_"):
                assert api.get(f"/v1/previews/{guess}").status_code == 404, name
            if own == 404:  # not even a copy that the client says it has is confirmed
                hidden = api.get(f"/v1/articles/{article['slug']}", headers={"If-None-Match": "*"})
                unknown = api.get("/v1/articles/nobody-wrote-this")
                assert body_of(hidden.json()) == body_of(unknown.json()), name
                assert hidden.headers.keys() == unknown.headers.keys(), name


def test_a_public_article_is_seen_at_every_address(api: Api, stage: Stage, states: dict[str, Json]) -> None:
    pages = asked(api, stage)
    for name in SHOWN:
        for url in set(addresses(states[name])) - SHARED:
            assert pages[url].status_code == 200, url
            assert is_of_others(url) or seen(pages[url], states[name]), url


def test_the_log_tells_of_what_readers_see_and_has_a_tombstone_of_what_was_taken_from_them(
    api: Api, stage: Stage, states: dict[str, Json]
) -> None:
    with attended(stage.app, NOON):
        log = told(api)
    shown = {states[name]["id"]: ("article.published", states[name]["slug"]) for name in SHOWN}
    assert log == shown | {states[name]["id"]: ("article.unpublished", None) for name in WITHDRAWN}


def test_counts_are_of_public_articles_only(api: Api, states: dict[str, Json]) -> None:
    assert len(states) > len(SHOWN)
    with frozen(NOON):
        for url, members in {
            "/v1/tags/harbours": ["article_count"],
            "/v1/authors/bo-lind": ["article_count"],
            "/v1/sources/ida-holm": ["article_count", "quote_count"],
            "/v1/articles?count=exact": ["total"],
            "/v1/articles?count=exact&tag=harbours": ["total"],
            "/v1/articles?count=exact&author=bo-lind": ["total"],
            "/v1/articles?count=exact&q=lighthouse": ["total"],
            "/v1/articles?count=exact&speaker=ida-holm": ["total"],
            "/v1/articles?count=exact&reprint=true&corrected=true": ["total"],
            "/v1/corrections?count=exact": ["total"],
            "/v1/sources/ida-holm/articles?count=exact": ["total"],
            "/v1/sources/ida-holm/quotes?count=exact": ["total"],
        }.items():
            found = api.get(url).json()
            assert [found[member] for member in members] == [len(SHOWN)] * len(members), url
        assert api.get("/v1/quotes?count=exact").json()["total"] == 2 * len(SHOWN)
        for url in ("/v1/sources?count=exact&kind=person", "/v1/tags?count=exact", "/v1/authors?count=exact"):
            assert api.get(url).json()["total"] == len(SHOWN) + 1, url


def test_a_credential_changes_nothing_on_a_public_route(
    api: Api, stage: Stage, states: dict[str, Json], key_of: Callable[..., str]
) -> None:
    pages = asked(api, stage)
    readers = {role: api.acting_as(key_of(role)) for role in ("author", "editor", "moderator", "owner")}
    readers["nobody"] = api.acting_as("ork_nonsense")
    roles = list(readers)
    differing = []
    with frozen(NOON):
        urls = dict.fromkeys(url for article in states.values() for url in addresses(article, first=True))
        for number, url in enumerate(urls):  # the owner asks for everything; every other role for every route
            for role in {"owner", roles[number % len(roles)]}:
                if same(readers[role].get(url)) != same(pages[url]):
                    differing.append((role, url))
    assert differing == []


def test_nobody_comments_on_what_he_cannot_see(api: Api, states: dict[str, Json]) -> None:
    with frozen(NOON):
        for name, article in states.items():
            answer = api.post(
                f"/v1/articles/{article['id']}/comments", json={"author_name": "Ada", "body": "First of all"}
            )
            assert answer.status_code == (202 if name in SHOWN else 404), name
