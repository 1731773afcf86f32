"""Validators, conditional requests, cache rules, HEAD, OPTIONS and CORS: as rules, and on every public route."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import anyio.from_thread
import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from app.http import cache_control, deliver, entity_tags, etag, is_unchanged
from app.main import create_app
from app.settings import Settings
from tests.conftest import Api, published
from tests.record.surfaces import SURFACES, addresses, same, stable_headers
from tests.record.world import (
    HOUR,
    NOON,
    Json,
    Stage,
    building,
    change,
    comment,
    edit,
    frozen,
    full_draft,
    moderate,
    permit,
    publish,
    quote,
    rename,
    source,
    unpublish,
)

STRONG = re.compile(r'"[\x21\x23-\x7e]+"')
TAG = etag(b"a")
SECOND = timedelta(seconds=1)


@given(st.binary(), st.binary())
def test_an_etag_is_strong_and_equal_only_for_equal_bytes(one: bytes, other: bytes) -> None:
    assert STRONG.fullmatch(etag(one))
    assert (etag(one) == etag(other)) == (one == other)


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ('"a"', ['"a"']),
        ('W/"a"', ['"a"']),
        ('"a", W/"b" ,"c"', ['"a"', '"b"', '"c"']),
        ('"a,b"', ['"a,b"']),
        ('""', ['""']),
        (', "a",, "b" ,', ['"a"', '"b"']),  # RFC 9110, 5.6.1.2: empty elements are nothing
        ("a", None),
        ('"a" "b"', None),
        ('"a', None),
        ('w/"a"', None),  # RFC 9110, 8.8.3: the W is a capital
    ],
)
def test_a_list_of_entity_tags_is_read_as_rfc_9110_writes_it(header: str, tags: list[str] | None) -> None:
    read = entity_tags(header)
    assert (None if read is None else [opaque for _, opaque in read]) == tags


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_no_condition_is_too_strange_to_be_read(header: str) -> None:
    assert is_unchanged({"if-none-match": header}, TAG, NOON) in (True, False)
    assert is_unchanged({"if-modified-since": header}, TAG, NOON) in (True, False)


MOMENTS = st.integers(0, 4_000_000).map(lambda n: NOON + timedelta(microseconds=n))


@given(st.lists(MOMENTS, min_size=1, max_size=4), MOMENTS, MOMENTS)
def test_a_date_never_confirms_an_older_version(changes: list[datetime], one: datetime, other: datetime) -> None:
    """Whenever a reader came and comes again, however close to the changes: the `Last-Modified` of the first time
    leads to 304 only if nothing changed since, and it does lead there from a second after the last change on.
    """
    first, second = sorted((one, other))

    def version(at: datetime) -> datetime:
        return max((c for c in changes if c <= at), default=NOON - HOUR)

    told, _, _ = delivered(version(first), first)
    _, tag, modified = delivered(version(second), second)
    confirmed = is_unchanged({"if-modified-since": told}, tag, modified)
    if version(first) != version(second):
        assert not confirmed
    elif first >= version(first) + SECOND:
        assert confirmed


def delivered(changed_at: datetime, at: datetime) -> tuple[str, str, datetime]:
    """The `Last-Modified` of an answer, and what conditions of later requests are held against."""
    request = Request({"type": "http", "method": "GET", "headers": []})
    answer = deliver(request, str(changed_at).encode(), at=at, changed_at=changed_at, tags=["a"])
    return answer.headers["Last-Modified"], request.state.kept.etag, request.state.kept.modified


@given(st.floats(0, 300))
def test_no_lifetime_goes_past_the_moment_at_which_the_answer_may_be_wrong(left: float) -> None:
    rule = cache_control(NOON, NOON + timedelta(seconds=left))
    seconds = {name: int(value) for name, value in re.findall(r"([a-z-]+)=(\d+)", rule)}
    assert rule.startswith("public, ")
    assert seconds.get("max-age", 0) <= seconds.get("s-maxage", 0) <= left
    assert seconds.get("s-maxage", 0) + seconds.get("stale-while-revalidate", 0) <= left


def test_an_answer_that_depends_on_no_date_may_be_kept_a_minute_and_served_stale_another() -> None:
    assert cache_control(NOON, None) == "public, max-age=5, s-maxage=60, stale-while-revalidate=60"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two articles full of everything."""
    with building(request, tmp_path_factory.mktemp("http")) as b:
        with frozen(NOON - HOUR):
            source(b.staff, "Ida Holm")
            made = {name: full_draft(b.staff, b.writing, name) for name in ("one", "two")}
            for article in made.values():
                publish(b.staff, article)
        yield b.stage(made)


