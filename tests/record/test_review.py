"""Suggested quotes of all articles, the surest first, and decisions about many at once."""

from typing import Any

import pytest
from sqlalchemy import select

from app.context import Site
from app.db import now
from app.events.actions import COMMAND_LINE, first_broken
from app.events.models import AuditEntry, Event
from app.ingest.importing import import_text
from app.settings import Settings
from app.worker import attend
from tests.conftest import Api

REVIEW = "/v1/admin/quotes/review"
BULK = "/v1/admin/quotes/bulk"
TEXT = """{title}
“It was late,” Ida Holm said on Monday.
“We waited for an hour,” said Bo Lind, who came by boat.
Nobody at the quay had a “kind word” for it. “Nobody came.”
"""

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0})


@pytest.fixture
def articles(site: Site) -> list[str]:
    """The ids of three articles with quotes that were found in them; the last one is a draft."""
    made = []
    for number, public in enumerate((True, True, False)):
        with site.database.writer.session() as session:
            content = TEXT.format(title=f"Ferry fares {number}").encode()
            outcome = import_text(session, content, by=COMMAND_LINE, at=now(), public=public)
        assert outcome.article is not None
        made.append(str(outcome.article.id))
    return made


def listed(staff: Api, **filters: Any) -> list[dict[str, Any]]:
    """All quotes to review, page by page."""
    page = staff.get(REVIEW, params=filters).json()
    found: list[dict[str, Any]] = page["items"]
    while page["next"]:
        page = staff.get(page["next"]).json()
        found += page["items"]
    return found


def decision(quote: dict[str, Any], **change: Any) -> dict[str, Any]:
    return {"id": quote["id"], "version": quote["version"], "change": change}


