"""RSS 2.0 (rssboard.org), with the modules that readers know: content, dc and atom."""

from email.utils import format_datetime
from xml.etree.ElementTree import Element

from app.feeds.channel import Channel, Item
from app.markup import add, to_bytes

MEDIA_TYPE = "application/rss+xml"

_NAMESPACES = {
    "xmlns:atom": "http://www.w3.org/2005/Atom",
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
}


def write(channel: Channel) -> bytes:
    """The page as RSS."""
    root = Element("rss", {"version": "2.0", **_NAMESPACES})
    made = add(root, "channel")
    add(made, "title", channel.title)
    add(made, "link", channel.home)
    add(made, "description", channel.title)
    links = {"self": channel.url, "first": channel.first, "next": channel.next, "previous": channel.prev}
    for rel, href in links.items():
        if href:
            add(made, "atom:link", rel=rel, href=href, type=MEDIA_TYPE)
    add(made, "lastBuildDate", format_datetime(channel.updated_at))
    for item in channel.items:
        _write(add(made, "item"), item)
    return to_bytes(root)


def _write(made: Element, item: Item) -> None:
    add(made, "title", item.title)
    add(made, "link", item.url)
    add(made, "guid", item.id, isPermaLink="false")
    add(made, "pubDate", format_datetime(item.published_at))
    for author in item.authors:
        add(made, "dc:creator", author)
    for tag in item.tags:
        add(made, "category", tag)
    if item.language:
        add(made, "dc:language", item.language)
    if item.original:
        add(made, "dc:source", item.original)
    if item.credit:
        add(made, "dc:rights", item.credit)
    add(made, "description", item.summary or item.html)
    add(made, "content:encoded", item.html)
