"""Pages: each item exactly once, whatever the ties and whatever happens between two requests; cursors for one list."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from starlette.requests import Request

from app.comments.models import Comment
from app.db import new_id
from app.errors import InvalidCursor
from app.paging import Cursors, Position, cut
from tests.conftest import Api, draft, published
from tests.record.world import (
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
    source,
    unpublish,
    z,
)

CURSORS = Cursors(b"a secret")
BYTES = st.binary(max_size=40)


@given(st.text(max_size=30), st.booleans(), st.text(max_size=30), st.uuids())
def test_a_cursor_says_what_was_written_and_only_to_its_own_list(
    binding: str, backward: bool, value: str, identifier: UUID
) -> None:
    position = Position(backward, value, identifier)
    written = CURSORS.write(binding, position)
    assert CURSORS.read(binding, written) == position
    for other in (binding + "x", "x" + binding, ""):
        if other != binding:
            with pytest.raises(InvalidCursor):
                CURSORS.read(other, written)
    with pytest.raises(InvalidCursor):
        Cursors(b"another secret").read(binding, written)


@given(st.data())
def test_a_cursor_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    written = CURSORS.write("list", Position(False, "2031-05-05", UUID(int=7)))
    place = data.draw(st.integers(0, len(written) - 1))
    character = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ é\x00"))
    changed = written[:place] + character + written[place + 1 :]
    meaning = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    try:
        read = CURSORS.read("list", changed)
    except InvalidCursor:
        return
    # Only the bits that the last character of base64 has too many may differ.
    assert base64.urlsafe_b64decode(changed + "=" * (-len(changed) % 4)) == meaning
    assert read == CURSORS.read("list", written)


@given(st.text(max_size=60) | BYTES.map(lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=")))
def test_nothing_but_a_cursor_is_taken_for_one(given: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read("list", given)


@given(st.integers(0, 30), st.integers(1, 12), st.integers(1, 12))
def test_a_list_at_hand_is_cut_without_gap_or_repeat(size: int, limit: int, back: int) -> None:
    rows = list(range(size))

    def page(url: str, limit: int) -> Any:
        path, _, query = url.partition("?")
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
        options: Json = {"cursors": CURSORS, "limit": limit, "count": True}
        return cut(rows, version=1, request=Request(scope), **options)

    seen: list[int] = []
    found = page("/parts", limit)
    while True:
        seen += found.rows
        assert found.total == size
        if found.next is None:
            break
        found = page(found.next, limit)
    assert seen == rows
    back_again = list(found.rows)
    while found.prev is not None:
        found = page(found.prev, back)
        assert len(found.rows) <= back
        back_again = [*found.rows, *back_again]
    assert back_again == rows


class TestLists:
    """Every list that has pages, with many ties; no test changes the database."""

    @pytest.fixture
    def app(self, long: Stage) -> FastAPI:
        return long.app

    @pytest.fixture(autouse=True)
    def later(self) -> Iterator[None]:
        with frozen(NOON + HOUR):
            yield

    def test_following_next_gives_each_item_once_and_prev_leads_back(self, api: Api) -> None:
        for url in LISTS:
            for limit in (2, 3, 100):
                start = f"{url}{'&' if '?' in url else '?'}limit={limit}"
                pages = follow(api, start, "next")
                items = [item for page in pages for item in page["items"]]
                assert len(items) == pages[0]["total"] >= MANY - 2, start
                assert len({str(item) for item in items}) == len(items), start
                assert [len(page["items"]) for page in pages[:-1]] == [limit] * (len(pages) - 1), start
                if limit == 100:
                    assert items == whole(api, url), start
                    continue
                back = follow(api, pages[-1]["prev"], "prev") if len(pages) > 1 else []
                assert [page["items"] for page in reversed(back)] == [page["items"] for page in pages[:-1]], start

    def test_the_links_in_the_header_are_those_of_the_page(self, api: Api) -> None:
        for url in LISTS:
            first = api.get(f"{url}{'&' if '?' in url else '?'}limit=2")
            second = api.get(first.json()["next"])
            last = follow(api, first.json()["next"], "next")[-1]
            assert first.headers["Link"] == f'<{first.json()["next"]}>; rel="next"', url
            ends = second.json()
            assert second.headers["Link"] == f'<{ends["next"]}>; rel="next", <{ends["prev"]}>; rel="prev"', url
            assert (last["next"], first.json()["prev"]) == (None, None), url
            assert first.json()["next"].startswith("/v1/"), url

    def test_a_page_keeps_to_the_filters_and_the_order_of_the_first(self, api: Api) -> None:
        for url in ("/v1/articles?tag=ports&sort=title&view=full&fields=id,title", "/v1/quotes?kind=mixed&review=any"):
            pages = follow(api, f"{url}&limit=2&count=exact", "next")
            whole = api.get(f"{url}&limit=100&count=exact").json()
            assert [item for page in pages for item in page["items"]] == whole["items"]
            assert {page["total"] for page in pages} == {whole["total"]}
            assert len(pages) > 1

    def test_the_size_of_the_page_may_change_on_the_way(self, api: Api) -> None:
        first = api.get("/v1/articles?limit=2").json()
        cursor = first["next"].split("cursor=")[1]
        rest = api.get(f"/v1/articles?limit=100&cursor={cursor}").json()
        assert [*first["items"], *rest["items"]] == api.get("/v1/articles?limit=100").json()["items"]

    def test_a_cursor_of_another_list_filter_or_order_is_refused(self, api: Api) -> None:
        cursors = {url: cursor_of(api, url) for url in LISTS}
        problems = []
        for number, url in enumerate(LISTS):
            for other in [*LISTS[number:], *LISTS][:6]:  # itself, and those next to it, which are most alike
                answer = api.get(f"{url}{'&' if '?' in url else '?'}cursor={cursors[other]}")
                kind = "/problems/invalid-cursor" if answer.status_code == 400 else None
                if (answer.status_code, kind) != ((200, None) if other == url else (400, answer.json().get("type"))):
                    problems.append((url, other, answer.status_code))
        assert problems == []

    def test_a_tampered_cursor_is_refused_with_a_problem(self, api: Api) -> None:
        for url in LISTS:
            cursor = cursor_of(api, url)
            for changed in (
                cursor[:-2], cursor[2:], cursor + "AAAA", cursor.swapcase(), cursor[::-1], "", "A", "null", "0",
                "%00", "é", "A" * 600, "A" * 601, "eyJhIjoxfQ", f"x{cursor}", cursor.replace("A", "B"),
            ):  # fmt: skip
                answer = api.get(f"{url}{'&' if '?' in url else '?'}cursor={changed}")
                assert answer.status_code == 400, (url, changed)
                assert answer.headers["Content-Type"] == "application/problem+json", (url, changed)


LISTS = [
    "/v1/articles",
    "/v1/articles?sort=published_at",
    "/v1/articles?sort=-updated_at",
    "/v1/articles?sort=title",
    "/v1/articles?q=common",
    "/v1/articles?tag=ports",
    "/v1/articles?source=jo-berg&sort=title",
    "/v1/articles/a0/quotes",
    "/v1/articles/a0/sources",
    "/v1/articles/a0/corrections",
    "/v1/articles/a0/revisions",
    "/v1/articles/a0/comments",
    "/v1/articles/a0/comments?sort=newest",
    "/v1/quotes",
    "/v1/quotes?sort=published_at",
    "/v1/quotes?review=any",
    "/v1/sources",
    "/v1/sources?kind=person",
    "/v1/sources/jo-berg/quotes",
    "/v1/sources/jo-berg/articles",
    "/v1/tags",
    "/v1/authors",
    "/v1/corrections",
]
MANY = 7


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def long(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with building(request, tmp_path_factory.mktemp("long")) as builder:
        with frozen(NOON):
            made = many_articles(builder)
        yield builder.stage(made)


def many_articles(b: Builder) -> dict[str, Json]:
    """Articles with two dates and two titles for all of them; the first one has seven of everything itself."""
    made = {}
    names = [f"Person {n}" for n in range(MANY)]
    for name in ("Jo Berg", *names):
        source(b.staff, name)
    for n in range(MANY):
        words = " ".join(f"“Said {m}”" for m in range(MANY)) if n == 0 else "“Said common”"
        article = draft(
            b.staff,
            title="Tied" if n % 2 else "Même",
            slug=f"a{n}",
            markdown=f"A common start. {words}.",
            tags=["Ports", f"Tag {n}"],
            authors=["Ada Ek", f"Author {n}"],
            published_at=z(NOON - (n % 2) * HOUR),
        )
        if n == 0:
            for m in range(MANY):
                quote(b.staff, article, f"Said {m}", speaker=f"person-{m}", kind="mixed" if m % 2 else "direct")
                correct(b.writing, article, f"Correction {m}", at=NOON - HOUR)
        else:
            quote(b.staff, article, "Said common", speaker="jo-berg", review="suggested" if n == 1 else "confirmed")
        permit(b.staff, article, "jo-berg")
        made[f"a{n}"] = publish(b.staff, article)
    for m in range(MANY - 1):
        edit(b.staff, made["a0"], title="Même", note=f"Again {m}")
        comment(b.api, b.staff, made["a0"], f"Comment {m}")
    return made


def whole(api: Api, url: str) -> list[Json]:
    items: list[Json] = api.get(url, params={"limit": 100}).json()["items"] if "?" not in url else []
    return items or api.get(f"{url}&limit=100").json()["items"]


def follow(api: Api, url: str | None, way: str) -> list[Json]:
    """The pages from this one on, the way of `next` or `prev`."""
    pages: list[Json] = []
    while url is not None:
        joined = url if "count=" in url else f"{url}&count=exact"
        answer = api.get(joined)
        assert answer.status_code == 200, (url, answer.text)
        pages.append(answer.json())
        assert len(pages) < 100
        url = pages[-1][way]
    return pages


def cursor_of(api: Api, url: str) -> str:
    following = api.get(f"{url}{'&' if '?' in url else '?'}limit=2").json()["next"]
    return str(following.split("cursor=")[1].split("&")[0])


HAPPENINGS = st.lists(st.tuples(st.sampled_from(["add", "hide", "show"]), st.integers(0, 40)), max_size=3)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(st.integers(0, 2), max_size=12),
    limit=st.integers(1, 4),
    sort=st.sampled_from(["oldest", "newest"]),
    between=st.lists(HAPPENINGS, min_size=1, max_size=6),
)
def test_while_rows_come_and_go_nothing_is_listed_twice_and_nothing_that_stayed_is_left_out(
    api: Api, thread: "Thread", times: list[int], limit: int, sort: str, between: list[list[tuple[str, int]]]
) -> None:
    """With three moments for all the comments there are ties everywhere; comments come, go and return meanwhile."""
    thread.clear()
    for tenth in times:
        thread.add(tenth)
    stayed = set(thread.shown)
    uncached = api.acting_as("none")

    def walk(url: str | None, way: str) -> list[str]:
        listed: list[str] = []
        step = 0
        while url is not None:
            page = uncached.get(url).json()
            ids = [item["id"] for item in page["items"]]
            listed += ids if way == "next" else ids[::-1]
            url = page[way]
            for what, number in between[step] if step < len(between) else ():
                stayed.difference_update(thread.happen(what, number))
            step += 1
            assert step < 100
        return listed

    def in_order(ids: list[str], *, descending: bool) -> bool:
        keys = [(thread.times[identifier], identifier) for identifier in ids]
        return keys == sorted(keys, reverse=descending)

    listed = walk(f"/v1/articles/fares/comments?sort={sort}&limit={limit}", "next")
    assert len(set(listed)) == len(listed)
    assert stayed <= set(listed)
    assert in_order(listed, descending=sort == "newest")

    thread.show_all()
    stayed = set(thread.shown)
    pages = follow(uncached, f"/v1/articles/fares/comments?sort={sort}&limit={limit}", "next")
    before_last = [item["id"] for page in pages[:-1] for item in page["items"]]
    back = walk(pages[-1]["prev"], "prev")
    assert len(set(back)) == len(back)
    assert stayed & set(before_last) <= set(back)
    assert in_order(back, descending=sort != "newest")


class Thread:
    """The comments of one article, put there directly."""

    def __init__(self, writing: Writing, article_id: UUID) -> None:
        self._writing = writing
        self._article_id = article_id
        self.times: dict[str, int] = {}
        self.hidden: set[str] = set()

    @property
    def shown(self) -> list[str]:
        return [identifier for identifier in self.times if identifier not in self.hidden]

    def clear(self) -> None:
        self.times.clear()
        self.hidden.clear()
        with self._writing() as session:
            session.execute(delete(Comment))

    def add(self, tenth: int) -> None:
        made = new_id()
        self.times[str(made)] = tenth
        with self._writing() as session:
            comment = Comment(
                id=made, article_id=self._article_id, kind="comment", status="approved", author_name="Ada",
                text="Words", html="<p>Words</p>", reply_count=0, created_at=NOON + timedelta(microseconds=tenth),
            )  # fmt: skip
            comment.place(None)
            comment.settle()
            session.add(comment)

    def happen(self, what: str, number: int) -> set[str]:
        """Let a comment come, go or return; the ids of those that did not stay."""
        if what == "add":
            self.add(number % 3)
            return set()
        if not self.times:
            return set()
        identifier = list(self.times)[number % len(self.times)]
        self._set(identifier, "spam" if what == "hide" else "approved")
        (self.hidden.add if what == "hide" else self.hidden.discard)(identifier)
        return {identifier} if what == "hide" else set()

    def show_all(self) -> None:
        for identifier in list(self.hidden):
            self._set(identifier, "approved")
        self.hidden.clear()

    def _set(self, identifier: str, status: str) -> None:
        with self._writing() as session:
            comment = session.get_one(Comment, UUID(identifier))
            comment.status = status
            comment.settle()


@pytest.fixture
def thread(staff: Api, writing: Writing) -> Thread:
    return Thread(writing, UUID(published(staff, slug="fares")["id"]))


def test_articles_that_come_and_go_between_pages_neither_repeat_nor_hide_others(api: Api, staff: Api) -> None:
    def tied(sort: str, slug: str, minutes: int = 0) -> Json:
        return published(staff, title="Tied", slug=slug, tags=[sort], published_at=z(NOON - minutes * MINUTE))

    with frozen(NOON):
        for number, sort in enumerate(("-published_at", "published_at", "-updated_at", "title")):
            made = {slug: tied(sort, slug) for slug in (f"{letter}{number}" for letter in "abcde")}
            tag = made[f"a{number}"]["tags"][0]["slug"]
            first = api.get(f"/v1/articles?tag={tag}&sort={sort}&limit=2").json()
            unseen = [slug for slug in made if slug not in {item["slug"] for item in first["items"]}]
            unpublish(staff, made[first["items"][0]["slug"]])
            unpublish(staff, made[unseen[0]])
            for minutes in (0, 60):
                tied(sort, f"new-{number}-{minutes}", minutes)
            rest = follow(api, first["next"], "next")
            listed = [item["slug"] for page in (first, *rest) for item in page["items"]]
            assert len(set(listed)) == len(listed), sort
            assert set(unseen[1:]) <= set(listed), sort
            assert unseen[0] not in listed, sort
