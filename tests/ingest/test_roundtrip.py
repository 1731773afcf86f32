"""An export that is imported into an empty database gives the same export, byte for byte."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.context import Site
from app.db import Database
from app.events.actions import COMMAND_LINE
from app.ingest.actions import Outcome
from app.ingest.exporting import export
from app.ingest.importing import Import
from app.serving import prepare
from app.settings import load
from tests.conftest import SECRET, Api, draft, published
from tests.ingest.test_archives import FIXTURES


def lines_of(database: Database, *, users: bool = False) -> list[bytes]:
    with database.reader() as session:
        return list(export(session, users=users))


def bring_back(database: Database, lines: list[bytes], **how: Any) -> list[Outcome]:
    return list(Import(COMMAND_LINE, **how).run_file(database, io.BytesIO(b"".join(lines)))[1])


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Makes new databases that have nothing but their schema and a site of their own."""
    made: list[Database] = []

    def make() -> Database:
        settings = load(data_dir=tmp_path / f"empty-{len(made)}", site_name="Other", secret_key=SECRET, _env_file=None)
        prepare(settings)
        made.append(Database(settings.database))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture
def full(site: Site, api: Api, staff: Api) -> Database:
    """A record with everything in it that an export tells."""
    for name in ("wordpress.xml", "blogger-takeout.atom", "ninjs.json"):
        if (FIXTURES / name).exists():
            with (FIXTURES / name).open("rb") as stream:
                list(Import(COMMAND_LINE, publish=True).run_file(site.database, stream)[1])
    return site.database


def test_it(full: Database, empty: Callable[[], Database]) -> None:
    before = lines_of(full)
    print(Counter(json.loads(line)["type"] for line in before))
    other = empty()
    outcomes = bring_back(other, before)
    assert [o for o in outcomes if o.outcome == "failed"] == []
    assert lines_of(other) == before
    assert {o.outcome for o in bring_back(other, before)} == {"unchanged"}
