"""Feeds: RSS 0.9x to 2.0 and 1.0 (RDF), and Atom, entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from lxml import etree

from app.extract.readers.addresses import web_address
from app.extract.readers.fields import NO_TEXT, Feed, moment, public_name, slug_of, unique, unreadable
from app.extract.readers.html import to_body, to_line
from app.extract.readers.item import Item, Unreadable
from app.extract.readers.xml import read_entries

_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_ATOM = "http://www.w3.org/2005/Atom"
_PLAIN_NAMESPACES = (_ATOM, "http://purl.org/atom/ns#", "http://purl.org/rss/1.0/")


def read_feed(stream: BinaryIO) -> Iterator[Item | Unreadable]:
    """Yield the entries of an RSS or Atom feed in its order.

    `Item.key` is the guid or id, else the address. An entry that names a feed which it was taken from has that
    feed as `assigner`. Nothing that the file names is fetched. Raises `ExtractError` as `read_entries` does.
    """
    feed = Feed()
    heads = frozenset(["item", "entry", "language", "link", "author", "managingEditor"])
    for element in read_entries(stream, frozenset(["channel", "feed", "RDF"]), heads):
        entry = _Entry(element)
        match etree.QName(element).localname:
            case "item" | "entry":
                feed.language = feed.language or element.getparent().get(f"{_XML}lang")
                yield feed.once(_item(entry, feed))
            case "language":
                feed.language = to_line(element.text or "") or None
            case "link":
                feed.home = feed.home or web_address(element.get("href") or element.text)
            case "author":
                feed.authors = unique([public_name(entry.text("name"))])


def _item(entry: _Entry, feed: Feed) -> Item | Unreadable:
    url = web_address(entry.link("alternate"), feed.home)
    key = entry.text("guid", "id") or entry.about or url or ""
    content, summary = entry.html(f"{_CONTENT}encoded", "content"), entry.html("description", "summary", "subtitle")
    html = content or summary
    if reason := unreadable(title := to_line(entry.html("title")), html):
        return Unreadable(key, reason)
    markdown, credit = to_body(html, url)
    if not markdown:
        return Unreadable(key, NO_TEXT)
    origin = entry.origin()
    return Item(
        key=key,
        title=title,
        markdown=markdown,
        status="published",
        published_at=entry.moment("pubDate", "published", "issued", f"{_DUBLIN_CORE}date", "updated", "modified"),
        updated_at=entry.moment("updated", "modified"),
        slug=slug_of(url or ""),
        summary=(to_line(summary) or None) if content else None,
        language=entry.language or feed.language,
        authors=entry.authors() or feed.authors,
        tags=entry.tags(),
        url=url,
        credit=credit or (f"Originally published in {origin}" if origin else None),
        assigner=origin,
    )


class _Entry:
    """An entry by the names of its parts: those of RSS and Atom bare, others with their namespace."""

    def __init__(self, element: etree._Element) -> None:
        self._parts: dict[str, list[etree._Element]] = {}
        for child in element:
            name = etree.QName(child)
            self._parts.setdefault(name.localname if _is_plain(name) else child.tag, []).append(child)
        self.about = element.get(_RDF_ABOUT, "")
        self.language = element.get(f"{_XML}lang") or self.text(f"{_DUBLIN_CORE}language") or None

    def text(self, *names: str) -> str:
        """The first text of a part with one of these names, without white space around it."""
        texts = ((part.text or "").strip() for name in names for part in self._parts.get(name, []))
        return next(filter(None, texts), "")

    def html(self, *names: str) -> str:
        """The first part with one of these names that has anything in it, as HTML."""
        return next(filter(None, (_html(part) for name in names for part in self._parts.get(name, []))), "")

    def moment(self, *names: str) -> datetime | None:
        return next(filter(None, (moment(self.text(name)) for name in names)), None)

    def link(self, relation: str) -> str:
        """The address of this relation (Atom), or the one there is (RSS)."""
        for link in self._parts.get("link", []):
            if link.get("rel", "alternate") == relation and (address := link.get("href") or link.text):
                return str(address).strip()
        guid = next(iter(self._parts.get("guid", [])), None)  # many say of a mere number that it is an address
        return web_address(guid.text) or "" if guid is not None and guid.get("isPermaLink") != "false" else ""

    def authors(self) -> tuple[str, ...]:
        names = [part.text for part in self._parts.get(f"{_DUBLIN_CORE}creator", [])]
        for part in self._parts.get("author", []):
            named = [child.text for child in part if etree.QName(child).localname == "name"]
            names += named or [_after_email(part.text or "")]
        return unique(map(public_name, names))

    def tags(self) -> tuple[str, ...]:
        found = (part.get("label") or part.get("term") or part.text for part in self._parts.get("category", []))
        subjects = (part.text for part in self._parts.get(f"{_DUBLIN_CORE}subject", []))
        return unique(to_line(name or "") for name in [*found, *subjects])

    def origin(self) -> str | None:
        """The name of the feed that the entry was taken from."""
        for part in self._parts.get("source", []):
            titles = [_html(child) for child in part if etree.QName(child).localname == "title"]
            if name := to_line((titles or [part.text or ""])[0]):
                return name
        return None


def _is_plain(name: etree.QName) -> bool:
    return not name.namespace or name.namespace in _PLAIN_NAMESPACES


def _html(part: etree._Element) -> str:
    """What an element of a feed holds, as HTML: text constructs of Atom (RFC 4287, 3.1), else it is HTML as it is."""
    kind = part.get("type", "html")
    if len(part) and kind in ("xhtml", "application/xhtml+xml", "html", "text/html"):
        return (part.text or "") + "".join(etree.tostring(child, encoding="unicode") for child in part)
    text = (part.text or "").strip()
    bare_in_atom = "type" not in part.attrib and etree.QName(part).namespace == _ATOM
    is_text = kind in ("text", "text/plain") or bare_in_atom
    return text.replace("&", "&amp;").replace("<", "&lt;") if is_text else text


def _after_email(author: str) -> str:
    """RSS writes `address (name)`; the name."""
    _, opening, name = author.partition("(")
    return name.rstrip(") ") if opening else author
