"""Who did what is on record, once for each act, and nobody can change that record unseen."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from app.db import new_id
from app.events.actions import first_broken
from app.events.models import AuditEntry
from app.settings import Settings
from tests.conftest import Api, draft, published

Reading = Callable[[], Any]
ARTICLES, SOURCES = "/v1/admin/articles", "/v1/admin/sources"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0})


def entries(reading: Reading) -> list[AuditEntry]:
    with reading() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.number)))


def test_every_act_of_staff_leaves_one_entry_and_every_refusal_none(api: Api, staff: Api, reading: Reading) -> None:
    seen: list[AuditEntry] = []
    etag = ""

    def act(method: str, url: str, **kwargs: Any) -> dict[str, Any]:
        nonlocal etag
        answer = staff.request(method, url, headers={"If-Match": etag or "*", "X-Request-ID": "request-1"}, **kwargs)
        assert answer.is_success, answer.text
        new = entries(reading)[len(seen) :]
        seen.extend(new)
        assert len(new) == 1, f"{method} {url}"
        assert (new[0].request_id, new[0].address) == ("request-1", "192.0.2.7")
        assert new[0].actor.startswith("key:")
        etag = answer.headers["ETag"]
        body: dict[str, Any] = answer.json()
        return body

    def refuse(method: str, url: str, **kwargs: Any) -> None:
        assert staff.request(method, url, headers={"If-Match": '"stale"'}, **kwargs).is_client_error
        assert len(entries(reading)) == len(seen)

    words = {"title": "Ferry fares rise", "markdown": "It “will double”, she said."}
    made = act("POST", ARTICLES, json=words)
    url = f"{ARTICLES}/{made['id']}"
    act("PATCH", url, json={"title": "Fares rise"})
    refuse("PATCH", url, json={"title": "No"})
    act("POST", f"{url}/publish")
    refuse("POST", f"{url}/publish")
    quote = act("POST", f"{url}/quotes", json={"exact": "will double", "start": 4, "end": 15})["quotes"][0]["id"]
    act("PATCH", f"{url}/quotes/{quote}", json={"review": "rejected"})
    refuse("POST", f"{url}/quotes", json={"exact": "not there", "start": 0, "end": 9})
    act("DELETE", f"{url}/quotes/{quote}")
    act("POST", f"{url}/permissions", json={"assigner": "onrecord-demo", "credit": "With permission."})
    act("POST", f"{url}/unpublish")
    act("DELETE", url)
    act("POST", f"{url}/restore")
    refuse("POST", f"{url}/restore")
    article_acts = len(seen)
    etag = ""
    source = act("POST", SOURCES, json={"kind": "person", "name": "Ida Holm"})
    act("PATCH", f"{SOURCES}/{source['id']}", json={"name": "Ida Berg"})
    refuse("PATCH", f"{SOURCES}/{source['id']}", json={"name": "No"})
    refuse("POST", SOURCES, json={"kind": "person"})
    article = published(staff)
    seen = entries(reading)
    comment = api.post(f"/v1/articles/{article['slug']}/comments", json={"author_name": "Ada", "body": "Yes."}).json()
    assert len(entries(reading)) == len(seen), "readers are not audited"
    act("POST", "/v1/admin/comments/moderate", json={"ids": [comment["id"]], "action": "approve"})
    refuse("POST", "/v1/admin/comments/moderate", json={"ids": [str(new_id())], "action": "approve"})

    assert {entry.object_id for entry in seen[:article_acts]} == {UUID(made["id"])}
    assert [entry.action for entry in seen[:article_acts]] == [
        "create", "edit", "publish", "edit", "edit", "edit", "permit", "unpublish", "trash", "restore",
    ]  # fmt: skip
    assert seen[1].before is not None
    assert seen[1].after is not None
    assert (seen[1].before["title"], seen[1].after["title"]) == ("Ferry fares rise", "Fares rise")
    assert [entry.number for entry in entries(reading)] == list(range(1, len(seen) + 1))
    with reading() as session:
        assert first_broken(session) is None


def other(value: Any) -> Any:
    """A value of the column's type that differs as little as it can."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1)
    if isinstance(value, dict):
        return value | {"title": "other"}
    if isinstance(value, int):
        return value + 1000
    return {"a": 1} if value is None else value[:-1] + ("x" if value[-1] != "x" else "y")


def test_one_changed_value_in_any_column_of_any_entry_is_found(
    staff: Api, writing: Callable[[], Any], reading: Reading
) -> None:
    made = draft(staff)
    staff.patch(f"{ARTICLES}/{made['id']}", json={"title": "New"}, headers={"If-Match": made["etag"]})
    staff.post(SOURCES, json={"kind": "person", "name": "Ida Holm"})
    before = entries(reading)
    assert len(before) == 3
    for entry in before:
        for column in AuditEntry.__table__.columns:
            kept = getattr(entry, column.name)
            changed = other(kept) if column.name in ("before", "after") or kept is not None else "x"
            here, there = AuditEntry.number == entry.number, AuditEntry.number == entry.number
            if column.name == "number":
                there = AuditEntry.number == changed
            with writing() as session:
                session.execute(update(AuditEntry).where(here).values({column: changed}))
            with reading() as session:
                found = first_broken(session)
            with writing() as session:
                session.execute(update(AuditEntry).where(there).values({column: kept}))
            assert found is not None, f"{column.name} of entry {entry.number}"
            if column.name != "number":
                assert found == entry.number, column.name
    with reading() as session:
        assert first_broken(session) is None


def test_an_entry_taken_out_put_in_or_moved_is_found(staff: Api, writing: Callable[[], Any], reading: Reading) -> None:
    for number in range(3):
        draft(staff, title=f"Draft {number}")

    def broken_after(*statements: Any) -> int | None:
        with writing() as session, session.begin_nested() as tried:
            for statement in statements:
                session.execute(statement)
            found = first_broken(session)
            tried.rollback()
        return found

    table = AuditEntry.__table__
    values = {column: getattr(entries(reading)[1], column.name) for column in table.columns}
    assert broken_after(delete(AuditEntry).where(AuditEntry.number == 1)) == 2
    assert broken_after(delete(AuditEntry).where(AuditEntry.number == 2)) == 3
    assert broken_after(insert(AuditEntry).values({**values, table.c.number: 4})) == 4
    assert (
        broken_after(
            update(AuditEntry).where(AuditEntry.number == 2).values(number=9),
            update(AuditEntry).where(AuditEntry.number == 3).values(number=2),
            update(AuditEntry).where(AuditEntry.number == 9).values(number=3),
        )
        == 2
    )
    assert broken_after() is None
