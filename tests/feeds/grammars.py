"""RELAX NG grammars of what the software writes, after the standards' own definitions, and JSON Feed's as a schema.

They allow less than the standards where those allow what is never written, so that anything unforeseen is found.
"""

from typing import Any

import jsonschema_rs
from lxml import etree

_HEAD = (
    '<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes"'
)


def _grammar(namespace: str, body: str) -> etree.RelaxNG:
    return etree.RelaxNG(etree.fromstring(f'{_HEAD} ns="{namespace}"><start>{body}</start>{_SHARED}</grammar>'))


def _text(name: str, kind: str = "text") -> str:
    return f'<element name="{name}"><ref name="{kind}"/></element>'


def _any(*parts: str) -> str:
    return f"<zeroOrMore>{''.join(parts)}</zeroOrMore>"


def _maybe(*parts: str) -> str:
    return f"<optional>{''.join(parts)}</optional>"


def _attribute(name: str, kind: str = "text") -> str:
    return f'<attribute name="{name}"><ref name="{kind}"/></attribute>'


_SHARED = """
<define name="text"><data type="string"><param name="minLength">1</param></data></define>
<define name="uri"><data type="anyURI"><param name="pattern">(https?|urn):[!-~]+</param></data></define>
<define name="moment"><data type="dateTime"><param name="pattern">.+Z</param></data></define>
<define name="rfc822"><data type="string"><param name="pattern">
  (Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} \\+0000</param></data></define>
<define name="language"><data type="language"/></define>
<define name="html"><value>html</value></define>
<define name="false"><value>false</value></define>
<define name="version"><value>2.0</value></define>
""".replace("\n  (Mon", "(Mon")

_LINK = f'<element name="link">{_attribute("rel")}{_attribute("href", "uri")}{_maybe(_attribute("type"))}</element>'
_PERSON = f'<element name="author">{_text("name")}</element>'
_SOURCE = (
    f'<element name="source">{_text("id", "uri")}{_text("title")}{_text("updated", "moment")}{_maybe(_LINK)}</element>'
)
_REPLY = (
    '<element name="in-reply-to" ns="http://purl.org/syndication/thread/1.0">'
    f"{_attribute('ref', 'uri')}{_attribute('href', 'uri')}{_attribute('type')}</element>"
)
_ENTRY = (
    '<element name="entry">'
    f"{_maybe(_attribute('xml:lang', 'language'))}"
    f"<interleave>{_text('id', 'uri')}{_text('title')}<oneOrMore>{_LINK}</oneOrMore>"
    f"{_text('published', 'moment')}{_text('updated', 'moment')}{_any(_PERSON)}"
    f'{_any(f"""<element name="category">{_attribute("term")}</element>""")}{_maybe(_text("summary"))}'
    f'<element name="content">{_attribute("type", "html")}<text/></element>{_maybe(_text("rights"))}{_maybe(_SOURCE)}'
    f"{_maybe(_REPLY)}"
    "</interleave></element>"
)
ATOM = _grammar(
    "http://www.w3.org/2005/Atom",
    f'<element name="feed"><interleave>{_text("id", "uri")}{_text("title")}{_text("updated", "moment")}{_PERSON}'
    f"<oneOrMore>{_LINK}</oneOrMore>{_any(_ENTRY)}</interleave></element>",
)

_DC = "http://purl.org/dc/elements/1.1/"


def _dc(name: str, kind: str = "text") -> str:
    return f'<element name="{name}" ns="{_DC}"><ref name="{kind}"/></element>'


_ITEM = (
    f'<element name="item"><interleave>{_text("title")}{_text("link", "uri")}'
    f'<element name="guid">{_attribute("isPermaLink", "false")}<ref name="uri"/></element>{_text("pubDate", "rfc822")}'
    f"{_any(_dc('creator'))}{_any(_text('category'))}{_maybe(_dc('language', 'language'))}"
    f"{_maybe(_dc('source', 'uri'))}{_maybe(_dc('rights'))}{_text('description')}"
    '<element name="encoded" ns="http://purl.org/rss/1.0/modules/content/"><text/></element></interleave></element>'
)
RSS = _grammar(
    "",
    f'<element name="rss">{_attribute("version", "version")}<element name="channel"><interleave>{_text("title")}'
    f"{_text('link', 'uri')}{_text('description')}{_text('lastBuildDate', 'rfc822')}"
    f'<oneOrMore><element name="link" ns="http://www.w3.org/2005/Atom">{_attribute("rel")}{_attribute("href", "uri")}'
    f"{_attribute('type')}</element></oneOrMore>{_any(_ITEM)}</interleave></element></element>",
)

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def _addresses(whole: str, each: str) -> etree.RelaxNG:
    one = f'<element name="{each}">{_text("loc", "uri")}{_text("lastmod", "moment")}</element>'
    return _grammar(_SITEMAP, f'<element name="{whole}"><oneOrMore>{one}</oneOrMore></element>')


SITEMAP_INDEX = _addresses("sitemapindex", "sitemap")
SITEMAP = _addresses("urlset", "url")


def _news(name: str, inside: str) -> str:
    return f'<element name="{name}" ns="{_NEWS}">{inside}</element>'


_PUBLICATION = _news("publication", _news("name", '<ref name="text"/>') + _news("language", '<ref name="language"/>'))
NEWS = _grammar(
    _SITEMAP,
    '<element name="urlset"><zeroOrMore><element name="url">'
    + _text("loc", "uri")
    + _news(
        "news",
        _PUBLICATION + _news("publication_date", '<ref name="moment"/>') + _news("title", '<ref name="text"/>'),
    )
    + "</element></zeroOrMore></element>",
)

_STRING = {"type": "string", "minLength": 1}
_URL = {"type": "string", "format": "uri"}
_AUTHORS = {
    "type": "array",
    "items": {"type": "object", "properties": {"name": _STRING}, "minProperties": 1, "additionalProperties": False},
}
_JSON_ITEM: dict[str, Any] = {
    "type": "object",
    "required": ["id", "content_html"],
    "additionalProperties": False,
    "patternProperties": {"^_[a-z]+$": {"type": "object"}},
    "properties": {
        "id": _STRING, "url": _URL, "external_url": _URL, "title": _STRING, "content_html": {"type": "string"},
        "summary": _STRING, "date_published": {"type": "string", "format": "date-time"},
        "date_modified": {"type": "string", "format": "date-time"}, "authors": _AUTHORS, "language": _STRING,
        "tags": {"type": "array", "items": _STRING},
    },
}  # fmt: skip
JSON_FEED = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "required": ["version", "title", "items"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": "https://jsonfeed.org/version/1.1"},
            "title": _STRING,
            "home_page_url": _URL,
            "feed_url": _URL,
            "next_url": _URL,
            "authors": _AUTHORS,
            "items": {"type": "array", "items": _JSON_ITEM},
        },
    },
    validate_formats=True,
)


def faults(grammar: etree.RelaxNG, content: bytes) -> list[str]:
    """What of the document the grammar does not allow."""
    grammar.validate(etree.fromstring(content))
    return [error.message for error in grammar.error_log]
