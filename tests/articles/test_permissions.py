"""Permissions and dates: what readers get before, at and after the second at which an article turns."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI

from tests.conftest import Api, draft, published
from tests.record.surfaces import ENDED, SHARED, SURFACES, addresses, is_of_others, left, lifetime, seen
from tests.record.world import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Builder,
    Json,
    Stage,
    attended,
    building,
    frozen,
    full_draft,
    permit,
    publish,
    quote,
    schedule,
    source,
    told,
    z,
)

SECOND = timedelta(seconds=1)

BEFORE = tuple(ENDED)
AFTER = ("starts", "begins")
"""The articles of the stage that readers see before noon, and those that they see from noon on."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Articles that change at noon by themselves: one starts, the permission of one begins, three permissions end."""
    with building(request, tmp_path_factory.mktemp("turning")) as builder:
        yield builder.stage(about_to_turn(builder))


@pytest.fixture
def turning(stage: Stage) -> dict[str, Json]:
    return stage.articles


def about_to_turn(b: Builder) -> dict[str, Json]:
    noon = NOON.isoformat()
    with frozen(NOON - HOUR):
        source(b.staff, "Ida Holm")
        made = {kind: full_draft(b.staff, b.writing, kind, valid_through=noon, on_expire=kind) for kind in ENDED}
        made["begins"] = full_draft(b.staff, b.writing, "begins", valid_from=noon)
        for article in made.values():
            publish(b.staff, article)
        made["starts"] = full_draft(b.staff, b.writing, "starts")
        schedule(b.staff, made["starts"], NOON)
    return made


class TestTurning:
    """On the stage, whose database only the worker changes."""

    @pytest.fixture
    def database_url(self, stage: Stage) -> str:
        return stage.url

    @pytest.mark.parametrize(
        ("at", "public"),
        [(NOON - SECOND, BEFORE), (NOON, AFTER), (NOON + SECOND, AFTER)],
        ids=["second_before", "second_itself", "second_after"],
    )
    def test_an_article_comes_and_goes_at_its_second_on_every_surface(
        self, api: Api, app: FastAPI, turning: dict[str, Json], at: datetime, public: tuple[str, ...]
    ) -> None:
        wrong = []
        # The worker has looked a second later, and not before; the log, which it writes, is looked at below.
        with attended(app, at) if at > NOON else frozen(at):
            for name, article in turning.items():
                for url in set(addresses(article)) - SHARED - {*SURFACES["/v1/changes"]}:
                    allowed = set() if name in public else left(url, article)
                    must = name in public and not is_of_others(url)
                    if bool(seen(api.get(url), article) - allowed) != must:
                        wrong.append((name, url))
            for url in ("/v1/tags/harbours", "/v1/authors/bo-lind", "/v1/sources/ida-holm"):
                assert api.get(url).json()["article_count"] == len(public), url
            for url in ("/v1/articles", "/v1/corrections", "/v1/sources/ida-holm/quotes", "/v1/articles?q=lighthouse"):
                assert api.get(url, params={"count": "exact"}).json()["total"] == len(public), url
        assert wrong == []

    def test_the_log_tells_who_came_and_leaves_a_tombstone_of_who_went(
        self, api: Api, app: FastAPI, turning: dict[str, Json]
    ) -> None:
        with attended(app, NOON):
            log = told(api)
        came = {turning[name]["id"]: ("article.published", turning[name]["slug"]) for name in AFTER}
        assert log == came | {turning[name]["id"]: ("article.unpublished", None) for name in BEFORE}

    def test_no_cache_keeps_an_answer_past_the_second_at_which_it_turns(
        self, api: Api, app: FastAPI, turning: dict[str, Json]
    ) -> None:
        too_long = []
        for seconds in (121, 30, 0.25):  # the site's own cache has some of the answers from the first time on
            with attended(app, NOON - timedelta(seconds=seconds)):
                for url in plainest(turning):
                    answer = api.get(url)
                    if lifetime(answer) > seconds:
                        too_long.append((url, seconds, answer.headers["Cache-Control"]))
        assert too_long == []

    def test_no_condition_and_no_cache_keeps_an_old_answer_past_its_second(
        self, api: Api, app: FastAPI, turning: dict[str, Json]
    ) -> None:
        with attended(app, NOON - 3 * MINUTE):
            held = {url: answer for url in plainest(turning) if (answer := api.get(url)).status_code == 200}
        assert len(held) > 30
        stale = []
        for at in (NOON, NOON + SECOND):
            with attended(app, at):
                for url, old in held.items():
                    fresh = api.get(url, headers={"Authorization": "Bearer none"})  # no cache answers this
                    if (cached := api.get(url)).status_code == 200 and cached.content != fresh.content:
                        stale.append((at, url, "cache"))
                    for name, tag in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
                        again = api.get(url, headers={name: old.headers[tag]})
                        if again.status_code == 304 and fresh.content != old.content:
                            stale.append((at, url, name))
        assert stale == []

    def test_what_an_ended_permission_leaves_is_what_it_says(self, api: Api, turning: dict[str, Json]) -> None:
        with frozen(NOON):
            answers = {kind: api.get(f"/v1/articles/{turning[kind]['slug']}") for kind in ENDED}
        assert {kind: answer.status_code for kind, answer in answers.items()} == ENDED
        stub = answers["stub"].json()
        assert (stub["body"], stub["quotes"]) == (None, None)
        assert stub["canonical_url"] == "https://example.org/original"
        assert stub["permission"]["credit"] == "zqstubcredit"
        assert [(s["source"]["name"], s["role"]) for s in stub["sources"]] == [("zqstubassigner", "reprinted_from")]
        assert answers["redirect"].headers["Location"] == "https://example.org/original"
        assert answers["gone"].headers["Content-Type"] == "application/problem+json"
        assert answers["gone"].json()["canonical_url"] == "https://example.org/original"
        for kind in ("stub", "gone"):
            assert answers[kind].headers["Link"] == '<https://example.org/original>; rel="canonical"', kind


