"""From a document to a draft."""

from __future__ import annotations

from app.extract.document import Document
from app.extract.draft import Draft
from app.extract.found import find
from app.extract.headline import check_headline, headline_end
from app.extract.lexicon import listed
from app.extract.readers.plain import read_plain
from app.extract.sources import gather_sources

_SAMPLE = 4000
_ENGLISH = frozenset(listed("the of and to that is with they she by from this said which have"))


def extract_article(text: str) -> Draft:
    """Draft an article from plain text with a title line; raises `ExtractError` when it is none."""
    return extract_document(read_plain(text))


def extract_body(text: str) -> Draft:
    """Draft from a text that is all body: offsets count in `text` unchanged and the title is empty."""
    return _draft(Document("", None, None, (text,)), text)


def extract_document(document: Document) -> Draft:
    """Draft an article from what a reader made of it; `draft.text` is `document.text`."""
    return _draft(document, document.text)


def _draft(document: Document, text: str) -> Draft:
    quotes, cited = find(text, headline=0 if document.title else headline_end(text), set_off=document.set_off)
    return Draft(
        title=document.title,
        published_on=document.published_on,
        language=_language(text),
        byline=document.byline,
        text=text,
        quotes=tuple(quotes),
        sources=gather_sources(tuple(quotes), cited, document.permission),
        permission=document.permission,
        comments_open=document.comments_open,
        warnings=tuple(check_headline(document.title, text)),
    )


def _language(text: str) -> str | None:
    """`en` when English function words make up their usual share of the beginning, else None: not known."""
    words = text[:_SAMPLE].lower().split()
    return "en" if sum(w in _ENGLISH for w in words) * 12 >= len(words) > 0 else None
