"""Staff tell readers what was wrong, and hear what else repeats it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.events.models import Event
from app.schemas import in_utc
from app.settings import Settings
from tests.conftest import Api, draft, published
from tests.record.world import HOUR, NOON, edit, frozen, publish, quote, schedule, source

Json = dict[str, Any]
TEXT = "The board met. Twelve hundred people live on Skerry Island all year. It was cold."
PASSAGE = "Twelve hundred people live on Skerry Island"
EXTRA = {"etag", "location"}
SAID = "Not twelve hundred but eleven hundred people live there."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which on PostgreSQL hears of a change a moment after it."""
    return settings.model_copy(update={"cache_mb": 0})


def target(text: str = TEXT, exact: str = PASSAGE) -> Json:
    start = text.index(exact)
    return {"exact": exact, "start": start, "end": start + len(exact)}


def at(article: Json, correction: Json | None = None) -> str:
    own = f"/{correction['id']}" if correction else ""
    return f"/v1/admin/articles/{article['id']}/corrections{own}"


def correct(staff: Api, article: Json, **fields: Any) -> Json:
    answer = staff.post(at(article), json={"text": SAID} | fields, headers={"If-Match": "*"})
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found | {"etag": answer.headers["ETag"], "location": answer.headers["Location"]}


def events(reading: Callable[[], Any], article: Json) -> list[str]:
    """What subscribers were told of the article, in order."""
    with reading() as session:
        told = select(Event.kind).where(Event.article_id == UUID(article["id"])).order_by(Event.number)
        return list(session.scalars(told))


def test_a_correction_makes_a_revision_and_is_news_to_readers_everywhere(
    api: Api, staff: Api, reading: Callable[[], Any]
) -> None:
    with frozen(NOON - HOUR):
        made = published(staff, markdown=TEXT)
    with frozen(NOON):
        corrected = correct(staff, made, target=target())
        assert staff.get(corrected["location"]).json() == {k: corrected[k] for k in corrected if k not in EXTRA}
        whole = api.get(f"/v1/articles/{made['slug']}").json()
        own = api.get(f"/v1/articles/{made['slug']}/corrections").json()["items"]
        everywhere = api.get("/v1/corrections").json()["items"]
        listed = api.get("/v1/articles?corrected=true").json()["items"]
    public = {
        "id": corrected["id"],
        "kind": "correction",
        "text": SAID,
        "target": target(),
        "credit": None,
        "published_at": in_utc(NOON),
    }
    assert whole["corrections"] == own == [public]
    assert [row["id"] for row in everywhere] == [corrected["id"]]
    assert [(card["id"], card["updated_at"]) for card in listed] == [(made["id"], in_utc(NOON))]
    assert (whole["updated_at"], whole["published_at"]) == (in_utc(NOON), in_utc(NOON - HOUR))
    assert (whole["revision"], corrected["revision"]) == (2, 2)
    assert events(reading, made) == ["article.published", "article.updated", "article.corrected"]
    entries = staff.get(f"/v1/admin/audit?object={made['id']}&action=correct").json()["items"]
    assert [(row["before"], row["after"]["text"]) for row in entries] == [(None, SAID)]
    assert staff.get("/v1/admin/audit/verify").json()["first_broken"] is None


