"""The whole record over HTTP: handed out as a stream of one moment, and taken back by a worker as it was."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio.from_thread
import pytest
from sqlalchemy import select, update

from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.context import Site
from app.db import Database, now
from app.events.models import AuditEntry
from app.imports.actions import LEASE
from app.imports.models import ImportItem, ImportJob
from app.imports.running import Importer
from app.ingest import exporting, restoring
from app.main import create_app
from app.settings import Settings, load
from tests.conftest import SECRET, Api, published
from tests.ingest.test_roundtrip import lines_of

EXPORT, IMPORTS = "/v1/admin/export", "/v1/admin/imports"
NDJSON = {"Content-Type": "application/x-ndjson"}

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def other(
    tmp_path: Path, sqlite_template: Path, portal: anyio.from_thread.BlockingPortal
) -> Iterator[tuple[Api, Database, Path]]:
    """Another site with nothing in it but its owner: the API as he has it, its database, and where its files lie."""
    folder = tmp_path / "other"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "onrecord.db")
    app = create_app(load(data_dir=folder, secret_key=SECRET, site_name="Other", _env_file=None))
    database: Database = app.state.site.database
    with database.writer.session() as session:
        owner = accounts.create_user(
            session, email="o@other.example", name="O", role="owner", password_hash=None, at=now()
        )
        scopes = sorted(RIGHTS["owner"])
        _, key = accounts.create_key(session, owner, name="test", scopes=scopes, expires_at=None, at=now())
    yield Api(portal, app, {"Authorization": f"Bearer {key}"}), database, folder / "imports"
    app.state.close()


class Died(BaseException):
    """The worker is no more."""


def test_what_was_handed_out_over_http_comes_back_over_http_byte_for_byte(
    staff: Api, full: Database, other: tuple[Api, Database, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = staff.get(EXPORT)
    assert (out.status_code, out.headers["Content-Type"]) == (200, "application/x-ndjson")
    assert out.headers["Cache-Control"] == "no-store"
    assert out.content == b"".join(lines_of(full))
    assert staff.get(EXPORT, params={"users": "true"}).content == b"".join(lines_of(full, users=True))
    assert b'"type":"comments"' in out.content

    there, database, folder = other
    monkeypatch.setattr(restoring, "LINES", 8)
    dry = there.post(IMPORTS, content=out.content, headers=NDJSON, params={"dry_run": "true"}).json()
    Importer(database, folder, threading.Event()).work()
    articles = out.content.count(b'{"type":"article"')
    told = there.get(f"{IMPORTS}/{dry['id']}").json()
    assert (told["status"], told["counts"]["created"], told["counts"]["failed"]) == ("finished", articles, 0)
    assert b'"type":"article"' not in b"".join(lines_of(database))

    job = there.post(IMPORTS, content=out.content, headers=NDJSON).json()
    assert job["format"] == "onrecord"
    batches, enter = [], restoring._enter

    def die(*args: Any, **kwargs: Any) -> Any:
        batches.append(1)
        if len(batches) == 3:
            raise Died
        return enter(*args, **kwargs)

    monkeypatch.setattr(restoring, "_enter", die)
    with pytest.raises(Died):
        Importer(database, folder, threading.Event()).work()
    with database.writer.session() as session:
        session.execute(update(ImportJob).values(leased_until=now() - LEASE))
    assert Importer(database, folder, threading.Event()).work()
    done = there.get(f"{IMPORTS}/{job['id']}").json()
    assert (done["status"], done["reason"], done["counts"]["failed"]) == ("finished", None, 0)
    assert done["entries"] == out.content.count(b"\n") - 1
    assert there.get(EXPORT).content == out.content
    with database.reader() as session:
        keys = list(session.scalars(select(ImportItem.key).where(ImportItem.article_id.is_not(None))))
    assert len(keys) == articles


def test_an_export_is_one_moment_of_the_record(staff: Api, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    published(staff)
    before = b"".join(lines_of(site.database))
    monkeypatch.setattr(exporting, "CHUNK", 1)
    chunks = exporting.stream(site.database)
    seen = [next(chunks)]
    published(staff, title="Later")
    assert b"".join([*seen, *chunks]) == before != b"".join(lines_of(site.database))


def test_an_export_that_nobody_hears_to_its_end_lets_go_of_the_database(
    staff: Api, site: Site, portal: anyio.from_thread.BlockingPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(staff)
    monkeypatch.setattr(exporting, "CHUNK", 1)
    heard: list[bytes] = []
    held: list[int] = []
    pool: Any = site.database.engines[1].pool

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            heard.append(message["body"])
            held.append(pool.checkedout())
            raise OSError

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"host", b"testserver"), (b"authorization", staff._client.headers["Authorization"].encode())]
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": EXPORT,
        "raw_path": EXPORT.encode(),
        "query_string": b"",
    }
    scope |= {"headers": headers, "client": ("192.0.2.7", 1), "server": ("testserver", 80), "scheme": "http"}
    scope |= {"http_version": "1.1", "asgi": {"version": "3.0", "spec_version": "2.4"}, "root_path": "", "state": {}}
    before = pool.checkedout()
    portal.call(staff.app, scope, receive, send)
    assert len(heard) == 1
    assert held == [before + 1]
    assert pool.checkedout() == before


@one_engine
def test_the_record_goes_out_to_whoever_may_read_all_of_it_and_the_audit_log_says_so(
    api: Api, key_of: Callable[..., str], site: Site
) -> None:
    may = ["imports:write", "articles:read", "comments:moderate"]
    for scopes in (may[:1], may[:2], may[1:], [may[0], may[2]]):
        assert api.acting_as(key_of("owner", scopes=scopes)).get(EXPORT).status_code == 403
    editor = api.acting_as(key_of("editor"))
    assert editor.get(EXPORT, params={"users": "true"}).status_code == 403
    assert b"@" not in editor.get(EXPORT).content
    with site.database.reader() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.object_kind, entry.after, entry.actor[:4]) == ("site", {"users": False}, "key:")


@one_engine
def test_who_brings_an_export_must_be_allowed_all_that_it_makes(
    api: Api, staff: Api, key_of: Callable[..., str], site: Site, settings: Settings
) -> None:
    published(staff)
    folder = settings.data_dir / "imports"
    lines, with_users = b"".join(lines_of(site.database)), b"".join(lines_of(site.database, users=True))
    editor = api.acting_as(key_of("editor"))
    drafts_only = api.acting_as(key_of("owner", scopes=["imports:write", "articles:write"]))
    some = api.acting_as(key_of("owner", scopes=sorted(RIGHTS["owner"] - {"keys:write"})))
    cases = [(drafts_only, lines), (editor, with_users), (some, with_users)]
    for caller, content in cases:
        answer = caller.post(IMPORTS, content=content, headers=NDJSON)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    wrong = editor.post(IMPORTS, content=b"no export", headers=NDJSON, params={"format": "onrecord"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/unreadable-file")
    assert list(folder.iterdir()) == []
    assert staff.post(IMPORTS, content=with_users, headers=NDJSON).status_code == 202

    [user] = [line for line in with_users.splitlines() if json.loads(line)["type"] == "user"][:1]
    smuggled = user.replace(json.loads(user)["id"].encode(), b"0193a5b0-c0de-7000-8000-00000000000a")
    job = editor.post(IMPORTS, content=lines + smuggled + b"\n", headers=NDJSON).json()
    importer = Importer(site.database, folder, threading.Event())
    while importer.work():
        pass
    told = editor.get(f"{IMPORTS}/{job['id']}/items", params={"outcome": "failed"}).json()["items"]
    assert [item["reason"] for item in told] == ["The head says that the file has no users."]
