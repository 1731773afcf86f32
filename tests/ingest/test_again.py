"""An export that is imported again after its source has changed, and an import that is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from app.articles.actions import edit, find, revise
from app.articles.models import Article, Revision
from app.articles.schemas import ArticlePatch
from app.comments.models import Comment
from app.context import Site
from app.db import Database, now
from app.events.actions import COMMAND_LINE, first_broken
from app.events.models import AuditEntry, Event
from app.extract import ExtractError
from app.ingest.actions import Outcome
from app.ingest.archives import open_entries
from app.ingest.importing import BATCH, Import
from app.quotes.models import Placement
from app.serving import prepare
from app.settings import load
from app.sources.models import Source
from bench.importing import HEAD, TAIL, posts, write_wxr
from tests.conftest import SECRET


def run(site: Site, file: Path, **how: Any) -> list[Outcome]:
    with file.open("rb") as stream:
        return list(Import(COMMAND_LINE, **how).run(site.database, open_entries(stream)[1]))


@pytest.fixture
def export(tmp_path: Path) -> Callable[[str, str], Path]:
    """An export of one post, with the first words replaced by the others."""

    def write(old: str = "", new: str = "") -> Path:
        file = tmp_path / "export.xml"
        file.write_text(HEAD + "".join(posts(1)).replace(old, new, 1) + TAIL)
        return file

    return write


def quotes_of(site: Site, article: Article) -> list[Placement]:
    with site.database.reader() as session:
        return list(find(session, str(article.id)).revision.placements)


def decide(site: Site, article: Article, reviews: list[str]) -> None:
    """Confirm or reject the first quotes of the article."""

    def change(placements: list[Placement], _text: str) -> None:
        for placement, review in zip(sorted(placements, key=lambda p: p.start or 0), reviews, strict=False):
            placement.review = review

    with site.database.writer.session() as session:
        found = find(session, str(article.id), lock=True)
        revise(session, found, by=COMMAND_LINE, at=now(), note="reviewed", change=change)


def test_what_the_source_changed_becomes_a_revision_in_which_decisions_stay(
    site: Site, export: Callable[..., Path]
) -> None:
    [first] = run(site, export())
    assert first.article is not None
    decide(site, first.article, ["confirmed", "rejected"])
    before = quotes_of(site, first.article)
    [second] = run(site, export("&lt;p&gt;", "&lt;p&gt;“Late news,” Ida Holm said. "))
    assert (second.outcome, second.reason) == ("updated", None)
    after = {placement.quote_id: placement for placement in quotes_of(site, first.article)}
    for placement in before:
        if placement.review != "suggested":
            assert (after[placement.quote_id].exact, after[placement.quote_id].review) == (
                placement.exact,
                placement.review,
            )
    assert len(after) == len(before) + 1, "nothing is suggested again for words that somebody decided about"
    assert "Late news," in {placement.exact for placement in after.values()}
    assert [o.outcome for o in run(site, export("&lt;p&gt;", "&lt;p&gt;“Late news,” Ida Holm said. "))] == ["unchanged"]


def test_what_an_editor_changed_is_left_alone(site: Site, export: Callable[..., Path]) -> None:
    [first] = run(site, export())
    assert first.article is not None
    with site.database.writer.session() as session:
        article = find(session, str(first.article.id), lock=True)
        edit(session, article, ArticlePatch(title="Mine"), by=COMMAND_LINE, at=now())
    for dry_run in (True, False):
        [second] = run(site, export("&lt;p&gt;", "&lt;p&gt;Late news. "), dry_run=dry_run)
        assert second.outcome == "failed"
        assert "was edited since it was imported" in (second.reason or "")
    with site.database.reader() as session:
        article = find(session, str(first.article.id))
        assert (article.revision.title, article.revision.number) == ("Mine", 2)


def test_a_comment_that_is_new_comes_in_and_no_other_twice(site: Site, export: Callable[..., Path]) -> None:
    run(site, export())
    [second] = run(site, export("<wp:comment_id>0<", "<wp:comment_id>77<"))
    assert (second.outcome, second.comments) == ("updated", 1)
    with site.database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Comment)) == 2
        assert session.scalar(select(Article.comment_count)) == 2
    assert run(site, export("<wp:comment_id>0<", "<wp:comment_id>77<"))[0].outcome == "unchanged"


def test_a_dry_run_says_what_an_import_does_and_changes_nothing(site: Site, export: Callable[..., Path]) -> None:
    [foreseen] = run(site, export(), dry_run=True)
    with site.database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Article)) == 0
    [done] = run(site, export())
    names = ("key", "outcome", "title", "quotes", "with_speaker", "comments", "look")
    assert [getattr(foreseen, name) for name in names] == [getattr(done, name) for name in names]


ARTICLES = 200


BY_WORKERS = ("import.finished", "misquote.found")
"""Kinds of events that a worker tells, and the command line does not."""


def state(url: str) -> Any:
    """Everything that an import leaves in this database, less ids and times, and what is told of it as a whole."""
    database = Database(url)
    with database.reader() as session:
        said = select(Article.slug, Article.status, Article.comment_count, Revision.text, Revision.number).join(
            Revision, Revision.article_id == Article.id
        )
        quoted = select(Placement.exact, Placement.start, Source.slug).join(Source, Source.id == Placement.speaker_id)
        rows = [sorted(map(tuple, session.execute(query))) for query in (said, quoted, select(Source.slug))]
        audited = select(func.count()).select_from(AuditEntry).where(AuditEntry.object_kind.in_(["article", "source"]))
        told = select(func.count()).select_from(Event).where(Event.kind.not_in(BY_WORKERS))
        counts = [session.scalar(query) for query in (audited, told, select(func.count()).select_from(Comment))]
        broken = first_broken(session)
    database.close()
    return rows, counts, broken


def sqlite_in(directory: Path) -> str:
    return load(data_dir=directory, secret_key=SECRET, _env_file=None).database


def test_an_import_that_is_killed_and_run_again_equals_one_that_was_not(tmp_path: Path) -> None:
    write_wxr(tmp_path / "export.xml", ARTICLES)
    command = [str(Path(sys.executable).with_name("onrecord")), "import", "--publish", str(tmp_path / "export.xml")]

    def start(directory: Path) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "ONRECORD_DATA_DIR": str(directory), "ONRECORD_SECRET_KEY": SECRET}
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=tmp_path)

    for name in ("whole", "killed"):
        prepare(load(data_dir=tmp_path / name, secret_key=SECRET, _env_file=None))
    assert start(tmp_path / "whole").communicate()[0].count(b"created") == ARTICLES
    kills = 0
    for lines in (1, 65, 100):
        process = start(tmp_path / "killed")
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        time.sleep(0.05 * kills)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        process.stdout.close()
    out = start(tmp_path / "killed").communicate()[0]
    assert kills == 3
    assert out.count(b"unchanged") > 0
    assert out.count(b"created") > 0
    assert state(sqlite_in(tmp_path / "killed")) == state(sqlite_in(tmp_path / "whole"))


ATOM = "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'>{}</feed>"
POST = """<entry><id>post-1</id><blogger:type>POST</blogger:type><blogger:status>LIVE</blogger:status>
<title>Fares</title><content type='html'>The fare will double.</content>
<published>2023-03-01T10:00:00Z</published></entry>"""
COMMENT = """<entry><id>post-{0}</id><blogger:parent>post-1</blogger:parent>
<blogger:inReplyTo>post-{1}</blogger:inReplyTo>
<blogger:type>COMMENT</blogger:type><blogger:status>LIVE</blogger:status><author><name>Ada</name></author>
<content type='html'>Word {0}.</content><published>2023-03-01T10:00:00Z</published></entry>"""


def test_a_comment_that_stands_alone_costs_the_same_however_many_there_are(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """Counted in steps of SQLite's machine, which neither the clock nor other work on the machine change."""
    shutil.copy(sqlite_template, tmp_path / "onrecord.db")
    file = tmp_path / "feed.atom"
    file.write_text(ATOM.format(POST + "".join(COMMENT.format(n + 2, n // 2 + 1) for n in range(20 * BATCH - 1))))
    database = Database(f"sqlite:///{tmp_path / 'onrecord.db'}")
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    event.listen(database.engine, "connect", lambda made, _: made.set_progress_handler(count, 100))
    costs = []
    with file.open("rb") as stream:
        entries = open_entries(stream)[1]
        while batch := list(islice(entries, BATCH)):
            before = steps
            list(Import(COMMAND_LINE).run(database, batch))
            costs.append(steps - before)
    with database.reader() as session:
        assert session.scalar(select(Article.comment_count)) == 20 * BATCH - 1
        replies = select(func.sum(Comment.reply_count))
        assert session.scalar(replies) == session.scalar(select(func.count()).where(Comment.parent_id.is_not(None)))
    database.close()
    assert sum(costs[-5:]) < 1.3 * sum(costs[1:6]), costs


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_comments_that_stand_apart_are_told_for_their_article_and_foreseen(site: Site) -> None:
    def told(comments: int, *, dry_run: bool) -> list[tuple[str, int]]:
        feed = ATOM.format(POST + "".join(COMMENT.format(n + 2, n // 2 + 1) for n in range(comments)))
        entries = open_entries(BytesIO(feed.encode()))[1]
        return [(o.outcome, o.comments) for o in Import(COMMAND_LINE, dry_run=dry_run).run(site.database, entries)]

    for comments, expected in ((3, [("created", 0), ("updated", 3)]), (5, [("unchanged", 0), ("updated", 2)])):
        assert told(comments, dry_run=True) == told(comments, dry_run=False) == expected
    assert told(5, dry_run=True) == told(5, dry_run=False) == [("unchanged", 0)]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_stands_before_the_place_where_a_file_breaks_off_comes_in(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    file.write_text(HEAD + "".join(posts(3)))
    with file.open("rb") as stream:
        outcomes = Import(COMMAND_LINE).run(site.database, open_entries(stream)[1])
        assert [next(outcomes).outcome for _ in range(3)] == ["created"] * 3
        with pytest.raises(ExtractError, match="breaks off"):
            next(outcomes)
    with site.database.reader() as session:
        assert session.scalar(select(func.count()).select_from(Article)) == 3
