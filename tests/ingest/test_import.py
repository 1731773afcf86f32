"""A plain-text file becomes an article with its quotes, sources and permission, and goes out again whole."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.articles.models import Article
from app.context import Site
from app.db import now
from app.events.actions import COMMAND_LINE
from app.events.models import AuditEntry, Event
from app.extract.readers.text import MAX_BYTES
from app.ingest.exporting import export
from app.ingest.importing import import_text
from app.ingest.plain import UnreadableFile, read
from app.settings import Settings
from app.sources.models import Source
from tests.conftest import Api
from tests.events.racing import at_once

ARTICLE = Path(__file__).parents[3] / "shared/data/000_29b349637ee6e6ad.txt"
TEXT = """Ferry fares ‘will double’
March 2, 2026
By Orla Tennick
The fare *will* rise_again_, Ida Holm said. “We waited too long,” Holm said on Monday.

1. “No more,” said Bo Lind, who [sails] <daily>.
According to the Harbour Post: “Nobody was asked.”
Reprinted with permission from The Coast Review.
No comments:
Post a Comment
"""


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is decided before the database has a say."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the cache, which has no part in this."""
    return settings.model_copy(update={"cache_mb": 0})


@dataclass(frozen=True)
class Imported:
    """What became of a file."""

    outcome: str
    article: Article


def load(site: Site, content: bytes, *, public: bool = True) -> Imported:
    with site.database.writer.session() as session:
        made = import_text(session, content, by=COMMAND_LINE, at=now(), public=public)
    assert made.article is not None
    return Imported(made.outcome, made.article)


def assert_each_quote_in_its_place(article: dict[str, Any]) -> None:
    text = article["body"]["text"]
    for quote in article["quotes"]:
        assert text[quote["start"] : quote["end"]] == quote["exact"]
        assert text[max(0, quote["start"] - 32) : quote["start"]] == quote["prefix"]
        assert text[quote["end"] : quote["end"] + 32] == quote["suffix"]


@pytest.mark.skipif(not ARTICLE.exists(), reason=f"{ARTICLE.name} is not there")
def test_the_article_that_onrecord_is_made_for_comes_out_over_http_whole(api: Api, site: Site) -> None:
    made = load(site, ARTICLE.read_bytes())
    assert made.outcome == "created"
    article = api.get(f"/v1/articles/{made.article.slug}").json()
    lines = ARTICLE.read_text().strip().splitlines()
    assert article["title"] == "China & Russia Pledge Deepened Strategic Ties 'No Matter What'"
    assert article["published_at"] == "2022-04-22T00:00:00.000000Z"
    assert article["body"]["text"].split("\n") == lines[2:-3], "every block, and nothing of head and footer"
    assert article["body"]["html"].count("<p>") == len(lines) - 5
    permission = article["permission"]
    assert permission["assigner"]["name"] == "Zero Hedge"
    assert permission["credit"] == "Reprinted with permission from Zero Hedge."
    assert {"source": permission["assigner"], "role": "reprinted_from"} in article["sources"]
    assert (article["comments"]["state"], article["comments"]["count"]) == ("open", 0)
    assert api.get(article["comments"]["url"]).json()["items"] == []
    assert api.get("/v1/articles", params={"reprint": "true"}).json()["items"][0]["id"] == article["id"]

    assert_each_quote_in_its_place(article)
    text = article["body"]["text"]
    marked = [(match.start(1), match.end(1)) for match in re.finditer("“([^”]*)”", text)]
    assert len(marked) == 11
    found = {(quote["start"], quote["end"]) for quote in article["quotes"]}
    assert set(marked) <= found
    for quote in article["quotes"]:
        hops = [hop["role"] for hop in quote["attribution"]]
        assert hops[-2:] == ["reprinted_from", "publisher"]
        assert quote["review"] == "suggested"

    again = load(site, ARTICLE.read_bytes())
    assert (again.outcome, again.article.id) == ("unchanged", made.article.id)
    assert api.get(f"/v1/articles/{made.article.slug}").json() == article
    answer = api.post(article["comments"]["url"], json={"author_name": "Ada", "body": "Well put."})
    assert answer.status_code == 202


def test_an_import_is_an_article_with_all_that_the_file_says(api: Api, site: Site) -> None:
    made = load(site, TEXT.encode())
    article = api.get(f"/v1/articles/{made.article.slug}").json()
    assert (article["title"], article["slug"]) == ("Ferry fares ‘will double’", "ferry-fares-will-double")
    assert article["published_at"] == article["updated_at"] == "2026-03-02T00:00:00.000000Z"
    assert [author["name"] for author in article["authors"]] == ["Orla Tennick"]
    assert article["body"]["text"] == "\n".join(line for line in TEXT.splitlines()[3:-3] if line)
    assert "<daily>" in article["body"]["text"]
    assert "<daily>" not in article["body"]["html"]
    assert article["permission"]["assigner"]["name"] == "The Coast Review"
    assert article["comments"]["state"] == "open"
    assert {"We waited too long,", "No more,", "Nobody was asked."} <= {quote["exact"] for quote in article["quotes"]}
    assert_each_quote_in_its_place(article)
    speakers = {quote["exact"]: (quote["speaker"] or {}).get("name") for quote in article["quotes"]}
    assert speakers["No more,"] == "Bo Lind"


