"""Markdown, web pages, ninjs and JSON-LD in, articles out; and which of them a file is."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from app.extract.readers.formats import recognise
from app.extract.readers.item import Cited, Item, ItemComment, Unreadable
from app.extract.readers.jsonld import read_json_ld
from app.extract.readers.markdown import read_markdown
from app.extract.readers.ninjs import read_ninjs
from app.extract.readers.pages import read_page

FIXTURES = Path(__file__).parents[1] / "fixtures"
YAML = """---
title: "The night ferry: it *stays*"
date: 2026-03-02 08:30:00 +0100
lastmod: 2026-03-03
draft: false
slug: night-ferry
author: Orla Tennick
authors:
  - name: Ada Berg
    url: https://a.example/
  - ida@mail.example
tags: [Sea, no, Sea]
categories: Harbour
description: The last boat
canonical_url: https://coast.example/1
language: no
aliases: [/old/ferry-night/, /2019/boat.html]
comments: false
---

# Not the title

“No,” she *said*.

Reprinted with permission from The Coast Review.
"""
TOML = """+++
title = "Night"
date = 2026-03-02T08:30:00Z
draft = true
[taxonomies]
tags = ["Sea"]
+++
Words.
"""
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>The night ferry stays | Harbour</title>
<meta property="og:title" content="The night ferry stays"><meta name="author" content="Orla Tennick">
<meta property="article:published_time" content="2026-03-01T10:00:00Z"><meta property="article:tag" content="Sea">
<meta property="og:description" content="The last boat."><link rel="canonical" href="https://h.example/n/night-ferry">
LD</head><body onload="x()"><nav><a href="/">Home</a></nav><article><h1>The night ferry stays</h1>
<p>“We will not leave <b>anybody</b> ashore,” <a href="/p/maren" onclick="x()">Maren Oduya</a> said on Monday.</p>
<script>alert("canary")</script><style>.canary{}</style><iframe src="https://h.example/canary"></iframe>
<blockquote><p>The boat stays where it is, said the board.</p></blockquote>
<ul><li>one thing</li><li>two things</li></ul>
<p><a href="javascript:canary()">A link</a> that ran a program once, in a longer paragraph of the article.</p>
<p>Reprinted with permission from The Coast Review.</p></article>
<footer>Copyright 2020 Harbour</footer></body></html>"""
ARTICLE: dict[str, Any] = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "@id": "https://h.example/#a",
    "headline": "Night ferry",
    "url": "https://h.example/night-ferry",
    "articleBody": "“No,” she *said*.\n\nThe boat stays.",
    "author": [{"@type": "Person", "name": "Ida Holm"}, "Bo Lind"],
    "datePublished": "2026-03-02T10:00:00+02:00",
    "dateModified": "2026-03-03",
    "keywords": "Sea, Boats",
    "articleSection": "Harbour",
    "inLanguage": "en-GB",
    "description": "Short.",
    "isBasedOn": {"@type": "NewsArticle", "publisher": {"name": "The Coast Review"}, "url": "https://coast.example/1"},
    "license": "https://coast.example/terms",
    "about": {"@type": "Person", "name": "Maren Oduya"},
    "mentions": [{"@type": "Organization", "name": "Harbour Board"}, {"@type": "Place", "name": "Pier"}],
    "comment": [
        {"@id": "c1", "author": {"name": "Ann"}, "text": "Yes.", "dateCreated": "2026-03-02T11:00:00Z"},
        {"@id": "c2", "author": "eve@mail.example", "text": "No.", "parentItem": {"@id": "c1"}},
    ],
}
NINJS_1: dict[str, Any] = {
    "uri": "https://wire.example/items/1",
    "type": "text",
    "pubstatus": "usable",
    "headline": "Night ferry",
    "byline": "By Orla Tennick",
    "description_text": "Short.",
    "body_xhtml": "<p>“No,” she said.</p>",
    "language": "en",
    "firstcreated": "2026-03-01T10:00:00Z",
    "versioncreated": "2026-03-02T10:00:00Z",
    "located": "Skerry",
    "subject": [{"name": "Sea"}],
    "person": [{"name": "Maren Oduya"}],
    "organisation": [{"name": "Harbour Board"}],
    "copyrightholder": "The Wire",
    "usageterms": "Not for archives.",
}
NINJS_2 = {k: v for k, v in NINJS_1.items() if k not in ("headline", "byline", "description_text", "body_xhtml")} | {
    "headlines": [{"role": "short", "value": "Ferry"}, {"role": "main", "value": "Night ferry"}],
    "by": "Orla Tennick",
    "descriptions": [{"value": "Short."}],
    "bodies": [{"contentType": "text/html", "value": "<p>“No,” she said.</p>"}],
    "people": NINJS_1["person"],
    "organisations": NINJS_1["organisation"],
    "subjects": NINJS_1["subject"],
}
_CAPITALS = {
    "pubstatus": "pubStatus", "firstcreated": "firstCreated", "versioncreated": "versionCreated",
    "copyrightholder": "copyrightHolder", "usageterms": "usageTerms",
}  # fmt: skip
NINJS_3 = {_CAPITALS.get(k, k): v for k, v in NINJS_2.items()}
WIRE = Item(
    key="https://wire.example/items/1",
    title="Night ferry",
    markdown="“No,” she said.",
    status="published",
    published_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    updated_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
    slug="1",
    summary="Short.",
    language="en",
    authors=("Orla Tennick",),
    tags=("Sea", "Skerry"),
    url="https://wire.example/items/1",
    credit="© The Wire Not for archives.",
    assigner="The Wire",
    cited=(Cited("Maren Oduya", "person"), Cited("Harbour Board", "organization")),
)


