"""An export that is imported into an empty database gives the same export, byte for byte."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import func, select

from app.accounts.models import User
from app.articles.models import Article, ArticleSlug, Author, Byline, Citation, Label, Revision, Tag
from app.comments.models import ArticleRules, Comment, SiteRules
from app.context import Site
from app.corrections.models import Correction
from app.db import Base, Database
from app.editions.models import Edition
from app.events.actions import COMMAND_LINE, first_broken
from app.events.models import AuditEntry
from app.evidence.models import Evidence
from app.extract import ExtractError
from app.ingest import restoring
from app.ingest.actions import Outcome
from app.ingest.article_lines import (
    ArticleLine,
    CommentRulesLine,
    CorrectionLine,
    EditionLine,
    EvidenceLine,
    HopLine,
    IllustrationLine,
    OriginLine,
    PermissionLine,
    PlacementLine,
    QuoteLine,
    RevisionLine,
)
from app.ingest.exporting import export
from app.ingest.importing import Import
from app.ingest.lines import AuthorLine, CommentLine, ImageLine, RoleLine, RulesLine, SourceLine, TagLine, UserLine
from app.ingest.models import Origin
from app.ingest.plain import UnreadableFile
from app.main import create_app
from app.media.models import Illustration, Image
from app.permissions.models import Permission
from app.quotes.models import Hop, Placement, Quote
from app.serving import prepare
from app.settings import load
from app.sources.models import Source, SourceRole
from tests.conftest import SECRET, Api, draft
from tests.record.world import (
    change,
    publish,
    quote,
    source,
)

Json = dict[str, Any]


def lines_of(database: Database, *, users: bool = False) -> list[bytes]:
    with database.reader() as session:
        return list(export(session, users=users))


def bring_back(database: Database, lines: list[bytes], **how: Any) -> list[Outcome]:
    return list(Import(COMMAND_LINE, **how).run_file(database, io.BytesIO(b"".join(lines)))[1])


def failures(outcomes: list[Outcome]) -> list[str | None]:
    return [outcome.reason for outcome in outcomes if outcome.outcome == "failed"]


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """Makes databases with nothing in them but the source that stands for another site."""
    with ExitStack() as opened:

        def make(engine: str) -> Database:
            name = f"empty_{len(list(tmp_path.iterdir()))}_{abs(hash(tmp_path))}"
            where: Json = {"data_dir": tmp_path / name}
            if engine == "postgresql":
                cluster = request.getfixturevalue("postgres")
                where["database_url"] = cluster.create_database(name)
                opened.callback(cluster.drop_database, name)
            settings = load(**where, site_name="Other", secret_key=SECRET, _env_file=None)
            prepare(settings)
            database = Database(settings.database)
            opened.callback(database.close)
            return database

        yield make


def other(site: Site) -> str:
    return "postgresql" if site.database.is_sqlite else "sqlite"


@pytest.mark.parametrize("users", [False, True])
def test_an_export_comes_back_byte_for_byte_on_the_other_engine(
    site: Site, full: Database, empty: Callable[..., Database], users: bool
) -> None:
    before = lines_of(full, users=users)
    database = empty(other(site))
    assert failures(bring_back(database, before)) == []
    assert lines_of(database, users=users) == before
    again = bring_back(database, before)
    assert {outcome.outcome for outcome in again} == {"unchanged"}
    assert lines_of(database, users=users) == before
    with database.reader() as session:
        assert first_broken(session) is None
    if users:
        assert set(empty_fields(before)) == set()


def empty_fields(lines: list[bytes]) -> Iterator[str]:
    """The fields that have nothing in them in all these lines, so that no test could tell whether they come back."""
    found: dict[str, bool] = {}

    def walk(name: str, value: Any) -> None:
        found[name] = found.get(name, False) or value not in (None, [], {}, False)
        if isinstance(value, dict) and not name.endswith(".details"):
            for key, inner in value.items():
                walk(f"{name}.{key}", inner)
        for inner in value if isinstance(value, list) else ():
            walk(name, inner)

    for line in map(json.loads, lines):
        walk(line["type"], line)
    yield from (name for name, has_some in found.items() if not has_some)


EXPORTED: dict[type[Base], tuple[type[BaseModel], str]] = {
    User: (UserLine, "password_hash"),
    Author: (AuthorLine, ""),
    Tag: (TagLine, ""),
    Source: (SourceLine, "merged_into_id"),
    SourceRole: (RoleLine, "id source_id organization_id"),
    Article: (ArticleLine, "comment_count"),
    Revision: (RevisionLine, "article_id is_current html author_id"),
    Quote: (QuoteLine, "article_id"),
    Evidence: (EvidenceLine, "quote_id source_sha256"),
    Placement: (PlacementLine, "quote_id revision_id start_at end_at speaker_id parent_id"),
    Hop: (HopLine, "placement_id position source_id"),
    Permission: (PermissionLine, "article_id assigner_id parent_id"),
    Correction: (CorrectionLine, "article_id revision_id"),
    Edition: (EditionLine, "article_id revision_id"),
    Image: (ImageLine, "uploaded_by"),
    Illustration: (IllustrationLine, "revision_id image_id"),
    SiteRules: (RulesLine, "id"),
    ArticleRules: (CommentRulesLine, "article_id"),
    Origin: (OriginLine, "article_id"),
    Comment: (
        CommentLine,
        "article_id parent_id quote_id correction_id path depth is_seen user_id html reply_count rank changed_at "
        "email_digest address_digest text_digest edit_token_digest editable_until spam_score taught_spam",
    ),
}
"""The shape in which an export has each table, and the columns that it has under other names or leaves out."""


def test_no_column_is_forgotten() -> None:
    """A new column comes into the export, or is named above as one that follows from others or must not get out."""
    for table, (shape, apart) in EXPORTED.items():
        assert set(table.__table__.columns.keys()) - set(shape.model_fields) == set(apart.split()), table
    apart_from_those = {ArticleSlug, Byline, Citation, Label}
    of_articles = {mapper.class_ for mapper in Base.registry.mappers if "article_id" in mapper.columns}
    assert {table.__tablename__ for table in of_articles - set(EXPORTED) - apart_from_those} == {
        "announcements",
        "edges",
        "events",
        "feed_rows",
        "import_items",
        "locks",
        "misquotes",
        "preview_links",
        "quote_documents",
        "renditions",
        "search_documents",
        "uncompared",
        "utterances",
    }


def test_readers_see_the_same_as_before(full: Database, api: Api, portal: Any, tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path / "new", secret_key=SECRET, _env_file=None)
    prepare(settings)
    app = create_app(settings)
    try:
        bring_back(app.state.site.database, lines_of(full))
        new = Api(portal, app, {})
        addresses = ["/v1/articles?limit=100&view=full", "/v1/sources", "/v1/tags", "/v1/authors", "/v1/quotes"]
        addresses += ["/v1/articles/fares/comments", "/v1/articles/fares-rise", "/v1/articles/fares", "/v1/corrections"]
        addresses += ["/v1/search?q=boats", "/v1/site"]
        for address in addresses:
            one, two = api.get(address), new.get(address)
            assert (one.status_code, one.headers.get("ETag"), one.text) == (
                two.status_code,
                two.headers.get("ETag"),
                two.text,
            )
        assert api.get("/v1/articles").json()["items"]
    finally:
        app.state.close()


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@one_engine
def test_nothing_private_is_exported(full: Database) -> None:
    with full.reader() as session:
        digests = [row.email_digest or row.address_digest for row in session.scalars(select(Comment))]
        emails = list(session.scalars(select(User.email)))
    without, with_users = b"".join(lines_of(full)), b"".join(lines_of(full, users=True))
    assert any(digests)
    assert emails
    for digest in filter(None, digests):
        assert digest.encode() not in with_users
    for email in emails:
        assert email.encode() not in without
        assert email.encode() in with_users
    [user] = [json.loads(line) for line in lines_of(full, users=True) if b"gone@x.example" in line]
    assert set(user) == {"type", "id", "email", "name", "role", "created_at", "disabled_at"}


@one_engine
def test_who_saved_a_revision_is_kept_only_where_he_is(full: Database, empty: Callable[..., Database]) -> None:
    lines = [line for line in lines_of(full, users=True) if b'"type":"user"' not in line]
    database = empty("sqlite")
    for expected in ({"created", "unchanged"}, {"unchanged"}):
        outcomes = bring_back(database, lines)
        assert {outcome.outcome for outcome in outcomes} <= expected
    with database.reader() as session:
        assert session.scalar(select(func.count()).where(Revision.author_id.is_not(None))) == 0
        assert session.scalar(select(func.count()).select_from(Revision))


@one_engine
def test_what_was_changed_here_since_stays_and_is_reported(full: Database, staff: Api) -> None:
    lines = lines_of(full)
    mine = change(staff, "PATCH", {"id": "fares-rise"}, title="Mine")
    before = lines_of(full)
    for dry_run in (True, False):
        reasons = failures(bring_back(full, lines, dry_run=dry_run))
        assert reasons == ["“fares-rise” is here and not as it is in the file; nothing was changed."]
    assert lines_of(full) == before
    assert mine["title"] == "Mine"


@one_engine
def test_a_dry_run_changes_nothing(full: Database, empty: Callable[..., Database]) -> None:
    lines, database = lines_of(full), empty("sqlite")
    before = lines_of(database)
    outcomes = bring_back(database, lines, dry_run=True)
    assert {o.outcome for o in outcomes} == {"created"}
    assert len(outcomes) == sum(b'"type":"article"' in line for line in lines)
    assert lines_of(database) == before


@one_engine
def test_an_import_that_was_stopped_goes_on(
    full: Database, empty: Callable[..., Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "LINES", 3)
    lines, database = lines_of(full), empty("sqlite")
    for stop in range(1, len(lines), 7):
        with io.BytesIO(b"".join(lines)) as file:
            outcomes = Import(COMMAND_LINE).run_file(database, file)[1]
            for _ in range(stop):
                next(outcomes)
    assert failures(bring_back(database, lines)) == []
    assert lines_of(database) == lines


def changed(line: bytes, *path: str | int, to: Any) -> bytes:
    """The line with one of its values changed."""
    whole = value = json.loads(line)
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = to
    return json.dumps(whole).encode() + b"\n"


BROKEN: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("more",), 1, "more: Extra inputs are not permitted."),
    (("id",), "x", "id: Input should be a valid UUID"),
    (("slug",), "another", "Value error, slug must be one of slugs."),
    (("status",), "gone", "status: Input should be 'draft'"),
    (("published_at",), "2024-01-01T00:00:00", "published_at: Value error, must be RFC 3339, with an offset."),
    (("published_at",), None, "It does not fit what is here: CHECK constraint failed"),
    (("revisions",), [], "revisions: List should have at least 1 item"),
    (("revisions", 0, "number"), 7, "Value error, revisions must be in the order of their numbers."),
    (("revisions", 2, "title"), "a\0b", "String should match pattern"),
    (("revisions", 2, "text"), "Other words.", "is not at its place in the text."),
    (("revisions", 2, "quotes", 0, "start"), 0, "is not at its place in the text."),
    (("revisions", 2, "quotes", 0, "quote"), "0" * 32, "a quote that is not among quotes."),
    (("corrections", 0, "revision"), "0" * 32, "a correction is of no revision of the article."),
    (("authors",), ["nobody"], "It names the author “nobody”, who or which is not here."),
    (("tags",), ["nothing"], "It names the tag “nothing”, who or which is not here."),
    (("revisions", 2, "citations"), [{"source": "no", "role": "cited"}], "It names the source “no”"),
    (("slugs", 0, "slug"), "later", "It does not fit what is here: UNIQUE constraint failed: article_slugs.slug."),
]


@one_engine
def test_a_line_that_is_wrong_is_named_and_the_others_come_in(full: Database, empty: Callable[..., Database]) -> None:
    lines = lines_of(full)
    place = next(n for n, line in enumerate(lines) if b'"slug":"fares-rise"' in line)
    bad = [changed(lines[place], *path, to=to) for path, to, _ in BROKEN]
    database = empty("sqlite")
    reasons = failures(bring_back(database, [*lines[:place], *bad, *lines[place:]]))
    for reason, (path, _, expected) in zip(reasons, BROKEN, strict=True):
        assert expected in (reason or ""), path
    assert lines_of(database) == lines


@one_engine
def test_comments_stay_under_their_article(full: Database, empty: Callable[..., Database]) -> None:
    lines, database = lines_of(full), empty("sqlite")
    place = next(n for n, line in enumerate(lines) if b'"type":"comments"' in line and b"No, it was not." in line)
    comments = json.loads(lines[place])["comments"]
    elsewhere = next(json.loads(line)["id"] for line in lines if b'"slug":"later"' in line)
    bad = json.dumps({"type": "comments", "article": elsewhere, "comments": comments}).encode() + b"\n"
    answer = json.dumps({"type": "comments", "article": elsewhere, "comments": comments[-1:]}).encode() + b"\n"
    reasons = failures(bring_back(database, [*lines[:place], bad, answer, *lines[place:]]))
    assert reasons == [
        "One of the comments is on a quote that is not in this article.",
        "One of the comments answers a comment that is not under this article.",
    ]
    assert lines_of(database) == lines


@one_engine
def test_names_that_are_here_under_the_same_slug_are_the_same(full: Database) -> None:
    """Two records become one where their names agree, and nothing of the one that was here is changed."""
    author = next(line for line in lines_of(full) if b'"slug":"ada-berg"' in line)
    head = lines_of(full)[0]
    with full.reader() as session:
        known = session.scalar(select(Author.id).where(Author.slug == "ada-berg"))
    moved = changed(author, "id", to="01900000-0000-7000-8000-000000000000")
    assert [o.outcome for o in bring_back(full, [head, moved])] == ["unchanged"]
    named = changed(author, "name", to="Another")
    assert failures(bring_back(full, [head, named])) == ["The author “ada-berg” is here under the name “Ada Berg”."]
    with full.reader() as session:
        assert session.scalar(select(Author.id).where(Author.slug == "ada-berg")) == known


@one_engine
def test_an_export_of_another_site_leaves_this_one_its_name(full: Database) -> None:
    lines = lines_of(full)
    place = next(n for n, line in enumerate(lines) if b'"is_site":true' in line)
    theirs = json.loads(lines[place]) | {
        "id": "01900000-0000-7000-8000-000000000000",
        "slug": "theirs",
        "name": "Theirs",
    }
    [outcome] = bring_back(full, [lines[0], json.dumps(theirs).encode()])
    assert (outcome.outcome, outcome.title) == ("created", "Theirs")
    assert lines_of(full)[0] == lines[0]
    assert sum(b'"is_site":true' in line for line in lines_of(full)) == 1


@one_engine
def test_roles_that_come_back_are_told_beside_the_quotes_that_are_here(site: Site, api: Api, staff: Api) -> None:
    source(staff, "Ida Holm")
    made = draft(staff, markdown="“One”")
    quote(staff, made, "One", speaker="ida-holm")
    publish(staff, made)
    role = {"title": "Chair", "organization": None, "valid_from": None, "valid_through": None}
    ties = {"type": "ties", "source": "ida-holm", "merged_into": None, "roles": [role]}
    lines = [lines_of(site.database)[0], json.dumps(ties).encode()]
    assert [outcome.outcome for outcome in bring_back(site.database, lines)] == ["created"]
    [row] = api.get("/v1/quotes", headers={"Cookie": "no=cache"}).json()["items"]
    assert [told["title"] for told in row["speaker_roles"]] == ["Chair"]
    with site.database.reader() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)).one()
    assert (last.action, last.object_kind) == ("tie", "source")


def tags(database: Database) -> list[bytes]:
    """An export of two tags."""
    tag = '{{"type":"tag","id":"01900000-0000-7000-8000-00000000000{0}","slug":"t{0}","name":"Tag {0}",'
    tag += '"former_slugs":[]}}\n'
    return [lines_of(database)[0], tag.format(1).encode(), tag.format(2).encode()]


@one_engine
def test_a_file_that_breaks_off_says_where_and_keeps_what_came_before(site: Site) -> None:
    lines = tags(site.database)
    with pytest.raises(ExtractError, match=r"The file breaks off in line 3\."):
        bring_back(site.database, [*lines[:2], lines[2][:40]])
    with site.database.reader() as session:
        assert list(session.scalars(select(Tag.slug))) == ["t1"]


@one_engine
def test_what_is_no_line_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = tags(site.database)
    broken = {
        b"\n": "Line 2: Invalid JSON",
        b"{}\n": "Line 2: Unable to extract tag using discriminator 'type'",
        b'{"type": "video"}\n': "Line 2: Input tag 'video'",
        b"[" * 100_000 + b"\n": "Line 2: Invalid JSON",
        b'{"type":"tag","id":"01900000-0000-7000-8000-000000000009","slug":"A b","name":"x"}\n': "Line 2: tag.slug:",
    }
    for line, reason in broken.items():
        outcomes = bring_back(site.database, [lines[0], line, *lines[1:]])
        assert [o.outcome == "failed" for o in outcomes] == [True, False, False]
        assert (outcomes[0].reason or "").startswith(reason), outcomes[0].reason
    with pytest.raises(UnreadableFile, match="Line 2 should not be a head"):
        bring_back(site.database, [lines[0], *lines])
    with pytest.raises(UnreadableFile, match="not that of an export which this release reads"):
        bring_back(site.database, [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]])
    monkeypatch.setattr(restoring, "LONGEST", 500)
    with pytest.raises(ExtractError, match="Line 2 has more than 500 bytes"):
        bring_back(site.database, [lines[0], b" " * 1000])