@one_engine
def test_line_ends_marks_of_order_and_controls_make_no_other_article(api: Api, site: Site) -> None:
    plain = api.get(f"/v1/articles/{load(site, TEXT.encode()).article.slug}").json()
    for spoiled in (
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\u2028").encode(),
        TEXT.replace("Lind", "Li\x07nd\x9b").encode(),
        b"\n\n  \n" + TEXT.encode(),
    ):
        made = load(site, spoiled)
        assert made.outcome == "created", "other bytes are another file"
        article = api.get(f"/v1/articles/{made.article.slug}").json()
        for name in ("title", "published_at", "body", "authors", "permission"):
            assert article[name] == plain[name], spoiled[:20]
        assert [quote["exact"] for quote in article["quotes"]] == [quote["exact"] for quote in plain["quotes"]]


def test_a_file_is_imported_once(site: Site, reading: Callable[[], Any]) -> None:
    def rows() -> list[int]:
        with reading() as session:
            kinds = (Article, Source, AuditEntry, Event)
            return [session.scalar(select(func.count()).select_from(kind)) for kind in kinds]

    made = load(site, TEXT.encode(), public=False)
    assert made.article.status == "draft"
    before = rows()
    for public in (False, True):
        again = load(site, TEXT.encode(), public=public)
        assert (again.outcome, again.article.id, again.article.status) == ("unchanged", made.article.id, "draft")
    assert rows() == before


def test_two_who_import_a_file_at_the_same_moment_import_it_once(site: Site) -> None:
    made = at_once(lambda _: load(site, TEXT.encode()), range(4))
    assert sorted(imported.outcome for imported in made) == ["created", "unchanged", "unchanged", "unchanged"]
    assert len({imported.article.id for imported in made}) == 1


@one_engine
def test_two_files_share_the_sources_that_both_name(api: Api, site: Site) -> None:
    load(site, TEXT.encode())
    load(site, TEXT.replace("Ferry", "Tram").encode())
    sources = api.get("/v1/sources", params={"limit": 100}).json()["items"]
    names = [source["name"] for source in sources]
    assert names.count("The Coast Review") == 1
    assert names.count("Bo Lind") == 1


UNREADABLE = {
    "empty": (b"", "no text"),
    "white space": (b" \n\t\r\n ", "no text"),
    "only punctuation": (b"...\n---\n", "no text"),
    "binary": (b"\x7fELF\x00\x01\x02", "binary"),
    "not UTF-8": ("Café\nText here.\n".encode("latin-1"), "not UTF-8: byte 3"),
    "UTF-16": ("Title\nText here.\n".encode("utf-16"), ""),
    "lone surrogate": (b"Title\nText \xed\xa0\x80 here.\n", "not UTF-8"),
    "too large": (b"Title\n" + b"a" * MAX_BYTES, "more than 5,000,000 bytes"),
    "missing title": (b"March 2, 2026\nText here.\n", "no title"),
    "a paragraph for a title": (b"word " * 200 + b"\nText here.\n", "no title"),
    "title only": (b"A title\n", "no text"),
    "title and date": (b"A title\nMarch 2, 2026\n", "no text"),
    "impossible date": (b"A title\nFebruary 30, 2026\nText here.\n", "no date"),
    "impossible month": (b"A title\n2026-13-01\nText here.\n", ""),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_is_no_article_is_refused_with_one_sentence(what: str) -> None:
    content, reason = UNREADABLE[what]
    with pytest.raises(UnreadableFile) as refused:
        read(content, now())
    assert reason in refused.value.detail
    assert "\n" not in refused.value.detail
    assert refused.value.detail.endswith(".")


@one_engine
def test_a_refused_file_leaves_nothing(site: Site, reading: Callable[[], Any]) -> None:
    for content, _ in UNREADABLE.values():
        with pytest.raises(UnreadableFile):
            load(site, content)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Article)) == 0
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def exported(session: Session) -> list[dict[str, Any]]:
    """The lines of articles."""
    lines = map(json.loads, b"".join(export(session)).splitlines())
    return [line for line in lines if line["type"] == "article"]


@one_engine
def test_the_export_of_many_articles_is_in_the_order_of_entry(
    site: Site, reading: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ingest.exporting.BATCH", 2)
    for number in range(5):
        load(site, TEXT.replace("Ferry", f"Ferry {number}").encode(), public=False)
    with reading() as session:
        lines = exported(session)
    assert [line["revisions"][0]["title"][:7] for line in lines] == [f"Ferry {number}" for number in range(5)]
    assert all(one["id"] < other["id"] for one, other in pairwise(lines))