def markdown(text: str) -> Item | Unreadable:
    (found,) = read_markdown(BytesIO(text.encode()))
    return found


def page(text: str) -> Item:
    (found,) = read_page(BytesIO(text.encode()))
    assert isinstance(found, Item), found
    return found


def ninjs(*values: Any) -> list[Item | Unreadable]:
    return list(read_ninjs(BytesIO("\n".join(map(json.dumps, values)).encode())))


def test_every_field_of_yaml_front_matter_arrives_and_the_body_stays_markdown() -> None:
    item = markdown(YAML)
    assert item == Item(
        key=item.key,
        title="The night ferry: it *stays*",
        markdown="# Not the title\n\n“No,” she *said*.",
        status="published",
        published_at=datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
        updated_at=datetime(2026, 3, 3, tzinfo=UTC),
        slug="night-ferry",
        former_slugs=("ferry-night", "boat"),
        summary="The last boat",
        language="no",
        authors=("Orla Tennick", "Ada Berg"),
        tags=("Sea", "no", "Harbour"),
        canonical_url="https://coast.example/1",
        credit="Reprinted with permission from The Coast Review.",
        comments_open=False,
    )


def test_toml_front_matter_and_a_heading_as_title() -> None:
    item = markdown(TOML)
    assert isinstance(item, Item)
    assert (item.title, item.status, item.tags) == ("Night", "draft", ("Sea",))
    assert item.published_at == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    headed = markdown("# Night ferry #\n\nWords.")
    assert isinstance(headed, Item)
    assert (headed.title, headed.markdown) == ("Night ferry", "Words.")


@pytest.mark.parametrize(
    "matter",
    [
        "a: &a [x]\nb: [*a, *a]",
        "title: [",
        "title: !!python/object/apply:os.system [x]\n  : :",
        "- list",
        "a: " + "[" * 20_000,
        "x: " + "y" * 70_000,
    ],
    ids=["alias", "broken", "tag", "list", "nested", "long"],
)
def test_front_matter_that_is_hostile_or_broken_is_a_line_in_the_report(matter: str) -> None:
    start = time.process_time()
    found = markdown(f"---\n{matter}\n---\nWords.")
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("Its front matter")
    assert time.process_time() - start < 5


def test_a_web_page_gives_its_article_and_nothing_that_runs() -> None:
    item = page(PAGE.replace("LD", ""))
    assert item == Item(
        key="https://h.example/n/night-ferry",
        title="The night ferry stays",
        markdown=(
            "“We will not leave **anybody** ashore,” [Maren Oduya](https://h.example/p/maren) said on Monday.\n\n"
            "> The boat stays where it is, said the board.\n\n- one thing\n- two things\n\n"
            "A link that ran a program once, in a longer paragraph of the article."
        ),
        status="published",
        published_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        slug="night-ferry",
        summary="The last boat.",
        language="en",
        authors=("Orla Tennick",),
        tags=("Sea",),
        url="https://h.example/n/night-ferry",
        credit="Reprinted with permission from The Coast Review.",
    )


def test_what_a_page_says_of_itself_in_json_ld_comes_first() -> None:
    opening = '<script type="application/ld+json">'
    ld = f"{opening}{{broken</script>{opening}{json.dumps({'@graph': [ARTICLE]})}</script>"
    item = page(PAGE.replace("LD", ld))
    assert item.authors == ("Ida Holm", "Bo Lind")
    assert item.published_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert item.tags == ("Sea", "Boats", "Harbour")
    assert item.assigner == "The Coast Review"
    assert "We will not leave" in item.markdown
    assert len(item.comments) == 2


def test_a_page_without_a_date_gets_none() -> None:
    assert (
        page("<html><title>T</title><p>Words of an article that has a few of them.<footer>© 2020").published_at is None
    )


