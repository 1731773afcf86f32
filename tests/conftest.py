"""A fresh site for each test that asks for one, on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio.from_thread
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Dialect, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from app import serving
from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.context import Site
from app.db import now
from app.main import create_app
from app.settings import Settings, load
from tests.postgres import Cluster, Reused, postgres

__all__ = ["postgres"]

SECRET = "a secret for tests, thirty-two characters and more"
PASSWORD = "correct horse battery"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest test comes first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_contract.py")


_dialects: dict[tuple[type, object], tuple[Dialect, Any]] = {}


def _share_statements(kind: type[Dialect], engine: Engine) -> None:
    """Statements are compiled once for all sites of this process, since that costs more than to run them."""
    engine._compiled_cache.capacity = 5_000  # type: ignore[union-attr]
    shared = _dialects.setdefault((kind, engine.dialect.dbapi), (engine.dialect, engine._compiled_cache))
    engine.dialect, engine._compiled_cache = shared


DefaultDialect.engine_created = classmethod(_share_statements)  # type: ignore[method-assign, assignment]


class Api:
    """A client that calls the application in this process, through the whole ASGI stack."""

    def __init__(self, portal: anyio.from_thread.BlockingPortal, app: FastAPI, headers: dict[str, str]) -> None:
        self.app = app
        self._portal = portal
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.7", 40000))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)

    def request(self, method: str, url: str, **kwargs: Any) -> httpx.Response:
        return self._portal.call(partial(self._client.request, method, url, **kwargs))

    def get(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("GET", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("HEAD", url, **kwargs)

    def post(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("POST", url, **kwargs)

    def patch(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("PATCH", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> httpx.Response:
        return self.request("DELETE", url, **kwargs)

    def acting_as(self, key: str) -> "Api":
        """The same site, with this key or token on every request."""
        return Api(self._portal, self.app, {"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="session")
def portal() -> Iterator[anyio.from_thread.BlockingPortal]:
    with anyio.from_thread.start_blocking_portal() as opened:
        yield opened


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy."""
    directory = tmp_path_factory.mktemp("template")
    serving.prepare(load(data_dir=directory, secret_key=SECRET, _env_file=None))
    return directory / "onrecord.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: Cluster) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    url = postgres.create_database("template_site")
    serving.prepare(load(database_url=url, secret_key=SECRET, _env_file=None))
    return "template_site"


@pytest.fixture(scope="session")
def postgres_site(postgres: Cluster, postgres_template: str) -> Reused:
    """A migrated PostgreSQL database, for one test after the other."""
    return Reused(postgres, "site", postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database on each engine."""
    if request.param == "sqlite":
        file = tmp_path / "onrecord.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    site: Reused = request.getfixturevalue("postgres_site")
    yield site.url
    site.reset()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return load(
        data_dir=tmp_path,
        database_url=database_url,
        secret_key=SECRET,
        comment_rate=1000,
        login_rate=1000,
        _env_file=None,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    made = create_app(settings)
    database = made.state.site.database
    if database.is_sqlite:  # no test in this process cuts the power
        event.listen(database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield made
    made.state.close()


@pytest.fixture
def site(app: FastAPI) -> Site:
    found: Site = app.state.site
    return found


@pytest.fixture
def api(app: FastAPI, portal: anyio.from_thread.BlockingPortal) -> Api:
    """An anonymous reader."""
    return Api(portal, app, {})


@pytest.fixture
def key_of(site: Site) -> Callable[..., str]:
    """Makes an API key: `key_of("editor")`, or `key_of("owner", scopes=["audit:read"])`."""

    def make(role: str, *, scopes: list[str] | None = None, email: str = "") -> str:
        with site.database.writer.session() as session:
            address = email or f"{role}-{len(session.identity_map)}-{now().timestamp()}@example.org"
            user = accounts.create_user(
                session, email=address, name=role.title(), role=role, password_hash=None, at=now()
            )
            _, text = accounts.create_key(
                session, user, name="test", scopes=scopes or sorted(RIGHTS[role]), expires_at=None, at=now()
            )
        return text

    return make


@pytest.fixture
def staff(api: Api, key_of: Callable[..., str]) -> Api:
    """An owner with all rights."""
    return api.acting_as(key_of("owner", email="owner@example.org"))


@pytest.fixture
def writing(site: Site) -> Callable[[], Any]:
    """`with writing() as session:` changes the site's database directly."""
    return site.database.writer.session


@pytest.fixture
def reading(site: Site) -> Callable[[], Any]:
    return site.database.reader


@pytest.fixture
def statements(site: Site) -> Iterator[list[str]]:
    """Every SQL statement that the site runs from now on, without transaction control."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().upper().startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    # On PostgreSQL the reading engine is a view of the writing one, and tells its listeners too.
    engines = site.database.engines if site.database.is_sqlite else site.database.engines[:1]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def draft(staff: Api, **fields: Any) -> dict[str, Any]:
    """A new article by HTTP, as the answer shows it, with its `etag`."""
    body = {"title": "Ferry fares rise", "markdown": "The fare “will double”, Ida Holm said on Monday."} | fields
    answer = staff.post("/v1/admin/articles", json=body)
    assert answer.status_code == 201, answer.text
    return {**answer.json(), "etag": answer.headers["ETag"]}


def published(staff: Api, **fields: Any) -> dict[str, Any]:
    """A new, public article by HTTP, as the answer shows it, with its `etag`."""
    made = draft(staff, **fields)
    answer = staff.post(f"/v1/admin/articles/{made['id']}/publish", headers={"If-Match": made["etag"]})
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "etag": answer.headers["ETag"]}
