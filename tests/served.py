"""A site with a made-up record, served as an operator would serve it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.db import Database, now
from app.settings import load
from bench.corpus import fill
from bench.servers import onrecord
from tests.conftest import SECRET

ARTICLES = 120
TEXT = "The fare “will double”, Ida Holm said on Monday, and nobody at the quay had a kind word for it. " * 20


@dataclass(frozen=True)
class Origin:
    """Onrecord itself, and an owner's key to it."""

    base: str
    key: str

    def staff(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", **kwargs.pop("headers", {})}
        answer = httpx.request(method, f"{self.base}{path}", headers=headers, timeout=30, **kwargs)
        assert answer.status_code < 300, answer.text
        return answer

    def publish(self, title: str) -> dict[str, Any]:
        """A new article, public, under a tag that is called as itself."""
        made = self.staff("POST", "/v1/admin/articles", json={"title": title, "markdown": TEXT, "tags": [title]})
        return self.act(made.json()["id"], "publish")

    def act(self, article: str, action: str, **kwargs: Any) -> dict[str, Any]:
        """The answer to what is done with the article in its present state."""
        etag = self.staff("GET", f"/v1/admin/articles/{article}").headers["ETag"]
        path = f"/v1/admin/articles/{article}/{action}"
        done: dict[str, Any] = self.staff("POST", path, headers={"If-Match": etag}, **kwargs).json()
        return done


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    directory: Path = tmp_path_factory.mktemp("origin")
    settings = load(data_dir=directory, secret_key=SECRET, _env_file=None)
    fill(settings, ARTICLES)
    database = Database(settings.database)
    with database.writer.session() as session:
        at = now()
        owner = accounts.create_user(
            session, email="owner@example.org", name="Owner", role="owner", password_hash=None, at=at
        )
        _, key = accounts.create_key(session, owner, name="t", scopes=sorted(RIGHTS["owner"]), expires_at=None, at=at)
    database.close()
    environment = {
        "ONRECORD_DATA_DIR": str(directory),
        "ONRECORD_SECRET_KEY": SECRET,
        "ONRECORD_TRUSTED_PROXIES": "127.0.0.1",
        "ONRECORD_COMMENT_RATE": "2",
    }
    with onrecord(environment) as server:
        yield Origin(server.base, key)