@pytest.mark.parametrize(
    "body",
    ["<div>" * 100_000 + "<p>deep", "<script>" * 5000 + "x", "<p>" + "“”" * 50_000, "<b" * 100_000, "&#0;<!--"],
    ids=["nested", "scripts", "marks", "tags", "nothing"],
)
def test_hostile_pages_are_read_or_refused_in_bounded_time(body: str) -> None:
    start = time.process_time()
    (found,) = read_page(BytesIO(f"<html><title>T</title><body>{body}".encode()))
    assert isinstance(found, Item | Unreadable)
    assert time.process_time() - start < 10


def test_every_field_of_json_ld_arrives_with_comments() -> None:
    (item,) = read_json_ld(BytesIO(json.dumps([ARTICLE]).encode()))
    assert item == Item(
        key="https://h.example/#a",
        title="Night ferry",
        markdown="“No,” she \\*said\\*.\n\nThe boat stays.",
        status="published",
        published_at=datetime(2026, 3, 2, 8, tzinfo=UTC),
        updated_at=datetime(2026, 3, 3, tzinfo=UTC),
        slug="night-ferry",
        summary="Short.",
        language="en-GB",
        authors=("Ida Holm", "Bo Lind"),
        tags=("Sea", "Boats", "Harbour"),
        url="https://h.example/night-ferry",
        credit="Originally published in The Coast Review (https://coast.example/terms)",
        assigner="The Coast Review",
        cited=(Cited("Maren Oduya", "person"), Cited("Harbour Board", "organization")),
        comments=(
            ItemComment("c1", None, "Ann", "Yes.", datetime(2026, 3, 2, 11, tzinfo=UTC), "approved"),
            ItemComment("c2", "c1", "Anonymous", "No.", None, "approved"),
        ),
    )


@pytest.mark.parametrize("value", [NINJS_1, NINJS_2, NINJS_3], ids=["1", "2", "3"])
def test_every_field_of_ninjs_arrives_in_each_version(value: dict[str, Any]) -> None:
    assert ninjs(value) == [WIRE]


def test_ninjs_comes_in_lists_and_lines_and_what_is_not_usable_is_not_published() -> None:
    canceled = NINJS_1 | {"uri": "u:2", "pubstatus": "canceled"}
    picture = NINJS_1 | {"uri": "u:3", "type": "picture"}
    lines = ninjs(NINJS_1, canceled, picture, NINJS_1)
    assert lines == ninjs([NINJS_1, canceled, picture, NINJS_1])
    first, drafted, refused, again = lines
    assert first == WIRE
    assert isinstance(drafted, Item)
    assert drafted.status == "draft"
    assert refused == Unreadable("u:3", "It is of the type “picture”, not a text.")
    assert again == Unreadable(WIRE.key, "An entry before it has the same id.")


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (YAML, "markdown"),
        (TOML, "markdown"),
        ("# Night ferry\n\nWords.", "markdown"),
        (PAGE, "html"),
        ("<p>Words</p>", "html"),
        ('<?xml version="1.0"?><!-- x --><rss version="2.0">', "feed"),
        ('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:blogger="http://schemas.google.com/blogger/2008">', "feed"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss>', "feed"),
        (json.dumps({"version": "https://jsonfeed.org/version/1", "items": []}), "jsonfeed"),
        (json.dumps([ARTICLE]), "jsonld"),
        (json.dumps(NINJS_3), "ninjs"),
        ("Ferry fares rise\nMarch 2, 2026\nThe fare will double.\n", None),
        ("“---”\n---\nwords", None),
        ("--- a line\nof plain text", None),
        ('{"a": 1}', None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_recognised_by_what_it_holds(content: str, name: str | None, encoding: str) -> None:
    found = recognise(content.encode(encoding))
    assert (found[0] if found else None) == name


@pytest.mark.parametrize(
    ("file", "name"),
    [("wordpress.xml", "wordpress"), ("blogger-backup.xml", "blogger"), ("blogger-takeout.atom", "blogger")],
)
def test_archives_are_told_from_feeds(file: str, name: str) -> None:
    found = recognise((FIXTURES / file).read_bytes()[:65_536])
    assert found is not None
    assert found[0] == name


def test_nothing_that_a_file_names_is_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        there = f"http://127.0.0.1:{canary.getsockname()[1]}"
        canary.settimeout(0.2)
        linked = PAGE.replace("https://h.example", there).replace("LD", f'<link rel="stylesheet" href="{there}/s.css">')
        described = json.dumps(ARTICLE).replace("https://h.example", there).replace("https://schema.org", there)
        front = YAML.replace("https://coast.example", there)
        entry = (
            f"<title>T</title><link>{there}/a</link><description>&lt;img src='{there}/p.jpg'&gt; words</description>"
        )
        feed = f"<rss><channel><link>{there}</link><item>{entry}</item></channel></rss>"
        wire = json.dumps(NINJS_1).replace("https://wire.example", there)
        for content in (linked, described, front, feed, wire):
            found = recognise(content.encode())
            assert found is not None
            assert all(isinstance(item, Item) for item in found[1](BytesIO(content.encode())))
        with pytest.raises(TimeoutError):
            canary.accept()
