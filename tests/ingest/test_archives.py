"""Exports of WordPress and Blogger arrive whole, once, with their readers' comments."""

from collections import Counter
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
