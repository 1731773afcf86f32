"""What the tests of the public side put on a site, by the API wherever it has a way, and where they look for it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import select, update

from app.accounts import actions as accounts
from app.accounts.rights import RIGHTS
from app.articles.models import Article, Revision
from app.comments.models import Comment
from app.corrections.models import Correction
from app.db import new_id
from app.main import create_app
from app.settings import load
from app.worker import attend
from tests.conftest import SECRET, Api, draft

NOON = datetime(2031, 5, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Json = dict[str, Any]
Writing = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Stage:
    """A site that the tests of a module share and do not change, with what was put into it.

    Where the clock stands the same for all of them they may share its application too, by overriding the fixture
    `app`; else they override `database_url`, and each test has an application, and so a cache, of its own.
    """

    url: str
    app: FastAPI
    articles: dict[str, Json]
    pages: dict[str, httpx.Response] = field(default_factory=dict)
    """What readers get, for tests that look at the same answers."""


@dataclass(frozen=True, slots=True)
class Builder:
    """What a stage is built with."""

    url: str
    app: FastAPI
    api: Api
    staff: Api
    author: Api
    writing: Writing

    def stage(self, articles: dict[str, Json]) -> Stage:
        return Stage(self.url, self.app, articles)


@contextmanager
def building(request: pytest.FixtureRequest, directory: Path) -> Iterator[Builder]:
    """A fresh database on the engine that the fixture's parameter names, and an application upon it."""
    name = f"stage_{abs(hash(directory))}"
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), directory / "onrecord.db")
        url = f"sqlite:///{directory / 'onrecord.db'}"
    else:
        cluster = request.getfixturevalue("postgres")
        url = cluster.create_database(name, template=request.getfixturevalue("postgres_template"))
    app = create_app(load(data_dir=directory, database_url=url, secret_key=SECRET, comment_rate=1000, _env_file=None))
    api = Api(request.getfixturevalue("portal"), app, {})
    writing = app.state.site.database.writer.session
    try:
        owner, author = (api.acting_as(_key(writing, role)) for role in ("owner", "author"))
        yield Builder(url, app, api, owner, author, writing)
    finally:
        app.state.close()
        if request.param != "sqlite":
            cluster.drop_database(name)


def _key(writing: Writing, role: str) -> str:
    """An API key with all rights of a new user of this role."""
    at = datetime.now(UTC)
    with writing() as session:
        user = accounts.create_user(
            session, email=f"{role}@stage.example", name=role, role=role, password_hash=None, at=at
        )
        _, text = accounts.create_key(session, user, name="stage", scopes=sorted(RIGHTS[role]), expires_at=None, at=at)
    return text


def frozen(at: datetime) -> AbstractContextManager[Any]:
    """The clock stands at this moment."""
    return time_machine.travel(at, tick=False)


@contextmanager
def attended(app: FastAPI, at: datetime) -> Iterator[None]:
    """The clock stands at this moment, and the worker has done what was due by then."""
    with frozen(at):
        attend(app.state.site.database, at)
        yield


def told(api: Api) -> dict[str, tuple[str, str | None]]:
    """The last that the log of changes says of each article, by its id: the kind, and the slug it gives."""
    items = api.get("/v1/changes?limit=100").json()["items"]
    return {i["subject_id"]: (i["kind"], i["article"] and i["article"]["slug"]) for i in items}


