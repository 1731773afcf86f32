"""What an article rests on, as edges of the citation graph: read off what readers get of it, and nothing else."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any
from urllib.parse import urldefrag, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy.orm import Session

from app.articles import queries
from app.articles.models import Article, Masthead
from app.articles.schemas import ArticleOut
from app.edges.actions import ONCE, draw, lead
from app.quotes.schemas import HopOut
from app.schemas import ID, id_from, in_ascii

MENDS = ("correction", "clarification", "retraction")
"""Kinds of corrections that say that something was wrong; a page named in one says how it is."""

_EDGES = UUID("6e7f0b52-6f63-5f0e-9f5e-3b8a1a4b7c11")  # a namespace (RFC 9562, 6.5) of our own
_LINK = re.compile(r'<a [^>]*?href="(https?://[^"]+)"', re.IGNORECASE)
_NAMED = re.compile(r"https?://[^\s<>\"“”]*[^\s<>\"“”.,;:!?)\]'’]", re.IGNORECASE)

Own = Callable[[str], str | None]
"""Tells of an address which article of this site it names, by slug or id; None for a page elsewhere."""


@dataclass(frozen=True, slots=True)
class Node:
    """One end of an edge. `url`: of a page, and of an article that is known by nothing else so far."""

    kind: str
    id: UUID
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """An edge before it is written. `is_origin`: what was taken begins with the head, as far as the article says."""

    kind: str
    tail: Node
    head: Node
    is_origin: bool = False
    url: str | None = None


def page(url: str) -> str:
    """The address of a page: without a fragment, and with scheme and host in small letters.

    >>> page("HTTPS://Example.org/Ferry#:~:text=no")
    'https://example.org/Ferry'
    """
    parts = urlsplit(urldefrag(url).url)
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def page_id(url: str) -> UUID:
    """By which the page at this address, as `page` has it, is known in the graph: the UUIDv5 of RFC 9562."""
    return uuid5(NAMESPACE_URL, url)


@cache
def own_pages(template: str) -> Own:
    """Which articles the addresses of this site name.

    >>> own_pages("https://example.org/{slug}.html")("https://example.org/night-ferry.html")
    'night-ferry'

    None, if only what follows a `#` tells them apart: to the graph they are one page.

    >>> own_pages("https://example.org/#/{slug}")("https://example.org/")
    """
    form = re.escape(page(template)).replace(r"\{slug\}", "([^/?#]+)", 1).replace(r"\{id\}", f"({ID.pattern})", 1)
    pattern = re.compile(form)

    def own(url: str) -> str | None:
        found = pattern.fullmatch(url)
        return found[1] if found and found.groups() else None

    return own


def references(document: ArticleOut, own: Own) -> Iterator[Reference]:
    """What the document says of who rests on whom; the same thing may come twice, and what rests on itself too."""
    article = Node("article", document.id)
    names = {document.slug, *document.aliases, str(document.id)}

    def node(url: str) -> Node | None:
        try:
            address = page(url if url.isascii() else in_ascii(url))
        except ValueError:  # what looks like an address and is none, as http://[
            return None
        named = own(address)
        if named in names:
            return article
        return Node("article" if named else "page", page_id(address), address)

    for quote in document.quotes or []:
        yield from _passed_on(article, quote.attribution, node)
    for citation in document.sources:
        if citation.role in _SAID:
            yield Reference(_SAID[citation.role], article, Node("source", citation.source.id), citation.role == "cited")
    if document.permission and document.canonical_url and (original := node(document.canonical_url)):
        yield Reference("reprints", article, original, url=original.url)
    for url in _LINK.findall(document.body.html) if document.body else ():
        if cited := node(unescape(url)):
            yield Reference("cites", article, cited, url=cited.url)
    for correction in document.corrections:
        for url in _NAMED.findall(correction.text) if correction.kind in MENDS else ():
            if mending := node(url):
                yield Reference("corrects", mending, article, url=mending.url)


_SAID = {"cited": "cites", "reprinted_from": "reprints"}


def _passed_on(article: Node, way: Iterable[HopOut], node: Callable[[str], Node | None]) -> Iterator[Reference]:
    """The way of a quote: each station took the words from the one before it, and the article from the last."""
    stations = [hop for hop in way if hop.role != "publisher"]
    takers = [*(Node("source", hop.source.id) for hop in stations[1:]), article]
    for hop, taker in zip(stations, takers, strict=False):  # a quote may have no station at all
        giver = Node("source", hop.source.id)
        if hop.role != "reprinted_from":
            yield Reference("quotes", taker, giver, hop.role == "speaker", hop.url)
        if hop.url and (printed := node(hop.url)) and printed.kind == "article":
            yield Reference("quotes", taker, printed, url=printed.url)


def edges_of(rendition: Mapping[str, Any], document: ArticleOut, masthead: Masthead) -> Iterator[dict[str, Any]]:
    """The values of each `Edge` of a rendition, once."""
    found: dict[tuple[str, UUID, UUID], Reference] = {}
    for reference in references(document, own_pages(masthead.article_url)):
        key = reference.kind, reference.tail.id, reference.head.id
        if reference.tail == reference.head:
            continue
        if key not in found or reference.is_origin > found[key].is_origin:
            found[key] = reference
    stretch = {name: rendition[name] for name in ("article_id", "visible_from", "visible_until", "published_at")}
    start = f"{rendition['article_id']} {rendition['visible_from']:%Y%m%dT%H%M%S.%f}"
    for (kind, tail, head), reference in found.items():
        yield stretch | {
            "id": uuid5(_EDGES, f"{start} {kind} {tail} {head}"),
            "kind": kind,
            "tail_kind": reference.tail.kind,
            "tail": tail,
            "head_kind": reference.head.kind,
            "head": head,
            "is_origin": reference.is_origin,
            "url": reference.url,
        }


def connect(session: Session, masthead: Masthead, articles: Iterable[Article], edges: list[dict[str, Any]]) -> None:
    """Write the edges of these articles, and let all that name one of them by its address lead to it."""
    own = own_pages(masthead.article_url)
    named = {page_id(edge["url"]): name for edge in edges if edge["url"] and (name := own(edge["url"]))}
    known = dict(session.execute(queries.owners(set(named.values()))).all()) if named else {}
    found: dict[tuple[Any, ...], dict[str, Any]] = {}  # two addresses may be of one article
    for edge in edges:
        for end in ("tail", "head"):
            if (name := named.get(edge[end])) is not None:
                edge[end] = known.get(name) or id_from(name) or edge[end]
        if edge["tail"] != edge["head"]:
            found.setdefault(tuple(edge[name] for name in ONCE), edge)
    draw(session, list(found.values()))
    addresses = (
        (page(masthead.url_of(article, row.slug)), article.id) for article in articles for row in article.slugs
    )
    lead(session, {page_id(address): article_id for address, article_id in addresses if own(address)})


def found_at(session: Session, masthead: Masthead, url: str) -> UUID:
    """By which the graph knows what is at this address: an article of this site, or a page elsewhere."""
    address = page(url)
    if (name := own_pages(masthead.article_url)(address)) is None:
        return page_id(address)
    known = dict(session.execute(queries.owners([name])).all())
    return known.get(name) or id_from(name) or page_id(address)
