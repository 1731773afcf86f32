"""Feeds: valid by their standards, in pages, and never later than a permission."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import feedparser
import httpx
import pytest
from lxml import etree

from app.extract.readers.feeds import read_feed
from app.extract.readers.jsonfeed import read_json_feed
from tests.comments.world import decide, open_article, posted, rule
from tests.conftest import Api, published
from tests.feeds.grammars import ATOM, JSON_FEED, RSS, faults
from tests.record.world import DAY, HOUR, MINUTE, NOON, building, change, frozen, permit, quote, source, unpublish, z

THREADING = "http://purl.org/syndication/thread/1.0"
FILES = {"rss.xml": "application/rss+xml", "atom.xml": "application/atom+xml", "feed.json": "application/feed+json"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A site that these tests share: 24 articles, the newest a reprint with a quote and a correction."""
    with building(request, tmp_path_factory.mktemp("feeds")) as built, frozen(NOON):
        staff = built.staff
        for n in range(23):
            published(staff, title=f"Piece {n}", tags=["Ferries"], published_at=z(NOON - DAY - n * HOUR))
        source(staff, "Ida Holm")
        source(staff, "Tide & Gazette", "publication", url="https://tide.example/")
        made = published(
            staff, title="Fares <rise> & \x0bfall", slug="fares", tags=["Ferries", "Tolls & fares"], language="en-GB",
            authors=["Orla Tennick", "Bo Lind"], summary="In “short”.", canonical_url="https://tide.example/1",
            markdown="The fare “will double”, Ida Holm said.\n\n![A boat](/v1/media/x)",
        )  # fmt: skip
        quote(staff, made, "will double", speaker="ida-holm")
        permit(staff, made, "tide-gazette", credit="By <leave>.", valid_through=z(NOON + DAY))
        change(staff, "POST", made, "/corrections", text="It will not & never did.")
        yield built.api


