"""No body sets what only the server sets: an unknown member is refused by name, and nothing is changed."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from app.events.models import AuditEntry
from tests.conftest import Api
from tests.test_poison import TARGETS, article, fields

__all__ = ["article"]

ASSIGNED = {
    "id": "0193a5b0-c0de-7000-8000-00000000000a",
    "article_id": "0193a5b0-c0de-7000-8000-00000000000a",
    "author_id": "0193a5b0-c0de-7000-8000-00000000000a",
    "user_id": "0193a5b0-c0de-7000-8000-00000000000a",
    "owner_id": "0193a5b0-c0de-7000-8000-00000000000a",
    "status": "published",
    "role": "owner",
    "scopes": ["users:write"],
    "review": "confirmed",
    "is_site": True,
    "is_current": True,
    "revision": 99,
    "public_number": 99,
    "password_hash": "$argon2id$",
    "created_at": "2020-01-01T00:00:00Z",
    "updated_at": "2020-01-01T00:00:00Z",
}
"""Names of columns and of members of answers."""


def test_no_body_sets_what_only_the_server_sets(
    staff: Api, article: dict[str, Any], reading: Callable[[], Any]
) -> None:
    def changes() -> Any:
        with reading() as session:
            return session.scalar(select(func.count()).select_from(AuditEntry))

    before, asked = changes(), 0
    for target in TARGETS:
        content = target.spec.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        good = fields(content["schema"]["$ref"].rpartition("/")[2])
        more = {name: value for name, value in ASSIGNED.items() if name not in good}
        answer = staff.request(target.method, target.url(article), json=good | more, headers={"If-Match": "*"})
        assert answer.status_code == 422, target
        named = {error["pointer"] for error in answer.json()["errors"]}
        assert {f"/{name}" for name in more} <= named, target
        asked += 1
    assert asked > 40
    assert changes() == before
    assert staff.get(f"/v1/admin/articles/{article['id']}").json()["status"] == "published"
