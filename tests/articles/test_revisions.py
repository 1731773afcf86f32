"""Editors look back at every save of an article, compare any two, and bring one back with all that hung on it."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.articles.comparing import compare
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.record.world import DAY, NOON, change, correct, edit, frozen, publish, quote, schedule, source

Json = dict[str, Any]
WORDS = {
    "title": "Ferry fares rise",
    "markdown": "The fare “will *double*”, Ida Holm said on Monday.\n\n“It will not”, Bo Lind said.",
    "summary": "From May on.",
    "authors": ["Ada Berg", "Bo Lind"],
    "tags": ["Harbours"],
    "canonical_url": "https://review.example/fares",
}
HELD = ("title", "summary", "language", "canonical_url", "authors", "tags", "body", "quotes", "sources")
"""What an earlier revision gives back."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


@pytest.fixture
def article(staff: Api) -> Json:
    """A draft with three saves; the third has two quotes, one of them with its whole way."""
    made = draft(staff, **WORDS)
    holm, wire = source(staff, "Ida Holm"), source(staff, "Coast Wire", "organization")
    hop = {"source": wire["slug"], "role": "via", "url": "https://wire.example/1", "date": "2026-03-01"}
    quote(staff, made, "will double", speaker=holm["slug"], attribution=[hop])
    quote(staff, made, "It will not", kind="mixed", review="suggested")
    return read(staff, made)


def read(staff: Api, article: Json, path: str = "") -> Json:
    answer = staff.get(f"/v1/admin/articles/{article['id']}{path}")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def restore(staff: Api, article: Json, number: int, **headers: str) -> httpx.Response:
    url = f"/v1/admin/articles/{article['id']}/revisions/{number}/restore"
    return staff.post(url, headers={"If-Match": "*"} | headers)


def held(article: Json) -> Json:
    return {name: article[name] for name in HELD}


def spoil(staff: Api, article: Json) -> Json:
    """Take as much as an edit can: the words of one quote, the other quote, the names, the original."""
    edit(
        staff, article, title="Fares", markdown="Nothing of “It will not” is left.", summary=None, authors=["Cy Dahl"],
        tags=[], canonical_url=None, language="de", slug="fares", comments_state="closed", note="all wrong",
    )  # fmt: skip
    change(staff, "DELETE", article, f"/quotes/{article['quotes'][1]['id']}")
    return read(staff, article)


def test_every_save_is_listed_with_its_author_time_and_note(staff: Api, key_of: Callable[..., str]) -> None:
    with frozen(NOON):
        made = draft(staff, **WORDS)
        publish(staff, made)
    with frozen(NOON + DAY):
        edit(staff.acting_as(key_of("editor")), made, title="Fares rise again", note="Name corrected")
    latest, first = read(staff, made, "/revisions")["items"]
    assert (first["revision"], first["title"], first["note"], first["is_current"]) == (1, WORDS["title"], None, False)
    assert (latest["revision"], latest["title"], latest["note"], latest["is_current"]) == (
        2, "Fares rise again", "Name corrected", True
    )  # fmt: skip
    assert (first["editor"], latest["editor"]) == ("Owner", "Editor")
    assert latest["edited_by"] == read(staff, made)["edited_by"] != first["edited_by"]
    assert [(row["created_at"], row["published_at"]) for row in (first, latest)] == [
        ("2031-05-05T12:00:00.000000Z",) * 2,
        ("2031-05-06T12:00:00.000000Z",) * 2,
    ]
    assert [row["public_revision"] for row in (first, latest)] == [1, 2]


def test_the_list_comes_in_pages_and_says_what_readers_never_got(staff: Api) -> None:
    made = draft(staff)
    for n in range(4):
        edit(staff, made, title=f"Fares {n}")
    page = read(staff, made, "/revisions?limit=2&count=exact")
    assert page["total"] == 5
    seen = [row["revision"] for row in page["items"]]
    while page["next"]:
        page = staff.get(page["next"]).json()
        seen += [row["revision"] for row in page["items"]]
    assert seen == [5, 4, 3, 2, 1]
    publish(staff, made)
    rows = read(staff, made, "/revisions")["items"]
    assert [row["public_revision"] for row in rows] == [1, None, None, None, None]