def plainest(articles: dict[str, Json]) -> list[str]:
    return list(dict.fromkeys(url for article in articles.values() for url in addresses(article, first=True)))


def test_an_article_stands_as_long_as_any_of_its_permissions_holds(api: Api, staff: Api) -> None:
    with frozen(NOON):
        review, herald = source(staff, "The Review", "publication"), source(staff, "The Herald", "publication")
        article = draft(staff)
        permit(staff, article, review["slug"], credit="First", valid_through=z(NOON + HOUR))
        span = {"valid_from": z(NOON + HOUR / 2), "valid_through": z(NOON + 2 * HOUR)}
        permit(staff, article, herald["slug"], credit="Second", **span)
        permit(staff, article, herald["slug"], credit="Third", valid_from=z(NOON + 3 * HOUR))
        publish(staff, article)
    url = f"/v1/articles/{article['slug']}"
    for minutes, credit, has_body in (
        (0, "First", True),
        (29, "First", True),
        (30, "Second", True),
        (119, "Second", True),
        (120, "Second", False),
        (179, "Second", False),
        (180, "Third", True),
    ):
        with frozen(NOON + minutes * MINUTE):
            found = api.get(url).json()
            listed = api.get("/v1/articles").json()["items"]
        assert found["permission"]["credit"] == credit, minutes
        assert (found["body"] is not None) == has_body, minutes
        assert [card["permission"]["credit"] for card in listed] == [credit] * has_body, minutes


def test_a_search_finds_an_assigner_from_the_second_at_which_his_permission_begins(
    api: Api, app: FastAPI, staff: Api
) -> None:
    with frozen(NOON):
        for name in ("Harbour Review", "Silo Gazette"):
            source(staff, name, "publication")
        made = draft(staff)
        permit(staff, made, "harbour-review", valid_through=z(NOON + HOUR))
        permit(staff, made, "silo-gazette", valid_from=z(NOON + HOUR))
        publish(staff, made)
    found = []
    for moment in (NOON, NOON + HOUR - SECOND, NOON + HOUR, NOON + HOUR + SECOND):
        with frozen(moment):
            api.get("/v1/search?q=gazette")  # an answer that is kept must not stay
        with attended(app, moment):
            found.append([len(api.get(f"/v1/search?q={word}").json()["items"]) for word in ("harbour", "gazette")])
    assert found == [[1, 0], [1, 0], [1, 1], [1, 1]]


def test_a_redirect_without_an_original_to_go_to_is_a_410(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Review", "publication")
        article = draft(staff)
        permit(staff, article, "the-review", valid_through=z(NOON + HOUR), on_expire="redirect")
        publish(staff, article)
    with frozen(NOON + HOUR):
        answer = api.get(f"/v1/articles/{article['slug']}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "no-store")
    assert answer.json()["type"] == "/problems/permission-expired"


def test_a_redirect_is_not_kept_past_the_begin_of_the_next_permission(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Review", "publication")
        article = draft(staff, canonical_url="https://example.org/original")
        permit(staff, article, "the-review", valid_through=z(NOON + HOUR), on_expire="redirect")
        permit(staff, article, "the-review", valid_from=z(NOON + 2 * HOUR))
        publish(staff, article)
    with frozen(NOON + 2 * HOUR - 10 * SECOND):
        answer = api.get(f"/v1/articles/{article['slug']}")
    assert answer.status_code == 307
    assert lifetime(answer) <= 10


def test_a_permission_granted_to_a_published_article_binds_it_at_once(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Review", "publication")
        article = published(staff)
        quote(staff, article, "will double")
        assert api.get("/v1/quotes?count=exact").json()["total"] == 1
        permit(staff, article, "the-review", valid_through=z(NOON - DAY), on_expire="gone")
        assert api.get(f"/v1/articles/{article['slug']}").status_code == 410
        for url in ("/v1/articles", "/v1/quotes", "/v1/articles?q=fare", "/v1/tags", "/v1/articles?reprint=true"):
            assert api.get(url, params={"count": "exact"}).json()["total"] == 0, url
        permit(staff, article, "the-review")
        assert api.get(f"/v1/articles/{article['slug']}").status_code == 200
        assert api.get("/v1/articles?count=exact&reprint=true").json()["total"] == 1
        assert api.get("/v1/articles?count=exact&reprint=false").json()["total"] == 0


def test_what_is_kept_about_a_permission_for_staff_is_not_for_readers(api: Api, staff: Api) -> None:
    with frozen(NOON):
        source(staff, "The Review", "publication")
        article = draft(staff)
        permit(staff, article, "the-review", proof="letter in drawer seven", credit="Thanks")
        publish(staff, article)
        shown = api.get(f"/v1/articles/{article['slug']}").json()["permission"]
        assert api.get("/v1/articles").json()["items"][0]["permission"] == shown
    assert set(shown) == {"assigner", "credit", "valid_from", "valid_through", "on_expire"}
    assert set(shown["assigner"]) == {"id", "slug", "kind", "name", "url"}
