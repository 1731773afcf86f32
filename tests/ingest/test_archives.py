"""Exports of WordPress and Blogger arrive whole, once, with their readers' comments."""

import json
import time
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from app.articles.models import Article
from app.comments.models import Comment
from app.context import Site
from app.events.actions import COMMAND_LINE
from app.ingest.actions import Outcome
from app.ingest.archives import format_of, open_entries
from app.ingest.exporting import export
from app.ingest.importing import Import
from tests.conftest import Api

FIXTURES = Path(__file__).parent.parent / "extract" / "fixtures"
ARCHIVES = ("wordpress.xml", "blogger-backup.xml", "blogger-takeout.atom")


def load(site: Site, file: str, *, public: bool = True) -> list[Outcome]:
    path = FIXTURES / file
    with path.open("rb") as stream:
        _, entries = open_entries(stream)
        return list(Import(COMMAND_LINE, publish=public).run(site.database, entries))


def record(site: Site) -> list[bytes]:
    with site.database.reader() as session:
        return list(export(session))


@pytest.mark.parametrize("file", ARCHIVES)
def test_an_archive_imported_again_changes_nothing(site: Site, file: str) -> None:
    first = load(site, file)
    before = record(site)
    second = load(site, file)
    assert record(site) == before
    assert Counter(o.outcome for o in first)["created"] == Counter(o.outcome for o in second)["unchanged"] > 0
    assert [o.key for o in first if o.outcome == "failed"] == [o.key for o in second if o.outcome == "failed"]


@pytest.mark.parametrize("file", ARCHIVES)
def test_what_was_published_there_is_published_and_nothing_else(site: Site, api: Api, file: str) -> None:
    load(site, file)
    public = api.get("/v1/articles?limit=100&sort=published_at").json()["items"]
    assert public
    with site.database.reader() as session:
        states = Counter(session.scalars(select(Article.status)))
    assert states == {"published": len(public), "draft": states["draft"]}
    assert states["draft"] > 0


@pytest.mark.parametrize("file", ARCHIVES)
def test_without_publish_all_become_drafts(site: Site, api: Api, file: str) -> None:
    load(site, file, public=False)
    assert api.get("/v1/articles").json()["items"] == []


@pytest.mark.parametrize("file", ARCHIVES)
def test_comments_keep_their_threads_and_states(site: Site, api: Api, file: str) -> None:
    load(site, file)
    with site.database.reader() as session:
        comments = session.scalars(select(Comment)).all()
    assert comments
    by_id = {comment.id: comment for comment in comments}
    replies = [comment for comment in comments if comment.parent_id]
    assert replies
    for reply in replies:
        assert reply.parent_id is not None
        assert by_id[reply.parent_id].article_id == reply.article_id
    article = str(comments[0].article_id)
    approved = [c for c in comments if c.status == "approved" and str(c.article_id) == article]
    thread = api.get(f"/v1/articles/{article}/comments?limit=100&count=exact").json()
    assert {item["id"] for item in thread["items"]} == {str(c.id) for c in approved}
    assert api.get(f"/v1/articles/{article}").json()["comments"]["count"] == thread["total"] == len(approved)


@pytest.mark.parametrize("file", ARCHIVES)
def test_no_address_of_a_reader_gets_in(site: Site, file: str) -> None:
    load(site, file)
    assert b"@" not in b"".join(record(site))


def test_plain_text_is_no_archive() -> None:
    assert format_of(b"Ferry fares rise\nMarch 2, 2026\nThe fare will double.\n") is None


NINJS = {
    "uri": "https://wire.example/night-ferry",
    "headline": "Night ferry",
    "body_xhtml": "<p>“No,” Maren Oduya said.</p>",
    "versioncreated": "2024-03-02T10:00:00Z",
    "firstcreated": "2024-03-01T10:00:00Z",
    "person": [{"name": "Maren Oduya"}, {"name": "Ida Holm"}],
    "copyrightholder": "The Wire",
}


