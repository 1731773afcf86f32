"""Web pages, saved as HTML: the article in the page, without what stands around it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import BinaryIO

from lxml import etree
from lxml.html import HTMLParser

from app.extract.readers.addresses import web_address
from app.extract.readers.decoding import whole
from app.extract.readers.fields import NO_TEXT, moment, public_name, slug_of, unique, unreadable
from app.extract.readers.html import to_body, to_line
from app.extract.readers.item import Item, Unreadable
from app.extract.readers.jsonld import articles_in, read_article

_LARGEST = 5_000_000
logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # what a page lacks is said in its outcome


@cache
def _configuration() -> ConfigParser:
    """Short pieces are pieces too; by default trafilatura flattens them."""
    from trafilatura.settings import use_config

    config: ConfigParser = use_config()
    config["DEFAULT"].update({"MIN_EXTRACTED_SIZE": "0", "MIN_OUTPUT_SIZE": "0"})
    return config


def read_page(stream: BinaryIO) -> Iterator[Item | Unreadable]:
    """Yield the one article of the page; `Item.key` is its canonical address, else the file's SHA-256.

    The body is what trafilatura finds. What the page says of itself in JSON-LD comes first, then its `og:` and
    other `meta` elements. No date is guessed, and nothing that the page names is fetched.
    Raises `ExtractError`: `too_large`, `bad_encoding`.
    """
    text, content = whole(stream, _LARGEST)
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    # Not huge_tree: a tree is as deep as libxml2 lets it be by default, so nothing below recurses without end.
    root = etree.fromstring(text.encode("utf-8", "ignore"), HTMLParser(encoding="utf-8", no_network=True))
    if root is None:
        yield Unreadable(digest, NO_TEXT)
        return
    described = next(_described(root), None)
    meta = _metas(root)
    url = web_address(_canonical(root) or meta.get("og:url")) or (described.url if described else None)
    title = (described.title if described else "") or _title(root, meta)
    html = _body(root, title)
    if reason := unreadable(title, html):
        yield Unreadable(url or digest, reason)
        return
    markdown, credit = to_body(html, url)
    yield _item(url or digest, url, title, markdown, credit, meta, described, root.get("lang"))


def _item(
    key: str,
    url: str | None,
    title: str,
    markdown: str,
    credit: str | None,
    meta: dict[str, str],
    described: Item | None,
    language: str | None,
) -> Item | Unreadable:
    if not (markdown := markdown or (described.markdown if described else "")):
        return Unreadable(key, NO_TEXT)
    found = Item(
        key=key,
        title=title,
        markdown=markdown,
        status="published",
        published_at=moment(meta.get("article:published_time") or meta.get("date")),
        updated_at=moment(meta.get("article:modified_time")),
        slug=slug_of(url or ""),
        summary=to_line(meta.get("og:description") or meta.get("description", "")) or None,
        language=language,
        authors=unique([public_name(meta.get("author"))]),
        tags=unique(to_line(tag) for tag in meta.get("keywords", "").split(",")),
        url=url,
        credit=credit,
    )
    if described is None:
        return found
    names = ("published_at", "updated_at", "summary", "language", "authors", "tags", "assigner", "cited", "comments")
    found = replace(found, **{name: value for name in names if (value := getattr(described, name))})
    return replace(found, credit=credit or described.credit)


def _described(root: etree._Element) -> Iterator[Item]:
    """The articles that the page's JSON-LD describes; a body is not needed there, as the page has it."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() == "application/ld+json":
            with suppress(ValueError, RecursionError):  # broken descriptions are common; the page itself is there
                for node in articles_in(json.loads(script.text or "")):
                    read = read_article({"articleBody": "-"} | node)
                    if isinstance(read, Item):
                        yield read if "articleBody" in node else replace(read, markdown="")


def _metas(root: etree._Element) -> dict[str, str]:
    """What `meta` elements say, by name or property; the first of several counts, of `article:tag` all."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name, content = (meta.get("property") or meta.get("name") or "").lower(), meta.get("content") or ""
        if name == "article:tag":
            found["keywords"] = f"{found.get('keywords', '')},{content}"
        elif name and content:
            found.setdefault(name, content)
    return found


def _canonical(root: etree._Element) -> str | None:
    links = (link for link in root.iter("link") if "canonical" in (link.get("rel") or "").lower().split())
    return next((link.get("href") for link in links), None)


def _title(root: etree._Element, meta: dict[str, str]) -> str:
    headings = ("".join(heading.itertext()) for heading in root.iter("h1", "title"))
    return to_line(meta.get("og:title") or "") or " ".join(next(headings, "").split())


def _body(root: etree._Element, title: str) -> str:
    """The article's HTML as trafilatura finds it, without the title at its head."""
    import trafilatura  # 20 MB, for which a server that is given no pages has no use

    html = trafilatura.extract(
        root,
        output_format="html",
        fast=True,
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        include_tables=True,
        config=_configuration(),
    )
    body = etree.fromstring((html or "<p/>").encode(), HTMLParser(encoding="utf-8"))
    for heading in body.iter("h1"):
        if " ".join("".join(heading.itertext()).split()) == title:
            heading.getparent().remove(heading)
            break
    return str(etree.tostring(body, encoding="unicode", method="html"))
