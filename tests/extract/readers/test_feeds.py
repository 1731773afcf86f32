"""RSS, Atom and JSON Feed in, articles out."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import pytest

from app.extract import ExtractError
from app.extract.readers.feeds import read_feed
from app.extract.readers.item import Item, Unreadable
from app.extract.readers.jsonfeed import read_json_feed

STATM = Path("/proc/self/statm")
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Harbour</title><link>https://harbour.example/</link>
<language>en-GB</language><item><title>The night ferry &amp;amp; the pier</title>
<guid isPermaLink="false">tag:harbour.example,2026:7</guid><link>/2026/03/night-ferry.html</link>
<dc:creator>Orla Tennick</dc:creator><author>bo@mail.example (Bo Lind)</author>
<category>Harbour</category><category>Ferry</category><category>Harbour</category>
<pubDate>Mon, 02 Mar 2026 08:30:00 +0100</pubDate><description>The last boat stays.</description>
<content:encoded><![CDATA[<p>“No,” she said.<script>alert(1)</script> <a href="/x">More</a></p>]]></content:encoded>
<source url="https://coast.example/feed">The Coast Review</source></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><author><name>Ada Berg</name></author>
<link rel="self" href="https://h.example/atom"/><link href="https://h.example/"/>
<entry><id>urn:1</id><title type="html">A &amp;lt;b&amp;gt; C</title><link rel="alternate" href="boote"/>
<category term="t" label="Boote"/><published>2026-03-01T10:00:00Z</published><updated>2026-03-02T10:00:00Z</updated>
<summary>Kurz: a &lt; b</summary>
<content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>„Nein“, sagte <em>Ida</em>.</p></div></content></entry>
<entry><id>urn:2</id><title>Plain</title><content type="text">2 &lt; 3 &amp; 4</content>
<author><name>bo@mail.example</name></author><updated>2026-03-02T10:00:00Z</updated></entry>
<entry><id>urn:2</id><title>Again</title><content>x</content></entry>
<entry><id>urn:3</id><content>untitled</content></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://h.example/"><title>H</title></channel>
<item rdf:about="https://h.example/1"><title>Old</title><link>https://h.example/1</link>
<description>Words</description><dc:date>2004-05-06T07:08:09Z</dc:date><dc:subject>Sea</dc:subject></item></rdf:RDF>"""
JSON_FEED: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "language": "en",
    "home_page_url": "https://h.example/",
    "authors": [{"name": "Ada Berg"}],
    "items": [
        {
            "id": "1",
            "url": "/night-ferry",
            "external_url": "https://coast.example/1",
            "title": "Night ferry",
            "content_html": "<p>“No,” she <b>said</b>.</p>",
            "summary": "Short.",
            "date_published": "2026-03-01T10:00:00+01:00",
            "date_modified": "2026-03-02T10:00:00Z",
            "tags": ["Sea", "Sea", 5],
            "language": "en-GB",
            "authors": [{"name": "Orla Tennick"}, {"url": "x"}],
        },
        {
            "id": 2,
            "title": "Text",
            "content_text": "One *two*\nthree\n\nReprinted with permission from The Coast Review.",
        },
        {"id": 3, "title": "", "content_text": "x"},
        "none",
    ],
}


def rss(text: str) -> list[Item | Unreadable]:
    return list(read_feed(BytesIO(text.encode())))


def test_every_field_of_an_rss_item_arrives() -> None:
    assert rss(RSS) == [
        Item(
            key="tag:harbour.example,2026:7",
            title="The night ferry & the pier",
            markdown="“No,” she said. [More](https://harbour.example/x)",
            status="published",
            published_at=datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
            slug="night-ferry",
            summary="The last boat stays.",
            language="en-GB",
            authors=("Orla Tennick", "Bo Lind"),
            tags=("Harbour", "Ferry"),
            url="https://harbour.example/2026/03/night-ferry.html",
            credit="Originally published in The Coast Review",
            assigner="The Coast Review",
        )
    ]


def test_entries_of_atom_arrive_with_their_kinds_of_text() -> None:
    first, plain, again, untitled = rss(ATOM)
    assert first == Item(
        key="urn:1",
        title="A <b> C",
        markdown="„Nein“, sagte *Ida*.",
        status="published",
        published_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        updated_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
        slug="boote",
        summary="Kurz: a < b",
        language="de",
        authors=("Ada Berg",),
        tags=("Boote",),
        url="https://h.example/boote",
    )
    assert isinstance(plain, Item)
    assert (plain.markdown, plain.authors, plain.published_at) == (
        "2 \\< 3 & 4",
        ("Ada Berg",),
        datetime(2026, 3, 2, 10, tzinfo=UTC),
    )
    assert again == Unreadable("urn:2", "An entry before it has the same id.")
    assert untitled == Unreadable("urn:3", "It has no title.")


