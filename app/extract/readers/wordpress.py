"""WordPress eXtended RSS (WXR) 1.0 to 1.2, as Tools → Export writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, Final
from urllib.parse import unquote

from lxml import etree

from app.extract.draft import ExtractError
from app.extract.readers.addresses import web_address
from app.extract.readers.attachments import Pictures
from app.extract.readers.fields import NO_TEXT, comment, moment, public_name, unique, unreadable
from app.extract.readers.html import to_body, to_line, to_markdown
from app.extract.readers.item import CommentStatus, Item, ItemComment, LooseComment, Unreadable
from app.extract.readers.seen import Seen
from app.extract.readers.xml import read_entries

_KINDS = frozenset(["post", "page"])
_NOT_KEPT = frozenset(["trash", "auto-draft", "inherit"])
_UNDATED = frozenset(["draft", "pending"])
_TAGS = frozenset(["category", "post_tag", "tag"])
_CANONICAL = ("_yoast_wpseo_canonical", "rank_math_canonical_url")
_COMMENT_STATES: Final[dict[str, CommentStatus]] = {
    "1": "approved", "approve": "approved", "spam": "spam", "trash": "deleted", "post-trashed": "deleted",
}  # fmt: skip
_CAPTION = re.compile(
    r"\[(?:wp_)?caption\b(?P<attributes>[^\]]{0,1000})\]\s*"
    r"(?P<image>(?:<a\b[^<>]{0,2000}>\s*)?<img\b[^<>]{0,4000}>(?:\s*</a>)?)?"
)
_OLD_CAPTION = re.compile(r"\scaption=\"([^\"]*)\"")
_CAPTION_END = re.compile(r"\[/(?:wp_)?caption\]")
_MEDIA = re.compile(r"\[(?:gallery|playlist|audio|video)\b[^\]]{0,1000}\](?:\[/(?:audio|video)\])?")
_EMBED = re.compile(r"\[embed\b[^\]]{0,1000}\]([^\[\]]{0,2000})\[/embed\]")


def read_wxr(stream: BinaryIO) -> Iterator[Item | LooseComment | Unreadable]:
    """Yield the posts and pages of an export in its order, each with its comments.

    `Item.key` is the guid. Published posts without a password are published, all others drafts;
    the trash, menus, revisions and other types are left out, as are pingbacks and trackbacks. Of
    attachments, a post's featured picture stands first in its body unless the body shows it; as
    it may come behind the post, the stream is read twice and must be seekable. Comments that
    cannot be read follow their article. E-mail and network addresses never leave this function,
    and nothing that the file names is fetched.

    Raises `ExtractError` as `read_entries` does.
    """
    start = stream.tell()
    site = _Site(Pictures(_pictures(stream)))
    stream.seek(start)
    seen = Seen()
    for element in read_entries(stream, frozenset(["channel"]), frozenset(["item", "author", "language"])):
        name, fields = _name(element.tag), _fields(element)
        if name == "language":
            site.language = to_line(element.text or "") or None
        elif name == "wp:author":
            site.authors[fields.get("wp:author_login", "")] = _display_name(fields)
        elif name == "item" and fields.get("wp:post_type", "post") in _KINDS:
            if fields.get("wp:status") in _NOT_KEPT:
                continue
            key = (fields.get("guid") or fields.get("link") or fields.get("wp:post_id", "")).strip()
            if key in seen:
                yield Unreadable(key, "An entry before it has the same id.")
                continue
            comments = [*_comments(element)]
            item = _item(key, element, fields, site, [c for c in comments if isinstance(c, ItemComment)])
            yield item
            if isinstance(item, Item):
                seen.add(key)
                yield from (replace(c, key=f"{key}#comment-{c.key}") for c in comments if isinstance(c, Unreadable))


@dataclass(slots=True)
class _Site:
    """What holds for all posts: pictures by number, display names by login, the language."""

    pictures: Pictures
    authors: dict[str, str | None] = field(default_factory=dict)
    language: str | None = None


def _pictures(stream: BinaryIO) -> Iterator[tuple[str, str, str, str]]:
    """The attachments up to where the file ends or breaks off: number, address, words that stand for it, caption."""
    with suppress(ExtractError):  # told when the posts are read
        for element in read_entries(stream, frozenset(["channel"]), frozenset(["item"])):
            if any(_name(child.tag) == "wp:post_type" and child.text == "attachment" for child in element):
                fields = _fields(element)
                number = fields.get("wp:post_id", "").strip()
                url = web_address(fields.get("wp:attachment_url") or fields.get("guid", ""))
                if number and url:
                    alt = to_line(next(_metas(element, ("_wp_attachment_image_alt",)), ""))
                    yield number, url, alt, fields.get("excerpt:encoded", "")


def _item(
    key: str, element: etree._Element, fields: dict[str, str], site: _Site, comments: list[ItemComment]
) -> Item | Unreadable:
    title, html = to_line(fields.get("title", "")), fields.get("content:encoded", "")
    if reason := unreadable(title, html):
        return Unreadable(key, reason)
    # Posts of the block editor hold their own paragraphs; all others count on WordPress to make them of line breaks.
    link = fields.get("link", "").strip()
    markdown, credit = to_body(_unfold(html), link, line_breaks="<!-- wp:" not in html)
    if not markdown:
        return Unreadable(key, NO_TEXT)
    if featured := site.pictures.figure(next(_metas(element, ("_thumbnail_id",)), ""), html):
        markdown = f"{to_markdown(featured)}\n\n{markdown}"
    creator = fields.get("dc:creator", "")
    status = fields.get("wp:status", "publish")
    return Item(
        key=key,
        title=title,
        markdown=markdown,
        status="published" if status == "publish" and not fields.get("wp:post_password") else "draft",
        published_at=None if status in _UNDATED else _published_at(fields),
        updated_at=moment(fields.get("wp:post_modified_gmt")) or moment(fields.get("wp:post_modified")),
        slug=unquote(fields.get("wp:post_name", "")).strip() or None,
        former_slugs=unique(map(unquote, _metas(element, ("_wp_old_slug",)))),
        summary=to_line(fields.get("excerpt:encoded", "")) or None,
        language=site.language,
        authors=unique([site.authors[creator] if creator in site.authors else public_name(creator)]),
        tags=unique(to_line(tag.text or "") for tag in element.iterfind("category") if tag.get("domain") in _TAGS),
        url=web_address(link),
        canonical_url=_canonical(element),
        credit=credit,
        comments_open=fields["wp:comment_status"] == "open" if "wp:comment_status" in fields else None,
        comments=_threads(comments),
    )


def _unfold(html: str) -> str:
    """The HTML with the shortcodes of captions as figures, of embedded pages as addresses, and without those
    of galleries, sounds and films."""
    if "[" not in html:
        return html
    html = _EMBED.sub(r"\1", _MEDIA.sub("", _CAPTION_END.sub("</p></figure>", html)))
    return _CAPTION.sub(_figure, html)


def _figure(caption: re.Match[str]) -> str:
    old = _OLD_CAPTION.search(caption["attributes"])
    return f"<figure>{caption['image'] or ''}<p>{old[1] if old else ''}"


def _published_at(fields: dict[str, str]) -> datetime | None:
    """In UTC; WordPress writes zeros for a moment that it has only in the site's own time."""
    times = (moment(fields.get(name)) for name in ("wp:post_date_gmt", "pubDate", "wp:post_date"))
    return next((time for time in times if time), None)