def test_a_revision_is_read_as_it_was_saved(staff: Api, article: Json, writing: Any) -> None:
    correct(writing, article, "It was Monday.", at=NOON)
    before = read(staff, article)
    spoil(staff, article)
    kept = read(staff, article, "/revisions/3")
    for name in ("title", "summary", "language", "canonical_url", "body", "quotes", "sources", "corrections", "slug"):
        assert kept[name] == before[name], name
    assert kept["authors"] == WORDS["authors"]
    assert kept["tags"] == WORDS["tags"]
    assert kept["comments_state"] == "open"
    assert [q["speaker"] and q["speaker"]["name"] for q in kept["quotes"]] == ["Ida Holm", None]
    for q in kept["quotes"]:
        assert kept["body"]["text"][q["start"] : q["end"]] == q["exact"]
    assert read(staff, article, "/revisions/1")["quotes"] == []
    assert read(staff, article, "/revisions/2")["corrections"] == []


def test_a_restored_revision_brings_all_back_and_loses_nothing(staff: Api, article: Json) -> None:
    spoiled = spoil(staff, article)
    assert held(spoiled) != held(article)
    answer = restore(staff, article, 3)
    assert answer.status_code == 200, answer.text
    back = answer.json()
    assert held(back) == held(article)
    assert (back["slug"], back["comments"]["state"]) == ("fares", "closed")  # what is not the text's stays
    rows = read(staff, article, "/revisions")["items"]
    assert [row["revision"] for row in rows] == [6, 5, 4, 3, 2, 1]
    assert (rows[0]["note"], rows[0]["is_current"]) == ("revision 3 restored", True)
    assert held(read(staff, article)) == held(article)
    assert restore(staff, article, 5).json()["body"] == spoiled["body"]


def test_readers_get_a_restored_revision_at_once_and_see_published_ones_only(
    api: Api, staff: Api, article: Json
) -> None:
    publish(staff, article)
    public = api.get(f"/v1/articles/{article['id']}").json()
    edit(staff, article, markdown="Other words.", title="Other")
    restore(staff, article, 3)
    shown = api.get(f"/v1/articles/{article['id']}").json()
    assert {n: shown[n] for n in HELD if n != "quotes"} == {n: public[n] for n in HELD if n != "quotes"}
    assert shown["quotes"] == public["quotes"]
    listed = api.get(f"/v1/articles/{article['slug']}/revisions").json()["items"]
    assert [row["revision"] for row in listed] == [3, 2, 1]
    assert all(set(row) == {"revision", "title", "published_at"} for row in listed)


def test_a_restoration_before_the_moment_of_a_schedule_is_what_appears(api: Api, staff: Api) -> None:
    with frozen(NOON):
        made = draft(staff)
        edit(staff, made, title="Wrong")
        schedule(staff, made, NOON + DAY)
        assert restore(staff, made, 1).json()["title"] == "Ferry fares rise"
    with frozen(NOON + DAY):
        assert api.get(f"/v1/articles/{made['id']}").json()["title"] == "Ferry fares rise"
        [only] = api.get(f"/v1/articles/{made['id']}/revisions").json()["items"]
        assert only["revision"] == 1


def test_a_restoration_needs_the_version_that_was_read_and_acts_once(staff: Api) -> None:
    made = draft(staff)
    edit(staff, made, title="Second")
    url = f"/v1/admin/articles/{made['id']}/revisions/1/restore"
    assert staff.post(url).status_code == 428
    stale = restore(staff, made, 1, **{"If-Match": made["etag"]})
    assert (stale.status_code, stale.json()["differs"]) == (412, ["title", "revision"])
    assert read(staff, made)["revision"] == 2
    for _ in range(2):
        assert restore(staff, made, 1, **{"Idempotency-Key": "once"}).json()["revision"] == 3
    assert read(staff, made)["revision"] == 3


def test_what_is_not_there_or_in_the_trash_is_not_restored(staff: Api) -> None:
    made, other = draft(staff), published(staff)
    edit(staff, other, title="Second")
    for path in ("/revisions/2", "/revisions/diff?from=1&to=2", "/revisions/2147483647"):
        assert staff.get(f"/v1/admin/articles/{made['id']}{path}").status_code == 404
    for path in ("/revisions/0", "/revisions/2147483648", "/revisions/x", "/revisions/diff?from=0", "/revisions?a=1"):
        assert staff.get(f"/v1/admin/articles/{made['id']}{path}").status_code == 400, path
    assert restore(staff, made, 2).status_code == 404
    change(staff, "DELETE", made)
    assert restore(staff, made, 1).json()["type"] == "/problems/trashed"
    assert read(staff, made)["revision"] == 1