def test_rss_1_0_is_read_too() -> None:
    (item,) = rss(RDF)
    assert isinstance(item, Item)
    assert (item.key, item.title, item.markdown, item.tags) == ("https://h.example/1", "Old", "Words", ("Sea",))
    assert item.published_at == datetime(2004, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_every_field_of_a_json_feed_arrives() -> None:
    first, text, untitled, no_object = read_json_feed(BytesIO(json.dumps(JSON_FEED).encode()))
    assert first == Item(
        key="1",
        title="Night ferry",
        markdown="“No,” she **said**.",
        status="published",
        published_at=datetime(2026, 3, 1, 9, tzinfo=UTC),
        updated_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
        slug="night-ferry",
        summary="Short.",
        language="en-GB",
        authors=("Orla Tennick",),
        tags=("Sea",),
        url="https://h.example/night-ferry",
        canonical_url="https://coast.example/1",
    )
    assert isinstance(text, Item)
    assert text.markdown == "One \\*two\\* three"
    assert text.credit == "Reprinted with permission from The Coast Review."
    assert text.authors == ("Ada Berg",)
    assert untitled == Unreadable("3", "It has no title.")
    assert no_object == Unreadable("?", "It is no object.")


@pytest.mark.parametrize("cut", range(40, 400, 37))
def test_a_json_feed_that_breaks_off_yields_what_came_before(cut: int) -> None:
    content = json.dumps({"items": [{"id": n, "title": "T", "content_text": "x" * 20} for n in range(9)]}).encode()
    found: list[str] = []
    keys = (item.key for item in read_json_feed(BytesIO(content[:cut])))
    with pytest.raises(ExtractError) as caught:
        found.extend(keys)
    assert caught.value.code == "truncated"
    assert found == [str(n) for n in range(content[:cut].count(b"}"))]


@pytest.mark.parametrize(
    ("content", "code"),
    [("[" * 100_000, "bad_json"), ('{"items": [1 2]}', "bad_json"), ('{"a": ' + "1" * 5000 + "}", "bad_json")],
    ids=["nested", "comma", "number"],
)
def test_hostile_json_is_told_in_a_sentence(content: str, code: str) -> None:
    with pytest.raises(ExtractError) as caught:
        list(read_json_feed(BytesIO(content.encode())))
    assert caught.value.code == code


class Endless(RawIOBase):
    """A feed of so many bytes, made while it is read."""

    def __init__(self, size: int, head: bytes, entry: bytes, tail: bytes) -> None:
        self._parts = self._made(size, head, entry, tail)

    def _made(self, size: int, head: bytes, entry: bytes, tail: bytes) -> Iterator[bytes]:
        yield head
        for number in range(size // len(entry)):
            yield entry.replace(b"NUMBER", b"%d" % number)
        yield tail

    def read(self, size: int | None = -1, /) -> bytes:
        parts: list[bytes] = []
        while sum(map(len, parts)) < (size or 0) and (part := next(self._parts, b"")):
            parts.append(part)
        return b"".join(parts)


def resident() -> int:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_a_guid_that_is_no_address_names_no_page() -> None:
    feed = b"<rss><channel><link>https://h.example/</link><item><title>T</title><guid>%s</guid>"
    for guid, slug in ((b"7", None), (b"https://h.example/night-ferry", "night-ferry")):
        (item,) = read_feed(BytesIO(feed % guid + b"<description>x</description></item></channel></rss>"))
        assert isinstance(item, Item)
        assert item.slug == slug


WORDS = b"&lt;p&gt;" + b"word " * 20_000 + b"&lt;/p&gt;"
LARGE = {
    "rss": (
        read_feed,
        b"<rss><channel>",
        b"<item><title>T</title><guid>NUMBER</guid><description>" + WORDS + b"</description></item>",
        b"</channel></rss>",
    ),
    "json": (
        read_json_feed,
        b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "x", "title": "T", "content_text": "x"}',
        b', {"id": "NUMBER", "title": "T", "content_text": "' + b"word " * 20_000 + b'"}',
        b"]}",
    ),
}


@pytest.mark.skipif(not STATM.exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("kind", LARGE)
def test_memory_and_time_per_byte_do_not_grow_with_the_feed(kind: str) -> None:
    read, *parts = LARGE[kind]
    took, grew = [], []
    for size in (2_000_000, 2_000_000, 20_000_000):
        before, start = resident(), time.process_time()
        stream: Any = Endless(size, *parts)
        most = [max(before, resident()) for item in read(stream) if isinstance(item, Item)]
        assert len(most) >= size // 110_000
        took.append((time.process_time() - start) / size)
        grew.append(max(most) - before)
    assert took[2] < took[1] * 3
    assert grew[2] < 12_000_000