class TestOnEveryRoute:
    """On the stage, which no test changes."""

    @pytest.fixture
    def app(self, stage: Stage) -> FastAPI:
        return stage.app

    @pytest.fixture
    def urls(self, stage: Stage) -> list[str]:
        """One address or more of each public route, all of which have something to show."""
        plain = addresses(stage.articles["one"], first=True)
        assert len(plain) == len(SURFACES)
        return [*plain, "/v1/articles?view=full&fields=id,body", "/v1/articles?limit=1", "/v1/quotes?limit=1"]

    @pytest.fixture(autouse=True)
    def at_noon(self) -> Iterator[None]:
        with frozen(NOON):
            yield

    def test_an_answer_has_its_validators_lifetime_and_purge_tags(self, api: Api, urls: list[str]) -> None:
        for url in urls:
            answer = api.get(url)
            headers = answer.headers
            assert answer.status_code == 200, url
            assert headers["Content-Type"] == "application/json" or not url.startswith("/v1/") or ".svg" in url, url
            assert STRONG.fullmatch(headers["ETag"]), url
            assert NOON - 2 * HOUR <= parsedate_to_datetime(headers["Last-Modified"]) <= NOON, url
            assert headers["Last-Modified"].endswith(" GMT"), url
            assert headers["Cache-Control"] == cache_control(NOON, None), url
            assert headers["Cache-Tag"].split(",") == headers["Surrogate-Key"].split(" "), url
            assert headers["X-Content-Type-Options"] == "nosniff", url
            has_forms = url.startswith("/v1/changes") or re.fullmatch("/v1/articles/[^/?]+(/provenance)?", url)
            varies = ", Accept" if has_forms else ""
            assert headers["Vary"] == f"Accept-Encoding{varies}", url

    def test_etags_are_equal_exactly_where_bytes_are(self, api: Api, urls: list[str]) -> None:
        held: Json = {}
        for url in urls:
            for coding in ("identity", "gzip", "br"):
                answer = api.get(url, headers={"Accept-Encoding": coding})
                told = answer.headers.get("Content-Encoding", "identity"), answer.content
                assert held.setdefault(answer.headers["ETag"], told) == told, url
                assert api.get(url, headers={"Accept-Encoding": coding}).headers["ETag"] == answer.headers["ETag"]
        assert len(set(held.values())) == len(held)

    def test_what_a_client_has_is_confirmed_by_its_tag(self, api: Api, urls: list[str]) -> None:
        for url in urls:
            whole = api.get(url)
            tag = whole.headers["ETag"]
            many = ", ".join(f'"{n}"' for n in range(999))
            for condition in (tag, f"W/{tag}", f'"x", {tag}', f'W/"x",W/{tag} , "y"', "*", f"{many}, {tag}"):
                for method in ("GET", "HEAD"):
                    answer = api.request(method, url, headers={"If-None-Match": condition})
                    assert (answer.status_code, answer.content) == (304, b""), (url, condition)
                    # RFC 9110, 15.4.5: what would have been sent in a 200, but for what describes the content
                    described = {"content-type", "content-length", "content-encoding"}
                    sent = {name: v for name, v in stable_headers(whole).items() if name not in described}
                    assert stable_headers(answer) == sent, (url, condition)

    def test_what_a_client_has_of_another_version_is_not_confirmed(self, api: Api, urls: list[str]) -> None:
        for url in urls:
            whole = api.get(url)
            tag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]
            for condition in ('"x"', tag.strip('"'), tag[:-1], "garbage", "", f'{tag} "x"', tag.upper(), "W/*", "é"):
                headers = {"If-None-Match": condition.encode("latin-1"), "If-Modified-Since": modified.encode()}
                answer = api.get(url, headers=headers)  # RFC 9110, 13.2.2: with a tag, the date does not count
                assert (answer.status_code, answer.content) == (200, whole.content), (url, condition)

    def test_what_a_client_has_is_confirmed_by_its_date(self, api: Api, urls: list[str]) -> None:
        for url in urls:
            modified = api.get(url).headers["Last-Modified"]
            before = format_datetime(parsedate_to_datetime(modified) - SECOND, usegmt=True)
            later = format_datetime(NOON, usegmt=True)
            for condition, status in (
                (modified, 304),
                (later, 304),
                (before, 200),
                ("yesterday", 200),
                ("", 200),
                ("Mon, 99 Foo 2031 99:99:99 GMT", 200),
                ("Mon, 01 Jan 999999 00:00:00 GMT", 200),
            ):
                answer = api.get(url, headers={"If-Modified-Since": condition})
                assert answer.status_code == status, (url, condition)

    def test_head_is_get_without_the_content(self, api: Api, urls: list[str]) -> None:
        for url in [*urls, "/v1/articles/nope", "/v1/articles?nope=1", "/v1/quotes/nope", "/healthz"]:
            for coding in ("identity", "gzip"):
                headers = {"Accept-Encoding": coding}
                whole, head = api.get(url, headers=headers), api.head(url, headers=headers)
                assert head.status_code == whole.status_code, url
                assert head.content == b"", url
                assert stable_headers(head) == stable_headers(whole), url
                assert int(head.headers["Content-Length"]) > 0, url

    def test_the_first_answer_and_one_from_the_cache_are_the_same(self, api: Api, urls: list[str]) -> None:
        for url in urls:
            made, kept, asked = api.get(url), api.get(url), api.get(url, headers={"Cookie": "a=b"})
            assert made.content == kept.content == asked.content, url
            assert stable_headers(made) == stable_headers(kept) == stable_headers(asked), url

    def test_answers_are_for_every_origin_alike(self, api: Api, urls: list[str]) -> None:
        for url in [*urls, "/v1/articles/nope", "/v1/articles?nope=1"]:
            plain, crossed = api.get(url), api.get(url, headers={"Origin": "https://reader.example"})
            assert crossed.headers["Access-Control-Allow-Origin"] == "*", url
            assert "Origin" not in crossed.headers.get("Vary", ""), url
            assert "Access-Control-Allow-Credentials" not in crossed.headers, url
            assert stable_headers(plain) == stable_headers(crossed), url
            exposed = {name.strip() for name in crossed.headers["Access-Control-Expose-Headers"].split(",")}
            assert {"ETag", "Last-Modified", "Link", "Location", "Retry-After"} <= exposed

    def test_a_preflight_says_what_a_page_may_send(self, api: Api, urls: list[str]) -> None:
        asked = {"Origin": "https://reader.example", "Access-Control-Request-Method": "GET"}
        for url in urls:
            wanted = asked | {"Access-Control-Request-Headers": "if-none-match, content-type, x-edit-token"}
            answer = api.request("OPTIONS", url, headers=wanted)
            assert answer.status_code == 200, url
            assert answer.headers["Access-Control-Allow-Origin"] == "*", url
            assert {"GET", "HEAD", "POST"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", ")), url
            refused = api.request("OPTIONS", url, headers=asked | {"Access-Control-Request-Headers": "x-other"})
            assert refused.status_code == 400, url

    def test_a_method_that_a_route_does_not_take_is_answered_with_those_it_takes(
        self, api: Api, urls: list[str]
    ) -> None:
        for url in urls:
            takes = {"GET", "HEAD"}
            if re.fullmatch(r"/v1/articles/[^/]+/comments(\?.*)?", url):
                takes |= {"POST"}
            elif re.fullmatch("/v1/comments/[^/]+", url):
                takes |= {"PATCH", "DELETE"}
            for method in {"PUT", "DELETE", "PATCH", "OPTIONS"} - takes:
                answer = api.request(method, url)
                assert answer.status_code == 405, (method, url)
                assert answer.json()["type"] == "/problems/method-not-allowed"
                assert set(answer.headers["Allow"].split(", ")) == takes, (method, url)


