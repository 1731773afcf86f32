"""Both of Blogger's exports in, articles and then comments out."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from app.extract import ExtractError
from app.extract.readers.blogger import read_blogger
from app.extract.readers.item import Item, LooseComment, Unreadable

FIXTURES = Path(__file__).parents[1] / "fixtures"
BACKUP = (FIXTURES / "blogger-backup.xml").read_bytes()
TAKEOUT = (FIXTURES / "blogger-takeout.atom").read_bytes()
OLD, NEW = "tag:blogger.com,1999:blog-77.", "tag:blogger.com,1999:blog-88."


def read(content: bytes) -> list[Item | LooseComment | Unreadable]:
    return list(read_blogger(BytesIO(content)))


def items(content: bytes) -> dict[str, Item]:
    return {item.title: item for item in read(content) if isinstance(item, Item)}


def comments(content: bytes) -> list[LooseComment]:
    return [entry for entry in read(content) if isinstance(entry, LooseComment)]


def test_every_field_of_a_backed_up_post_arrives() -> None:
    assert items(BACKUP)["The night ferry"] == Item(
        key=f"{OLD}post-101",
        title="The night ferry",
        markdown=(
            "[![](http://img.example/s320/pier.jpg)](http://img.example/pier.jpg)\n\n“It stays,” she said. **Twice.**"
            "\n\nA \\[second] part [here](http://quayside.example/about)."
        ),
        status="published",
        published_at=datetime(2012, 5, 1, 16, tzinfo=UTC),
        updated_at=datetime(2012, 5, 1, 16, 30, tzinfo=UTC),
        slug="night-ferry",
        authors=("Orla Tennick",),
        tags=("Ferry", "Harbour & Sea"),
        url="http://quayside.example/2012/05/night-ferry.html",
        credit="Reprinted with permission from The Daily Example.",
    )


def test_every_field_of_a_takeout_post_arrives() -> None:
    assert items(TAKEOUT)["The ferry's night"] == Item(
        key=f"{NEW}post-1",
        title="The ferry's night",
        markdown="“It stays.”",
        status="published",
        published_at=datetime(2023, 3, 1, 8, tzinfo=UTC),
        updated_at=datetime(2023, 3, 1, 8, 30, tzinfo=UTC),
        slug="ferry-night",
        summary="The boat & the pier.",
        authors=("Orla Tennick",),
        tags=("Ferry", "Sea", "Pier"),
        url="https://quayside.example/2023/03/ferry-night.html",
    )


def test_drafts_scheduled_posts_and_pages_arrive_as_such() -> None:
    old, new = items(BACKUP), items(TAKEOUT)
    assert (old["Half done"].status, old["Half done"].published_at, old["Half done"].url) == ("draft", None, None)
    assert (new["Half done"].status, new["Half done"].published_at) == ("draft", None)
    assert (new["To come"].status, new["To come"].published_at) == ("draft", datetime(2033, 3, 2, 10, tzinfo=UTC))
    assert (old["About"].status, old["About"].markdown, old["About"].slug) == ("published", "Who we *are*.", "about")
    assert (new["About"].status, new["About"].slug) == ("published", "about")
    assert new["About"].published_at == datetime(2022, 1, 1, 10, tzinfo=UTC)


def test_templates_settings_and_the_trash_are_left_out() -> None:
    assert list(items(BACKUP)) == ["The night ferry", "Half done", "About"]
    assert list(items(TAKEOUT)) == ["The ferry's night", "Half done", "To come", "About"]


def test_backed_up_comments_follow_the_posts_in_their_threads() -> None:
    found = comments(BACKUP)
    assert [(c.item_key, c.comment.key, c.comment.parent_key, c.comment.author_name) for c in found] == [
        (f"{OLD}post-101", f"{OLD}post-301", None, "Ada"),
        (f"{OLD}post-101", f"{OLD}post-302", f"{OLD}post-301", "Orla Tennick"),
        (f"{OLD}post-101", f"{OLD}post-303", f"{OLD}post-302", "Anonymous"),
    ]
    assert found[0].comment.text == 'Well put.\n\nAgain "well".'
    assert found[0].comment.created_at == datetime(2012, 5, 2, 15, tzinfo=UTC)
    assert {c.comment.status for c in found} == {"approved"}


def test_takeout_comments_follow_the_posts_with_their_states() -> None:
    assert [
        (c.item_key, c.comment.key, c.comment.parent_key, c.comment.author_name, c.comment.status)
        for c in comments(TAKEOUT)
    ] == [
        (f"{NEW}post-1", f"{NEW}post-201", None, "Ada", "approved"),
        (f"{NEW}post-1", f"{NEW}post-202", f"{NEW}post-201", "Anonymous", "spam"),
        (f"{NEW}post-1", f"{NEW}post-203", None, "Cy", "pending"),
    ]


def test_what_cannot_be_read_is_told() -> None:
    assert [entry for entry in read(BACKUP) if isinstance(entry, Unreadable)] == [
        Unreadable(f"{OLD}post-304", "The article that it belongs to is not in the file.")
    ]
    assert [entry for entry in read(TAKEOUT) if isinstance(entry, Unreadable)] == [
        Unreadable(f"{NEW}post-6", "It has no title."),
        Unreadable(f"{NEW}post-1", "An entry before it has the same id."),
        Unreadable(f"{NEW}post-203", "A comment before it has the same id."),
    ]


def test_no_email_leaves_the_reader() -> None:
    assert "@" not in repr(read(BACKUP)) + repr(read(TAKEOUT))


def test_truncated_file_yields_its_posts_and_comments_before_it_fails() -> None:
    stream = read_blogger(BytesIO(TAKEOUT[: TAKEOUT.index(b"Half done")]))
    assert isinstance(next(stream), Item)
    assert isinstance(next(stream), LooseComment)
    with pytest.raises(ExtractError, match="breaks off at line") as caught:
        next(stream)
    assert caught.value.code == "truncated"


def test_stream_may_begin_in_the_middle_of_a_file() -> None:
    stream = BytesIO(b"head of another kind" + TAKEOUT)
    stream.seek(len(b"head of another kind"))
    assert list(read_blogger(stream)) == read(TAKEOUT)
