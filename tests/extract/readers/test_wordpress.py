"""WordPress exports in, articles with their comments out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from app.extract import ExtractError
from app.extract.readers.item import Item, ItemComment, LooseComment, Unreadable
from app.extract.readers.wordpress import read_wxr

FIXTURE = (Path(__file__).parents[1] / "fixtures" / "wordpress.xml").read_bytes()


def read(content: bytes) -> list[Item | LooseComment | Unreadable]:
    return list(read_wxr(BytesIO(content)))


def items(content: bytes) -> dict[str, Item]:
    return {item.title: item for item in read(content) if isinstance(item, Item)}


def export(*entries: str, version: str = "1.2", scheme: str = "http", head: str = "") -> bytes:
    wp = f"{scheme}://wordpress.org/export/{version}/"
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><rss xmlns:excerpt='{wp}excerpt/' xmlns:wp='{wp}'"
        " xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'>"
        f"<channel>{head}{''.join(entries)}</channel></rss>"
    ).encode()


def post(title: str = "T", body: str = "B", key: str = "k", more: str = "") -> str:
    return (
        f"<item><title>{title}</title><guid>{key}</guid><content:encoded><![CDATA[{body}]]></content:encoded>"
        f"<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>{more}</item>"
    )


def test_every_field_of_a_post_arrives() -> None:
    item = items(FIXTURE)["The night ferry & the pier"]
    assert item == Item(
        key="https://harbour.example/?p=11",
        title="The night ferry & the pier",
        markdown=(
            "“We will not leave anybody ashore,” [Maren Oduya](https://harbour.example/people/maren) said.\\\n"
            "She spoke at the **pier**.\n\n"
            "[![The pier](https://harbour.example/wp-content/pier-300.jpg)](https://harbour.example/wp-content/pier.jpg)"
            "\n\nThe pier at dusk\n\n> The boat stays.\n\nA \\[shortcode] stays as it is, and 2 \\* 3 too."
        ),
        status="published",
        published_at=datetime(2024, 5, 1, 18, 30, tzinfo=UTC),
        updated_at=datetime(2024, 5, 1, 19, 0, tzinfo=UTC),
        slug="night-ferry",
        summary="The last boat goes on sailing.",
        language="en-GB",
        authors=("Orla Tennick",),
        tags=("Harbour & Sea", "Ferry"),
        url="https://harbour.example/2024/05/night-ferry/",
        canonical_url="https://daily.example/ferry",
        credit="Reprinted with permission from The Daily Example.",
        comments_open=True,
        comments=item.comments,
    )


def test_comments_arrive_with_their_threads_and_states_and_without_pingbacks() -> None:
    ada, answer, spam, gone = items(FIXTURE)["The night ferry & the pier"].comments
    assert ada == ItemComment(
        "101", None, "Ada & Co", 'Well put.\n\nSecond "thought".', datetime(2024, 5, 1, 19, tzinfo=UTC), "approved"
    )
    assert (answer.key, answer.parent_key, answer.author_name, answer.status) == ("102", "101", "Anonymous", "pending")
    assert (spam.author_name, spam.created_at, spam.status) == ("Anonymous", None, "spam")
    assert (gone.parent_key, gone.status) == (None, "deleted")


def test_pages_arrive_and_moments_without_a_gmt_date_come_from_pub_date() -> None:
    page = items(FIXTURE)["About us"]
    assert (page.markdown, page.slug, page.comments_open) == ("We print news.", "über-uns", False)
    assert page.published_at == datetime(2024, 1, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "status", "year"),
    [
        ("The night ferry & the pier", "published", 2024),
        ("Not yet", "draft", None),
        ("Behind a password", "draft", 2024),
        ("A private note", "draft", 2024),
        ("To come", "draft", 2034),
        ("Awaiting review", "draft", None),
        ("The last one", "published", None),
    ],
)
def test_only_what_the_public_could_read_is_published(title: str, status: str, year: int | None) -> None:
    item = items(FIXTURE)[title]
    assert (item.status, item.published_at.year if item.published_at else None) == (status, year)


def test_trash_attachments_menus_and_revisions_are_left_out() -> None:
    assert not {"Thrown away", "pier.jpg", "Menu", "Revision"} & set(items(FIXTURE))


def test_what_cannot_be_read_is_told_in_its_place_and_the_rest_goes_on() -> None:
    assert [entry for entry in read(FIXTURE) if isinstance(entry, Unreadable)] == [
        Unreadable("https://harbour.example/?p=11#comment-101", "A comment before it has the same id."),
        Unreadable("https://harbour.example/?p=11#comment-106", "It has no text."),
        Unreadable("untitled", "It has no title."),
        Unreadable("empty", "It has no text."),
        Unreadable("https://harbour.example/?p=11", "An entry before it has the same id."),
    ]
    assert list(items(FIXTURE))[-1] == "The last one"


def test_no_email_or_network_address_leaves_the_reader() -> None:
    found = repr(read(FIXTURE))
    assert not re.search(r"@(?:harbour|private|shop)\.example|203\.0\.113", found)
    assert "Tobin Farr" in found


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_all_versions_and_both_namespaces_are_read(version: str, scheme: str) -> None:
    more = "<dc:creator>ann</dc:creator><category domain='tag'>x</category><excerpt:encoded>s</excerpt:encoded>"
    (item,) = read(export(post(more=more), version=version, scheme=scheme))
    assert isinstance(item, Item)
    assert (item.authors, item.tags, item.summary, item.status) == (("ann",), ("x",), "s", "published")


@pytest.mark.parametrize(
    ("body", "markdown"),
    [
        (
            "[caption width='3' caption=\"Old\"]<img src='https://e.org/a.png' />[/caption]",
            "![](https://e.org/a.png)\n\nOld",
        ),
        ("a[caption]<img src='https://e.org/a.png'> c[/caption]b", "a\n\n![](https://e.org/a.png)\n\nc\n\nb"),
        ("a [caption] [gallery] b", "a\n\nb"),
        ('a [audio mp3="https://e.org/a.mp3"][/audio][embed width="3"]https://e.org/b[/embed]', "a https://e.org/b"),
        ("<!-- wp:quote --><blockquote><p>a\nb</p></blockquote><!-- /wp:quote -->", "> a b"),
        ("<h2>a</h2>\nb\n<ul>\n<li>c</li>\n</ul>\nd", "## a\n\nb\n\n- c\n\nd"),
    ],
)
def test_bodies_read_as_wordpress_would_show_them(body: str, markdown: str) -> None:
    (item,) = read(export(post(body=body)))
    assert isinstance(item, Item)
    assert item.markdown == markdown


def test_ten_thousand_comments_stand_under_one_post() -> None:
    comments = "".join(
        f"<wp:comment><wp:comment_id>{n}</wp:comment_id><wp:comment_parent>{n - 1}</wp:comment_parent>"
        f"<wp:comment_content>c</wp:comment_content><wp:comment_approved>1</wp:comment_approved></wp:comment>"
        for n in range(1, 10_001)
    )
    (item,) = read(export(post(more=comments)))
    assert isinstance(item, Item)
    assert [c.parent_key for c in item.comments] == [None, *(str(n) for n in range(1, 10_000))]


def test_post_longer_than_any_article_is_unreadable_and_the_next_is_read() -> None:
    first, second = read(export(post(body="x" * 5_000_001), post(key="l")))
    assert isinstance(first, Unreadable)
    assert isinstance(second, Item)


def test_former_slugs_arrive() -> None:
    old = "<wp:postmeta><wp:meta_key>_wp_old_slug</wp:meta_key><wp:meta_value>{}</wp:meta_value></wp:postmeta>"
    (item,) = items(export(post(more=old.format("boat") + old.format("n%C3%A4chte")))).values()
    assert item.former_slugs == ("boat", "nächte")


def attachment(number: int, more: str = "") -> str:
    return (
        f"<item><title>pier</title><wp:post_id>{number}</wp:post_id><wp:post_type>attachment</wp:post_type>"
        "<excerpt:encoded>The pier at &lt;b&gt;dusk&lt;/b&gt;</excerpt:encoded>"
        f"<wp:attachment_url>https://w.example/{number}/pier.jpg</wp:attachment_url>{more}</item>"
    )


def meta(key: str, value: str) -> str:
    return f"<wp:postmeta><wp:meta_key>{key}</wp:meta_key><wp:meta_value>{value}</wp:meta_value></wp:postmeta>"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_featured_picture_stands_first_wherever_its_attachment_is(scheme: str) -> None:
    before, after = attachment(7), attachment(8, meta("_wp_attachment_image_alt", "The “pier” &amp; boat"))
    posts = [post(str(n), "Words.", f"k{n}", meta("_thumbnail_id", str(n))) for n in (7, 8, 9)]
    found = items(export(before, *posts, after, scheme=scheme))
    assert found["7"].markdown == "![](https://w.example/7/pier.jpg)\n\nThe pier at **dusk**\n\nWords."
    assert found["8"].markdown.startswith("![The “pier” & boat](https://w.example/8/pier.jpg)\n\n")
    assert found["9"].markdown == "Words.", "its attachment is not in the file"


@pytest.mark.parametrize("name", ["pier.jpg", "pier-300x200.jpg", "pier-scaled.jpg"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_featured_picture_that_the_body_shows_is_not_shown_twice(scheme: str, name: str) -> None:
    body = f'Words. <img src="{scheme}://w.example/7/{name}" alt="The pier">'
    (item,) = items(export(attachment(7), post(body=body, more=meta("_thumbnail_id", "7")))).values()
    assert item.markdown.count("![") == 1


def test_a_post_that_is_a_picture_only_has_no_text() -> None:
    (found,) = read(export(attachment(7), post(body="<p></p>", more=meta("_thumbnail_id", "7"))))
    assert isinstance(found, Unreadable)


def test_another_picture_with_the_same_beginning_is_another() -> None:
    body = 'Words. <img src="https://w.example/7/pier-two.jpg" alt="Another">'
    (item,) = items(export(attachment(7), post(body=body, more=meta("_thumbnail_id", "7")))).values()
    assert item.markdown.count("![") == 2


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "", "x&quot; onerror=&quot;alert(1)"])
def test_an_attachment_without_a_web_address_is_left_out(url: str) -> None:
    there = re.sub("https://w.example/7/pier.jpg", url, attachment(7))
    (item,) = items(export(there, post(body="Words.", more=meta("_thumbnail_id", "7")))).values()
    assert "javascript" not in item.markdown
    assert "onerror" not in item.markdown
    assert "![" not in item.markdown


def test_a_file_that_breaks_off_gives_the_posts_before_and_their_pictures() -> None:
    content = export(attachment(7), post(body="Words.", more=meta("_thumbnail_id", "7")), post("U", key="u"))
    entries = read_wxr(BytesIO(content[:-40]))
    first = next(entries)
    assert isinstance(first, Item)
    assert "7/pier.jpg" in first.markdown
    with pytest.raises(ExtractError, match="breaks off"):
        list(entries)


def test_stream_may_begin_in_the_middle_of_a_file() -> None:
    stream = BytesIO(b"head of another kind" + FIXTURE)
    stream.seek(len(b"head of another kind"))
    assert list(read_wxr(stream)) == read(FIXTURE)
