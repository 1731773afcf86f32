"""The draft of an article over HTTP without saving it, and quotes looked for again in an article that is there."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app import cli
from app.articles.models import Article
from app.context import Site
from app.db import now
from app.events.actions import COMMAND_LINE
from app.events.models import AuditEntry
from app.ingest.importing import import_text
from app.sources.models import Source
from tests.conftest import Api, draft
from tests.ingest.test_import import TEXT, assert_each_quote_in_its_place

EXTRACT = "/v1/admin/extract"
MARKDOWN = """---
title: Ferry fares
tags: [Ferries]
date: 2026-03-02
---
The fare “will *double*,” Ida Holm said on Monday.
"""
HTML = """<html lang=en><head><title>Ferry fares</title></head><body><article><h1>Ferry fares</h1>
<p>The fare “will <em>double</em>,” Ida Holm said on Monday, and nobody had a kind word for it.</p>
<script>alert("no")</script></article></body></html>"""

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def ask(api: Api, content: str | bytes, kind: str = "text/plain") -> Any:
    return api.post(EXTRACT, content=content, headers={"Content-Type": kind})


def test_the_draft_is_what_an_import_makes_and_nothing_is_saved(staff: Api, api: Api, site: Site) -> None:
    answer = ask(staff, TEXT)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    with site.database.reader() as session:
        for kind in (Article, Source, AuditEntry):
            assert (session.scalar(select(func.count()).select_from(kind)) or 0) <= 1, "the site's own source at most"
    with site.database.writer.session() as session:
        made = import_text(session, TEXT.encode(), by=COMMAND_LINE, at=now(), public=True)
    assert made.article is not None
    article = api.get(f"/v1/articles/{made.article.slug}").json()

    def bare(value: Any) -> Any:
        """Without what only something that is kept has."""
        if isinstance(value, dict):
            return {k: bare(v) for k, v in value.items() if k not in ("id", "slug", "url", "href")}
        return [bare(each) for each in value] if isinstance(value, list) else value

    for name in ("title", "summary", "language", "published_at", "canonical_url", "body", "quotes", "permission"):
        assert bare(found[name]) == bare(article[name]), name
    assert [author["name"] for author in article["authors"]] == found["authors"]
    assert all(bare(cited) in bare(found["sources"]) for cited in article["sources"])
    assert {quote["id"] for quote in found["quotes"]} == {None}
    assert_each_quote_in_its_place(found)
    assert "permission" in {warning["code"] for warning in found["warnings"]}


def test_sources_that_are_kept_are_shown_as_an_import_would_take_them(staff: Api, site: Site) -> None:
    def source(**named: str) -> Any:
        return staff.post("/v1/admin/sources", json={"kind": "person"} | named).json()

    ida = source(name="Ida Holm")
    ida = staff.patch(
        f"/v1/admin/sources/{ida['id']}",
        json={"aliases": ["Captain Ida Holm", "Ida Maria Holm"]},
        headers={"If-Match": "*"},
    ).json()
    source(name="Olaf Lund"), source(name="Olaf Lund")
    with site.database.reader() as session:
        own = session.scalars(select(Source).where(Source.is_site)).one()
    source(kind="publication", name=own.name)  # the last station is the site all the same
    text = (
        "Fares\nIda Maria Holm said: “It will double.”\nOlaf Lund said: “It will not.”\nAnn Lee said: “It may be so.”\n"
    )
    found = ask(staff, text).json()
    speakers = [quote["speaker"] for quote in found["quotes"]]
    assert speakers[0] == {name: ida[name] for name in ("id", "slug", "kind", "name", "url")}
    assert [s["name"] for s in speakers] == ["Ida Holm", "Olaf Lund", "Ann Lee"]
    assert [(s["id"], s["slug"]) for s in speakers[1:]] == [(None, None)] * 2, "namesakes are not guessed between"
    assert found["quotes"][0]["attribution"][0]["source"] == speakers[0]
    assert {quote["attribution"][-1]["source"]["slug"] for quote in found["quotes"]} == {own.slug}
    assert speakers[0] in [cited["source"] for cited in found["sources"]]


@one_engine
def test_a_quotation_in_the_summary_that_the_text_does_not_have_is_named(staff: Api) -> None:
    text = "---\ntitle: Fares\nsummary: They will “triple”.\n---\nThe fares “will double”, Ida Holm said.\n"
    found = ask(staff, text, "text/markdown").json()
    assert found["summary"] == "They will “triple”."
    assert [warning["code"] for warning in found["warnings"]] == ["summary_quote_not_in_body"]


@one_engine
def test_the_command_shows_the_same(staff: Api, tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text(TEXT)
    printed = json.loads(CliRunner().invoke(cli.app, ["extract", "--json", str(tmp_path / "a.txt")]).stdout)
    found = ask(staff, TEXT).json()
    for name in ("title", "published_at", "sources", "permission", "warnings"):
        assert printed[name] == found[name]
    assert printed["body"]["text"] == found["body"]["text"]
    for mine, theirs in zip(printed["quotes"], found["quotes"], strict=True):
        assert mine | {"attribution": None} == theirs | {"attribution": None}
        assert mine["attribution"] == theirs["attribution"][:-1], "the last is this site, which a command has not"


@one_engine
@pytest.mark.parametrize(("kind", "content"), [("text/markdown", MARKDOWN), ("text/html", HTML)])
def test_the_command_reads_markdown_and_pages_too(staff: Api, tmp_path: Any, kind: str, content: str) -> None:
    (tmp_path / "a").write_text(content)
    (tmp_path / "broken").write_text("---\ntitle: [\n---\nWords.")
    done = CliRunner().invoke(cli.app, ["extract", "--json", str(tmp_path / "a"), str(tmp_path / "broken")])
    printed, broken = map(json.loads, done.stdout.splitlines())
    found = ask(staff, content, kind).json()
    for name in ("title", "published_at", "sources", "permission", "warnings"):
        assert printed[name] == found[name]
    assert printed["body"]["text"] == found["body"]["text"]
    assert [quote["start"] for quote in printed["quotes"]] == [quote["start"] for quote in found["quotes"]]
    assert broken["problem"]["code"] == "unreadable_entry"


@one_engine
@pytest.mark.parametrize(("kind", "content"), [("text/markdown", MARKDOWN), ("text/html; charset=utf-8", HTML)])
def test_markdown_and_pages_are_read_as_what_they_are(staff: Api, kind: str, content: str) -> None:
    found = ask(staff, content, kind).json()
    assert found["title"] == "Ferry fares"
    assert "<em>double</em>" in found["body"]["html"]
    assert "script" not in found["body"]["html"]
    assert [quote["exact"] for quote in found["quotes"]] == ["will double,"]
    assert found["quotes"][0]["speaker"]["name"] == "Ida Holm"
    assert_each_quote_in_its_place(found)


@one_engine
@pytest.mark.parametrize(
    ("kind", "content", "status", "problem"),
    [
        ("text/plain", b"", 422, "unreadable-file"),
        ("text/plain", b"\xff\xfe\xfa", 422, "unreadable-file"),
        ("text/plain", b"a\0b", 422, "unreadable-file"),
        ("text/plain", "Only a title", 422, "unreadable-file"),
        ("text/markdown", "No title, only words.", 422, "unreadable-entry"),
        ("text/markdown", "---\ntitle: [\n---\nWords.", 422, "unreadable-entry"),
        ("text/html", "<p></p>", 422, "unreadable-entry"),
        ("application/json", "{}", 415, "unsupported-media-type"),
        ("text/plain", b"x" * 5_000_001, 413, "body-too-large"),
    ],
)
def test_what_is_no_article_is_refused(staff: Api, kind: str, content: Any, status: int, problem: str) -> None:
    answer = ask(staff, content, kind)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}"), answer.text


@one_engine
@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("text/plain", "A title\n" + ("“No,” Ida Holm said, and " + "went home, " * 90) * 970),
        ("text/plain", "A title\n" + "“" * 300_000),
        ("text/html", "<title>Deep</title>" + "<div>" * 100_000 + "“No,” Ida Holm said."),
        ("text/markdown", "# Deep\n\n" + "> " * 100_000 + "“No,” Ida Holm said."),
        ("text/markdown", "# Links\n\n" + "[" * 100_000),
    ],
    ids=["a paragraph of a million characters", "marks only", "nested tags", "nested quotations", "brackets"],
)
def test_the_worst_articles_take_bounded_time(staff: Api, kind: str, content: str) -> None:
    began = time.process_time()
    answer = ask(staff, content, kind)
    assert answer.status_code in (200, 422), answer.text[:200]
    assert time.process_time() - began < 10


def test_an_article_is_looked_through_again_and_decisions_stay(staff: Api, reading: Callable[[], Any]) -> None:
    words = "“It was late,” Ida Holm said. “We waited,” Bo Lind said. “Nobody came,” Ida Holm said."
    made = draft(staff, markdown=words)
    url = f"/v1/admin/articles/{made['id']}"

    def post(path: str, article: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        version = {"If-Match": article["etag"]}
        answer = staff.request(kwargs.pop("method", "POST"), f"{url}{path}", headers=version, **kwargs)
        assert answer.is_success, answer.text
        return {**answer.json(), "etag": answer.headers["ETag"]}

    first = post("/extract", made)
    assert [quote["exact"] for quote in first["quotes"]] == ["It was late,", "We waited,", "Nobody came,"]
    assert {quote["review"] for quote in first["quotes"]} == {"suggested"}
    again = post("/extract", first)
    assert again == first, "what is there already makes no revision"

    late, waited, nobody = first["quotes"]
    block = "\n\n> No boat left\n>\n> — Cal Orr"
    decided = post(f"/quotes/{late['id']}", first, method="PATCH", json={"review": "confirmed"})
    decided = post(f"/quotes/{waited['id']}", decided, method="PATCH", json={"review": "rejected"})
    edited = post("", decided, method="PATCH", json={"markdown": f"Late news. {words} “Never,” Ann Roe said.{block}"})
    last = post("/extract", edited)
    assert [(q["exact"], q["speaker"]["name"]) for q in last["quotes"] if q["kind"] == "block"] == [
        ("No boat left", "Cal Orr")
    ]
    reviews = {quote["exact"]: (quote["id"], quote["review"]) for quote in last["quotes"]}
    assert reviews["It was late,"] == (late["id"], "confirmed")
    assert reviews["Nobody came,"] == (nobody["id"], "suggested")
    assert reviews["Never,"][1] == "suggested"
    assert reviews.get("We waited,", (waited["id"], "rejected")) == (waited["id"], "rejected")
    assert len(last["quotes"]) == len(reviews), "nothing is suggested again for words that somebody decided about"
    assert_each_quote_in_its_place(last)
    stale = staff.post(f"{url}/extract", headers={"If-Match": first["etag"]})
    assert stale.status_code == 412
    with reading() as session:
        names = session.scalars(select(Source.name)).all()
    assert len(names) == len(set(names))