def imported(site: Site, path: Path, content: str) -> Outcome:
    path.write_text(content)
    [made] = load(site, str(path))
    return made


def slug_of(made: Outcome) -> str:
    assert made.article is not None, made.reason
    return made.article.slug


def test_old_addresses_rights_people_and_dates_of_an_item_are_kept(site: Site, api: Api, tmp_path: Path) -> None:
    made = imported(site, tmp_path / "a.json", json.dumps(NINJS))
    assert (made.outcome, slug_of(made)) == ("created", "night-ferry")
    article = api.get("/v1/articles/night-ferry").json()
    assert (article["published_at"][:10], article["updated_at"][:10]) == ("2024-03-01", "2024-03-02")
    assert article["permission"]["assigner"]["name"] == "The Wire"
    assert article["permission"]["credit"] == "© The Wire"
    cited = {(row["source"]["name"], row["role"]) for row in article["sources"]}
    assert {("Maren Oduya", "cited"), ("Ida Holm", "cited"), ("Maren Oduya", "speaker")} <= cited
    assert imported(site, tmp_path / "b.json", json.dumps(NINJS)).outcome == "unchanged"


def test_a_former_slug_leads_to_the_article_and_a_taken_one_to_its_owner(site: Site, api: Api, tmp_path: Path) -> None:
    first = "---\ntitle: A\nslug: Night_Ferry\naliases: [/old/boat/]\n---\nWords."
    second = "---\ntitle: B\nslug: night-ferry\naliases: [/old/boat/]\n---\nMore words."
    assert slug_of(imported(site, tmp_path / "a.md", first)) == "night-ferry"
    assert slug_of(imported(site, tmp_path / "b.md", second)) == "night-ferry-2"
    assert api.get("/v1/articles/boat").headers["Location"] == "/v1/articles/night-ferry"
    assert api.get("/v1/articles/night-ferry").json()["aliases"] == ["boat"]
    assert api.get("/v1/articles/night-ferry-2").json()["aliases"] == []


def test_what_is_under_embargo_is_not_published(site: Site, api: Api, tmp_path: Path) -> None:
    made = imported(site, tmp_path / "a.json", json.dumps(NINJS | {"embargoed": "2999-01-01T00:00:00Z"}))
    assert made.outcome == "created"
    assert api.get("/v1/articles/night-ferry").status_code == 404


def commented(comments: int) -> bytes:
    """An export of one post, each of whose comments answers the one before."""
    comment = (
        "<wp:comment><wp:comment_id>{0}</wp:comment_id><wp:comment_author>Ann</wp:comment_author>"
        "<wp:comment_content>Well put.</wp:comment_content><wp:comment_approved>1</wp:comment_approved>"
        "<wp:comment_parent>{1}</wp:comment_parent></wp:comment>"
    )
    post = (
        "<item><title>T</title><guid>k</guid><content:encoded>Words.</content:encoded><wp:status>publish</wp:status>"
        f"<wp:post_type>post</wp:post_type>{''.join(comment.format(n, n - 1) for n in range(1, comments + 1))}</item>"
    )
    head = "<rss xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:wp='http://wordpress.org/export/1.2/'>"
    return f"{head}<channel>{post}</channel></rss>".encode()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_ten_thousand_comments_under_one_post_arrive_in_time_that_grows_with_their_number(site: Site) -> None:
    def seconds(comments: int) -> float:
        entries = open_entries(BytesIO(commented(comments).replace(b">k<", b">k%d<" % comments)))[1]
        start = time.process_time()
        (outcome,) = Import(COMMAND_LINE, publish=True).run(site.database, entries)
        assert (outcome.outcome, outcome.comments) == ("created", comments)
        return time.process_time() - start

    small = min(seconds(1000), seconds(1001))
    assert seconds(10_000) < 25 * small
