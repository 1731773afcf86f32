"""Atom (RFC 4287), in pages (RFC 5005, 3), with replies (RFC 4685)."""

from xml.etree.ElementTree import Element

from app.feeds.channel import Channel, Item
from app.markup import add, to_bytes
from app.schemas import in_utc
from app.sources.schemas import SourceOut

MEDIA_TYPE = "application/atom+xml"


def write(channel: Channel) -> bytes:
    """The page as an Atom feed document."""
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    if any(item.answers for item in channel.items):
        root.set("xmlns:thr", "http://purl.org/syndication/thread/1.0")
    add(root, "id", channel.first)
    add(root, "title", channel.title)
    add(root, "updated", in_utc(channel.updated_at))
    add(add(root, "author"), "name", channel.publisher)
    add(root, "link", rel="alternate", href=channel.home)
    links = {"self": channel.url, "first": channel.first, "next": channel.next, "previous": channel.prev}
    for rel, href in links.items():
        if href:
            add(root, "link", rel=rel, href=href, type=MEDIA_TYPE)
    for item in channel.items:
        _write(add(root, "entry"), item)
    return to_bytes(root)


def _write(made: Element, item: Item) -> None:
    if item.language:
        made.set("xml:lang", item.language)
    add(made, "id", item.id)
    add(made, "title", item.title)
    add(made, "link", rel="alternate", type="text/html", href=item.url)
    if item.original:
        add(made, "link", rel="via", href=item.original)
    if item.answers:
        add(made, "thr:in-reply-to", ref=item.answers.id, href=item.answers.url, type="text/html")
    add(made, "published", in_utc(item.published_at))
    add(made, "updated", in_utc(item.updated_at))
    for author in item.authors:
        add(add(made, "author"), "name", author)
    for tag in item.tags:
        add(made, "category", term=tag)
    if item.summary:
        add(made, "summary", item.summary)
    add(made, "content", item.html, type="html")
    if item.credit:
        add(made, "rights", item.credit)
    if item.assigner:
        _write_source(add(made, "source"), item.assigner, item)


def _write_source(made: Element, assigner: SourceOut, item: Item) -> None:
    """Whom an entry was taken over from (RFC 4287, 4.2.11)."""
    add(made, "id", assigner.url or f"urn:uuid:{assigner.id}")
    add(made, "title", assigner.name)
    add(made, "updated", in_utc(item.published_at))
    if assigner.url:
        add(made, "link", rel="alternate", href=assigner.url)