def _display_name(author: dict[str, str]) -> str | None:
    both = f"{author.get('wp:author_first_name', '')} {author.get('wp:author_last_name', '')}"
    names = (author.get("wp:author_display_name"), both, author.get("wp:author_login"))
    return next(filter(None, map(public_name, names)), None)


def _canonical(element: etree._Element) -> str | None:
    """Where the original is, as the plug-ins for search engines note it."""
    return next((web_address(value) for value in _metas(element, _CANONICAL)), None)


def _metas(element: etree._Element, keys: Collection[str]) -> Iterator[str]:
    """The values of a post's own fields of these names."""
    for child in element:
        if _name(child.tag) == "wp:postmeta":
            row = _fields(child)
            if row.get("wp:meta_key") in keys:
                yield row.get("wp:meta_value", "").strip()


def _comments(element: etree._Element) -> Iterator[ItemComment | Unreadable]:
    """What readers wrote, in the file's order."""
    seen: set[str] = set()
    for child in element:
        if _name(child.tag) != "wp:comment":
            continue
        fields = _fields(child)
        if fields.get("wp:comment_type", "") not in ("", "comment"):
            continue
        key, parent = fields.get("wp:comment_id", "").strip(), fields.get("wp:comment_parent", "").strip()
        if key in seen:
            yield Unreadable(key, "A comment before it has the same id.")
            continue
        seen.add(key)
        yield comment(
            key,
            parent,
            fields.get("wp:comment_author"),
            fields.get("wp:comment_content", ""),
            moment(fields.get("wp:comment_date_gmt")) or moment(fields.get("wp:comment_date")),
            _COMMENT_STATES.get(fields.get("wp:comment_approved", ""), "pending"),
            line_breaks=True,
        )


def _threads(comments: list[ItemComment]) -> tuple[ItemComment, ...]:
    """The comments; those whose parent is not among them (0, or a pingback) begin a thread."""
    keys = {comment.key for comment in comments}
    return tuple(c if c.parent_key in keys else replace(c, parent_key=None) for c in comments)


def _fields(element: etree._Element) -> dict[str, str]:
    """The texts of its children by name; of several with one name, the first."""
    fields: dict[str, str] = {}
    for child in element:
        fields.setdefault(_name(child.tag), child.text or "")
    return fields


@lru_cache(maxsize=1024)
def _name(tag: str) -> str:
    """The element's name with its usual prefix, whatever version and scheme its namespace has."""
    namespace, _, local = tag.rpartition("}")
    if "wordpress.org/export/" in namespace:
        return f"{'excerpt' if namespace.rstrip('/').endswith('/excerpt') else 'wp'}:{local}"
    if "purl.org/rss/1.0/modules/content" in namespace:
        return f"content:{local}"
    return f"dc:{local}" if "purl.org/dc/elements" in namespace else tag
