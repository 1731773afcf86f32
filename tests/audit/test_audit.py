"""The audit log can be read and checked over HTTP, and forgets an address without breaking."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from app.articles.models import Revision
from app.events.actions import verify
from app.events.models import AuditEntry
from tests.conftest import Api, draft

AUDIT = "/v1/admin/audit"


def test_it_is_listed_with_who_what_and_from_where_and_filtered(staff: Api, key_of: Callable[..., str]) -> None:
    one, two = draft(staff, title="One"), draft(staff, title="Two")
    staff.delete(f"/v1/admin/articles/{one['id']}", headers={"If-Match": "*"})
    found = staff.get(AUDIT).json()["items"]
    assert [(entry["action"], entry["object_id"]) for entry in found] == [
        ("trash", one["id"]), ("create", two["id"]), ("create", one["id"]),
    ]  # fmt: skip
    assert found[0]["before"] == {"status": "draft"}
    assert found[0]["after"] == {"status": "trashed"}
    assert found[0]["address"] == "192.0.2.7"
    middle = found[1]["made_at"]
    for query, count in (
        (f"object={one['id']}", 2), ("action=trash", 1), ("kind=source", 0), (f"actor={found[0]['actor']}", 3),
        ("actor=cli", 0), (f"after={middle}", 1), (f"before={middle}", 1), ("limit=1", 1),
    ):  # fmt: skip
        assert len(staff.get(f"{AUDIT}?{query}").json()["items"]) == count, query
    assert staff.get(f"{AUDIT}?after=now").status_code == 400
    assert staff.acting_as(key_of("editor")).get(AUDIT).status_code == 403


def test_one_changed_byte_is_named(staff: Api, writing: Callable[[], Any]) -> None:
    for number in range(3):
        draft(staff, title=f"Draft {number}")
    whole = staff.get(f"{AUDIT}/verify").json()
    assert (whole["intact"], whole["entries"], whole["first_broken"]) == (True, 3, None)
    with writing() as session:
        session.execute(update(AuditEntry).where(AuditEntry.number == 2).values(action="Create"))
    broken = staff.get(f"{AUDIT}/verify").json()
    assert (broken["intact"], broken["entries"], broken["first_broken"]) == (False, 1, 2)


def test_one_changed_byte_of_a_save_is_named(staff: Api, writing: Callable[[], Any]) -> None:
    draft(staff, title="Another")
    made = draft(staff, title="Fares", summary="From May on.")
    staff.patch(f"/v1/admin/articles/{made['id']}", json={"title": "Ferry fares"}, headers={"If-Match": "*"})
    first = update(Revision).where(Revision.article_id == UUID(made["id"]), Revision.number == 1)
    named = {"entry": 2, "article_id": made["id"], "revision": 1}
    for name in ("title", "summary", "markdown", "html", "text"):
        column = getattr(Revision, name)
        for words, found in ((column + "!", named), (func.replace(column, "!", ""), None)):
            with writing() as session:
                session.execute(first.values({name: words}))
            verdict = staff.get(f"{AUDIT}/verify").json()
            assert (verdict["intact"], verdict["first_changed"]) == (found is None, found), name


def test_erasing_a_user_takes_his_addresses_from_the_record_and_the_chain_holds(
    api: Api, staff: Api, writing: Callable[[], Any]
) -> None:
    draft(staff, title="Somebody else's")
    user = staff.post("/v1/admin/users", json={"email": "bob@example.org", "name": "Bob", "role": "editor"}).json()
    key = {"name": "t", "scopes": ["articles:write"], "owner": user["id"]}
    draft(api.acting_as(staff.post("/v1/admin/api-keys", json=key).json()["key"]))
    assert staff.delete(f"/v1/admin/users/{user['id']}", headers={"If-Match": "*"}).status_code == 200
    with writing() as session:
        assert verify(session).first_broken is None
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
        assert [(row.action, row.object_kind, row.address) for row in rows] == [
            ("create", "article", "192.0.2.7"), ("create", "user", "192.0.2.7"), ("create", "api_key", "192.0.2.7"),
            ("create", "article", None), ("erase", "user", "192.0.2.7"),
        ]  # fmt: skip
        assert (rows[3].address_salt, bool(rows[3].address_seal)) == (None, True)
        rows[3].address_salt, rows[3].address = "00", "192.0.2.8"
        session.flush()
        assert verify(session).first_broken == 4


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_erases_himself_leaves_no_address(api: Api, key_of: Callable[..., str], writing: Callable[[], Any]) -> None:
    key_of("owner")
    himself = api.acting_as(key_of("owner", email="carla@example.org"))
    carla = next(user for user in himself.get("/v1/admin/users").json()["items"] if "carla" in user["email"])
    assert himself.delete(f"/v1/admin/users/{carla['id']}", headers={"If-Match": "*"}).status_code == 200
    with writing() as session:
        assert [row.address for row in session.scalars(select(AuditEntry))] == [None]
        assert verify(session).first_broken is None