def test_a_correction_is_changed_and_taken_back(api: Api, staff: Api, reading: Callable[[], Any]) -> None:
    made = published(staff, markdown=TEXT)
    first = correct(staff, made, target=target())
    edit(staff, made, markdown="Wholly other words stand here now.")
    match = {"If-Match": "*"}
    url = at(made, first)
    changed = staff.patch(url, json={"kind": "clarification", "target": target(exact="cold")}, headers=match)
    assert changed.status_code == 200, changed.text  # its passage is in the text that it came with
    body = changed.json()
    assert (body["kind"], body["text"], body["target"]["exact"]) == ("clarification", SAID, "cold")
    assert (body["published_at"], body["revision"]) == (first["published_at"], 2)
    assert staff.patch(url, json={"target": None}, headers=match).json()["target"] is None
    (shown,) = api.get(f"/v1/articles/{made['slug']}").json()["corrections"]
    assert (shown["kind"], shown["target"]) == ("clarification", None)
    removed = staff.delete(url, headers=match)
    assert (removed.status_code, removed.json()["corrections"], removed.json()["revision"]) == (200, [], 6)
    assert api.get(f"/v1/articles/{made['slug']}").json()["corrections"] == []
    assert api.get("/v1/corrections").json()["items"] == []
    assert api.get("/v1/articles?corrected=true").json()["items"] == []
    assert events(reading, made).count("article.corrected") == 3
    for answer in (staff.get(url), staff.patch(url, json={}, headers=match), staff.delete(url, headers=match)):
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"exact": PASSAGE, "start": 0, "end": len(PASSAGE)},
        {"exact": "cold.", "start": len(TEXT) - 5, "end": len(TEXT) + 1},
        {"exact": "T", "start": 5, "end": 5},
    ],
    ids=["elsewhere", "outside", "empty"],
)
def test_a_passage_that_is_not_in_the_text_is_refused_and_changes_nothing(staff: Api, wrong: Json) -> None:
    made = published(staff, markdown=TEXT)
    answer = staff.post(at(made), json={"text": SAID, "target": wrong}, headers={"If-Match": made["etag"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/target/exact")
    assert staff.get(f"/v1/admin/articles/{made['id']}").headers["ETag"] == made["etag"]


def test_a_correction_needs_the_version_that_was_read(staff: Api) -> None:
    made = published(staff, markdown=TEXT)

    def post(**headers: str) -> httpx.Response:
        return staff.post(at(made), json={"text": SAID}, headers=headers)

    assert post().status_code == 428
    first = post(**{"If-Match": made["etag"], "Idempotency-Key": "one"})
    again = post(**{"If-Match": made["etag"], "Idempotency-Key": "one"})
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first.json(), "true")
    stale = post(**{"If-Match": made["etag"]})
    assert (stale.status_code, stale.json()["differs"]) == (412, ["corrections", "revision"])
    assert post(**{"If-Match": first.headers["ETag"]}).status_code == 201
    listing = staff.get(at(made) + "?limit=1&count=exact")
    assert (listing.json()["total"], listing.json()["items"][0]["id"]) == (2, first.json()["id"])
    assert staff.get(listing.json()["next"]).json()["next"] is None


def test_what_readers_do_not_see_is_corrected_without_a_word_to_them(
    api: Api, staff: Api, reading: Callable[[], Any]
) -> None:
    made = draft(staff, markdown=TEXT)
    correct(staff, made, target=target())
    assert api.get("/v1/corrections").json()["items"] == []
    assert events(reading, made) == []
    publish(staff, made)
    assert len(api.get(f"/v1/articles/{made['slug']}/corrections").json()["items"]) == 1
    trashed = draft(staff)
    staff.delete(f"/v1/admin/articles/{trashed['id']}", headers={"If-Match": "*"})
    refused = staff.post(at(trashed), json={"text": SAID}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/trashed")


def test_a_correction_of_what_is_scheduled_appears_with_it(api: Api, staff: Api) -> None:
    with frozen(NOON - HOUR):
        made = draft(staff, markdown=TEXT)
        schedule(staff, made, NOON)
        correct(staff, made)
        assert api.get("/v1/corrections").json()["items"] == []
    with frozen(NOON):
        found = api.get(f"/v1/articles/{made['slug']}").json()
        assert (found["updated_at"], len(found["corrections"])) == (in_utc(NOON), 1)


def test_the_answer_names_exactly_the_articles_that_repeat_the_passage(staff: Api) -> None:
    source(staff, "Ida Holm")
    made = published(staff, title="The one", markdown=TEXT)
    quoting = published(staff, title="Quotes it", markdown="She said “TWELVE hundred people live there, alas”.")
    exact = "TWELVE hundred people live there, alas"
    words = quote(staff, quoting, exact, speaker="ida-holm")
    quote(staff, quoting, "She said", kind="indirect")
    rejected = published(staff, title="Rejected", markdown="“Hundred people live on” is a rumour.")
    quote(staff, rejected, "Hundred people live on", review="rejected")
    prose = published(staff, title="Prose", markdown="All people live on Skerry Island, we wrote.")
    via = published(staff, title="By its page", markdown="He called it “unheard of”.")
    page = made["url"]
    station = [{"source": "ida-holm", "role": "via", "url": page}]
    by_page = quote(staff, via, "unheard of", attribution=station)
    published(staff, title="Three words only", markdown="Three hundred people live elsewhere.")
    draft(staff, title="Not public", markdown=TEXT)
    later = draft(staff, title="Later", markdown=TEXT)
    schedule(staff, later, NOON)

    found = correct(staff, made, target=target())["dependents"]
    assert [(row["title"], row["status"]) for row in found] == [
        ("Later", "scheduled"),
        ("By its page", "published"),
        ("Prose", "published"),
        ("Rejected", "published"),
        ("Quotes it", "published"),
    ]
    assert {row["id"]: [q["id"] for q in row["quotes"]] for row in found} == {
        later["id"]: [],
        via["id"]: [by_page["id"]],
        prose["id"]: [],
        rejected["id"]: [],
        quoting["id"]: [words["id"]],
    }
    assert [row["title"] for row in correct(staff, made)["dependents"]] == ["By its page"]
    renamed = edit(staff, made, slug="the-one-renamed")
    assert renamed["url"] != page
    assert [row["title"] for row in correct(staff, made)["dependents"]] == ["By its page"]


def test_words_that_are_in_every_text_are_no_repetition(staff: Api) -> None:
    text = "It was in the sea that they found a bell."
    made = published(staff, markdown=text)
    published(staff, title="Common", markdown="It was in the air. In the sea they swam, as it was in the old days.")
    other = published(staff, title="Found", markdown="We know that they found a bell.")
    assert [row["id"] for row in correct(staff, made, target=target(text, text))["dependents"]] == [other["id"]]
    assert correct(staff, made, target=target(text, "It was in the sea"))["dependents"] == []


def test_a_long_passage_and_many_dependents_are_bounded(staff: Api) -> None:
    long = " ".join(f"word{n} and" for n in range(1200))
    made = published(staff, markdown=long)
    for n in range(52):
        published(staff, title=f"Copy {n}", markdown="We read: word7 and word8 and word9.")
    found = correct(staff, made, target=target(long, long[:9000]))["dependents"]
    assert [row["title"] for row in found] == [f"Copy {n}" for n in range(51, 1, -1)]
