"""A full record, made once for each engine and copied for each test that asks for `full`."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio.from_thread
import pytest
from sqlalchemy import make_url

from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.context import Site
from app.db import Database, now
from app.main import create_app
from app.settings import Settings, load
from tests.conftest import SECRET, Api
from tests.ingest.world import fill
from tests.postgres import Cluster


@dataclass(frozen=True)
class Filled:
    """A full record that nobody has open: its data directory, the name of its database, and its owner's key."""

    folder: Path
    name: str
    key: str


@pytest.fixture(scope="session")
def filled(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    portal: anyio.from_thread.BlockingPortal,
    sqlite_template: Path,
) -> Callable[[str], Filled]:
    """Makes a full record on an engine, once."""
    made: dict[str, Filled] = {}

    def of(engine: str) -> Filled:
        if engine not in made:
            folder, name = tmp_path_factory.mktemp(engine), f"filled_{engine}"
            shutil.copy(sqlite_template, folder / "onrecord.db")
            url = f"sqlite:///{folder}/onrecord.db"
            if engine == "postgresql":
                template = request.getfixturevalue("postgres_template")
                url = request.getfixturevalue("postgres").create_database(name, template=template)
            app = create_app(
                load(data_dir=folder, database_url=url, secret_key=SECRET, comment_rate=1000, _env_file=None)
            )
            key = owner_of(app.state.site)
            fill(app.state.site, Api(portal, app, {}), Api(portal, app, {"Authorization": f"Bearer {key}"}))
            app.state.close()
            made[engine] = Filled(folder, name, key)
        return made[engine]

    return of


def owner_of(site: Site) -> str:
    """A key of a new owner."""
    with site.database.writer.session() as session:
        owner = accounts.create_user(
            session, email="owner@example.org", name="Owner", role="owner", password_hash=None, at=now()
        )
        scopes = sorted(RIGHTS["owner"])
        return accounts.create_key(session, owner, name="test", scopes=scopes, expires_at=None, at=now())[1]


@pytest.fixture
def copied(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, filled: Callable[[str], Filled]
) -> Filled:
    """Puts a full record in the place of the fresh database."""
    if database_url.startswith("sqlite"):
        found = filled("sqlite")
    else:
        found = filled("postgresql")
        cluster: Cluster = request.getfixturevalue("postgres")
        name = str(make_url(database_url).database)
        cluster.drop_database(name)
        cluster.create_database(name, template=found.name)
    shutil.copytree(found.folder, tmp_path, dirs_exist_ok=True)
    return found


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """With `full`, the site is opened on a full record."""
    if "full" in request.fixturenames:
        request.getfixturevalue("copied")
    return settings


@pytest.fixture
def staff(request: pytest.FixtureRequest, api: Api) -> Api:
    """An owner with all rights, of the full record if the test has one."""
    if "full" in request.fixturenames:
        return api.acting_as(request.getfixturevalue("copied").key)
    return api.acting_as(request.getfixturevalue("key_of")("owner", email="owner@example.org"))


@pytest.fixture
def full(site: Site) -> Database:
    """A record that has something in every field of an export."""
    return site.database
