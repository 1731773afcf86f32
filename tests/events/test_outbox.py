"""Word for subscribers is left if, and only if, the change that it tells of was made."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.articles import actions
from app.db import now
from app.events.actions import COMMAND_LINE
from app.events.kinds import KINDS
from app.events.models import Event
from app.settings import Settings
from tests.conftest import Api, draft, published

ARTICLES = "/v1/admin/articles"
MODERATE = "/v1/admin/comments/moderate"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0})


@pytest.fixture
def told(reading: Callable[[], Any]) -> Callable[[], list[Event]]:
    """The events since the last call."""
    last = 0

    def told() -> list[Event]:
        nonlocal last
        with reading() as session:
            events = list(session.scalars(select(Event).where(Event.number > last).order_by(Event.number)))
        last = max((event.number for event in events), default=last)
        for event in events:
            assert set(event.body) == set(KINDS[event.kind].members), event.kind
        return events

    return told


def test_each_change_that_the_public_sees_is_told_once(staff: Api, told: Callable[[], list[Event]]) -> None:
    def kinds() -> list[str]:
        return sorted(event.kind for event in told())

    def change(**fields: Any) -> None:
        assert staff.patch(url, json=fields, headers={"If-Match": "*"}).is_success

    def post(path: str, **fields: Any) -> dict[str, Any]:
        answer = staff.post(f"{url}/{path}", json=fields or None, headers={"If-Match": "*"})
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    made = draft(staff)
    url = f"{ARTICLES}/{made['id']}"
    change(title="Draft two", slug="two")
    post("quotes", exact="will double", start=10, end=21)
    assert kinds() == [], "drafts are nobody's business"
    post("publish")
    [event] = told()
    assert (event.kind, str(event.subject_id), event.is_public) == ("article.published", made["id"], True)
    assert event.body == {"slug": "two", "url": "http://127.0.0.1:8000/v1/articles/two", "revision": 1}
    change(title="Three")
    assert kinds() == ["article.updated"]
    change(slug="three")
    assert kinds() == ["article.slug_changed", "article.updated"]
    quote = post("quotes", exact="fare", start=4, end=8, review="suggested")["quotes"][0]["id"]
    assert kinds() == ["article.updated"]
    staff.patch(f"{url}/quotes/{quote}", json={"review": "confirmed"}, headers={"If-Match": "*"})
    assert kinds() == ["article.updated", "quote.confirmed"]
    post("unpublish")
    assert kinds() == ["article.unpublished"]
    change(title="Four")
    assert kinds() == []
    post("publish")
    assert kinds() == ["article.published"]
    assert staff.delete(url, headers={"If-Match": "*"}).is_success
    assert kinds() == ["article.unpublished"]
    post("restore")
    assert staff.delete(url, headers={"If-Match": "*"}).is_success
    assert kinds() == []


def test_a_comment_is_told_to_staff_when_posted_and_to_all_when_approved(
    api: Api, staff: Api, told: Callable[[], list[Event]]
) -> None:
    article = published(staff)
    told()
    comment = api.post(f"/v1/articles/{article['slug']}/comments", json={"author_name": "Ada", "body": "Yes."}).json()
    steps: list[tuple[str, list[tuple[str, bool]]]] = [
        ("", [("comment.created", False)]),
        ("reject", []),
        ("approve", [("comment.approved", True)]),
        ("approve", []),
        ("undo", [("comment.removed", True)]),
        ("spam", []),
    ]
    for action, expected in steps:
        if action:
            assert staff.post(MODERATE, json={"ids": [comment["id"]], "action": action}).is_success
        events = told()
        assert [(event.kind, event.is_public) for event in events] == expected, action
        assert all("Ada" not in str(event.body) and "Yes" not in str(event.body) for event in events)


def test_a_request_that_fails_tells_nothing(api: Api, staff: Api, told: Callable[[], list[Event]]) -> None:
    article = published(staff)
    url = f"{ARTICLES}/{article['id']}"
    thread = f"/v1/articles/{article['slug']}/comments"
    told()
    current = {"If-Match": article["etag"]}
    refused = [
        staff.patch(url, json={"title": "x"}, headers={"If-Match": '"stale"'}),
        staff.patch(url, json={"title": "x"}),
        staff.patch(url, json={"title": "x", "markdown": "---"}, headers=current),
        staff.patch(url, json={"slug": "new", "published_at": None}, headers=current),
        staff.post(f"{url}/publish", headers=current),
        staff.post(f"{url}/quotes", json={"exact": "fare", "start": 0, "end": 4}, headers=current),
        staff.post(f"{url}/quotes", json={"exact": "fare", "start": 4, "end": 8, "speaker": "nobody"}, headers=current),
        staff.post(f"{url}/permissions", json={"assigner": "nobody", "credit": "c"}, headers=current),
        api.post(thread, json={"author_name": "Ada", "body": "..."}),
        api.post(thread, json={"author_name": "Ada", "body": "Yes.", "parent_id": article["id"]}),
        staff.post(MODERATE, json={"ids": [article["id"]], "action": "approve"}),
    ]
    assert all(answer.is_client_error for answer in refused), [answer.status_code for answer in refused]
    assert told() == []
    assert staff.get(url).headers["ETag"] == article["etag"]


def test_a_transaction_that_breaks_leaves_neither_the_change_nor_the_word(
    staff: Api, writing: Callable[[], Any], told: Callable[[], list[Event]]
) -> None:
    made = draft(staff)

    def publish_and_break() -> None:
        with writing() as session:
            article = actions.find(session, made["id"], lock=True)
            actions.publish(session, article, by=COMMAND_LINE, at=now())
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish_and_break()
    assert told() == []
    assert staff.get(f"{ARTICLES}/{made['id']}").json()["status"] == "draft"