def valid(answer: httpx.Response, file: str) -> httpx.Response:
    """The answer, if it is what its standard wants."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == FILES[file]
    if file == "feed.json":
        assert [error.message for error in JSON_FEED.iter_errors(answer.json())] == []
    else:
        assert faults(ATOM if file == "atom.xml" else RSS, answer.content) == []
        assert not feedparser.parse(answer.content).bozo
    return answer


@pytest.mark.parametrize("file", FILES)
def test_every_feed_is_valid_and_comes_in_pages_that_join(reader: Api, file: str) -> None:
    with frozen(NOON):
        for path, count in (("", 24), ("tags/ferries/", 24), ("authors/orla-tennick/", 1), ("sources/ida-holm/", 1)):
            url, titles, pages = f"/feeds/{path}{file}", [], 0
            while url:
                answer = valid(reader.get(url), file)
                found, url = entries(answer, file)
                titles += [entry["title"] for entry in found]
                pages += 1
            assert len(titles) == len(set(titles)) == count
            assert pages == (2 if count > 20 else 1)
            assert titles[0] == "Fares <rise> & fall"
        corrections, _ = entries(valid(reader.get(f"/feeds/corrections/{file}"), file), file)
        assert [entry["title"] for entry in corrections] == ["Correction: Fares <rise> & fall"]


def entries(answer: httpx.Response, file: str) -> tuple[list[Any], str]:
    """The entries of a page, and the path of the next one."""
    if file == "feed.json":
        feed = answer.json()
        # XML cannot carry a vertical tab; JSON does.
        found, url = [{"title": item["title"].replace("\x0b", "")} for item in feed["items"]], feed.get("next_url", "")
    else:
        parsed = feedparser.parse(answer.content)
        found, url = parsed.entries, next((link.href for link in parsed.feed.links if link.rel == "next"), "")
    return found, url.removeprefix("http://127.0.0.1:8000")


def test_a_page_names_itself_and_its_neighbours(reader: Api) -> None:
    with frozen(NOON):
        first = feedparser.parse(reader.get("/feeds/atom.xml").content).feed
        rels = {link.rel: link.href for link in first.links}
        assert rels["self"] == rels["first"] == first.id == "http://127.0.0.1:8000/feeds/atom.xml"
        parts = urlsplit(rels["next"])
        second = feedparser.parse(reader.get(f"{parts.path}?{parts.query}").content).feed
        rels = {link.rel: link.href for link in second.links}
        assert rels["self"].endswith(f"?{parts.query}")
        assert rels["first"] == second.id == first.id
        assert "previous" in rels
        assert "next" not in rels


def test_an_entry_says_who_wrote_it_whose_it_is_and_by_whose_leave(reader: Api) -> None:
    with frozen(NOON):
        atom = feedparser.parse(reader.get("/feeds/atom.xml").content).entries[0]
        rss = feedparser.parse(reader.get("/feeds/rss.xml").content).entries[0]
        plain = reader.get("/feeds/feed.json").json()["items"][0]
    assert atom.source.title == "Tide & Gazette"
    assert atom.source.id == "https://tide.example/"
    assert atom.rights == rss.rights == plain["_reprint"]["credit"] == "By <leave>."
    assert [author.name for author in atom.authors] == [author["name"] for author in plain["authors"]]
    assert [tag.term for tag in rss.tags] == [tag.term for tag in atom.tags] == plain["tags"] == [
        "Ferries", "Tolls & fares",
    ]  # fmt: skip
    assert atom.id == rss.id == plain["id"]
    assert plain["external_url"] == "https://tide.example/1"
    assert plain["language"] == "en-GB"
    html = plain["content_html"]
    assert ">will double</q>”, Ida Holm said.</p>" in html
    assert 'src="http://127.0.0.1:8000/v1/media/x"' in html
    assert html.endswith("<p>By &lt;leave&gt;.</p>")


@pytest.mark.parametrize("file", FILES)
def test_the_importer_reads_back_what_a_feed_says(reader: Api, file: str) -> None:
    read: Callable[..., Any] = read_json_feed if file == "feed.json" else read_feed
    with frozen(NOON):
        items = list(read(io.BytesIO(reader.get(f"/feeds/{file}").content)))
    assert len(items) == 20
    item = items[0]
    assert item.title.startswith("Fares ")  # a title in RSS may be HTML, so the reader takes <rise> for a tag there
    assert item.url == "http://127.0.0.1:8000/v1/articles/fares"
    assert item.authors == ("Orla Tennick", "Bo Lind")
    assert item.tags == ("Ferries", "Tolls & fares")
    assert item.published_at == NOON


def test_a_feed_of_nothing_is_not_there(reader: Api) -> None:
    with frozen(NOON):
        for path in ("tags/no/rss.xml", "authors/no/atom.xml", "sources/no/feed.json", "rdf.xml", "tags/ferries/a"):
            assert reader.get(f"/feeds/{path}").status_code == 404, path
        assert reader.get("/feeds/rss.xml?limit=3").status_code == 400
        assert reader.get("/feeds/rss.xml?cursor=x").json()["type"] == "/problems/invalid-cursor"


def test_feeds_are_kept_in_memory_and_answer_conditions(reader: Api) -> None:
    reader.app.state.store.clear()  # an answer from the second of a change names the second before in its headers
    with frozen(NOON + HOUR):
        for file in FILES:
            first = reader.get(f"/feeds/{file}")
            hits = reader.app.state.store.hits
            conditions = (
                {"If-None-Match": first.headers["ETag"]},
                {"If-Modified-Since": first.headers["Last-Modified"]},
            )
            for condition in conditions:
                assert reader.get(f"/feeds/{file}", headers=condition).status_code == 304
            assert reader.app.state.store.hits == hits + 2
            assert "feed:all" in first.headers["Cache-Tag"].split(",")


def test_a_reprint_leaves_every_feed_in_the_second_in_which_its_permission_ends(reader: Api) -> None:
    urls = [f"/feeds/{path}{file}" for file in FILES for path in ("", "tags/ferries/", "corrections/")]
    only = [f"/feeds/{path}{file}" for file in FILES for path in ("authors/orla-tennick/", "sources/ida-holm/")]
    with frozen(NOON + DAY - MINUTE / 60):
        for url in urls + only:
            answer = reader.get(url)
            assert "A boat" in answer.text or "never did" in answer.text
            assert answer.headers["Cache-Control"].startswith("public, max-age=1, s-maxage=1")
    with frozen(NOON + DAY):
        for url in urls:
            answer = reader.get(url)
            assert answer.status_code == 200
            assert "A boat" not in answer.text
            assert "never did" not in answer.text
        for url in only:
            assert reader.get(url).status_code == 404
        assert reader.get("/feeds/atom.xml").headers["Last-Modified"] == "Tue, 06 May 2031 11:59:59 GMT"


@pytest.mark.parametrize("file", FILES)
def test_threads_have_feeds_that_say_what_is_a_reply_to_what(staff: Api, api: Api, file: str) -> None:
    piece, other = open_article(staff, title="Fares & tides", slug="fares"), published(staff, title="Elsewhere")
    under, of_all = f"/feeds/articles/fares/comments/{file}", f"/feeds/comments/{file}"
    assert entries(valid(api.get(under), file), file) == ([], "")
    first = posted(api, piece, body="Is it <b>so</b>?")
    reply = posted(api, piece, body="It is.", author_name="Bo", parent_id=first["id"])
    posted(api, other, body="Said elsewhere.")
    titles = ["Bo: Fares & tides", "Ada: Fares & tides"]
    assert [entry["title"] for entry in entries(valid(api.get(under), file), file)[0]] == titles
    assert [entry["title"] for entry in entries(valid(api.get(of_all), file), file)[0]] == ["Ada: Elsewhere", *titles]
    if file == "atom.xml":
        replies = [link.attrib for link in etree.fromstring(api.get(under).content).iter(f"{{{THREADING}}}in-reply-to")]
        assert [link["ref"] for link in replies] == [f"urn:uuid:{first['id']}", f"urn:uuid:{piece['id']}"]
        assert replies[0]["href"] == f"{replies[1]['href']}#comment-{first['id']}"
    assert api.get(under).headers["Cache-Tag"].split(",") == [f"thread:{piece['id']}", f"article:{piece['id']}"]

    rule(staff, mode="held")
    posted(api, piece, body="It waits.")
    assert decide(staff, "reject", reply, reason_code="off_topic").status_code == 200
    for url in (under, of_all):
        content = api.get(url).text
        assert "It waits" not in content
        assert "It is." not in content
        assert "Is it" in content
    unpublish(staff, piece)
    assert api.get(under).status_code == 404
    assert "Is it" not in api.get(of_all).text
    assert "Said elsewhere." in api.get(of_all).text


def test_the_feed_of_a_thread_moves_with_its_article(staff: Api, api: Api) -> None:
    piece = open_article(staff, slug="fares")
    change(staff, "PATCH", piece, slug="tides")
    answer = api.get("/feeds/articles/fares/comments/atom.xml")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/feeds/articles/tides/comments/atom.xml")
    assert api.get("/feeds/articles/nowhere/comments/atom.xml").status_code == 404
