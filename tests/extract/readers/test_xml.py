"""XML that is large, broken or hostile."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from app.extract import ExtractError
from app.extract.readers.item import Item
from app.extract.readers.wordpress import read_wxr
from app.extract.readers.xml import read_entries

STATM = Path("/proc/self/statm")
PARENTS, NAMES = frozenset(["channel"]), frozenset(["item"])
SMALL = (
    "<?xml version='1.0' encoding='{}'?>\n<rss><channel><item><t>“é”</t></item>\n<item><t>b</t></item></channel></rss>"
)


def texts(content: bytes) -> Iterator[str | None]:
    for item in read_entries(BytesIO(content), PARENTS, NAMES):
        yield item.findtext("t")


def failure(content: bytes) -> tuple[list[str | None], ExtractError]:
    """What was read, and why no more."""
    entries = texts(content)
    found: list[str | None] = []
    while True:
        try:
            found.append(next(entries))
        except ExtractError as error:
            return found, error


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "gb18030"]
)
def test_file_is_read_in_the_encoding_that_it_is_in(encoding: str) -> None:
    assert list(texts(SMALL.format(encoding.removesuffix("-sig")).encode(encoding))) == ["“é”", "b"]


@pytest.mark.parametrize(
    ("said", "true"),
    [("utf-8", "windows-1252"), ("utf-16", "utf-8"), ("iso-8859-1", "windows-1252"), ("us-ascii", "windows-1252")],
)
def test_file_is_read_although_it_says_a_wrong_encoding(said: str, true: str) -> None:
    assert list(texts(SMALL.format(said).encode(true))) == ["“é”", "b"]


def test_unknown_encoding_is_refused() -> None:
    assert failure(SMALL.format("utf-7").encode())[1].code == "bad_encoding"
    assert failure(SMALL.format("rot13").encode())[1].code == "bad_encoding"


def test_controls_and_white_space_before_the_declaration_do_no_harm() -> None:
    content = b"\n \xef\xbb\xbf" + SMALL.format("utf-8").replace("b<", "\x0bb\x00\x08<").encode()
    assert list(texts(content)) == ["“é”", "b"]


@pytest.mark.parametrize(
    "declaration",
    [
        "<!DOCTYPE rss SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE rss [<!ENTITY % a SYSTEM 'http://127.0.0.1:9/'> %a;]>",
        "<!-- <rss> --><?x y?>\n<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'>"
        + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
        + "]>",
    ],
    ids=["external subset", "external entity", "parameter entity", "bomb"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declarations_are_refused_before_they_are_parsed(declaration: str, encoding: str) -> None:
    content = f"<?xml version='1.0' encoding='{encoding}'?>{declaration}<rss a='&j;'><channel>&j;</channel></rss>"
    start = time.process_time()
    assert failure(content.encode(encoding))[1].code == "dtd"
    assert time.process_time() - start < 1


def test_undeclared_entity_is_told_with_its_place() -> None:
    found, error = failure(b"<rss><channel><item><t>a</t></item>\n<item><t>&nbsp;</t></item></channel></rss>")
    assert (found, error.code) == (["a"], "bad_xml")
    assert "line 2, column 16: Entity 'nbsp' not defined" in error.detail


def test_truncated_file_yields_what_came_before_and_tells_where_it_ends() -> None:
    content = SMALL.format("utf-8").encode()
    for length in range(content.index(b"</item>") + 7, len(content)):
        found, error = failure(content[:length])
        assert (found[0], error.code) == ("“é”", "truncated")
        assert "breaks off at line" in error.detail


@pytest.mark.parametrize("content", [b"", b"  \n", b"plain text", b"<!-- no element", b"PK\x03\x04", b"{}"])
def test_what_is_no_xml_is_told(content: bytes) -> None:
    assert failure(content)[1].code == "bad_xml"


def test_elements_nested_without_end_are_refused() -> None:
    found, error = failure(b"<rss><channel><item><t>a</t></item><item>" + b"<a>" * 100_000)
    assert (found, error.code) == (["a"], "bad_xml")


def test_entry_without_end_is_refused_before_it_fills_the_memory() -> None:
    class Endless(BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read(_) or b"<x>" + b"y" * 60_000 + b"</x>"

    with pytest.raises(ExtractError) as caught:
        list(read_entries(Endless(b"<rss><channel>"), PARENTS, NAMES))
    assert caught.value.code == "too_large"


def test_items_elsewhere_than_in_the_channel_are_none() -> None:
    content = b"<rss><channel><item><t>a</t><x><item><t>no</t></item></x></item></channel></rss>"
    assert list(texts(content)) == ["a"]


def wxr(posts: int) -> bytes:
    post = (
        "<item><title>T</title><guid>{}</guid><content:encoded><![CDATA[<p>{}</p>]]></content:encoded>"
        "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>\n"
    )
    body = "“Some words that are on the record,” she said, and <b>more</b>. " * 2 + "And so on. " * 150
    head = "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:wp='http://wordpress.org/export/1.2/'>"
    return f"{head}<channel>{''.join(post.format(n, body) for n in range(posts))}</channel></rss>".encode()


def highest_memory(content: bytes) -> int:
    """Bytes resident at most, seen at each item."""
    highest = 0
    for item in read_wxr(BytesIO(content)):
        assert isinstance(item, Item)
        highest = max(highest, int(STATM.read_text().split()[1]))
    return highest * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not STATM.exists(), reason="the system does not tell a process its resident memory")
def test_memory_is_the_same_for_ten_times_the_file() -> None:
    small, large = wxr(1_000), wxr(10_000)
    assert len(large) > 18_000_000
    before = highest_memory(small)
    assert highest_memory(large) < before + len(small) * 2
