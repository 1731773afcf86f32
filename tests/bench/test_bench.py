"""The benchmarks still run, and measure what they say."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.articles import queries, renditions
from app.articles.body import render
from app.articles.counters import FeedCount
from app.articles.models import Article, FeedRow, Rendition
from app.db import Database, now
from app.events.models import Announcement, Event
from app.search.models import QuoteCount, QuoteDocument, SearchDocument
from app.settings import Settings
from bench import threads
from bench.articles import make_article, make_cast
from bench.corpus import fill
from bench.goals import GOALS
from bench.load import Request, run_httpx, run_wrk, write
from bench.servers import ROOT, Server, uvicorn


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "body").write_bytes(b"x" * 1000)
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"*": ([("content-length", "1000")], str(tmp_path / "body"))}))
    with uvicorn("bench.bare:create_app", {"BENCH_ANSWERS": str(answers)}, ready="/") as server:
        yield server


def test_an_article_of_the_corpus_is_the_same_each_time_and_as_the_editor_would_have_written_it() -> None:
    article, again = (make_article(make_cast(100), 20) for _ in range(2))
    revision = article.revision
    made = render(revision.markdown)
    assert (made.html, made.text) == (revision.html, revision.text)
    assert again.revision.text == revision.text
    assert [p.quote_id for p in again.revision.placements] == [p.quote_id for p in revision.placements]
    assert 300 <= len(revision.text.split()) <= 1000
    assert 3 <= len(revision.placements) <= 8
    for placement in revision.placements:
        assert placement.start is not None
        assert revision.text[placement.start : placement.end] == placement.exact
    assert len(article.permissions) == 1


def test_the_application_finds_nothing_to_mend_in_the_corpus(settings: Settings) -> None:
    fill(settings, 50, originals=20)
    database = Database(settings.database)
    try:
        before = derived(database)
        with database.writer.session() as session:
            assert renditions.rebuild(session, at=now()) == 50
            assert session.scalar(select(func.count()).select_from(Event)) == 0
        assert derived(database) == before
    finally:
        database.close()
    for table in ("renditions", "search_documents", "announcements"):
        assert len(before[table]) == 50


def test_a_copy_in_the_corpus_says_what_its_original_says_at_places_of_its_own(settings: Settings) -> None:
    fill(settings, 5, originals=2)
    database = Database(settings.database)
    try:
        with database.reader() as session:
            ids = session.scalars(select(Article.id).order_by(Article.published_at)).all()
            found = {article.id: article for article in session.scalars(queries.whole(ids))}
    finally:
        database.close()
    first, second, copy, other, again = (found[article_id] for article_id in ids)
    for original, copied in ((first, copy), (second, other), (first, again)):
        assert copied.revision.text == original.revision.text
        assert [p.start for p in copied.revision.placements] == [p.start for p in original.revision.placements]
        assert {c.source_id for c in copied.revision.citations} == {c.source_id for c in original.revision.citations}
        assert len(copied.permissions) == len(original.permissions)
    assert [article.slug.rpartition("-")[2] for article in found.values()] == ["0", "1", "2", "3", "4"]
    assert all(row.slug == article.slug for article in found.values() for row in article.slugs)
    quotes = {placement.quote_id for article in found.values() for placement in article.revision.placements}
    assert len(quotes) == sum(len(article.revision.placements) for article in found.values())


def derived(database: Database) -> dict[str, set[Any]]:
    """The rows that follow from others."""
    derived_tables = (Rendition, FeedRow, FeedCount, SearchDocument, QuoteDocument, QuoteCount, Announcement)
    tables: list[Any] = [kind.__table__ for kind in derived_tables]
    with database.reader() as session:
        return {table.name: {tuple(row) for row in session.execute(select(table))} for table in tables}


def test_every_part_of_the_benchmarks_runs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.run", "--smoke", "--docs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "benchmarks.md").read_text()
    for goal in GOALS:
        assert goal.what in page
    failed = re.findall(
        r"^\| (\w+) \| ([^|]+) \| [\d,]+ \| [\d.]+ \| [\d.]+ \| [\d,]+ \| (\d+) \|$", page, re.MULTILINE
    )
    assert failed == []
    assert ET.parse(tmp_path / "pictures" / "benchmarks.svg").getroot().tag.endswith("svg")  # noqa: S314 (our own)


def test_threads_are_paged_to_their_end(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "ROUNDS", 1)
    asyncio.run(threads.measure(210, 2))
    said = capsys.readouterr().out.splitlines()
    roots = {int(re.split(r"[: ]+", line)[2]) for line in said[1:6] if line.startswith("tree")}
    assert [line.split(":")[1].split()[0] for line in said[1:4]] == ["3", "3", "3"]
    assert roots == {1}, "two of five comments begin a thread"
    assert re.fullmatch(r"an article takes [\d.]+ ms, a comment [\d.]+ ms: [\d.]+ of the rate", said[6])


def test_both_clients_count_good_answers_and_refusals(bare: Server, tmp_path: Path) -> None:
    requests = [Request("GET", "/a"), Request("POST", "/b", {"Content-Type": "application/json"}, b"{}")]
    found = [asyncio.run(run_httpx(bare, requests, clients=2, seconds=0.3))]
    if shutil.which("wrk"):
        write(requests, tmp_path / "requests")
        found.append(run_wrk(bare, tmp_path / "requests", clients=2, seconds=1))
    for figures in found:
        assert figures.rate > 0
        assert figures.failed == 0
        assert 0 < figures.p50 <= figures.p99 < 1