def test_with_origins_listed_the_answer_says_that_it_differs_by_origin(
    settings: Settings, portal: anyio.from_thread.BlockingPortal
) -> None:
    app = create_app(settings.model_copy(update={"cors_origins": ("https://reader.example",)}))
    api = Api(portal, app, {})
    for url in ("/v1/articles", "/v1/articles/nope"):
        for _ in range(2):
            for origin, allowed in (
                ("https://reader.example", "https://reader.example"),
                ("https://evil.example", None),
            ):
                answer = api.get(url, headers={"Origin": origin})
                assert answer.headers.get("Access-Control-Allow-Origin") == allowed, url
                assert "Origin" in answer.headers["Vary"], url
            plain = api.get(url)
            assert "Access-Control-Allow-Origin" not in plain.headers, url
            assert "Origin" in plain.headers["Vary"], url
    app.state.close()


def test_two_changes_in_one_second_are_two_versions(api: Api, staff: Api) -> None:
    with frozen(NOON + 0.1 * SECOND):
        article = published(staff)
    with frozen(NOON + 0.2 * SECOND):
        edit(staff, article, title="First")
    url = f"/v1/articles/{article['slug']}"
    held = {}
    for tenth in (3, 10, 11):
        with frozen(NOON + tenth * SECOND / 10):
            answer = api.get(url)
            held[tenth] = {"If-Modified-Since": answer.headers["Last-Modified"]}
            if tenth == 3:
                edit(staff, article, title="Second")
    with frozen(NOON + 1.2 * SECOND):
        assert api.get(url, headers=held[3]).json()["title"] == "Second"
        edit(staff, article, title="Third")
        for condition in held.values():
            assert api.get(url, headers=condition).json()["title"] == "Third"


