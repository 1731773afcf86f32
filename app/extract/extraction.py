"""From a document to a draft."""

from __future__ import annotations

import re

from app.extract.article import find_quotes
from app.extract.document import Document
from app.extract.draft import Draft, Finding, FoundQuote
from app.extract.quotes import find_quoted
from app.extract.readers.plain import read_plain
from app.extract.sources import gather_sources


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
    quotes = tuple(find_quotes(text))
    return Draft(
        title=document.title,
        published_on=document.published_on,
        language="en",
        byline=document.byline,
        text=text,
        quotes=quotes,
        sources=gather_sources(quotes, document.permission),
        permission=document.permission,
        comments_open=document.comments_open,
        warnings=tuple(_headline(document.title, text)),
    )


def _headline(title: str, text: str) -> list[Finding]:
    """Words that the headline quotes and the body never says."""
    said = _plain(text)
    return [
        Finding("headline_quote_not_in_body", f"The headline quotes “{words}”, which the text does not contain.")
        for words in (title[q.start : q.end] for q in find_quoted(title))
        if _plain(words) not in said
    ]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


__all__ = ["FoundQuote", "extract_article", "extract_body", "extract_document"]