def z(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def change(staff: Api, method: str, article: Json, path: str = "", **fields: Any) -> Json:
    """What a change of the article answers; it must succeed."""
    options: Json = {"json": fields} if fields else {}
    url = f"/v1/admin/articles/{article['id']}{path}"
    answer = staff.request(method, url, headers={"If-Match": "*"}, **options)
    assert answer.status_code in (200, 201), answer.text
    found: Json = answer.json()
    return found


def edit(staff: Api, article: Json, **fields: Any) -> Json:
    return change(staff, "PATCH", article, **fields)


def publish(staff: Api, article: Json) -> Json:
    return change(staff, "POST", article, "/publish")


def unpublish(staff: Api, article: Json) -> Json:
    return change(staff, "POST", article, "/unpublish")


def permit(staff: Api, article: Json, assigner: str, **fields: Any) -> Json:
    given = {"assigner": assigner, "credit": "With permission."} | fields
    return change(staff, "POST", article, "/permissions", **given)


def quote(staff: Api, article: Json, exact: str, **fields: Any) -> Json:
    """The quote of these words, as the article now shows it; they must occur in the text."""
    start = article["body"]["text"].index(exact)
    given = {"exact": exact, "start": start, "end": start + len(exact)} | fields
    shown = change(staff, "POST", article, "/quotes", **given)
    known = {found["id"] for found in article["quotes"]}
    return next(q for q in shown["quotes"] if q["exact"] == exact and q["id"] not in known)


def source(staff: Api, name: str, kind: str = "person", **fields: Any) -> Json:
    answer = staff.post("/v1/admin/sources", json={"name": name, "kind": kind} | fields)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


def rename(staff: Api, known: Json, **fields: Any) -> None:
    url = f"/v1/admin/sources/{known['id']}"
    answer = staff.patch(url, json=fields, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


def comment(api: Api, staff: Api, article: Json, body: str, *, action: str | None = "approve", **fields: Any) -> Json:
    """A reader's comment, and what staff made of it; None leaves it waiting."""
    answer = api.post(f"/v1/articles/{article['id']}/comments", json={"author_name": "Ada", "body": body} | fields)
    assert answer.status_code == 202, answer.text
    found: Json = answer.json()
    if action is not None:
        moderate(staff, found, action)
    return found


def moderate(staff: Api, known: Json, action: str) -> None:
    answer = staff.post("/v1/admin/comments/moderate", json={"ids": [known["id"]], "action": action})
    assert answer.status_code == 200, answer.text


def schedule(staff: Api, article: Json, at: datetime) -> Json:
    return change(staff, "POST", article, "/schedule", scheduled_at=at.isoformat())


def correct(writing: Writing, article: Json, words: str, *, at: datetime, exact: str | None = None) -> None:
    """A correction of a draft that costs no revision."""
    start = article["body"]["text"].index(exact) if exact else None
    with writing() as session:
        session.add(
            Correction(
                article_id=UUID(article["id"]),
                revision_id=_current_revision(session, article),
                kind="correction",
                text=words,
                target_exact=exact,
                target_start=start,
                target_end=None if exact is None or start is None else start + len(exact),
                published_at=at,
            )
        )


def add_comment(writing: Writing, article: Json, body: str, *, at: datetime, status: str, **fields: Any) -> UUID:
    """A comment of any status under an article in any state, where readers themselves could not write one."""
    made = new_id()
    values = {"author_name": "Ada", "kind": "comment", "reply_count": 0} | fields
    with writing() as session:
        html = f"<p>{body}</p>"
        row = Comment(id=made, article_id=UUID(article["id"]), status=status, text=body, html=html, created_at=at)
        for name, value in values.items():
            setattr(row, name, value)
        parent = session.get(Comment, row.parent_id) if row.parent_id else None
        row.place(parent)
        row.settle()
        if parent is not None:
            parent.reply_count += row.is_seen
        row.changed_at = at if row.is_seen else None
        session.add(row)
    return made


def set_article(writing: Writing, article: Json, **values: Any) -> None:
    """Put an article into a state that no route reaches yet."""
    with writing() as session:
        session.execute(update(Article).where(Article.id == UUID(article["id"])).values(**values))


def _current_revision(session: Any, article: Json) -> Any:
    return session.scalar(select(Revision.id).where(Revision.article_id == UUID(article["id"]), Revision.is_current))


WORDS = (
    "title", "summary", "body", "quote", "speaker", "via", "assigner", "credit", "tag", "author", "comment",
    "commenter", "correction",
)  # fmt: skip
"""What an article is full of; each occurs as a word of its own, such as `zqdraftspeaker`."""

NEVER = ("early", "note", "proof", "rejected", "pending")
"""What no reader gets of any article: a title before publication, an editor's note, the proof of a permission,
the name of a speaker whose only quote was rejected, a comment that waits."""


IDS = ("id", "quote_id", "comment_id", "speaker_id", "via_id", "assigner_id")
"""What of an article and its sources is shown by id."""


def canaries(name: str) -> dict[str, str]:
    """The words of an article by what they are."""
    return {kind: f"zq{name}{kind}" for kind in (*WORDS, *NEVER)}


def full_draft(staff: Api, writing: Writing, name: str, *, writer: Api | None = None, **permission: Any) -> Json:
    """A draft full of its canaries, under a permission, with a tag, an author and a speaker (`ida-holm`, who must be
    there) that all such articles share."""
    w = canaries(name)
    kinds = {"speaker": "person", "rejected": "person", "via": "publication", "assigner": "publication"}
    ids = {f"{role}_id": source(staff, w[role], kind)["id"] for role, kind in kinds.items()}
    body = f"The {w['body']} began. “{w['quote']}”, she said, and “hear”. “See” was disputed."
    made = draft(
        writer or staff,
        title=w["early"],
        slug=f"piece-{name}",
        markdown=body,
        summary=w["summary"],
        tags=[w["tag"], "Harbours"],
        authors=[w["author"], "Bo Lind"],
        canonical_url="https://example.org/original",
    )
    made = edit(staff, made, title=f"{w['title']} lighthouse", note=w["note"])
    way = [{"source": w["via"], "role": "via"}]
    spoken = quote(staff, made, w["quote"], speaker=w["speaker"], attribution=way)
    quote(staff, made, "hear", speaker="ida-holm")
    quote(staff, made, "See", speaker=w["rejected"], review="rejected")
    made = permit(staff, made, w["assigner"], credit=w["credit"], proof=w["proof"], **permission)
    at = datetime.now(UTC)
    correct(writing, made, f"{w['correction']} See https://gazette.example/{name}.", at=at)
    said = add_comment(writing, made, w["comment"], at=at, status="approved", author_name=w["commenter"])
    answer = {"author_name": w["commenter"], "parent_id": said}
    add_comment(writing, made, w["comment"], at=at, status="approved", **answer)
    add_comment(writing, made, w["pending"], at=at, status="pending")
    add_comment(writing, made, w["pending"], at=at, status="pending", **answer)
    set_article(writing, made, comment_count=2)
    return made | {"name": name, "quote_id": spoken["id"], "comment_id": str(said)} | ids