def decide(staff: Api, *decisions: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
    answer = staff.post(BULK, json={"items": decisions}, headers=headers)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["items"]
    assert [result["id"] for result in results] == [each["id"] for each in decisions]
    return results


def test_suggested_quotes_are_listed_the_surest_first_with_the_text_around_them(
    staff: Api, articles: list[str], statements: list[str]
) -> None:
    found = listed(staff)
    assert {quote["article"]["id"] for quote in found} == set(articles)
    keys = [(quote["confidence"], quote["id"]) for quote in found]
    assert keys == sorted(keys, reverse=True)
    assert [quote["id"] for quote in listed(staff, limit=2)] == [quote["id"] for quote in found]
    assert [quote["id"] for quote in listed(staff, sort="confidence")] == [quote["id"] for quote in found[::-1]]
    for quote in found:
        article = staff.get(f"/v1/admin/articles/{quote['article']['id']}").json()
        shown = {name: quote[name] for name in article["quotes"][0]}
        assert shown in article["quotes"]
        around = quote["context"]["before"] + quote["exact"] + quote["context"]["after"]
        assert around in article["body"]["text"]
        assert quote["article"]["status"] == article["status"]
    for limit in (1, 12):
        statements.clear()
        staff.get(REVIEW, params={"limit": limit})
        counts = len(statements)
        assert counts <= 8
    statements.clear()


def test_filters_narrow_the_list(staff: Api, articles: list[str]) -> None:
    every = listed(staff)
    for filters, holds in (
        ({"speaker": "ida-holm"}, lambda q: q["speaker"] and q["speaker"]["slug"] == "ida-holm"),
        ({"article": articles[1]}, lambda q: q["article"]["id"] == articles[1]),
        ({"article": "ferry-fares-2"}, lambda q: q["article"]["id"] == articles[2]),
        ({"has_speaker": "false"}, lambda q: q["speaker"] is None),
        ({"has_speaker": "true"}, lambda q: q["speaker"] is not None),
        ({"kind": "direct"}, lambda q: q["kind"] == "direct"),
        ({"min_confidence": 0.9}, lambda q: q["confidence"] >= 0.9),
        ({"max_confidence": 0.5}, lambda q: q["confidence"] <= 0.5),
    ):
        expected = [quote["id"] for quote in every if holds(quote)]
        assert 0 < len(expected) < len(every), filters
        assert [quote["id"] for quote in listed(staff, **filters)] == expected, filters
    assert listed(staff, review="confirmed") == []
    for wrong in ({"min_confidence": "2"}, {"review": "any"}, {"sort": "title"}, {"colour": "red"}):
        assert staff.get(REVIEW, params=wrong).status_code == 400


def test_many_are_decided_at_once_and_each_has_its_result(
    staff: Api, api: Api, site: Site, articles: list[str]
) -> None:
    before = {each: staff.get(f"/v1/admin/articles/{each}/revisions").json()["items"] for each in articles}
    found = listed(staff, has_speaker="true")
    one, two, three, *rest = found
    stale = {**decision(rest[0], review="confirmed"), "version": "0" * 16}
    nothing = {"id": "0193a5b0-c0de-7000-8000-00000000000a", "version": "*", "change": {"review": "confirmed"}}
    results = decide(
        staff,
        decision(one, review="confirmed"),
        decision(two, review="rejected"),
        decision(three, review="confirmed", speaker="nobody-there"),
        stale,
        nothing,
        decision(rest[1], review="confirmed", start=0, end=4, exact="Else"),
        decision(rest[2], review="confirmed", speaker=None, kind="indirect"),
    )
    assert [result["status"] for result in results] == [200, 200, 422, 412, 404, 422, 200]
    for result in results:
        problem = result["problem"]
        assert (problem is None) == (result["status"] == 200) == (result["version"] is not None)
        assert problem is None or problem["status"] == result["status"]
    assert [quote["id"] for quote in listed(staff, review="rejected")] == [two["id"]]
    assert {quote["id"] for quote in listed(staff, review="confirmed")} == {one["id"], rest[2]["id"]}
    now_listed = {quote["id"]: quote for quote in listed(staff)}
    for untouched in (three, rest[0], rest[1]):
        assert now_listed[untouched["id"]] == untouched, "what is refused changes nothing"
    mended = next(quote for quote in listed(staff, review="confirmed") if quote["id"] == rest[2]["id"])
    assert (mended["speaker"], mended["kind"], mended["version"]) == (None, "indirect", results[6]["version"])
    for each in articles:
        after = staff.get(f"/v1/admin/articles/{each}/revisions").json()["items"]
        touched = {quote["article"]["id"] for quote in (one, two, rest[2])}
        assert len(after) - len(before[each]) == (each in touched), "one revision for all decisions about an article"
    attend(site.database, now())
    with site.database.reader() as session:
        told = [event.subject_id for event in session.scalars(select(Event).where(Event.kind == "quote.confirmed"))]
        public = {str(q["id"]) for q in (one, rest[2]) if q["article"]["status"] == "published"}
        assert {str(each) for each in told} == public
        assert first_broken(session) is None
    assert api.get("/v1/quotes").json()["items"]


def test_a_decision_survives_later_revisions_and_extractions(staff: Api, articles: list[str]) -> None:
    mine = listed(staff, article=articles[2])
    late = next(quote for quote in mine if quote["exact"] == "It was late,")
    waited = next(quote for quote in mine if quote["exact"] == "We waited for an hour,")
    decide(staff, decision(late, review="confirmed"), decision(waited, review="rejected"))
    url = f"/v1/admin/articles/{articles[2]}"
    body = staff.get(url).json()["body"]["markdown"]
    news = "“Late news,” Ida Holm said.\n\n"
    assert staff.patch(url, json={"markdown": news + body}, headers={"If-Match": "*"}).status_code == 200
    assert staff.post(f"{url}/extract", headers={"If-Match": "*"}).status_code == 200
    assert [q["id"] for q in listed(staff, article=articles[2], review="confirmed")] == [late["id"]]
    assert [q["id"] for q in listed(staff, article=articles[2], review="rejected")] == [waited["id"]]
    suggested = {quote["exact"] for quote in listed(staff, article=articles[2])}
    assert "Late news," in suggested
    assert not suggested & {"It was late,", "We waited for an hour,"}


@one_engine
def test_a_repeated_request_decides_once(staff: Api, articles: list[str], site: Site) -> None:
    quote = listed(staff, article=articles[0])[0]
    first = decide(staff, decision(quote, review="confirmed"), **{"Idempotency-Key": "k1"})
    assert decide(staff, decision(quote, review="confirmed"), **{"Idempotency-Key": "k1"}) == first
    assert decide(staff, decision(quote, review="confirmed")) == first, "it is so already"
    [other] = decide(staff, decision(quote, review="rejected"))
    assert other["status"] == 412, "another decision, about a version that is no more"
    with site.database.reader() as session:
        edits = session.scalars(select(AuditEntry).where(AuditEntry.action == "edit")).all()
    assert len(edits) == 1


@one_engine
def test_an_article_in_the_trash_is_not_reviewed(staff: Api, articles: list[str]) -> None:
    quote = listed(staff, article=articles[2])[0]
    assert staff.delete(f"/v1/admin/articles/{articles[2]}", headers={"If-Match": "*"}).status_code == 200
    assert listed(staff, article=articles[2]) == []
    [result] = decide(staff, decision(quote, review="confirmed"))
    assert (result["status"], result["problem"]["type"]) == (409, "/problems/trashed")


@one_engine
@pytest.mark.usefixtures("articles")
def test_decisions_that_cannot_be_meant_are_refused_as_a_whole(staff: Api) -> None:
    quote = listed(staff)[0]
    one = decision(quote, review="confirmed")
    bodies: list[dict[str, Any]] = [
        {},
        {"items": []},
        {"items": [one, one]},
        {"items": [one] * 501},
        {"items": [{**one, "change": {"review": "maybe"}}]},
        {"items": [{**one, "change": {"id": quote["id"]}}]},
        {"items": [{"id": quote["id"], "change": {}}]},
    ]
    for body in bodies:
        assert staff.post(BULK, json=body).status_code == 422, body
    assert quote in listed(staff)