def test_no_answer_is_older_than_the_last_change(api: Api, staff: Api) -> None:
    """After each of many changes, on every route: neither the cache nor a condition keeps what is no longer so."""
    with frozen(NOON):
        ida, zoe = source(staff, "Ida Holm"), source(staff, "Zoe Last")
        article = published(staff, title="One", tags=["Harbours"], authors=["Bo Lind"])
        other = published(staff, title="Two", markdown="Nothing was said.")
        spoken = quote(staff, article, "will double", speaker="ida-holm")
        said = comment(api, staff, article, "Well put", action=None)
    path = f"/quotes/{spoken['id']}"
    changes: list[Callable[[], object]] = [
        lambda: rename(staff, ida, name="Ada Holm"),
        lambda: rename(staff, ida, name="Eva Holm"),
        lambda: rename(staff, ida, name="Zed Holm", kind="organization", aliases=["Ida"]),
        lambda: change(staff, "PATCH", article, path, review="rejected"),
        lambda: change(staff, "PATCH", article, path, review="confirmed", speaker="zoe-last"),
        lambda: rename(staff, zoe, roles=[{"title": "Mayor", "organization": "ida-holm"}]),
        lambda: rename(staff, ida, name="Ida Holm"),
        lambda: moderate(staff, said, "approve"),
        lambda: moderate(staff, said, "spam"),
        lambda: edit(staff, article, title="New", tags=["Boats"], authors=["Eva Ek"], language="sv"),
        lambda: edit(staff, article, slug="renamed"),
        lambda: permit(staff, article, "zoe-last", credit="Thanks"),
        lambda: unpublish(staff, other),
        lambda: unpublish(staff, article),
        lambda: publish(staff, article),
        lambda: change(staff, "DELETE", article),
    ]
    values = {"slug": article["slug"], "quote_id": spoken["id"], "speaker": "ida-holm"}
    values |= {"comment_id": said["id"], "tag": "harbours", "author": "bo-lind", "title": "fare"}
    values |= {"assigner": "zoe-last"}
    urls = [group[0].format(**values) for group in SURFACES.values()]
    urls += ["/v1/articles?view=full", "/v1/articles/renamed", "/v1/tags/boats", "/v1/articles?tag=harbours"]
    urls += ["/v1/sources/zoe-last", "/v1/sources?limit=1", "/v1/sources?q=ida", "/v1/sources?kind=person"]
    held: dict[str, httpx.Response] = {}
    stale = []
    for number, make in enumerate(changes):
        with frozen(NOON + HOUR + number * SECOND + 0.4 * SECOND):
            make()
        with frozen(NOON + HOUR + number * SECOND + 0.5 * SECOND):
            for url in urls:
                cached = api.get(url)
                fresh = api.get(url, headers={"Authorization": "Bearer none"})  # no cache answers this
                if same(cached)[:2] != same(fresh)[:2]:
                    stale.append((number, url, "cache"))
                if url in held and held[url].content != fresh.content:
                    for name, tag in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
                        if api.get(url, headers={name: held[url].headers[tag]}).status_code == 304:
                            stale.append((number, url, name))
                if fresh.status_code == 200:
                    held[url] = fresh
    assert len(held) == len(urls)
    assert stale == [], stale