def test_a_diff_says_what_was_done_to_words_fields_quotes_and_sources(staff: Api, article: Json) -> None:
    spoil(staff, article)
    made = read(staff, article, "/revisions/diff?from=3&to=5")
    assert (made["before"], made["after"]) == (3, 5)
    assert [(c["op"], c["before"], c["after"]) for c in made["title"]] == [
        ("replace", "Ferry fares rise", "Fares"),
    ]
    assert [(c["op"], c["before"]) for c in made["summary"]] == [("delete", "From May on.")]
    assert "".join(c["before"] for c in made["body"]) == WORDS["markdown"]
    assert "".join(c["after"] for c in made["body"]) == "Nothing of “It will not” is left."
    assert "It will not" in [c["before"].strip("“”") for c in made["body"] if c["op"] == "equal"]
    assert {row["field"]: (row["before"], row["after"]) for row in made["fields"]} == {
        "slug": (article["slug"], "fares"),
        "language": ("en", "de"),
        "canonical_url": (WORDS["canonical_url"], None),
        "authors": (["Ada Berg", "Bo Lind"], ["Cy Dahl"]),
        "tags": (["Harbours"], []),
        "comments_state": ("open", "closed"),
    }
    assert made["quotes"]["added"] == []
    assert made["quotes"]["removed"] == [article["quotes"][1]]
    [changed] = made["quotes"]["changed"]
    assert (changed["id"], changed["differs"]) == (article["quotes"][0]["id"], ["anchor"])
    assert (changed["before"], changed["after"]["anchor"]) == (article["quotes"][0], "orphaned")
    back = read(staff, article, "/revisions/diff?from=5&to=3")
    assert back["quotes"]["added"] == made["quotes"]["removed"]


def test_a_quote_that_only_moved_has_not_changed_and_a_new_speaker_is_a_new_source(staff: Api, article: Json) -> None:
    edit(staff, article, markdown=f"First of all. {WORDS['markdown']}")
    assert read(staff, article, "/revisions/diff")["quotes"] == {"added": [], "removed": [], "changed": []}
    lind = source(staff, "Bo Lind")
    first = article["quotes"][0]["id"]
    change(staff, "PATCH", article, f"/quotes/{first}", speaker=lind["slug"], review="rejected")
    change(staff, "PATCH", article, f"/quotes/{first}", review="confirmed")
    made = read(staff, article, "/revisions/diff?from=4")
    assert (made["before"], made["after"]) == (4, 6)
    assert made["body"] == made["fields"] == []
    [changed] = made["quotes"]["changed"]
    assert changed["differs"] == ["speaker", "attribution"]
    assert [row["source"]["name"] for row in made["sources"]["added"]] == ["Bo Lind"]
    assert [row["source"]["name"] for row in made["sources"]["removed"]] == ["Ida Holm"]


def test_the_number_of_statements_does_not_grow_with_quotes_or_saves(
    staff: Api, article: Json, statements: list[str]
) -> None:
    def asked(path: str) -> int:
        statements.clear()
        read(staff, article, path)
        return len(statements)

    paths = ("/revisions", "/revisions/diff?from=1", "/revisions/{}")
    few = [asked(path.format(2)) for path in paths]
    for _ in range(3):
        edit(staff, article, note="again")
    assert [asked(path.format(6)) for path in paths] == few


@given(st.text("ab c.\n“é😀", max_size=40), st.text("ab c.\n“é😀", max_size=40))
def test_the_stretches_of_a_comparison_make_up_both_texts(old: str, new: str) -> None:
    made = compare(old, new)
    assert bool(made) == (old != new)
    if made:
        assert "".join(c.before for c in made) == old
        assert "".join(c.after for c in made) == new
    kinds = {"equal": (True, True), "replace": (True, True), "insert": (False, True), "delete": (True, False)}
    for c in made:
        assert (bool(c.before), bool(c.after)) == kinds[c.op]
        assert (c.op == "equal") == (c.before == c.after)
    assert all(a.op != b.op for a, b in pairwise(made))


@pytest.mark.parametrize(
    ("old", "new", "ops"),
    [
        ("One two.\n\nThree four.\n", "One two.\n\nThree five.\n", ["=", ("four", "five"), "="]),
        ("a b c d", "a x y d", ["=", ("b c", "x y"), "="]),
        ("The boat stays.", "The old boat stays.", ["=", ("", "old "), "="]),
        ("He said no. He left.", "He left.", ["=", ("said no. He ", ""), "="]),
    ],
)
def test_a_comparison_takes_words_whole_and_keeps_changed_words_together(old: str, new: str, ops: list[Any]) -> None:
    assert ["=" if c.op == "equal" else (c.before, c.after) for c in compare(old, new)] == ops


def test_a_comparison_of_a_million_characters_is_quick_whatever_they_are() -> None:
    numbers = [str(n) for n in range(75_000)]
    for old, new in (("a b " * 250_000, "b a " * 250_000), (" ".join(numbers), " ".join(reversed(numbers)))):
        began = time.process_time()
        assert compare(old, new)
        assert time.process_time() - began < 5
